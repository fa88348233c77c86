//! `/session`, `/sessions`, `/logout`

use std::time::{Duration, Instant};

use admit_testkit::{Client, PASSWORD, Request, Server};
use serde_json::{Value, json};

use crate::http::support::{COOKIE, admin, demo, demo_with, edit, history, is_signed_in, members, secret, twin};

const CLEARED: &str = "admit_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";

fn devices(client: &mut Client) -> Vec<Value> {
    let listed = client.get("/sessions");
    assert_eq!(listed.status, 200, "{}", listed.text());
    listed.json()["sessions"].as_array().cloned().unwrap_or_default()
}

fn current(client: &mut Client) -> String {
    client.get("/session").json()["session"]["id"].as_str().unwrap_or_default().to_owned()
}

fn end(client: &mut Client, id: &str) -> u16 {
    client.call("DELETE", &format!("/sessions/{id}"), &Value::Null).status
}

fn has_ended(server: &Server, client: &Client) -> bool {
    !is_signed_in(&mut twin(server, client))
}

#[test]
fn anonymous_is_asked_who_they_are() {
    let server = demo();
    for (method, path) in [
        ("GET", "/session"),
        ("GET", "/sessions"),
        ("POST", "/logout"),
        ("POST", "/logout/all"),
        ("DELETE", "/sessions/01a20733-4f8b-7ad5-a4b0-5675f7779b38"),
        ("DELETE", "/sessions/x"),
    ] {
        let answer = server.client().send(&Request::new(method, path));
        assert_eq!((answer.status, answer.problem().as_str()), (401, "not-signed-in"), "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert!(answer.header("www-authenticate").is_some(), "a 401 says how (RFC 9110 section 15.5.2)");
        assert_eq!(members(&answer.json()), ["detail", "status", "title", "type"].into());
        assert_eq!(answer.json()["status"], 401);
        assert!(answer.all("set-cookie").is_empty(), "nothing is given to whoever asks");
    }
}

#[admit_testkit::everywhere]
fn a_customer_sees_the_same_session_as_at_login_with_a_token_masked_anew() {
    let server = demo();
    server.user("alice", &["customer"]);
    let mut alice = server.client();
    let at_login = alice.sign_in("alice", PASSWORD);
    let answer = alice.get("/session");
    let mut later = answer.json();
    assert!(answer.all("set-cookie").is_empty());
    assert_ne!(later["csrf_token"], at_login["csrf_token"], "BREACH: no spelling comes twice");
    later["csrf_token"] = at_login["csrf_token"].clone();
    assert_eq!(later, at_login);
    assert_eq!(server.client().get("/session").status, 401);
}

#[admit_testkit::everywhere]
fn after_logout_the_old_cookie_is_401_everywhere_and_other_devices_stay() {
    let server = demo();
    server.user("alice", &["admin"]);
    let mut alice = server.signed_in("alice");
    let mut phone = server.signed_in("alice");
    let old = twin(&server, &alice);

    let answer = alice.call("POST", "/logout", &Value::Null);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(answer.all("set-cookie"), [CLEARED]);
    for (method, path, body) in [
        ("GET", "/session", Value::Null),
        ("GET", "/sessions", Value::Null),
        ("GET", "/account", Value::Null),
        ("GET", "/admin/api/users", Value::Null),
        ("PUT", "/demo/api/products/1", edit()),
        ("POST", "/logout", Value::Null),
    ] {
        let answer = twin(&server, &old).call(method, path, &body);
        assert_eq!((answer.status, answer.problem().as_str()), (401, "not-signed-in"), "{method} {path}");
    }
    assert!(is_signed_in(&mut phone), "one device was signed out, not the other");
}

#[admit_testkit::everywhere]
fn logout_everywhere_ends_every_device_and_nobody_elses() {
    let server = demo();
    for name in ["alice", "bob"] {
        server.user(name, &[]);
    }
    let (mut alice, phone, mut bob) = (server.signed_in("alice"), server.signed_in("alice"), server.signed_in("bob"));
    let laptop = twin(&server, &alice);
    let answer = alice.call("POST", "/logout/all", &Value::Null);
    assert_eq!((answer.status, answer.all("set-cookie")), (204, vec![CLEARED]));
    assert!(has_ended(&server, &laptop) && has_ended(&server, &phone));
    assert!(is_signed_in(&mut bob));
    assert_eq!(alice.login("alice", PASSWORD).status, 200, "she may sign in again");
}

#[admit_testkit::everywhere]
fn a_browser_that_signs_out_is_led_to_the_login_page() {
    let server = demo();
    server.user("alice", &[]);
    for (path, notice) in
        [("/logout", "/login?notice=signed-out"), ("/logout/all", "/login?notice=signed-out-everywhere")]
    {
        let mut alice = server.signed_in("alice");
        let csrf_token = alice.page("/account").field("csrf_token").unwrap();
        let answer = alice.send(&Request::new("POST", path).page().form(&[("csrf_token", &csrf_token)]));
        assert_eq!((answer.status, answer.header("location")), (303, Some(notice)));
        assert!(!alice.cookies.contains_key(COOKIE));
        assert!(alice.page(notice).text().contains("You are signed out"));
    }
}

#[admit_testkit::everywhere]
fn a_customer_sees_their_devices_with_this_one_marked_and_never_a_secret() {
    let server = demo();
    server.user("alice", &[]);
    server.user("bob", &[]);
    let mut alice = server.signed_in("alice");
    let mut phone = server.client();
    let request = Request::new("POST", "/login").header("user-agent", "Phone/1.0");
    phone.send(&request.json(&json!({ "username": "alice", "password": PASSWORD })));
    drop(server.signed_in("bob"));

    let text = alice.get("/sessions").text();
    let listed = devices(&mut alice);
    assert_eq!(listed.len(), 2, "bob's is not among them");
    let mine = current(&mut alice);
    for device in &listed {
        assert_eq!(
            members(device),
            [
                "absolute_expires_at",
                "address",
                "client_id",
                "created_at",
                "current",
                "id",
                "idle_expires_at",
                "last_seen_at",
                "user_agent"
            ]
            .into()
        );
        assert_eq!(device["current"], json!(device["id"] == json!(mine)));
        assert_eq!(device["address"], "127.0.0.1");
        assert_eq!(device["client_id"], Value::Null, "a browser");
    }
    assert!(listed.iter().any(|device| device["user_agent"] == "Phone/1.0"));
    let everything = [
        text,
        alice.get("/session").text(),
        alice.page("/account").text(),
        server.cli(&["--json", "session", "list", "alice"], "").stdout,
    ]
    .concat();
    for client in [&alice, &phone] {
        assert!(!everything.contains(&secret(client)), "a secret is in a body");
    }
}

#[admit_testkit::everywhere]
fn a_customer_ends_a_device_of_their_own_by_its_public_id_and_nobody_elses() {
    let server = demo();
    for name in ["alice", "bob"] {
        server.user(name, &[]);
    }
    let (mut alice, mut phone, mut bob) =
        (server.signed_in("alice"), server.signed_in("alice"), server.signed_in("bob"));
    let (phones, bobs) = (current(&mut phone), current(&mut bob));

    assert_eq!(end(&mut alice, &bobs), 404, "not hers: as if it were not there");
    assert!(is_signed_in(&mut bob));
    for malformed in ["x", "%2e%2e", &secret(&phone), &phones.replace('-', "x"), "0"] {
        assert_eq!(end(&mut alice, malformed), 404, "{malformed}");
    }
    assert!(is_signed_in(&mut phone));
    assert_eq!(end(&mut alice, &phones), 204);
    assert!(!is_signed_in(&mut phone));
    assert_eq!(end(&mut alice, &phones), 404, "it is gone");

    let own = current(&mut alice);
    let answer = alice.call("DELETE", &format!("/sessions/{own}"), &Value::Null);
    assert_eq!((answer.status, answer.all("set-cookie")), (204, vec![CLEARED]), "this one: the cookie goes too");
}

#[admit_testkit::everywhere]
fn one_session_more_than_the_limit_ends_the_oldest() {
    let server = demo_with(&[("ADMIT_SESSIONS__LIMIT", "2")]);
    let mut admin = admin(&server);
    let alice = server.user("alice", &[]);
    let mut devices: Vec<Client> = (0..4).map(|_| server.signed_in("alice")).collect();
    let live: Vec<bool> = devices.iter_mut().map(is_signed_in).collect();
    assert_eq!(live, [false, false, true, true]);
    let evicted = history(&mut admin, &alice).iter().filter(|kind| *kind == "session-evicted").count();
    assert_eq!(evicted, 2, "and it is on record");
}

#[admit_testkit::everywhere]
fn a_session_that_is_not_used_ends_by_itself() {
    let server = demo_with(&[("ADMIT_SESSIONS__IDLE", "2s")]);
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    assert!(is_signed_in(&mut alice));
    std::thread::sleep(Duration::from_millis(2100));
    assert!(!is_signed_in(&mut alice));
    let listed = server.cli(&["--json", "session", "list", "alice"], "").json();
    assert_eq!(listed, json!([]), "nor is it listed, though nobody has cleaned up yet");
    assert_eq!(alice.page("/account").header("location").unwrap(), "/login?return_to=%2Faccount&notice=session-ended");
}

#[admit_testkit::everywhere]
fn a_session_in_use_outlives_its_idle_time() {
    let server = demo_with(&[("ADMIT_SESSIONS__IDLE", "2s")]);
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(3200) {
        let unused = Instant::now();
        assert!(is_signed_in(&mut alice), "used less than half a second ago, and ended after {:?}", began.elapsed());
        std::thread::sleep(Duration::from_millis(250).saturating_sub(unused.elapsed()));
    }
}

#[admit_testkit::everywhere]
fn two_session_cookies_a_malformed_one_and_a_bearer_token_are_400() {
    let server = demo();
    server.user("alice", &[]);
    let alice = server.signed_in("alice");
    let own = secret(&alice);
    let get = |cookie: &str| server.client().send(&Request::new("GET", "/session").header("cookie", cookie));
    let other = secret(&server.signed_in("alice"));
    for cookie in [
        format!("{COOKIE}={own}; {COOKIE}={other}"),
        format!("{COOKIE}={own}; {COOKIE}={own}"),
        format!("{COOKIE}=; {COOKIE}={own}"),
        format!("{COOKIE}={own}x"),
        format!("{COOKIE}={}", "%00".repeat(20)),
    ] {
        let answer = get(&cookie);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-credential"), "{cookie}");
        assert_eq!(answer.all("set-cookie"), [CLEARED], "or a browser would send it forever");
    }
    assert_eq!(get(&format!("{COOKIE}=")).status, 401, "an empty one is none");
    let both = Request::new("GET", "/session").header("cookie", &format!("{COOKIE}={own}"));
    assert_eq!(server.client().send(&both.header("authorization", "Bearer abc")).status, 400);
    let bearer = |path: &str| {
        let request = Request::new("GET", path).header("authorization", &format!("Bearer {own}"));
        let answer = server.client().send(&request);
        (answer.status, answer.problem())
    };
    assert_eq!(bearer("/session"), (401, "invalid-token".to_owned()), "a session's secret is no access token");
    assert_eq!(bearer("/account"), (400, "malformed-credential".to_owned()), "a page takes none at all");
    assert_eq!(get(&format!("other=\"1\"; {COOKIE}={own} ; x")).status, 200, "other cookies are not ours to judge");
}

#[admit_testkit::everywhere]
fn the_sign_out_page_signs_nobody_out_until_its_button_is_pressed() {
    let server = demo();
    server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    for _ in 0..2 {
        let page = alice.page("/logout");
        assert_eq!(page.status, 200);
        assert!(page.text().contains("<h1>Sign out</h1>") && page.text().contains("alice"), "{}", page.text());
    }
    assert!(is_signed_in(&mut alice));
    let page = alice.page("/logout");
    let (_, form) = page.text().split_once("<main").map(|(head, main)| (head.to_owned(), main.to_owned())).unwrap();
    assert!(form.contains("<form method=\"post\" action=\"/logout\">"), "{form}");
    let token = page.field("csrf_token").unwrap();
    let out = alice.send(&Request::new("POST", "/logout").page().form(&[("csrf_token", token.as_str())]));
    assert_eq!((out.status, out.header("location")), (303, Some("/login?notice=signed-out")));
    assert!(!is_signed_in(&mut alice));
    let nobody = alice.page("/logout");
    assert_eq!((nobody.status, nobody.header("location")), (303, Some("/login?notice=signed-out")), "it is so already");
}
