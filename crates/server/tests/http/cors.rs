//! CORS: what pages of the origins that the configuration names may read, and that no others may read anything.

use admit::{Csrf, Row};
use admit_testkit::{Client, PASSWORD, Request, Response, Server};
use serde_json::json;

use crate::http::support::clients::configured;
use crate::http::support::{demo_with, edit, is_signed_in, login, product};

/// The page of the configured client `page`, and the web view of the native `app`.
const PAGE: &str = "https://page.example";
const VIEW: &str = "https://view.example";

/// Whoever looks like it.
const STRANGERS: [&str; 14] = [
    "https://evil.example",
    "null",
    "http://page.example",
    "https://page.example:443",
    "https://page.example:8443",
    "https://page.example/",
    "https://page.example.evil.example",
    "https://evilpage.example",
    "https://x.page.example",
    "https://page.exampl",
    "https://Page.example",
    "HTTPS://PAGE.EXAMPLE",
    "https://page.example, https://evil.example",
    "",
];

/// The names of the CORS headers in an answer.
fn consent(answer: &Response) -> Vec<&str> {
    let names = answer.headers.iter().map(|(name, _)| name.as_str());
    names.filter(|name| name.starts_with("access-control-")).collect()
}

fn is_for(answer: &Response, origin: &str, what: &str) {
    assert_eq!(answer.all("access-control-allow-origin"), [origin], "{what}: {} {}", answer.status, answer.text());
    assert_eq!(answer.all("access-control-allow-credentials"), ["true"], "{what}");
    assert_eq!(answer.all("cross-origin-resource-policy"), ["cross-origin"], "{what}");
    assert_eq!(answer.all("vary"), ["Origin"], "{what}");
}

fn is_for_nobody(answer: &Response, what: &str) {
    assert!(consent(answer).is_empty(), "{what}: {:?}", consent(answer));
    assert_eq!(answer.all("cross-origin-resource-policy"), ["same-origin"], "{what}");
}

fn preflight(path: &str, origin: &str, method: &str) -> Request {
    let request = Request::new("OPTIONS", path).header("origin", origin);
    request
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "content-type, x-csrf-token")
}

fn rows() -> Vec<Row> {
    let mut rows = admit_server::web::router::routes(true).table();
    rows.extend(admit_shop::routes(admit_shop::Shop::default()).table());
    rows
}

fn path_of(row: &Row) -> String {
    row.path.replace("{id}", "1").replace("{permission}", "user:read")
}

/// What a page of PAGE sends with the user's cookie and the token that it has read.
fn from_the_page(client: &Client, method: &str, path: &str) -> Request {
    Request::new(method, path)
        .header("origin", PAGE)
        .header("sec-fetch-site", "same-site")
        .header("x-csrf-token", &client.csrf_token)
}

#[test]
fn a_page_of_a_named_origin_signs_in_edits_and_signs_out() {
    let configured = configured();
    let server = &configured.server;
    server.user("root", &["admin"]);
    let mut root = server.client();
    let asked = root.send(&preflight("/login", PAGE, "POST"));
    assert_eq!(asked.status, 204);
    is_for(&asked, PAGE, "preflight");
    assert_eq!(asked.header("access-control-allow-methods"), Some("POST"), "GET /login is a page");
    assert_eq!(asked.header("access-control-allow-headers"), Some("authorization, content-type, x-csrf-token"));
    assert_eq!(asked.header("access-control-max-age"), Some("600"));

    let begun = root.send(&login("root", PASSWORD).header("origin", PAGE).header("sec-fetch-site", "same-site"));
    assert_eq!(begun.status, 200, "{}", begun.text());
    is_for(&begun, PAGE, "login");
    root.csrf_token = begun.json()["csrf_token"].as_str().unwrap_or_default().to_owned();
    let session = root.send(&from_the_page(&root, "GET", "/session"));
    assert_eq!(session.status, 200);
    is_for(&session, PAGE, "GET /session");
    let edited = root.send(&from_the_page(&root, "PUT", "/demo/api/products/1").json(&edit()));
    assert_eq!(edited.status, 200, "{}", edited.text());
    is_for(&edited, PAGE, "edit");
    let listed = root.send(&from_the_page(&root, "GET", "/admin/api/users"));
    assert_eq!(listed.status, 200);
    is_for(&listed, PAGE, "administration");
    let out = root.send(&from_the_page(&root, "POST", "/logout"));
    assert_eq!(out.status, 204);
    is_for(&out, PAGE, "logout");
    let after = root.send(&Request::new("GET", "/session").header("origin", PAGE));
    assert_eq!(after.status, 401);
    is_for(&after, PAGE, "a refusal can be read too");
}

#[test]
fn a_named_origin_is_trusted_and_yet_needs_the_sessions_token() {
    let configured = configured();
    let server = &configured.server;
    server.user("root", &["admin"]);
    let root = server.signed_in("root");
    let before = product(server);
    let mut thief = server.client();
    thief.cookies = root.cookies;
    let forged = Request::new("PUT", "/demo/api/products/1").header("origin", PAGE).json(&edit());
    let answer = thief.send(&forged);
    assert_eq!((answer.status, answer.problem()), (403, "csrf-token-missing".to_owned()));
    is_for(&answer, PAGE, "and is told so");
    assert_eq!(product(server), before);
}

#[test]
fn a_web_view_of_a_named_origin_uses_access_tokens_from_another_site() {
    let configured = configured();
    let server = &configured.server;
    server.user("alice", &["customer"]);
    let mut app = server.client();
    let body = json!({ "username": "alice", "password": PASSWORD, "client_id": "app" });
    let signed_in = Request::new("POST", "/login").json(&body).header("origin", VIEW);
    let tokens = app.send(&signed_in.header("sec-fetch-site", "cross-site"));
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    is_for(&tokens, VIEW, "tokens");
    let access = tokens.json()["access_token"].as_str().unwrap_or_default().to_owned();
    let bearer = |method: &str, path: &str, origin: &str| {
        let request = Request::new(method, path).header("authorization", &format!("Bearer {access}"));
        server.client().send(&request.header("origin", origin).header("sec-fetch-site", "cross-site"))
    };
    let session = bearer("GET", "/session", VIEW);
    assert_eq!(session.status, 200);
    is_for(&session, VIEW, "by token");
    let refresh = tokens.json()["refresh_token"].as_str().unwrap_or_default().to_owned();
    let fields = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh.as_str())];
    let renewed = app.send(&Request::new("POST", "/oauth/token").form(&fields).header("origin", VIEW));
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    is_for(&renewed, VIEW, "renewal");
    // A token that is out is a token that is out; what keeps other pages from using one here is the browser.
    let elsewhere = bearer("GET", "/session", "https://evil.example");
    is_for_nobody(&elsewhere, "by token");
}

#[test]
fn whoever_only_looks_like_a_named_origin_gets_no_consent_anywhere() {
    let configured = configured();
    let server = &configured.server;
    server.user("root", &["admin"]);
    let mut root = server.signed_in("root");
    for origin in STRANGERS {
        for path in ["/session", "/login", "/demo/api/products/1", "/admin/api/users"] {
            let asked = root.send(&preflight(path, origin, "PUT"));
            is_for_nobody(&asked, &format!("preflight of {origin} for {path}"));
            assert_eq!(asked.all("vary"), ["Origin"], "{path}");
        }
        let read = root.send(&Request::new("GET", "/session").header("origin", origin));
        is_for_nobody(&read, origin);
        assert_eq!(read.all("vary"), ["Origin"]);
        let token = root.csrf_token.clone();
        let out = root.send(&Request::new("POST", "/logout").header("origin", origin).header("x-csrf-token", &token));
        // An empty header names nobody and comes from no browser.
        assert_eq!(out.status, if origin.is_empty() { 204 } else { 403 }, "{origin}");
        is_for_nobody(&out, origin);
        if origin.is_empty() {
            root = server.signed_in("root");
        }
        assert!(is_signed_in(&mut root), "{origin}");
    }
    let twice = Request::new("GET", "/session").header("origin", PAGE).header("origin", PAGE);
    is_for_nobody(&root.send(&twice), "two origins");
}

#[test]
fn consent_is_on_json_routes_alone_and_on_every_answer_of_those() {
    let configured = configured();
    let server = &configured.server;
    let mut seen = 0;
    for row in rows() {
        let (path, what) = (path_of(&row), format!("{} {}", row.method, row.path));
        if row.path == "/revocations" {
            continue;
        }
        for accept in ["*/*", "text/html,*/*;q=0.8"] {
            for media in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
                let request = Request::new(row.method.as_str(), &path).header("origin", PAGE).header("accept", accept);
                let answer = server.client().send(&request.header("content-type", media));
                let page = answer.header("content-type").is_some_and(|media| media.starts_with("text/html"))
                    || (300..400).contains(&answer.status);
                let form = media.ends_with("urlencoded") && row.csrf != Csrf::Client;
                let readable = row.cors && !page && !form;
                seen += usize::from(readable);
                let said = format!("{what} {accept} {media}: {}", answer.status);
                if readable {
                    is_for(&answer, PAGE, &said);
                } else {
                    is_for_nobody(&answer, &said);
                }
                if row.cors {
                    let plain = server.client().send(&Request::new(row.method.as_str(), &path));
                    assert_eq!(plain.all("vary"), ["Origin"], "{what}, without an origin");
                    is_for_nobody(&plain, &what);
                }
            }
        }
    }
    assert!(seen > 60, "{seen}");
    for row in rows().iter().filter(|row| !row.cors) {
        let page = row.path.starts_with("/admin") && !row.path.starts_with("/admin/api");
        let other_path_mate = rows().iter().any(|mate| mate.path == row.path && mate.cors);
        if page || !other_path_mate {
            let answer = server.client().send(&preflight(&path_of(row), PAGE, row.method.as_str()));
            assert_eq!(answer.status, 405, "{} {}", row.method, row.path);
            is_for_nobody(&answer, &row.path);
        }
    }
}

#[test]
fn an_unsafe_request_is_answered_by_its_origin_and_every_cache_is_told() {
    let server = demo_with(&[]);
    for path in ["/admin/users", "/account/sessions/end-others", "/setup", "/nothing/here", "/livez"] {
        let answer = server.client().send(&Request::new("POST", path));
        assert_eq!(answer.all("vary"), ["Origin"], "{path}");
    }
}

#[test]
fn without_configured_origins_no_page_elsewhere_reads_anything() {
    let server = demo_with(&[]);
    for row in rows().iter().filter(|row| row.cors && row.path != "/revocations") {
        let answer = server.client().send(&preflight(&path_of(row), PAGE, row.method.as_str()));
        is_for_nobody(&answer, &row.path);
        let allowed = answer.header("allow").unwrap_or_default();
        assert!(answer.status == 405 && allowed.contains(row.method.as_str()), "{}: {allowed}", row.path);
    }
}

#[test]
fn an_origin_of_server_trusted_origins_is_one_of_the_named() {
    let server = demo_with(&[("ADMIT_SERVER__TRUSTED_ORIGINS", r#"["https://page.example"]"#)]);
    is_for(&answer_to(&server, PAGE), PAGE, "named");
    is_for_nobody(&answer_to(&server, VIEW), "not named");
}

fn answer_to(server: &Server, origin: &str) -> Response {
    server.client().send(&Request::new("GET", "/session").header("origin", origin))
}
