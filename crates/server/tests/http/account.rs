//! `/account`

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use admit_testkit::{Client, PASSWORD, Request, Response};
use serde_json::{Value, json};

use crate::http::support::{admin, demo, is_signed_in, members, secret, twin};

const NEW: &str = "seven green bicycles";

fn change(client: &mut Client, current: &str, new: &str) -> Response {
    client.call("POST", "/account/password", &json!({ "current_password": current, "new_password": new }))
}

fn change_by_form(client: &mut Client, current: &str, new: &str) -> Response {
    let csrf_token = client.page("/account").field("csrf_token").unwrap_or_default();
    let fields = [("csrf_token", csrf_token.as_str()), ("current_password", current), ("new_password", new)];
    client.send(&Request::new("POST", "/account/password").page().form(&fields))
}

#[admit_testkit::everywhere]
fn anonymous_is_sent_to_the_login_page_and_back_and_a_program_gets_401() {
    let server = demo();
    let answer = server.client().page("/account?x=1");
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/login?return_to=%2Faccount%3Fx%3D1&notice=sign-in-first"));
    assert_eq!(server.client().get("/account").status, 401);
    let password = json!({ "current_password": PASSWORD, "new_password": NEW });
    assert_eq!(server.client().call("POST", "/account/password", &password).status, 401);
    for path in ["/account/sessions/end-others", "/account/sessions/x/end"] {
        assert_eq!(server.client().send(&Request::new("POST", path)).status, 401, "{path}");
    }
    let well_known = server.client().page("/.well-known/change-password");
    assert_eq!((well_known.status, well_known.header("location")), (303, Some("/account")));
}

#[admit_testkit::everywhere]
fn a_customer_sees_who_they_are_and_where_they_are_signed_in() {
    let server = demo();
    server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let page = alice.page("/account");
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("alice") && text.contains("customer") && text.contains("This device"));
    assert!(!text.contains("Sign out everywhere else"), "there is no other device");
    drop(server.signed_in("alice"));
    assert!(alice.page("/account").text().contains("Sign out everywhere else"));
}

#[admit_testkit::everywhere]
fn a_password_change_ends_every_session_and_gives_this_device_a_new_one() {
    let server = demo();
    server.user("alice", &["customer"]);
    let (mut alice, mut phone) = (server.signed_in("alice"), server.signed_in("alice"));
    let before = twin(&server, &alice);

    let proved_at = |session: &Value| session["authenticated_at"].as_str().unwrap().to_owned();
    let signed_in_at = proved_at(&alice.get("/session").json()["session"]);
    std::thread::sleep(Duration::from_millis(1_100));
    let answer = change(&mut alice, PASSWORD, NEW);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(members(&answer.json()), ["csrf_token", "session", "subject"].into());
    assert!(proved_at(&answer.json()["session"]) > signed_in_at, "the current password was given just now");
    assert_eq!(answer.all("set-cookie").len(), 1);
    assert!(!answer.text().contains(&secret(&alice)));
    assert!(!is_signed_in(&mut phone), "the other device");
    assert!(!is_signed_in(&mut twin(&server, &before)), "the cookie that this device had");
    assert!(is_signed_in(&mut alice));
    alice.csrf_token = answer.json()["csrf_token"].as_str().unwrap().to_owned();
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204, "its token is good at once");

    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    assert_eq!(server.client().login("alice", NEW).status, 200);
}

#[admit_testkit::everywhere]
fn a_password_change_by_form_does_the_same_and_says_so() {
    let server = demo();
    server.user("alice", &[]);
    let (mut alice, mut phone) = (server.signed_in("alice"), server.signed_in("alice"));
    let before = secret(&alice);
    let answer = change_by_form(&mut alice, PASSWORD, NEW);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account?notice=password-changed")));
    assert_ne!(secret(&alice), before);
    assert!(alice.page("/account?notice=password-changed").text().contains("Your password is changed."));
    assert!(!is_signed_in(&mut phone));
    assert_eq!(server.client().login("alice", NEW).status, 200);
}

#[admit_testkit::everywhere]
fn a_wrong_current_password_names_its_field_changes_nothing_and_is_throttled_like_a_login() {
    let server = demo();
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    let answer = change(&mut alice, "wrong wrong wrong wrong", NEW);
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-field"));
    assert_eq!(answer.json()["field"], "current_password");
    let page = change_by_form(&mut alice, "wrong wrong wrong wrong", NEW);
    assert_eq!(page.status, 422);
    assert!(page.text().contains("The current password is wrong.") && !page.text().contains(NEW));
    assert!(is_signed_in(&mut alice));
    assert_eq!(server.client().login("alice", PASSWORD).status, 200, "it is the password still");

    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(change(&mut alice, "wrong wrong wrong wrong", NEW).status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 429], "a stolen session is no way to guess on");
    let stopped = change(&mut alice, PASSWORD, NEW);
    assert_eq!(stopped.status, 429);
    assert!(stopped.header("retry-after").is_some());
}

#[admit_testkit::everywhere]
fn a_new_password_that_is_easily_guessed_is_refused_with_the_reason_in_its_field() {
    let server = demo();
    server.user("margarethe", &[]);
    let mut client = server.signed_in("margarethe");
    for (new, reason) in [
        ("too short", "too short"),
        ("", ""),
        ("123456789123456789", "attackers try first"),
        ("passwordpasswordpassword", "attackers try first"),
        ("margarethemargarethe", "username"),
        ("zx!zx!zx!zx!zx!zx!", "repeats"),
        (&"long".repeat(300), "1,024"),
    ] {
        let answer = change(&mut client, PASSWORD, new);
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-field"), "{new}");
        assert_eq!(answer.json()["field"], "new_password");
        assert!(answer.json()["detail"].as_str().unwrap().contains(reason), "{new}: {}", answer.text());
    }
    let page = change_by_form(&mut client, PASSWORD, "too short");
    assert_eq!(page.status, 422);
    assert!(page.text().contains("use at least 15 characters") && page.text().contains("aria-invalid=\"true\""));
    assert!(is_signed_in(&mut client), "nothing was lost");
    let korean = "비밀번호는 길수록 더 좋습니다요";
    assert_eq!(change(&mut client, PASSWORD, korean).status, 200, "no composition rules, any script");
    assert_eq!(server.client().login("margarethe", korean).status, 200);
}

#[admit_testkit::everywhere]
fn a_customer_signs_out_one_other_device_or_all_others_by_form() {
    let server = demo();
    server.user("alice", &[]);
    server.user("bob", &[]);
    let (mut alice, mut phone, mut tablet) =
        (server.signed_in("alice"), server.signed_in("alice"), server.signed_in("alice"));
    let mut bob = server.signed_in("bob");
    let id = |client: &mut Client| client.get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    let post = |client: &mut Client, path: &str| {
        let csrf_token = client.page("/account").field("csrf_token").unwrap();
        let answer = client.send(&Request::new("POST", path).page().form(&[("csrf_token", &csrf_token)]));
        assert_eq!(answer.status, 303);
        answer.header("location").unwrap().to_owned()
    };
    let phones = id(&mut phone);
    assert_eq!(post(&mut alice, &format!("/account/sessions/{phones}/end")), "/account?notice=ended");
    assert!(!is_signed_in(&mut phone) && is_signed_in(&mut tablet));
    assert_eq!(post(&mut alice, &format!("/account/sessions/{phones}/end")), "/account?notice=ended-none");
    let bobs = id(&mut bob);
    assert_eq!(post(&mut alice, &format!("/account/sessions/{bobs}/end")), "/account?notice=ended-none");
    assert_eq!(post(&mut alice, "/account/sessions/nonsense/end"), "/account?notice=ended-none");
    assert!(is_signed_in(&mut bob), "nobody else's");
    assert_eq!(post(&mut alice, "/account/sessions/end-others"), "/account?notice=ended-others");
    assert!(!is_signed_in(&mut tablet) && is_signed_in(&mut alice));
}

#[admit_testkit::everywhere]
fn a_customer_whose_roles_have_just_changed_changes_the_password_and_stays_signed_in() {
    let server = demo();
    server.user("carol", &["customer"]);
    let mut carol = server.signed_in("carol");
    assert_eq!(server.cli(&["user", "set-roles", "carol", "admin"], "").code, 0);
    let new = json!({ "current_password": PASSWORD, "new_password": "another tulip lantern" });
    let changed = carol.call("POST", "/account/password", &new);
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.all("set-cookie").len(), 1, "one session, one cookie: {:?}", changed.all("set-cookie"));
    assert_eq!(carol.refresh().status, 200, "the cookie that was set last is the live one");
}

/// The events of this kind, when there are as many: they are written down behind the answer.
fn events(root: &mut Client, kind: &str, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let log = root.get(&format!("/admin/api/audit?kind={kind}")).json();
        let events = log["events"].as_array().cloned().unwrap_or_default();
        if events.len() >= count || begun.elapsed() > Duration::from_secs(10) {
            return events;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[admit_testkit::everywhere]
fn people_see_failed_sign_ins_at_their_own_account_on_its_page_and_as_json() {
    let server = demo();
    let mut root = admin(&server);
    let (alice_id, _) = (server.user("alice", &[]), server.user("bob", &[]));
    let mut alice = server.signed_in("alice");
    for name in ["alice", "ALICE", "nobody-at-all", "alice"] {
        assert_eq!(server.client().login(name, "wrong wrong wrong wrong").status, 401, "{name}");
    }
    let listed = alice.get("/sessions").json();
    let failed = &listed["failed_sign_ins"][0];
    assert_eq!(members(failed), ["address", "at", "count", "kind", "last_at"].into(), "{listed}");
    assert_eq!((&failed["kind"], &failed["count"]), (&json!("login-failed"), &json!(3)), "{listed}");
    assert_eq!(
        (&failed["address"], listed["failed_sign_ins"].as_array().map(Vec::len)),
        (&json!("127.0.0.1"), Some(1))
    );
    let english = alice.page("/account?lang=en").text();
    assert!(english.contains("Failed sign-ins") && english.contains("3 attempts"), "{english}");
    let korean = alice.page("/account?lang=ko").text();
    assert!(korean.contains("로그인 실패 기록") && korean.contains("3회 시도"), "{korean}");

    let mut bob = server.signed_in("bob");
    assert_eq!(bob.get("/sessions").json()["failed_sign_ins"], json!([]), "nobody else's");
    assert!(!bob.page("/account?lang=en").text().contains("Failed sign-ins"));

    let log = events(&mut root, "login-failed", 2);
    let about: BTreeSet<Option<&str>> = log.iter().map(|event| event["subject"].as_str()).collect();
    assert_eq!(about, [None, Some(alice_id.as_str())].into(), "{log:?}");
    assert!(!json!(log).to_string().contains("nobody-at-all"), "what was typed is not written down: {log:?}");
}

#[admit_testkit::everywhere]
fn an_episode_of_throttling_is_one_event_about_the_account_however_many_tries_it_has() {
    let server = demo();
    let mut root = admin(&server);
    let alice = server.user("alice", &[]);
    let guess = |name: &str| server.client().login(name, "wrong wrong wrong wrong").status;
    for name in ["alice", "nobody-at-all"] {
        let turned_away = (0..12).filter(|_| guess(name) == 429).count();
        assert!(turned_away > 2, "{turned_away}");
    }
    let log = events(&mut root, "login-throttled", 2);
    let about: BTreeSet<Option<&str>> = log.iter().map(|event| event["subject"].as_str()).collect();
    assert_eq!((about, log.len()), ([None, Some(alice.as_str())].into(), 2), "{log:?}");
    assert!(log.iter().all(|event| event["address"] == "127.0.0.1" && event["detail"]["count"].is_null()), "{log:?}");
    assert!(!json!(log).to_string().contains("nobody-at-all"), "{log:?}");
}
