//! `/admin/api/users/{id}/link`: a one-time link with which a user sets a password; and the same as an invitation.

use admit_testkit::{APP, Client, PASSWORD, Request, Response, Server};
use serde_json::{Value, json};

use super::{SOMEBODY, on, own_id};
use crate::http::support::{admin, demo, history, is_signed_in, token_of};

const NEW: &str = "nine purple ladders";

/// The secret of a link that an admin makes for this user.
fn issued(server: &Server, admin: &mut Client, id: &str) -> String {
    let answer = on(admin, id, "link");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let link = answer.json()["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{}/setup?token=", server.url)), "{link}");
    token_of(&link)
}

fn used(client: &mut Client, token: &str, password: &str) -> Response {
    client.send(&Request::new("POST", "/setup").json(&json!({ "token": token, "password": password })))
}

fn kinds(admin: &mut Client, id: &str) -> Vec<String> {
    history(admin, id).into_iter().filter(|kind| kind != "session-created").collect()
}

#[admit_testkit::everywhere]
fn a_link_sets_a_password_once_signs_in_there_and_out_everywhere_else() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &["customer"]);
    let (mut laptop, app) = (server.signed_in("alice"), server.tokens(APP, "alice"));
    let token = issued(&server, &mut admin, &id);
    assert!(is_signed_in(&mut laptop), "making it changes nothing");
    assert_eq!(server.client().login("alice", PASSWORD).status, 200, "the old password is good until then");
    let path = format!("/setup?token={token}");
    for _ in 0..3 {
        assert_eq!(server.client().page(&path).status, 200, "looking does not use it up: mail scanners look");
    }
    assert_eq!(server.client().send(&Request::new("HEAD", &path)).status, 200);
    let mut phone = server.client();
    let answer = used(&mut phone, &token, NEW);
    assert_eq!((answer.status, &answer.json()["subject"]["id"]), (200, &json!(id)), "{}", answer.text());
    assert!(is_signed_in(&mut phone) && !is_signed_in(&mut laptop));
    assert_eq!(server.client().redeem(APP, &app.refresh).status, 400, "the app too");
    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    assert_eq!(server.client().login("alice", NEW).status, 200);

    let second = used(&mut server.client(), &token, "four yellow umbrellas");
    assert_eq!((second.status, second.problem().as_str()), (409, "link-dead"));
    assert_eq!(server.client().page(&path).status, 404);
    assert!(is_signed_in(&mut phone), "a link that is used up ends nothing");
    let log = admin.get(&format!("/admin/api/audit?subject={id}")).json();
    let events: Vec<&Value> = log["events"].as_array().unwrap().iter().collect();
    let of = |kind: &str| *events.iter().find(|event| event["kind"] == kind).unwrap();
    assert_eq!(of("setup-link-issued")["actor"], json!(own_id(&mut admin)));
    assert_eq!(
        (&of("password-changed")["actor"], &of("password-changed")["detail"]["by"]),
        (&json!("anonymous"), &json!("link"))
    );
    assert!(!log.to_string().contains(&token), "the secret is nowhere");
}

#[admit_testkit::everywhere]
fn a_link_ends_with_a_newer_one_with_a_new_password_and_with_the_account() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    let first = issued(&server, &mut admin, &id);
    let second = issued(&server, &mut admin, &id);
    assert_eq!(used(&mut server.client(), &first, NEW).status, 409, "replaced");
    assert_eq!(server.cli(&["user", "set-password", &id, "--password-stdin"], "seven green bicycles\n").code, 0);
    assert_eq!(used(&mut server.client(), &second, NEW).status, 409, "another password was set since");
    let third = issued(&server, &mut admin, &id);
    let mut alice = server.client();
    alice.sign_in("alice", "seven green bicycles");
    let own = json!({ "current_password": "seven green bicycles", "new_password": PASSWORD });
    assert_eq!(alice.call("POST", "/account/password", &own).status, 200);
    assert_eq!(used(&mut server.client(), &third, NEW).status, 409, "she has changed it herself since");
    let fourth = issued(&server, &mut admin, &id);
    assert_eq!(on(&mut admin, &id, "disable").status, 200);
    assert_eq!(used(&mut server.client(), &fourth, NEW).status, 409, "disabled");
    let refused = on(&mut admin, &id, "link");
    assert_eq!((refused.status, refused.problem().as_str()), (409, "account-disabled"));
    assert_eq!(on(&mut admin, &id, "enable").status, 200);
    assert_eq!(used(&mut server.client(), &fourth, NEW).status, 409, "and it does not come back");
    assert_eq!(server.client().login("alice", PASSWORD).status, 200, "nothing was set by any of them");
}

#[admit_testkit::everywhere]
fn a_mistake_does_not_use_a_link_up() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice-in-wonderland", &[]);
    let token = issued(&server, &mut admin, &id);
    let body = |more: Value| {
        let mut body = json!({ "token": token, "password": NEW });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (wrong, field) in [
        (body(json!({ "password": "weak" })), "password"),
        (body(json!({ "password": "alice-in-wonderland" })), "password"),
        (body(json!({ "password": "" })), "password"),
        (body(json!({ "password": "x".repeat(2000) })), "password"),
        (body(json!({ "username": "mallory" })), "username"),
        (body(json!({ "roles": ["admin"] })), "roles"),
    ] {
        let answer = server.client().send(&Request::new("POST", "/setup").json(&wrong));
        assert_eq!((answer.status, &answer.json()["field"]), (422, &json!(field)), "{}", answer.text());
    }
    assert_eq!(used(&mut server.client(), &token, NEW).status, 200);
    assert_eq!(admin.get(&format!("/admin/api/users/{id}")).json()["roles"], json!([]));
}

#[admit_testkit::everywhere]
fn of_many_who_use_a_password_link_at_once_one_sets_it() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    let token = issued(&server, &mut admin, &id);
    let racers: Vec<_> = (0..6)
        .map(|number| {
            let (mut client, token) = (server.client(), token.clone());
            std::thread::spawn(move || used(&mut client, &token, &format!("nine purple ladders {number}")).status)
        })
        .collect();
    let statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(kinds(&mut admin, &id).iter().filter(|kind| *kind == "password-changed").count(), 1);
}

#[admit_testkit::everywhere]
fn a_user_is_invited_without_a_password_and_sets_one_by_the_link() {
    let server = demo();
    let mut admin = admin(&server);
    let invitation = json!({ "username": "bob", "invite": true, "roles": ["customer"] });
    let answer = admin.call("POST", "/admin/api/users", &invitation);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let (made, id) = (answer.json(), answer.json()["id"].as_str().unwrap().to_owned());
    assert_eq!((&made["username"], &made["roles"]), (&json!("bob"), &json!(["customer"])));
    assert!(made["expires_at"].as_str().unwrap() > "2026", "{made}");
    for guess in [PASSWORD, "bob", "!", "$argon2id$"] {
        assert_eq!(server.client().login("bob", guess).status, 401, "nobody signs in before");
    }
    let token = token_of(made["link"].as_str().unwrap());
    assert_eq!(used(&mut server.client(), &token, NEW).status, 200);
    assert_eq!(server.client().login("bob", NEW).status, 200);
    let due = ["subject-created", "setup-link-issued", "password-changed"];
    let all = kinds(&mut admin, &id);
    assert_eq!(all.into_iter().filter(|kind| kind != "login-failed").collect::<Vec<_>>(), due);
    for (body, field) in [
        (json!({ "username": "carol" }), "password"),
        (json!({ "username": "carol", "invite": false }), "password"),
        (json!({ "username": "carol", "invite": true, "password": PASSWORD }), "invite"),
    ] {
        let answer = admin.call("POST", "/admin/api/users", &body);
        assert_eq!((answer.status, &answer.json()["field"]), (422, &json!(field)), "{body}");
    }
}

#[admit_testkit::everywhere]
fn nobody_makes_a_link_for_their_own_account_or_for_nobody() {
    let server = demo();
    let mut admin = admin(&server);
    let own = own_id(&mut admin);
    let answer = on(&mut admin, &own, "link");
    assert_eq!((answer.status, answer.problem().as_str()), (409, "own-account"));
    assert!(answer.text().contains("/account"), "it says where: {}", answer.text());
    assert_eq!(on(&mut admin, SOMEBODY, "link").status, 404);
    assert_eq!(on(&mut admin, "nonsense", "link").status, 404);
    let page = admin.page(&format!("/admin/users/{own}")).text();
    assert!(!page.contains(&format!("/admin/users/{own}/link")), "nor is there a button");
}

#[admit_testkit::everywhere]
fn the_operator_invites_and_resets_by_a_link_and_the_first_admins_link_is_another() {
    let server = demo();
    let made = server.cli(&["--json", "user", "create", "carol", "--invite"], "");
    assert_eq!(made.code, 0, "{made:?}");
    let token = token_of(made.json()["link"].as_str().unwrap());
    let first = json!({ "token": token, "username": "mallory", "password": NEW });
    assert_eq!(server.client().send(&Request::new("POST", "/setup").json(&first)).status, 422, "it makes no admin");
    assert_eq!(used(&mut server.client(), &token, NEW).status, 200);
    let reset = server.cli(&["user", "link", "carol"], "");
    assert_eq!(reset.code, 0, "{reset:?}");
    let mut lines = reset.stdout.lines();
    let token = token_of(lines.next().unwrap());
    assert!(lines.next().unwrap().starts_with("It works once, until 20"), "{}", reset.stdout);
    assert_eq!(used(&mut server.client(), &token, PASSWORD).status, 200);
    assert_eq!(server.client().login("carol", PASSWORD).status, 200);
    assert_eq!(server.cli(&["user", "link", "nobody"], "").code, 1);
    let both = server.cli(&["user", "create", "dora", "--invite", "--password-stdin"], PASSWORD);
    assert_eq!((both.code, server.cli(&["user", "create", "dora"], "").code), (2, 2));
    assert_eq!(server.cli(&["admin", "link"], "").code, 0, "there is no admin yet");
}

#[admit_testkit::everywhere]
fn the_pages_make_a_link_show_it_once_and_set_the_password_in_both_languages() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    let page = format!("/admin/users/{id}");
    let csrf_token = admin.page(&page).field("csrf_token").unwrap();
    let form = |path: &str, fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().copied().chain([("csrf_token", csrf_token.as_str())]).collect();
        Request::new("POST", path).page().form(&fields)
    };
    let link_in = |text: &str| {
        text.split("<code>")
            .find(|part| part.contains("/setup?token="))
            .map(|part| part.split('<').next().unwrap().to_owned())
    };
    let shown = admin.send(&form(&format!("{page}/link"), &[]));
    assert_eq!(shown.status, 200, "{}", shown.text());
    let link = link_in(&shown.text()).unwrap();
    assert!(shown.text().contains("It is shown only now"));
    assert_eq!(link_in(&admin.page(&page).text()), None);
    let path = link.strip_prefix(&server.url).unwrap();

    let korean = server.client().page(&format!("{path}&lang=ko"));
    assert!(korean.text().contains("alice 계정의 비밀번호를 설정합니다."), "{}", korean.text());
    let mut alice = server.client();
    let set = alice.page(path);
    assert!(set.text().contains("Set your password") && set.text().contains("For the account alice."));
    assert!(set.field("username").is_none(), "no name is chosen");
    assert_eq!(
        (set.header("x-robots-tag"), set.header("cache-control")),
        (Some("noindex, nofollow"), Some("no-store"))
    );
    assert_eq!(set.header("referrer-policy"), Some("same-origin"), "no other site learns the link");
    let (token, csrf) = (set.field("token").unwrap(), set.field("csrf_token").unwrap());
    let chosen = |password: &str| {
        let fields = [("token", token.as_str()), ("csrf_token", &csrf), ("password", password)];
        Request::new("POST", "/setup").page().form(&fields)
    };
    let weak = alice.send(&chosen("weak"));
    assert_eq!(weak.status, 422);
    assert!(weak.text().contains("For the account alice.") && weak.text().contains("use at least 15 characters"));
    let done = alice.send(&chosen(NEW));
    assert_eq!((done.status, done.header("location")), (303, Some("/account?notice=password-changed")));
    assert!(is_signed_in(&mut alice));
    let dead = server.client().page(path);
    assert_eq!(dead.status, 404);
    assert!(dead.text().contains("This link does not work"), "{}", dead.text());

    let invited = admin.send(&form("/admin/users", &[("username", "bob"), ("password", ""), ("role", "customer")]));
    assert_eq!(invited.status, 200, "{}", invited.text());
    assert!(invited.text().contains("bob was created.") && link_in(&invited.text()).is_some());
    let own = own_id(&mut admin);
    let refused = admin.send(&form(&format!("/admin/users/{own}/link"), &[]));
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("This is your own account"), "{}", refused.text());
}

#[admit_testkit::everywhere]
fn a_link_opened_where_somebody_else_is_signed_in_ends_their_session_there() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    server.user("bob", &[]);
    let token = issued(&server, &mut admin, &id);
    let mut browser = server.signed_in("bob");
    let mut before = crate::http::support::twin(&server, &browser);
    let chosen = json!({ "token": token, "password": NEW });
    assert_eq!(browser.call("POST", "/setup", &chosen).status, 200);
    assert_eq!(browser.get("/session").json()["subject"]["username"], "alice");
    assert!(!is_signed_in(&mut before));
}
