//! Headers that some server somewhere believes: here none of them makes anybody somebody else.

use admit::Accepts;
use admit_testkit::{Request, Wire};

use super::target::{Route, Target, routes};

/// Headers and what to send in them.
const HEADERS: &[(&str, &[&str])] = &[
    (
        "x-middleware-subrequest",
        &["middleware", "src/middleware:src/middleware:src/middleware:src/middleware:src/middleware"],
    ),
    ("x-forwarded-for", &["127.0.0.1", "::1", "10.0.0.1, 127.0.0.1", "x"]),
    ("x-forwarded-host", &["localhost", "evil.example"]),
    ("x-forwarded-proto", &["https", "http"]),
    ("x-forwarded-port", &["443"]),
    ("x-forwarded-prefix", &["/livez", "/login"]),
    ("x-forwarded-uri", &["/livez"]),
    ("x-forwarded-path", &["/livez"]),
    ("x-forwarded-method", &["GET"]),
    ("x-forwarded-user", &["boss", "admin"]),
    ("x-forwarded-email", &["boss@example.org"]),
    ("x-forwarded-groups", &["admin"]),
    ("x-forwarded-preferred-username", &["boss"]),
    ("forwarded", &["for=127.0.0.1;host=localhost;proto=https"]),
    ("x-real-ip", &["127.0.0.1"]),
    ("x-client-ip", &["127.0.0.1"]),
    ("client-ip", &["127.0.0.1"]),
    ("true-client-ip", &["127.0.0.1"]),
    ("cf-connecting-ip", &["127.0.0.1"]),
    ("x-cluster-client-ip", &["127.0.0.1"]),
    ("x-originating-ip", &["127.0.0.1"]),
    ("x-remote-ip", &["127.0.0.1"]),
    ("x-remote-addr", &["127.0.0.1"]),
    ("x-original-url", &["/livez", "/"]),
    ("x-original-uri", &["/livez"]),
    ("x-original-method", &["GET"]),
    ("x-rewrite-url", &["/livez"]),
    ("x-override-url", &["/livez"]),
    ("x-accel-redirect", &["/admin"]),
    ("x-sendfile", &["/etc/passwd"]),
    ("x-http-method-override", &["GET", "PUT", "DELETE"]),
    ("x-http-method", &["GET"]),
    ("x-method-override", &["GET"]),
    ("remote-user", &["boss"]),
    ("x-remote-user", &["boss"]),
    ("x-remote-group", &["admin"]),
    ("x-authenticated-user", &["boss"]),
    ("x-authenticated-userid", &["boss"]),
    ("x-auth-request-user", &["boss"]),
    ("x-auth-request-groups", &["admin"]),
    ("x-auth-token", &["admin"]),
    ("x-webauth-user", &["boss"]),
    ("x-user", &["boss"]),
    ("x-user-id", &["1", "boss"]),
    ("x-user-roles", &["admin"]),
    ("x-roles", &["admin"]),
    ("x-role", &["admin"]),
    ("x-admin", &["1", "true"]),
    ("x-is-admin", &["true"]),
    ("x-subject", &["boss"]),
    ("x-session", &["boss"]),
    ("x-api-key", &["admin"]),
    ("x-internal", &["1"]),
    ("x-debug", &["1"]),
    ("x-ssl-client-verify", &["SUCCESS"]),
    ("x-ssl-client-s-dn", &["CN=boss"]),
    ("x-client-cert", &["x"]),
    ("x-csrf-token", &["x"]),
    ("x-requested-with", &["XMLHttpRequest"]),
    (
        "authorization",
        &["Basic Ym9zczpib3Nz", "Digest username=\"boss\"", "Negotiate x", "", "boss", "Token x", "Basic"],
    ),
    ("proxy-authorization", &["Basic Ym9zczpib3Nz"]),
    ("via", &["1.1 localhost"]),
    ("referer", &["/admin", "http://localhost/admin"]),
    ("from", &["boss@example.org"]),
    ("connection", &["cookie", "keep-alive, x-admin"]),
    ("upgrade", &["websocket", "h2c"]),
    ("expect", &["100-continue"]),
    ("range", &["bytes=0-0"]),
    ("if-none-match", &["*"]),
    ("if-match", &["*"]),
    ("if-modified-since", &["Thu, 01 Jan 2099 00:00:00 GMT"]),
    ("cache-control", &["only-if-cached", "max-stale"]),
    ("accept-encoding", &["gzip;q=999"]),
    ("content-encoding", &["gzip"]),
    ("te", &["trailers, chunked"]),
    ("trailer", &["cookie"]),
    ("set-cookie", &["admit_session=x"]),
    ("cookie2", &["$Version=1"]),
    ("host", &["localhost", "evil.example", "127.0.0.1:1", "[::1]"]),
];

/// Every request of the table, with one more header or none.
fn request(route: &Route, target_header: Option<(&str, &str)>, cookie: Option<&str>) -> Request {
    let request = Request::new(&route.method, &route.path);
    let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", cookie));
    target_header.iter().fold(request, |request, (name, value)| request.header(name, value))
}

#[test]
fn no_header_lets_a_stranger_or_a_customer_past_a_guarded_route() {
    let mut target = Target::start();
    let customer = Target::cookie(&target.alice);
    let mut wire = Wire::new(target.server.address);
    let mut sent = 0;
    for route in routes(&target.alice_id).iter().filter(|route| route.is_guarded()) {
        let for_permission = matches!(route.rule, admit::Rule::Require(_));
        let callers = if for_permission { vec![None, Some(customer.as_str())] } else { vec![None] };
        for cookie in callers {
            let plain = wire.ask(&request(route, None, cookie)).expect("an answer");
            let due = if cookie.is_some() { 403 } else { 401 };
            assert_eq!(plain.status, due, "{} {}", route.method, route.path);
            for (name, value) in HEADERS.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)))
            {
                let answer = wire.ask(&request(route, Some((name, value)), cookie)).expect("an answer");
                let said = format!("{} {} with {name}: {value}", route.method, route.path);
                assert_eq!(answer.status, plain.status, "{said}");
                assert!(*name == "x-csrf-token" || answer.problem() == plain.problem(), "{said}");
                sent += 1;
            }
        }
    }
    println!("{sent} requests");
    target.assert_unharmed_and_open();
}

/// Where a Bearer token is a credential a bad one is 401; where none is taken, or what came is none, it is 400.
#[test]
fn a_bearer_token_is_refused_as_such_in_every_spelling() {
    let mut target = Target::start();
    let secret = target.boss.cookies["admit_session"].clone();
    let mut wire = Wire::new(target.server.address);
    let refused = (401, "invalid-token".to_owned());
    let malformed = (400, "malformed-credential".to_owned());
    for (value, is_token) in [
        (format!("Bearer {secret}"), true),
        (format!("bearer {secret}"), true),
        ("BEARER x".to_owned(), true),
        ("Bearer\tx".to_owned(), true),
        ("Bearer x==".to_owned(), true),
        (format!("Bearer {}", "a".repeat(5000)), true),
        ("Bearer".to_owned(), false),
        ("Bearer x y".to_owned(), false),
        ("Bearer x,y".to_owned(), false),
        (format!("Bearer {secret}, Bearer {secret}"), false),
    ] {
        for route in routes(&target.alice_id).iter().filter(|route| route.is_guarded()) {
            let answer = wire.ask(&request(route, Some(("authorization", &value)), None)).expect("an answer");
            let due = if is_token && route.accepts != Accepts::Session { &refused } else { &malformed };
            assert_eq!((answer.status, answer.problem()), *due, "{} {}: {value}", route.method, route.path);
            let challenged = answer.header("www-authenticate").is_some_and(|it| it.contains("error=\"invalid_token\""));
            assert_eq!(challenged, answer.status == 401, "{} {}: {value}", route.method, route.path);
        }
        let both = Request::new("GET", "/session").header("cookie", &Target::cookie(&target.boss));
        assert_eq!(wire.ask(&both.header("authorization", &value)).expect("an answer").status, 400, "{value}");
    }
    target.assert_unharmed_and_open();
}

#[test]
fn no_header_turns_a_reading_request_into_a_writing_one() {
    let mut target = Target::start();
    let cookie = Target::cookie(&target.boss);
    let before = target.server.client().get("/demo/api/products/1").json();
    let mut wire = Wire::new(target.server.address);
    for name in ["x-http-method-override", "x-http-method", "x-method-override", "x-original-method"] {
        for method in ["GET", "POST"] {
            let body = serde_json::json!({ "name": "Stolen", "price": 1, "_method": "PUT" });
            let request = Request::new(method, "/demo/api/products/1?_method=PUT").header(name, "PUT").json(&body);
            let request = request.header("cookie", &cookie).header("x-csrf-token", &target.boss.csrf_token.clone());
            let answer = wire.ask(&request).expect("an answer");
            assert_eq!(answer.status, if method == "GET" { 200 } else { 405 }, "{name}");
        }
    }
    assert_eq!(target.server.client().get("/demo/api/products/1").json(), before);
    target.assert_unharmed_and_open();
}
