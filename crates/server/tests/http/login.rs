//! `/login`

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use admit_testkit::{PASSWORD, Request};
use serde_json::json;

use crate::http::support::{
    COOKIE, behind_a_proxy, demo, demo_with, form_login, is_signed_in, lasting, login, members, secret, twin,
};

#[admit_testkit::everywhere]
fn a_customer_who_signs_in_gets_the_session_and_one_cookie_that_holds_its_id_alone() {
    let server = demo();
    let id = server.user("alice", &["customer"]);
    let mut alice = server.client();
    let answer = alice.login("alice", PASSWORD);

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cookies = answer.all("set-cookie");
    let secret = secret(&alice);
    assert_eq!(cookies, [format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Lax")]);
    assert_eq!(secret.len(), 43, "256 bits in base64url");
    assert!(!answer.text().contains(&secret), "the secret is in the cookie alone");

    let body = answer.json();
    assert_eq!(members(&body), ["csrf_token", "session", "subject"].into());
    assert_eq!(body["subject"], json!({ "id": id, "username": "alice", "roles": ["customer"] }));
    let session = &body["session"];
    let all = ["absolute_expires_at", "authenticated_at", "created_at", "id", "idle_expires_at", "methods"];
    assert_eq!(members(session), all.into());
    assert_eq!(session["methods"], json!(["pwd"]));
    let time = |name: &str| {
        let text = session[name].as_str().unwrap();
        assert!(text.ends_with('Z') && text.contains('T'), "RFC 3339 in UTC: {text}");
        text.to_owned()
    };
    time("authenticated_at");
    assert!(time("created_at") < time("idle_expires_at") && time("idle_expires_at") < time("absolute_expires_at"));
    assert!(body["csrf_token"].as_str().unwrap().len() >= 43);

    assert_eq!(alice.get("/session").json()["session"], *session, "the cookie is that session's");
}

#[admit_testkit::everywhere]
fn a_browser_that_signs_in_by_form_is_sent_where_it_wanted_to_go() {
    let server = demo();
    server.user("alice", &[]);
    let mut alice = server.client();
    let page = alice.page("/login?return_to=/demo/shop%3Fpage=2");
    assert_eq!(page.status, 200);
    assert_eq!(page.field("return_to").as_deref(), Some("/demo/shop?page=2"), "the page keeps it through the form");

    let answer = form_login(&mut alice, "alice", PASSWORD, &[("return_to", "/demo/shop?page=2")]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/demo/shop?page=2")));
    let cookies = answer.all("set-cookie").join("\n");
    assert!(cookies.contains("admit_form=; ") && cookies.contains("Max-Age=0"), "the form's cookie is done: {cookies}");
    assert!(is_signed_in(&mut alice));
    assert_eq!(alice.page("/login").header("location"), Some("/account"), "who is signed in need not sign in");

    let mut bare = server.client();
    let answer = form_login(&mut bare, "alice", PASSWORD, &[]);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account")));
}

#[admit_testkit::everywhere]
fn no_login_leads_to_another_site() {
    let server = demo();
    server.user("alice", &[]);
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/a\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ] {
        let mut alice = server.client();
        let answer = form_login(&mut alice, "alice", PASSWORD, &[("return_to", elsewhere)]);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{elsewhere:?}");
    }
    let page = server.client().page("/login?return_to=https%3A%2F%2Fevil.example%2F");
    assert!(page.field("return_to").is_none(), "the form does not carry it either");
}

#[admit_testkit::everywhere]
fn a_wrong_password_an_unknown_a_disabled_and_an_impossible_user_are_answered_alike_to_the_byte() {
    let server = demo();
    server.user("alice", &[]);
    server.user("banned", &[]);
    assert_eq!(server.cli(&["user", "disable", "banned"], "").code, 0);
    let tries = [
        ("alice", "wrong wrong wrong wrong"),
        ("nobody", PASSWORD),
        ("banned", PASSWORD),
        ("banned", "wrong wrong wrong wrong"),
        ("no such name, for it has spaces", PASSWORD),
        ("", PASSWORD),
        ("alice", ""),
        ("nobody", ""),
        ("alice", &"x".repeat(2000)),
    ];
    let answers = tries.map(|(username, password)| server.client().send(&login(username, password)));
    let first = &answers[0];
    assert_eq!((first.status, first.problem().as_str()), (401, "wrong-credentials"));
    assert!(first.header("www-authenticate").is_some(), "a 401 says how to authenticate (RFC 9110)");
    assert!(first.all("set-cookie").is_empty());
    for (answer, (username, _)) in answers.iter().zip(tries) {
        assert_eq!(answer.status, first.status, "{username}");
        assert_eq!(answer.text(), first.text(), "{username}");
        assert_eq!(lasting(answer), lasting(first), "{username}");
    }
}

#[admit_testkit::everywhere]
fn a_form_login_that_fails_shows_the_form_again_with_the_name_and_without_the_password() {
    let server = demo();
    let answer = form_login(&mut server.client(), "al<i>ce", "hunter2 hunter2 hunter2", &[("return_to", "/admin")]);
    let page = answer.text();
    assert_eq!(answer.status, 401);
    assert!(page.contains("The username or the password is wrong."));
    assert_eq!(answer.field("return_to").as_deref(), Some("/admin"));
    assert!(!page.contains("hunter2") && !page.contains("<i>"), "no password, and nothing unescaped");
    assert!(answer.field("csrf_token").is_some(), "it can be sent again");
}

#[admit_testkit::everywhere]
fn after_five_failures_one_address_waits_and_the_owner_elsewhere_does_not() {
    let server = behind_a_proxy();
    server.user("alice", &[]);
    server.user("bob", &[]);
    let from = |address: &str, name: &str, password: &str| {
        server.client().send(&login(name, password).header("x-forwarded-for", address))
    };
    for _ in 0..5 {
        assert_eq!(from("203.0.113.1", "alice", "wrong wrong wrong wrong").status, 401);
    }
    let stopped = from("203.0.113.1", "alice", PASSWORD);
    assert_eq!((stopped.status, stopped.problem().as_str()), (429, "throttled"), "the right password waits too");
    let seconds: u64 = stopped.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert_eq!(from("203.0.113.2", "alice", PASSWORD).status, 200, "nobody is locked out from elsewhere");
    assert_eq!(from("203.0.113.1", "bob", PASSWORD).status, 200, "nor is anybody else there");
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(from("203.0.113.1", "alice", PASSWORD).status, 200, "and the wait is as short as it says");
}

#[admit_testkit::everywhere]
fn an_unknown_user_is_throttled_just_as_a_known_one() {
    let server = demo();
    server.user("alice", &[]);
    let mut answers = Vec::new();
    for name in ["alice", "nobody"] {
        let statuses: Vec<u16> =
            (0..6).map(|_| server.client().send(&login(name, "wrong wrong wrong wrong")).status).collect();
        answers.push(statuses);
    }
    assert_eq!(answers[0], [401, 401, 401, 401, 401, 429]);
    assert_eq!(answers[0], answers[1]);
}

#[admit_testkit::everywhere]
fn a_full_hashing_pool_turns_logins_away_at_once_and_session_checks_go_on() {
    let server = demo_with(&[("ADMIT_HASHING__WORKERS", "1"), ("ADMIT_HASHING__QUEUE", "1")]);
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    let start = Arc::new(Barrier::new(25));
    let storm: Vec<_> = (0..24)
        .map(|number| {
            let (mut client, start) = (server.client(), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                let began = Instant::now();
                (client.send(&login(&format!("user{number}"), PASSWORD)), began.elapsed())
            })
        })
        .collect();
    start.wait();
    assert!(is_signed_in(&mut alice), "a session check does not wait for hashing");
    let answers: Vec<_> = storm.into_iter().map(|thread| thread.join().unwrap()).collect();
    let full: Vec<_> = answers.iter().filter(|(answer, _)| answer.status == 503).collect();
    assert!(full.len() >= 8, "one is hashed, one waits: {} of 24 were turned away", full.len());
    for (answer, took) in &full {
        assert_eq!(answer.problem(), "hashing-pool-full");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(*took < Duration::from_secs(2), "{took:?}");
    }
    assert!(answers.iter().all(|(answer, _)| matches!(answer.status, 401 | 503)));
    assert_eq!(server.client().login("alice", PASSWORD).status, 200, "it is over as soon as it is over");
}

#[admit_testkit::everywhere]
fn a_dead_session_cookie_does_not_keep_its_owner_from_signing_in_and_a_live_one_needs_its_token() {
    let server = demo();
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    let mut forgotten = twin(&server, &alice);
    forgotten.csrf_token.clear();

    let stopped = forgotten.login("alice", PASSWORD);
    assert_eq!((stopped.status, stopped.problem().as_str()), (409, "already-signed-in"), "a live session's browser");
    let before = twin(&server, &alice);
    assert_eq!(alice.login("alice", PASSWORD).status, 200, "with its token it may");
    assert_ne!(secret(&alice), secret(&before), "under a new id");
    assert!(!is_signed_in(&mut twin(&server, &before)), "and the old one is dead");

    let mut dead = twin(&server, &before);
    dead.csrf_token.clear();
    assert_eq!(dead.login("alice", PASSWORD).status, 200);
    let mut form = twin(&server, &before);
    form.csrf_token.clear();
    assert_eq!(form_login(&mut form, "alice", PASSWORD, &[]).status, 303, "by form too");
}

#[test]
fn a_body_that_is_no_login_is_refused_with_its_reason_and_place() {
    let server = demo();
    let json = |text: &str| {
        server.client().send(&Request::new("POST", "/login").header("content-type", "application/json").bytes(text))
    };
    let broken = json("{\"username\": \"a\",\n  password}");
    assert_eq!((broken.status, broken.problem().as_str()), (400, "malformed-json"));
    assert!(broken.text().contains("line 2") && broken.text().contains("column"), "{}", broken.text());
    assert_eq!(json("{\"username\":\"\u{fffd}").status, 400);

    let missing = json("{\"username\":\"a\"}");
    assert_eq!((missing.status, missing.problem().as_str()), (422, "invalid-field"));
    assert!(missing.text().contains("password"), "it names the field: {}", missing.text());
    assert!(json("{\"username\":5,\"password\":\"x\"}").status == 422);
    assert!(json("[]").status == 422);

    let large = json(&format!("{{\"username\":\"{}\"}}", "a".repeat(70_000)));
    assert_eq!((large.status, large.problem().as_str()), (413, "body-too-large"));

    let mut client = server.client();
    let token = client.page("/login").field("csrf_token").unwrap();
    let fields = [("username", "a"), ("password", "b"), ("password", "c"), ("csrf_token", token.as_str())];
    let twice = client.send(&Request::new("POST", "/login").form(&fields));
    assert_eq!((twice.status, twice.problem().as_str()), (400, "malformed-form"));
    assert!(twice.text().contains("password"));
    for media in ["text/plain", "multipart/form-data; boundary=x", "application/xml"] {
        let other = Request::new("POST", "/login").header("content-type", media).bytes("{}");
        let status = server.client().send(&other).status;
        assert!(matches!(status, 403 | 415), "{media}: {status}");
    }
}

#[admit_testkit::everywhere]
fn two_development_servers_on_one_host_do_not_sign_each_other_out() {
    let servers = [demo(), demo()];
    // The jar of a browser: it sends every cookie of the host to every port. The names are as they are on the wire.
    let mut jar = Vec::new();
    for server in &servers {
        server.user("alice", &["customer"]);
        let port = server.address.port();
        let secret = secret(&server.signed_in("alice"));
        jar.push(format!("admit_session_{port}={secret}"));
    }
    let request = Request::new("GET", "/session").header("cookie", &jar.join("; "));
    for server in &servers {
        let answer = server.client().send(&request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cleared = answer.all("set-cookie").iter().any(|cookie| cookie.contains("Max-Age=0"));
        assert!(!cleared, "{:?}", answer.all("set-cookie"));
    }
    let other = Request::new("GET", "/session").header("cookie", &jar[0]);
    assert_eq!(servers[1].client().send(&other).status, 401, "the other server's cookie is none here");
}
