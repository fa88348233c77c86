//! Forged requests: by origin, by token.

use admit_testkit::{Client, PASSWORD, Request, Response, Server};
use serde_json::{Value, json};

use crate::http::support::{admin, demo, edit, form_login, is_signed_in, login, product, production, secret, twin};

/// `POST /logout` is the shortest unsafe request: 204 when it passes, and the session is still there when it does not.
fn logout() -> Request {
    Request::new("POST", "/logout")
}

fn refused(answer: &Response, kind: &str, what: &str) {
    assert_eq!((answer.status, answer.problem().as_str()), (403, kind), "{what}: {}", answer.text());
}

fn token_of(client: &mut Client) -> String {
    client.get("/session").json()["csrf_token"].as_str().unwrap_or_default().to_owned()
}

fn an_admin_and_a_user(server: &Server) -> (Client, Client, String) {
    let admin = admin(server);
    let id = server.user("alice", &["customer"]);
    (admin, server.signed_in("alice"), id)
}

#[admit_testkit::everywhere]
fn every_unsafe_route_wants_the_sessions_own_token_and_changes_nothing_without_it() {
    let server = demo();
    let (mut admin, alice, id) = an_admin_and_a_user(&server);
    let before = product(&server);
    let own = admin.get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    let user = |rest: &str| format!("/admin/api/users/{id}{rest}");
    let page = |rest: &str| format!("/admin/users/{id}{rest}");
    let password = json!({ "current_password": PASSWORD, "new_password": "another tulip lantern" });
    let bob = json!({ "username": "bob", "password": PASSWORD });
    let routes = [
        ("POST", "/login".to_owned(), json!({ "username": "root", "password": PASSWORD })),
        ("POST", "/logout".to_owned(), Value::Null),
        ("POST", "/logout/all".to_owned(), Value::Null),
        ("DELETE", format!("/sessions/{own}"), Value::Null),
        ("POST", "/account/password".to_owned(), password),
        ("POST", "/account/sessions/end-others".to_owned(), Value::Null),
        ("POST", format!("/account/sessions/{own}/end"), Value::Null),
        ("POST", "/admin/api/users".to_owned(), bob.clone()),
        ("PUT", user("/roles"), json!({ "roles": ["admin"] })),
        ("POST", user("/disable"), Value::Null),
        ("POST", user("/enable"), Value::Null),
        ("POST", user("/sessions/revoke"), Value::Null),
        ("POST", user("/link"), Value::Null),
        ("POST", page("/link"), Value::Null),
        ("PUT", user("/username"), json!({ "username": "mallory" })),
        ("POST", page("/rename"), json!({ "username": "mallory" })),
        ("POST", page("/delete"), json!({ "username": "mallory" })),
        ("DELETE", user(""), Value::Null),
        ("PUT", user("/roles/admin"), Value::Null),
        ("DELETE", user("/roles/customer"), Value::Null),
        ("DELETE", user(&format!("/sessions/{own}")), Value::Null),
        ("POST", page(&format!("/sessions/{own}/end")), Value::Null),
        ("POST", "/admin/users".to_owned(), bob),
        ("POST", page("/roles"), json!({ "roles": ["admin"] })),
        ("POST", page("/disable"), Value::Null),
        ("POST", page("/enable"), Value::Null),
        ("POST", page("/sessions/revoke"), Value::Null),
        ("PUT", "/demo/api/products/1".to_owned(), edit()),
        ("POST", "/demo/shop/products/1".to_owned(), edit()),
    ];
    for (method, path, body) in &routes {
        let what = format!("{method} {path}");
        let bare = Request::new(method, path);
        let request = if body.is_null() { bare } else { bare.json(body) };
        // At the login the answer is that somebody is signed in.
        let refused_for = |answer: &Response, kind: &str, what: &str| match path.as_str() {
            "/login" => assert_eq!((answer.status, answer.problem().as_str()), (409, "already-signed-in"), "{what}"),
            _ => refused(answer, kind, what),
        };
        refused_for(&admin.send(&request), "csrf-token-missing", &what);
        for wrong in
            ["", "x", "A", &"A".repeat(86), &alice.csrf_token, &secret(&admin), &admin.csrf_token.to_uppercase()]
        {
            let answer = admin.send(&request.clone().header("x-csrf-token", wrong));
            refused_for(&answer, "csrf-token-wrong", &format!("{what} with {wrong}"));
        }
        for origin in ["https://evil.example", "null"] {
            let right = request.clone().header("x-csrf-token", &admin.csrf_token).header("origin", origin);
            refused(&admin.send(&right), "cross-origin", &what);
        }
        assert!(is_signed_in(&mut admin), "{what} did something");
    }
    assert_eq!(product(&server), before);
    let users = admin.get("/admin/api/users").json();
    assert_eq!(users["users"].as_array().unwrap().len(), 2, "no bob");
    assert!(is_signed_in(&mut twin(&server, &alice)), "alice is neither disabled nor signed out");
    assert_eq!(admin.get(&format!("/admin/api/users/{id}")).json()["roles"], json!(["customer"]));
}

#[admit_testkit::everywhere]
fn the_token_is_taken_from_the_header_or_the_form_and_two_are_none() {
    let server = demo();
    server.user("alice", &[]);
    let send = |build: &dyn Fn(&str) -> Request| {
        let mut alice = server.signed_in("alice");
        let answer = alice.send(&build(&alice.csrf_token.clone()));
        (answer, is_signed_in(&mut alice))
    };
    let (answer, live) = send(&|token| logout().header("x-csrf-token", token));
    assert_eq!((answer.status, live), (204, false), "header");
    let (answer, live) = send(&|token| logout().form(&[("csrf_token", token)]));
    assert_eq!((answer.status, live), (204, false), "form");

    for fields in [["right", "right"], ["right", "wrong"], ["wrong", "right"]] {
        let (answer, live) = send(&|token| {
            let value = |which: &str| if which == "right" { token.to_owned() } else { "x".to_owned() };
            logout().form(&[("csrf_token", &value(fields[0])), ("csrf_token", &value(fields[1]))])
        });
        refused(&answer, "csrf-token-wrong", &format!("two form fields, {fields:?}"));
        assert!(live);
    }
    let (answer, _) = send(&|token| logout().header("x-csrf-token", "x").form(&[("csrf_token", token)]));
    refused(&answer, "csrf-token-wrong", "a wrong header is not mended by a field");
    let (answer, _) = send(&|token| Request::new("POST", &format!("/logout?csrf_token={token}")));
    refused(&answer, "csrf-token-missing", "a token in the address is in logs and histories: it is none");
    for media in ["text/plain", "multipart/form-data; boundary=x", "application/json"] {
        let (answer, live) = send(&|token| logout().header("content-type", media).bytes(format!("csrf_token={token}")));
        refused(&answer, "csrf-token-missing", media);
        assert!(live);
    }
}

#[admit_testkit::everywhere]
fn a_page_of_another_origin_is_refused_even_with_the_right_token() {
    let server = demo();
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    let port = server.address.port();
    let other_port = format!("http://127.0.0.1:{}", port ^ 1);
    let other_name = format!("http://localhost:{port}");
    let foreign: [&[(&str, &str)]; 10] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "Same-Origin")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", &server.url)],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", &other_port)],
        &[("origin", &other_name)],
        &[("origin", &server.url), ("origin", "https://evil.example")],
    ];
    for headers in foreign {
        let request = headers.iter().fold(logout(), |request, (name, value)| request.header(name, value));
        let token = alice.csrf_token.clone();
        refused(&alice.send(&request.clone().header("x-csrf-token", &token)), "cross-origin", &format!("{headers:?}"));
        refused(&server.client().send(&request), "cross-origin", "and for anonymous");
    }
    let ours: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "same-origin"), ("origin", &server.url)],
        &[("sec-fetch-site", "none")],
        &[("origin", &server.url)],
        &[],
    ];
    for headers in ours {
        let mut alice = server.signed_in("alice");
        let request = headers.iter().fold(logout(), |request, (name, value)| request.header(name, value));
        let token = alice.csrf_token.clone();
        assert_eq!(alice.send(&request.header("x-csrf-token", &token)).status, 204, "{headers:?}");
    }
    refused(
        &server.client().send(&Request::new("POST", "/nothing/here").header("sec-fetch-site", "cross-site")),
        "cross-origin",
        "a stranger does not learn which addresses exist",
    );
}

#[admit_testkit::everywhere]
fn an_anonymous_json_login_needs_no_token_but_comes_from_no_other_origin() {
    let server = demo();
    server.user("alice", &[]);
    for (name, value) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
        let answer = server.client().send(&login("alice", PASSWORD).header(name, value));
        refused(&answer, "cross-origin", value);
        assert!(answer.all("set-cookie").is_empty());
    }
    assert_eq!(server.client().send(&login("alice", PASSWORD).header("origin", &server.url)).status, 200);
    let body = json!({ "username": "alice", "password": PASSWORD }).to_string();
    for media in ["text/plain", "text/plain; application/json", "multipart/form-data", ""] {
        let disguised = Request::new("POST", "/login").header("content-type", media).bytes(body.clone());
        let answer = server.client().send(&disguised);
        assert!(
            matches!(answer.status, 403 | 415),
            "a form could send {media:?} without a preflight: {}",
            answer.status
        );
        assert!(answer.all("set-cookie").iter().all(|cookie| !cookie.starts_with("admit_session=")));
    }
}

#[admit_testkit::everywhere]
fn a_login_form_needs_the_token_and_the_cookie_of_its_own_page() {
    let server = demo();
    server.user("alice", &[]);
    let send = |client: &mut Client, token: Option<&str>| {
        let mut fields = vec![("username", "alice"), ("password", PASSWORD)];
        fields.extend(token.map(|token| ("csrf_token", token)));
        client.send(&Request::new("POST", "/login").form(&fields))
    };
    let (mut mine, mut theirs) = (server.client(), server.client());
    let own = mine.page("/login").field("csrf_token").unwrap();
    let others = theirs.page("/login").field("csrf_token").unwrap();
    refused(&send(&mut mine, None), "csrf-token-missing", "no token");
    refused(&send(&mut mine, Some("x")), "csrf-token-wrong", "nonsense");
    refused(&send(&mut mine, Some(&others)), "csrf-token-wrong", "another browser's: login CSRF");
    refused(&send(&mut server.client(), Some(&own)), "form-cookie-missing", "a browser that dropped the cookie");
    assert_eq!(send(&mut mine, Some(&own)).status, 303);
    let again = mine.cookies.contains_key("admit_form");
    assert!(!again, "a form is sent in once");
}

#[admit_testkit::everywhere]
fn reading_needs_no_token_from_wherever_the_link_was() {
    let server = demo();
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    for method in ["GET", "HEAD"] {
        let request = Request::new(method, "/session").header("sec-fetch-site", "cross-site");
        assert_eq!(alice.send(&request.header("origin", "https://evil.example")).status, 200);
    }
    for site in ["cross-site", "same-origin", "none"] {
        let page = alice.send(&Request::new("GET", "/logout").header("sec-fetch-site", site));
        assert_eq!(page.status, 200, "it asks");
        assert!(is_signed_in(&mut alice), "an image or a link cannot sign anybody out");
    }
}

#[admit_testkit::everywhere]
fn a_role_change_keeps_the_token_good_until_the_next_get_session_gives_out_a_new_cookie_and_token() {
    let server = demo();
    server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let id = alice.get("/session").json()["session"]["id"].clone();
    let before = twin(&server, &alice);
    assert_eq!(server.cli(&["user", "set-roles", "alice", "admin"], "").code, 0);

    let edited = alice.call("PUT", "/demo/api/products/1", &edit());
    assert_eq!(edited.status, 200, "the new role is in force, and the token she holds still hers");
    assert!(edited.all("set-cookie").is_empty(), "she is not left with a cookie whose token she does not know");

    let answer = alice.refresh();
    assert_eq!(answer.all("set-cookie").len(), 1);
    assert_ne!(secret(&alice), secret(&before), "a new secret with the new rights");
    assert_eq!(answer.json()["session"]["id"], id, "of the same session");
    assert_eq!(answer.json()["subject"]["roles"], json!(["admin"]));
    assert!(
        is_signed_in(&mut twin(&server, &before)),
        "the secret from before it is good for some seconds (rotation.rs)"
    );
    let stale = Request::new("PUT", "/demo/api/products/1").header("x-csrf-token", &before.csrf_token).json(&edit());
    refused(&alice.send(&stale), "csrf-token-wrong", "and its token is not the new one's");
    assert_eq!(alice.call("PUT", "/demo/api/products/1", &edit()).status, 200);
    let secret_now = secret(&alice);
    alice.refresh();
    assert_eq!(secret(&alice), secret_now, "once is enough");
}

#[admit_testkit::everywhere]
fn a_page_and_a_program_that_share_a_session_hold_tokens_that_are_both_good() {
    let server = demo();
    server.user("root", &["admin"]);
    let mut root = server.client();
    assert_eq!(form_login(&mut root, "root", PASSWORD, &[]).status, 303);
    let from_page = root.page("/account").field("csrf_token").unwrap();
    let from_json = token_of(&mut root);
    assert_ne!(from_page, from_json);
    for token in [from_page, from_json] {
        let request = Request::new("PUT", "/demo/api/products/1").header("x-csrf-token", &token).json(&edit());
        assert_eq!(root.send(&request).status, 200);
    }
}

#[admit_testkit::everywhere]
fn an_origin_other_than_the_public_url_is_foreign_whatever_host_and_fetch_metadata_say() {
    let server = production(&[]);
    let wrong = || login("nobody", "a password of nobody's");
    for (host, origin, claim) in [
        ("login.example.org", "http://login.example.org", None),
        ("login.example.org", "https://login.example.org:8443", None),
        ("evil.example", "https://evil.example", None),
        ("evil.example", "https://evil.example", Some("same-origin")),
        ("evil.example", "https://evil.example", Some("none")),
        ("login.example.org", "http://login.example.org", Some("same-origin")),
        ("login.example.org", "null", None),
    ] {
        let mut forged = wrong().header("host", host).header("origin", origin);
        if let Some(claim) = claim {
            forged = forged.header("sec-fetch-site", claim);
        }
        refused(&server.client().send(&forged), "cross-origin", &format!("{host} {origin} {claim:?}"));
    }
    for (host, claim) in [("login.example.org", "same-origin"), ("internal:8080", "same-origin"), ("internal", "")] {
        let own = wrong().header("host", host).header("origin", "https://login.example.org");
        let answer = server.client().send(&own.header("sec-fetch-site", claim));
        assert_eq!(answer.status, 401, "a proxy may write any Host: {host} {claim}: {}", answer.text());
    }
}
