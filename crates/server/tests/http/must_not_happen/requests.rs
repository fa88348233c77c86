//! Nothing that a request claims by itself is believed: not a header, not a path, not a field.

use admit_testkit::{APP, PASSWORD, Request, raw};
use serde_json::{Value, json};

use crate::http::support::{
    behind_a_proxy, demo, edit, first_admin, is_signed_in, login, product, setup_token, token_of,
};

/// Guarded routes: what nobody but the right one may get a 2xx from.
fn guarded() -> [(&'static str, &'static str, Value); 5] {
    [
        ("GET", "/session", Value::Null),
        ("GET", "/admin/api/users", Value::Null),
        ("POST", "/admin/api/users", json!({ "username": "mallory", "password": PASSWORD, "roles": ["admin"] })),
        ("PUT", "/demo/api/products/1", edit()),
        ("POST", "/logout/all", Value::Null),
    ]
}

fn with_headers(method: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> Request {
    let request = headers.iter().fold(Request::new(method, path), |request, (name, value)| request.header(name, value));
    if body.is_null() { request } else { request.json(body) }
}

/// Headers that some server somewhere has believed.
const BELIEVED: [(&str, &str); 24] = [
    ("x-middleware-subrequest", "middleware:middleware:middleware"),
    ("x-original-url", "/livez"),
    ("x-original-uri", "/livez"),
    ("x-rewrite-url", "/livez"),
    ("x-forwarded-uri", "/livez"),
    ("x-forwarded-prefix", "/livez"),
    ("x-http-method-override", "GET"),
    ("x-method-override", "GET"),
    ("x-http-method", "OPTIONS"),
    ("remote-user", "root"),
    ("x-remote-user", "root"),
    ("x-forwarded-user", "root"),
    ("x-auth-user", "root"),
    ("x-admit-user", "root"),
    ("x-admit-roles", "admin"),
    ("x-forwarded-for", "127.0.0.1"),
    ("x-real-ip", "127.0.0.1"),
    ("forwarded", "for=127.0.0.1;proto=https;host=localhost"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "localhost"),
    ("authorization", "Basic cm9vdDpyb290"),
    ("x-request-id", "1"),
    ("upgrade", "h2c"),
    ("te", "trailers"),
];

#[admit_testkit::everywhere]
fn cve_2025_29927_no_header_opens_a_guarded_route() {
    let server = demo();
    server.user("customer", &["customer"]);
    let mut customer = server.signed_in("customer");
    let before = product(&server);
    for (name, value) in BELIEVED {
        for (method, path, body) in guarded() {
            let request = with_headers(method, path, &body, &[(name, value)]);
            assert_eq!(server.client().send(&request).status, 401, "{name} on {method} {path}");
            if path.starts_with("/admin") || path.starts_with("/demo") {
                let token = customer.csrf_token.clone();
                let status = customer.send(&request.header("x-csrf-token", &token)).status;
                assert_eq!(status, 403, "{name} on {method} {path}");
            }
        }
    }
    assert_eq!(product(&server), before);
    assert!(is_signed_in(&mut customer));
}

#[admit_testkit::everywhere]
fn cve_2025_29927_nor_does_any_beside_an_access_token_make_more_of_it() {
    let server = demo();
    server.user("customer", &["customer"]);
    let good = server.tokens(APP, "customer").access;
    let dead = server.tokens(APP, "customer").access;
    server.client().by_token(&dead, "POST", "/logout", &Value::Null);
    let before = product(&server);
    for (name, value) in BELIEVED {
        for (method, path, body) in guarded().into_iter().filter(|(_, path, _)| *path != "/logout/all") {
            let sent = |token: &str| {
                let bearer = format!("Bearer {token}");
                server
                    .client()
                    .send(&with_headers(method, path, &body, &[("authorization", &bearer), (name, value)]))
                    .status
            };
            assert_eq!(sent(&dead), 401, "{name} on {method} {path}");
            let due = if path == "/session" { 200 } else { 403 };
            assert_eq!(sent(&good), due, "{name} on {method} {path}");
        }
    }
    assert_eq!(product(&server), before);
}

#[admit_testkit::everywhere]
fn cve_2026_39858_forwarded_headers_of_a_stranger_are_ignored() {
    let server = demo();
    server.user("alice", &[]);
    let mut statuses = Vec::new();
    for number in 1..=6 {
        let address = format!("203.0.113.{number}");
        let forwarded = format!("for={address}");
        let request = login("alice", "wrong wrong wrong wrong")
            .header("x-forwarded-for", &address)
            .header("x_forwarded_for", &address)
            .header("x-real-ip", &address)
            .header("forwarded", &forwarded);
        statuses.push(server.client().send(&request).status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429], "a new address cannot be claimed for each guess");
    let mut bob = server.client();
    server.user("bob", &[]);
    bob.send(&login("bob", PASSWORD).header("x-forwarded-for", "203.0.113.7"));
    assert_eq!(bob.get("/sessions").json()["sessions"][0]["address"], "127.0.0.1");

    let trusting = behind_a_proxy();
    trusting.user("bob", &[]);
    let mut bob = trusting.client();
    bob.send(&login("bob", PASSWORD).header("x-forwarded-for", "198.51.100.66, 203.0.113.7"));
    assert_eq!(bob.get("/sessions").json()["sessions"][0]["address"], "203.0.113.7", "the one that our proxy saw");
}

#[admit_testkit::everywhere]
fn cve_2021_32637_and_cve_2024_47070_what_cannot_be_parsed_lets_nobody_in() {
    let server = behind_a_proxy();
    server.user("alice", &[]);
    for odd in ["", "garbage", "203.0.113.999", ",,,", "::1%lo", "[::1]:80", "unknown", "127.0.0.1, "] {
        let header = [("x-forwarded-for", odd)];
        for (method, path, body) in guarded() {
            let status = server.client().send(&with_headers(method, path, &body, &header)).status;
            assert_eq!(status, 401, "{odd:?} on {method} {path}");
        }
        let wrong = login("nobody", PASSWORD).header("x-forwarded-for", odd);
        assert!(matches!(server.client().send(&wrong).status, 401 | 429), "{odd:?}");
    }
    let right = login("alice", PASSWORD).header("x-forwarded-for", "garbage");
    assert_eq!(server.client().send(&right).status, 200, "its owner is not kept out by a broken proxy");
    for target in [
        "/session%",
        "/session%zz",
        "/%73ession",
        "//session",
        "/session/",
        "/./session",
        "/livez/../session",
        "/livez%2f..%2fsession",
        "/session;x",
        "/session%00",
        "/SESSION",
        "http://127.0.0.1/session",
        "session",
        "*",
        "/admin/api/users/%ff",
        "/admin/api/users/..%2f..%2flivez",
        "/session?\u{7f}",
    ] {
        let bytes = format!("GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.address);
        let status = raw(server.address, bytes.as_bytes()).map_or(400, |answer| answer.status);
        assert!((400..500).contains(&status), "{target}: {status}");
    }
}

#[admit_testkit::everywhere]
fn cve_2025_61928_fields_in_a_body_never_stand_in_for_signing_in() {
    let server = demo();
    let root = server.user("root", &["admin"]);
    server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let users = server.cli(&["--json", "user", "list"], "").json();
    let before = product(&server);
    for (method, path, body) in guarded() {
        let mut body = if body.is_object() { body } else { json!({}) };
        for (name, value) in [
            ("userId", json!(root)),
            ("user_id", json!(root)),
            ("subject", json!({ "id": root, "roles": ["admin"] })),
            ("session", json!({ "id": root })),
            ("role", json!("admin")),
            ("roles", json!(["admin"])),
            ("is_admin", json!(true)),
            ("__proto__", json!({ "admin": true })),
        ] {
            body[name] = value;
        }
        let query = format!("{path}?userId={root}&user_id={root}&roles=admin");
        assert_eq!(server.client().send(&with_headers(method, &query, &body, &[])).status, 401, "{method} {path}");
        if path.starts_with("/admin") || path.starts_with("/demo") {
            assert_eq!(alice.call(method, &query, &body).status, 403, "{method} {path}");
        }
    }
    let token = setup_token(&server);
    for (path, body) in [
        ("/login", json!({ "username": "alice", "password": PASSWORD, "userId": root })),
        ("/login", json!({ "username": "alice", "password": PASSWORD, "roles": ["admin"] })),
        ("/setup", json!({ "token": token, "username": "eve", "password": PASSWORD, "userId": root })),
    ] {
        assert_eq!(server.client().send(&Request::new("POST", path).json(&body)).status, 422, "{path}: {body}");
    }
    let password = json!({ "current_password": PASSWORD, "new_password": "another tulip lantern", "userId": root });
    assert_eq!(alice.call("POST", "/account/password", &password).status, 422);
    assert_eq!(server.client().login("root", PASSWORD).status, 200, "root's password is as it was");
    assert_eq!(server.cli(&["--json", "user", "list"], "").json()[1]["roles"], users[1]["roles"]);
    assert_eq!(product(&server), before);
}

#[admit_testkit::everywhere]
fn ghsa_2wmj_46rj_qm2w_no_header_of_a_request_gets_into_a_link() {
    let server = demo();
    let evil = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-server", "evil.example"),
        ("x-original-host", "evil.example"),
        ("forwarded", "host=evil.example"),
        ("x-forwarded-proto", "https"),
    ];
    let link = server.greeted("First admin").unwrap();
    let path = link.strip_prefix(&server.url).unwrap().to_owned();
    for path in ["/", "/login", "/account", "/admin", "/dev/flow", "/nothing", "/.well-known/change-password", &path] {
        let answer = server.client().send(&with_headers("GET", path, &Value::Null, &evil).page());
        assert!(!answer.text().contains("evil.example"), "{path}: {}", answer.text());
        for (name, value) in &answer.headers {
            assert!(!value.contains("evil.example"), "{path}: {name}: {value}");
        }
        if let Some(location) = answer.header("location") {
            assert!(location.starts_with('/') && !location.starts_with("//"), "{path}: {location}");
        }
    }
    let printed = server.cli(&["admin", "link"], "").stdout;
    assert!(printed.starts_with(&format!("{}/setup?token=", server.url)), "{printed}");
    let token = token_of(printed.lines().next().unwrap());
    let made = server.client().send(&first_admin(&token).header("x-forwarded-host", "evil.example"));
    assert_eq!(made.status, 200);
    assert!(!made.text().contains("evil.example"));
}
