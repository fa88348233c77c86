//! What a body is said to be, and what is wanted back.

use admit_testkit::{Client, PASSWORD, Request, Response, Server};
use serde_json::{Value, json};

use crate::http::support::{admin, demo, is_signed_in};

const FORM: &str = "application/x-www-form-urlencoded";

/// What is not said to be JSON, although it is: as `curl -d` and pages of other sites send it.
const OTHER_TYPES: [Option<&str>; 9] = [
    None,
    Some(FORM),
    Some("application/x-www-form-urlencoded; charset=utf-8"),
    Some("text/plain"),
    Some("text/plain; application/json"),
    Some("text/json"),
    Some("application/jsonp"),
    Some("multipart/form-data; boundary=x"),
    Some(""),
];

fn sent(method: &str, path: &str, media: Option<&str>, body: impl Into<Vec<u8>>) -> Request {
    let request = Request::new(method, path).bytes(body);
    media.into_iter().fold(request, |request, media| request.header("content-type", media))
}

fn names_the_type(answer: &Response, what: &str) {
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (415, "unsupported-media-type"),
        "{what}: {}",
        answer.text()
    );
    assert!(answer.text().contains("Content-Type: application/json"), "{what}: {}", answer.text());
    assert!(answer.header("accept").is_some_and(|accept| accept.contains("application/json")), "{what}");
}

/// Each route that reads JSON, with a body that it would take.
fn json_routes(id: &str) -> Vec<(&'static str, String, Value)> {
    vec![
        (
            "POST",
            "/account/password".to_owned(),
            json!({ "current_password": PASSWORD, "new_password": "velvet harbour" }),
        ),
        ("POST", "/admin/api/users".to_owned(), json!({ "username": "bob", "password": PASSWORD })),
        ("PUT", format!("/admin/api/users/{id}/roles"), json!({ "roles": ["admin"] })),
    ]
}

fn root_and_alice(server: &Server) -> (Client, String) {
    let root = admin(server);
    (root, server.user("alice", &["customer"]))
}

#[test]
fn json_under_another_type_is_415_at_login_and_names_the_type_to_send() {
    let server = demo();
    server.user("alice", &[]);
    let body = json!({ "username": "alice", "password": PASSWORD }).to_string();
    for media in OTHER_TYPES {
        for body in [body.clone(), format!(" \n{body}"), "[1]".to_owned()] {
            let answer = server.client().send(&sent("POST", "/login", media, body));
            names_the_type(&answer, &format!("{media:?}"));
            assert!(answer.all("set-cookie").is_empty());
        }
    }
    let twice = sent("POST", "/login", Some("application/json"), body.clone()).header("content-type", "text/plain");
    names_the_type(&server.client().send(&twice), "two types are none");
    for media in ["application/json", "APPLICATION/JSON ; charset=utf-8"] {
        assert_eq!(server.client().send(&sent("POST", "/login", Some(media), body.clone())).status, 200, "{media}");
    }
}

#[test]
fn json_under_another_type_is_415_from_an_admin_too_and_changes_nothing() {
    let server = demo();
    let (mut root, id) = root_and_alice(&server);
    for (method, path, body) in json_routes(&id) {
        for media in OTHER_TYPES {
            let token = root.csrf_token.clone();
            let request = sent(method, &path, media, body.to_string()).header("x-csrf-token", &token);
            names_the_type(&root.send(&request), &format!("{method} {path} {media:?}"));
        }
    }
    let users = root.get("/admin/api/users").json();
    assert_eq!(users["users"].as_array().expect("users").len(), 2, "no bob");
    assert_eq!(root.get(&format!("/admin/api/users/{id}")).json()["roles"], json!(["customer"]));
    assert!(is_signed_in(&mut server.signed_in("root")), "the password is the old one");
}

#[test]
fn what_a_page_of_another_site_sends_is_refused_as_forged_whatever_its_type() {
    let server = demo();
    let (mut root, id) = root_and_alice(&server);
    let login = ("POST", "/login".to_owned(), json!({ "username": "alice", "password": PASSWORD }));
    for (method, path, body) in json_routes(&id).into_iter().chain([login]) {
        for media in OTHER_TYPES {
            for header in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
                let token = root.csrf_token.clone();
                let forged = sent(method, &path, media, body.to_string()).header(header.0, header.1);
                for (who, answer) in [
                    ("an admin with the token", root.send(&forged.clone().header("x-csrf-token", &token))),
                    ("an admin", root.send(&forged)),
                    ("anonymous", server.client().send(&forged)),
                ] {
                    let found = (answer.status, answer.problem());
                    assert_eq!(found, (403, "cross-origin".to_owned()), "{who} {method} {path} {media:?} {header:?}");
                }
            }
        }
    }
    assert_eq!(root.get(&format!("/admin/api/users/{id}")).json()["roles"], json!(["customer"]));
}

#[test]
fn an_empty_json_body_is_400_and_never_an_empty_object() {
    let server = demo();
    let (mut root, id) = root_and_alice(&server);
    let login = ("POST", "/login".to_owned(), Value::Null);
    for (method, path, _) in json_routes(&id).into_iter().chain([login]) {
        for body in ["", " ", "\r\n\t"] {
            let token = root.csrf_token.clone();
            let request = sent(method, &path, Some("application/json"), body).header("x-csrf-token", &token);
            let answer = root.send(&request);
            let found = (answer.status, answer.problem());
            assert_eq!(found, (400, "malformed-json".to_owned()), "{method} {path} {body:?}: {}", answer.text());
            assert!(answer.text().contains("The body is empty"), "{}", answer.text());
        }
    }
    let anonymous = server.client().send(&sent("POST", "/login", Some("application/json"), ""));
    assert_eq!((anonymous.status, anonymous.problem()), (400, "malformed-json".to_owned()));
    assert_eq!(root.get(&format!("/admin/api/users/{id}")).json()["roles"], json!(["customer"]));
}

#[test]
fn anonymous_gets_the_page_or_json_by_the_weights_of_accept() {
    let server = demo();
    let asked = |path: &str, accept: &str| server.client().send(&Request::new("GET", path).header("accept", accept));
    for (accept, page) in [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
        ("text/html;q=0.2, application/json;q=0.1", true),
        ("application/json, text/html;q=0", false),
        ("application/json, text/html;q=0.9", false),
        ("application/json;q=0.4, text/html;q=0.3, */*;q=0.1", false),
        ("text/html;q=0, */*", false),
        ("text/html;q=2", false),
        ("*/*", false),
    ] {
        let guarded = asked("/session", accept);
        assert_eq!(guarded.status, if page { 303 } else { 401 }, "{accept}");
        for path in ["/nothing/here", "/docs/choose", "/setup?token=x"] {
            let media = asked(path, accept).header("content-type").unwrap_or_default().to_owned();
            // The set-up page is a page for everybody.
            let html = page || path.starts_with("/setup");
            assert_eq!(media.starts_with("text/html"), html, "{path} {accept}: {media}");
        }
    }
}
