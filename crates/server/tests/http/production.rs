//! `serve` without `--dev`: what it looks like behind a proxy with TLS.

use admit_testkit::{PASSWORD, Request};
use serde_json::Value;

use crate::http::support::{login, members, production};

#[admit_testkit::everywhere]
fn cookies_are_host_bound_and_secure_and_browsers_are_kept_on_https() {
    let server = production(&[]);
    server.user("alice", &["customer"]);
    let mut alice = server.client();
    let answer = alice.send(&login("alice", PASSWORD));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cookie = answer.all("set-cookie").concat();
    assert!(cookie.starts_with("__Host-admit_session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax"), "{cookie}");
    assert!(!cookie.to_ascii_lowercase().contains("domain"), "__Host- forbids a Domain");
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"));
    assert_eq!(alice.get("/session").status, 200);
    let form = server.client().page("/login?lang=ko");
    for cookie in form.all("set-cookie") {
        assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
    }
    assert_eq!(server.client().login("alice", "x").header("strict-transport-security"), Some("max-age=31536000"));
    let value = alice.cookies.values().next().unwrap().clone();
    let renamed = Request::new("GET", "/session").header("cookie", &format!("admit_session={value}"));
    assert_eq!(server.client().send(&renamed).status, 401, "without the prefix anybody could have planted it");
}

#[admit_testkit::everywhere]
fn the_public_address_is_our_origin_whatever_the_proxy_calls_the_host() {
    let server = production(&[]);
    server.user("alice", &[]);
    let from = |origin: &str| server.client().send(&login("alice", PASSWORD).header("origin", origin)).status;
    assert_eq!(from("https://login.example.org"), 200);
    assert_eq!(from("https://evil.example.org"), 403);
    assert_eq!(from("http://login.example.org"), 403, "plain http is another origin");
}

#[admit_testkit::everywhere]
fn what_is_for_development_is_not_there() {
    let server = production(&[]);
    for path in ["/dev/flow", "/demo/shop", "/demo/api/products"] {
        assert_eq!(server.client().get(path).status, 404, "{path}");
    }
    assert!(server.printed().is_empty(), "nothing but logs: {}", server.printed());
    let link = server.cli(&["admin", "link"], "").stdout;
    assert!(link.starts_with("https://login.example.org/setup?token="), "{link}");
}

#[admit_testkit::everywhere]
fn logs_are_json_lines_with_request_ids_and_no_secret() {
    let server = production(&[("ADMIT_LOG__REQUESTS", "true"), ("ADMIT_LOG__LEVEL", "debug")]);
    let link = server.cli(&["--json", "admin", "link"], "").json()["link"].as_str().unwrap().to_owned();
    let setup_token = link.split_once("token=").unwrap().1.to_owned();
    server.user("alice", &[]);
    let mut alice = server.client();
    alice.get(&format!("/setup?token={setup_token}"));
    alice.sign_in("alice", PASSWORD);
    let secret = alice.cookies.values().next().unwrap().clone();
    server.client().login("alice", "hunter2 hunter2 hunter2");
    server.client().send(&Request::new("GET", "/session").header("cookie", "__Host-admit_session=broken-cookie-value"));
    let answer = alice.call("POST", "/logout", &Value::Null);
    let id = answer.header("x-request-id").unwrap();

    let mut logged = String::new();
    for _ in 0..100 {
        logged = server.logged();
        if logged.contains(id) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let lines: Vec<Value> = logged.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["request"] == id).unwrap();
    assert!(
        members(line).is_superset(&["level", "message", "method", "path", "request", "status", "timestamp"].into())
    );
    assert_eq!((&line["method"], &line["path"], &line["status"]), (&"POST".into(), &"/logout".into(), &204.into()));
    let file = std::fs::read_to_string(server.folder().join("admit.secret")).unwrap();
    for secret in
        [secret.as_str(), &alice.csrf_token, &setup_token, PASSWORD, "hunter2", "broken-cookie-value", file.trim()]
    {
        assert!(!logged.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn somebody_who_came_by_plain_http_is_told_why_the_cookie_was_dropped() {
    let server = production(&[]);
    let form = |origin: &str| {
        let fields = [("username", "alice"), ("password", PASSWORD), ("csrf_token", "x")];
        let request = Request::new("POST", "/login").page().form(&fields);
        server.client().send(&request.header("host", "login.example.org").header("origin", origin)).text()
    };
    assert!(form("http://login.example.org").contains("uses http without encryption"));
    assert!(form("https://login.example.org").contains("Allow cookies for this site"));
}
