//! `Authorization: Bearer` on API routes, and the errors of RFC 6750.

use admit_core::jws::Algorithm;
use admit_testkit::{APP, PASSWORD, Request, Response, Server};
use serde_json::{Value, json};

use crate::http::support::clients::{are_dead, configured, is_good};
use crate::http::support::known_key::{known_key, now, with};
use crate::http::support::{COOKIE, demo, edit, members, product, secret};

const PUT: (&str, &str) = ("PUT", "/demo/api/products/1");

fn challenge(answer: &Response) -> Vec<&str> {
    answer.all("www-authenticate")
}

fn call(server: &Server, token: &str, (method, path): (&str, &str), body: &Value) -> Response {
    server.client().by_token(token, method, path, body)
}

#[admit_testkit::everywhere]
fn an_admin_edits_with_a_token_a_customer_may_not_and_anonymous_is_told_both_ways_in() {
    let server = demo();
    server.user("root", &["admin"]);
    server.user("alice", &["customer"]);
    let before = product(&server);
    let anonymous = server.client().send(&Request::new(PUT.0, PUT.1).json(&edit()));
    assert_eq!((anonymous.status, anonymous.problem().as_str()), (401, "not-signed-in"));
    assert_eq!(challenge(&anonymous), ["Cookie realm=\"admit\"", "Bearer realm=\"admit\""], "bare: nothing was wrong");

    let customer = call(&server, &server.tokens(APP, "alice").access, PUT, &edit());
    assert_eq!((customer.status, customer.problem().as_str()), (403, "not-permitted"));
    let due = "Bearer realm=\"admit\", error=\"insufficient_scope\", scope=\"product:update\"";
    assert_eq!(challenge(&customer), [due]);
    assert_eq!(product(&server), before);

    let admin = call(&server, &server.tokens(APP, "root").access, PUT, &edit());
    assert_eq!(admin.status, 200, "without any CSRF token: nothing sends a Bearer token by itself. {}", admin.text());
    assert_ne!(product(&server), before);
    let foreign =
        Request::new(PUT.0, PUT.1).bearer(&server.tokens(APP, "root").access).header("origin", "https://x.example");
    assert_eq!(server.client().send(&foreign.json(&edit())).status, 200, "nor does it matter where from");
    assert_eq!(
        call(&server, &server.tokens(APP, "root").access, ("GET", "/admin/api/users"), &Value::Null).status,
        200
    );
}

#[admit_testkit::everywhere]
fn a_token_that_is_bad_or_dead_is_401_with_the_reason_on_every_kind_of_route() {
    let it = known_key(Algorithm::EdDsa);
    let server = it.start();
    server.user("root", &["admin"]);
    let tokens = server.tokens(APP, "root");
    let claims = tokens.claims();
    assert!(is_good(&server, &it.access(&claims)), "it is the server's own key");
    let (iat, exp) = (now() - 400, now() - 11);
    let expired = it.access(&with(&with(&claims, "iat", iat), "exp", exp));
    let in_leeway = it.access(&with(&with(&claims, "iat", iat), "exp", now() - 1));
    assert!(is_good(&server, &in_leeway), "clocks may be ten seconds apart");
    let future = it.access(&with(&with(&claims, "iat", now() + 60), "exp", now() + 120));
    let endless = it.access(&with(&claims, "exp", now() + 4000));
    let elsewhere = it.access(&with(&claims, "aud", "demo-shop"));
    let stranger = it.access(&with(&claims, "iss", "https://evil.example"));
    for (token, reason) in [
        (expired.as_str(), "expired"),
        (&future, "future"),
        (&endless, "60 minutes"),
        (&elsewhere, "another audience"),
        (&stranger, "another issuer"),
        (&format!("{}AAAA", tokens.access), "signature"),
        ("abc", "three parts"),
        (&"a.".repeat(600), "longer than 1,024"),
        (&tokens.refresh, "three parts"),
    ] {
        // Of the public ones, those that ask who it is.
        for (method, path) in [("GET", "/session"), ("GET", "/admin/api/users"), PUT, ("GET", "/demo/shop")] {
            let answer = call(&server, token, (method, path), &Value::Null);
            assert_eq!((answer.status, answer.problem().as_str()), (401, "invalid-token"), "{method} {path}: {reason}");
            let [one] = challenge(&answer)[..] else { panic!("one challenge: {answer:?}") };
            let begins = "Bearer realm=\"admit\", error=\"invalid_token\", error_description=\"";
            assert!(one.starts_with(begins) && one.contains(reason), "{method} {path}: {one}");
            assert!(!answer.text().contains(token), "what was sent is not sent back");
        }
    }
}

#[admit_testkit::everywhere]
fn what_is_no_token_and_two_credentials_at_once_are_400() {
    let server = demo();
    server.user("alice", &[]);
    let tokens = server.tokens(APP, "alice");
    let alice = server.signed_in("alice");
    let send = |headers: &[(&str, &str)]| {
        let request = headers.iter().fold(Request::new("GET", "/session"), |it, (name, value)| it.header(name, value));
        let answer = server.client().send(&request);
        assert_eq!(challenge(&answer), ["Bearer realm=\"admit\", error=\"invalid_request\""], "{headers:?}");
        (answer.status, answer.problem())
    };
    let malformed = (400, "malformed-credential".to_owned());
    let bearer = format!("Bearer {}", tokens.access);
    for value in
        ["Bearer", "Bearer  ", "Bearer a b", "Bearer {}", "bearer \"x\"", "Bearer =", &format!("{bearer}, {bearer}")]
    {
        assert_eq!(send(&[("authorization", value)]), malformed, "{value}");
    }
    let cookie = format!("{COOKIE}={}", secret(&alice));
    assert_eq!(send(&[("authorization", &bearer), ("cookie", &cookie)]), malformed);
    assert_eq!(send(&[("authorization", &bearer), ("authorization", &bearer)]), malformed, "even when they are equal");
    for (name, value) in [("authorization", "Basic eDp5"), ("proxy-authorization", bearer.as_str())] {
        let request = Request::new("GET", "/session").header(name, value);
        assert_eq!(server.client().send(&request).status, 401, "{name} is not ours to judge, and nobody");
    }
    for place in [format!("/session?access_token={}", tokens.access), "/session".to_owned()] {
        let request = Request::new("GET", &place).form(&[("access_token", &tokens.access)]);
        assert_eq!(server.client().send(&request).status, 401, "a token in an address or a body is none (RFC 9700)");
    }
}

#[admit_testkit::everywhere]
fn pages_take_no_token_and_say_so() {
    let server = demo();
    server.user("root", &["admin"]);
    let token = server.tokens(APP, "root").access;
    for path in ["/account", "/admin", "/admin/audit"] {
        let answer = call(&server, &token, ("GET", path), &Value::Null);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-credential"), "{path}");
        assert!(answer.text().contains("Bearer tokens are not taken here"), "{path}: {}", answer.text());
    }
    let password = json!({ "current_password": PASSWORD, "new_password": "another tulip lantern" });
    let answer = call(&server, &token, ("POST", "/account/password"), &password);
    assert_eq!(answer.status, 400, "a token that was stolen is not enough to lock its owner out");
    assert_eq!(server.client().login("root", PASSWORD).status, 200);
}

#[admit_testkit::everywhere]
fn whoever_has_a_token_sees_who_it_speaks_for_and_where_that_user_is_signed_in() {
    let it = configured();
    let server = &it.server;
    let id = server.user("alice", &["customer"]);
    let mut browser = server.signed_in("alice");
    let (app, other) = (server.tokens("app", "alice"), server.tokens("other-app", "alice"));
    let said = call(server, &app.access, ("GET", "/session"), &Value::Null).json();
    assert_eq!(
        members(&said),
        ["client_id", "roles", "session", "subject", "token_expires_at"].into(),
        "no CSRF token"
    );
    assert_eq!((&said["subject"]["id"], &said["subject"]["username"]), (&json!(id), &json!("alice")));
    assert_eq!((&said["client_id"], &said["roles"]), (&json!("app"), &json!(["customer"])));
    assert_eq!(said["session"]["id"], app.claims()["sid"]);

    let listed = call(server, &app.access, ("GET", "/sessions"), &Value::Null).json();
    let sessions = listed["sessions"].as_array().unwrap();
    let clients: Vec<&Value> = sessions.iter().map(|it| &it["client_id"]).collect();
    assert_eq!(clients, [&json!("other-app"), &json!("app"), &Value::Null], "newest first, browsers among them");
    let current: Vec<bool> = sessions.iter().map(|it| it["current"] == true).collect();
    assert_eq!(current, [false, true, false], "its own sign-in is marked");
    let text = listed.to_string();
    assert!(!text.contains(&app.refresh) && !text.contains(&other.access), "and no secret is shown");

    let theirs = browser.get("/sessions").json();
    let current: Vec<bool> = theirs["sessions"].as_array().unwrap().iter().map(|it| it["current"] == true).collect();
    assert_eq!(current, [false, false, true]);
    assert!(browser.page("/account").text().contains("other-app"), "people see their apps too");
}

#[admit_testkit::everywhere]
fn an_app_signs_out_itself_another_device_or_everything() {
    let it = configured();
    let server = &it.server;
    for name in ["alice", "bob"] {
        server.user(name, &[]);
    }
    let delete =
        |token: &str, id: &str| call(server, token, ("DELETE", &format!("/sessions/{id}")), &Value::Null).status;
    let bobs = server.tokens("app", "bob");
    let (one, two, three) =
        (server.tokens("app", "alice"), server.tokens("app", "alice"), server.tokens("app", "alice"));
    assert_eq!(delete(&one.access, &bobs.claim("sid")), 404, "not hers: as if it were not there");
    assert!(is_good(server, &bobs.access));
    assert_eq!(delete(&one.access, &two.claim("sid")), 204);
    assert!(are_dead(server, "app", &two));
    assert_eq!(delete(&one.access, &two.claim("sid")), 404);
    let mut browser = server.signed_in("alice");
    let session = browser.get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(delete(&one.access, &session), 204);
    assert_eq!(browser.get("/session").status, 401);
    assert_eq!(delete(&one.access, &one.claim("sid")), 204, "its own too");
    assert!(are_dead(server, "app", &one));

    let answer = call(server, &three.access, ("POST", "/logout"), &Value::Null);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert!(answer.all("set-cookie").is_empty(), "there is no cookie to clear");
    assert!(are_dead(server, "app", &three));
    assert_eq!(call(server, &three.access, ("POST", "/logout"), &Value::Null).status, 401);

    let (four, five, mut browser) =
        (server.tokens("app", "alice"), server.tokens("other-app", "alice"), server.signed_in("alice"));
    assert_eq!(call(server, &four.access, ("POST", "/logout/all"), &Value::Null).status, 204);
    assert!(are_dead(server, "app", &four) && are_dead(server, "other-app", &five));
    assert_eq!(browser.get("/session").status, 401);
    assert!(is_good(server, &bobs.access));
    assert!(is_good(server, &server.tokens("app", "alice").access), "she may sign in again");
}
