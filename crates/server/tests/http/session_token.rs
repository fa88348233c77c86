//! `POST /session/token`: a session for an access token, for the server of a server-rendered app.

use admit_testkit::{PASSWORD, Request, Tokens};
use serde_json::{Value, json};

use crate::http::support::clients::{API, BILLING, configured, configured_with, is_good, oauth_error};
use crate::http::support::{COOKIE, history, is_signed_in, members, secret, twin};

#[admit_testkit::everywhere]
fn the_server_of_an_app_exchanges_its_users_session_for_a_token_of_a_named_audience() {
    let it = configured();
    it.server.user("root", &["admin"]);
    let id = it.server.user("alice", &["customer"]);
    let mut alice = it.server.signed_in("alice");
    let answer = it.exchange("api", &alice, API);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(members(&answer.json()), ["access_token", "expires_in", "token_type"].into(), "no refresh token");
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let claims = Tokens::of(&answer).claims();
    assert_eq!((&claims["sub"], &claims["aud"], &claims["client_id"]), (&json!(id), &json!(API), &json!("api")));
    assert_eq!(claims["roles"], json!(["customer"]), "the user's, and not the service's");
    assert_eq!(claims["sid"], alice.get("/session").json()["session"]["id"]);
    assert!(is_signed_in(&mut alice), "the session goes on as it was");
    let kinds = history(&mut it.server.signed_in("root"), &id);
    assert!(kinds.iter().any(|kind| kind == "session-exchanged"), "{kinds:?}");

    let own = Tokens::of(&it.exchange("site", &alice, &it.server.url));
    assert!(is_good(&it.server, &own.access));
}

#[admit_testkit::everywhere]
fn the_end_of_the_session_is_the_end_of_its_tokens() {
    let it = configured();
    let server = &it.server;
    server.user("alice", &["customer"]);
    let exchanged = |client: &admit_testkit::Client| Tokens::of(&it.exchange("site", client, &server.url));
    let operator = |arguments: &[&str], typed: &str| assert_eq!(server.cli(arguments, typed).code, 0, "{arguments:?}");

    let (mut alice, phone) = (server.signed_in("alice"), server.signed_in("alice"));
    let (mine, phones) = (exchanged(&alice), exchanged(&phone));
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204);
    assert!(!is_good(server, &mine.access));
    assert!(is_good(server, &phones.access), "the other session's lives");
    operator(&["user", "set-roles", "alice", "admin"], "");
    assert!(!is_good(server, &phones.access), "it says roles that are no more");
    let again = exchanged(&phone);
    assert_eq!(again.claims()["roles"], json!(["admin"]));
    operator(&["session", "revoke", "alice"], "");
    assert!(!is_good(server, &again.access));
    let again = exchanged(&server.signed_in("alice"));
    operator(&["user", "set-password", "alice", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert!(!is_good(server, &again.access));
    let mut browser = server.signed_in("alice");
    let before = exchanged(&browser);
    browser.sign_in("alice", PASSWORD);
    assert!(!is_good(server, &before.access), "signing in again ends the session before");
    let again = exchanged(&browser);
    operator(&["user", "disable", "alice"], "");
    assert!(!is_good(server, &again.access));
}

#[admit_testkit::everywhere]
fn a_session_that_is_dead_missing_or_malformed_gets_nothing() {
    let it = configured();
    it.server.user("alice", &[]);
    let mut alice = it.server.signed_in("alice");
    let dead = twin(&it.server, &alice);
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204);
    assert_eq!(oauth_error(&it.exchange("site", &dead, &it.server.url)), (400, "invalid_grant".to_owned()));
    let live = it.server.signed_in("alice");
    let own = secret(&live);
    let send = |cookies: &[&str], fields: &[(&str, &str)]| {
        let request = Request::new("POST", "/session/token").basic("site", &it.secret);
        let request = cookies.iter().fold(request, |request, cookie| request.header("cookie", cookie));
        oauth_error(&it.client().send(&request.form(fields)))
    };
    let audience = [("audience", it.server.url.as_str())];
    let invalid = (400, "invalid_request".to_owned());
    let cookie = format!("{COOKIE}={own}");
    assert_eq!(send(&[], &audience), invalid);
    assert_eq!(send(&[&format!("{COOKIE}={own}x")], &audience), invalid);
    assert_eq!(send(&[&format!("__Host-{COOKIE}={own}")], &audience), invalid, "not this deployment's cookie");
    assert_eq!(send(&[&format!("{cookie}; {cookie}")], &audience), invalid, "two are one too many");
    assert_eq!(send(&[&cookie, &cookie], &audience), invalid);
    assert_eq!(send(&[&format!("{COOKIE}={}", "A".repeat(43))], &audience), (400, "invalid_grant".to_owned()));
    assert_eq!(send(&[&cookie], &[]), invalid, "the audience is named, never guessed");
    assert_eq!(send(&[&cookie], &[("audience", API)]), (400, "invalid_target".to_owned()));
    let twice = [audience[0], ("resource", &it.server.url)];
    assert_eq!(send(&[&cookie], &twice), invalid);
    assert_eq!(it.exchange("site", &live, &it.server.url).status, 200, "after all of that it is as good as before");
}

#[admit_testkit::everywhere]
fn only_a_service_that_may_and_shows_who_it_is_can_exchange_and_no_page_can() {
    let it = configured();
    it.server.user("alice", &[]);
    let alice = it.server.signed_in("alice");
    let cookie = format!("{COOKIE}={}", secret(&alice));
    let audience = ("audience", it.server.url.as_str());
    assert_eq!(oauth_error(&it.exchange(BILLING, &alice, &it.server.url)), (400, "unauthorized_client".to_owned()));
    let bare = |fields: &[(&str, &str)]| {
        let request = Request::new("POST", "/session/token").header("cookie", &cookie);
        oauth_error(&it.client().send(&request.form(fields)))
    };
    let invalid_client = (401, "invalid_client".to_owned());
    for client in ["site", "app", "page", "nobody"] {
        assert_eq!(bare(&[audience, ("client_id", client)]), invalid_client, "{client} has shown nothing");
    }
    assert_eq!(bare(&[audience]).0, 400);
    assert_eq!(bare(&[audience, ("client_id", "site"), ("client_secret", &"A".repeat(43))]), invalid_client);

    // Even a page that had the service's secret: whatever it can read, any script in it can.
    let own = it.server.url.clone();
    for headers in [
        vec![("origin", own.as_str())],
        vec![("sec-fetch-site", "same-origin")],
        vec![("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
        vec![("sec-fetch-site", "none")],
        vec![("origin", "https://view.example")],
        vec![("origin", "https://page.example")],
    ] {
        let request = Request::new("POST", "/session/token").basic("site", &it.secret).header("cookie", &cookie);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = it.client().send(&request.form(&[audience]));
        assert_eq!(answer.status, 403, "{headers:?}: {}", answer.text());
        assert!(answer.text().contains("any script"), "{headers:?}");
    }
    // The fetch of Node.js, which server-rendered apps use, says this of itself and nothing else.
    let node = Request::new("POST", "/session/token").basic("site", &it.secret).header("cookie", &cookie);
    let node = node.header("sec-fetch-mode", "cors").header("accept-language", "*");
    assert_eq!(it.client().send(&node.form(&[audience])).status, 200);
    for (method, status) in [("GET", 405), ("PUT", 405)] {
        assert_eq!(it.client().send(&Request::new(method, "/session/token").header("cookie", &cookie)).status, status);
    }
}

#[admit_testkit::everywhere]
fn a_token_of_a_session_never_outlives_it() {
    let it = configured_with("[sessions]\nidle = \"20s\"\nabsolute = \"40s\"\n");
    it.server.user("alice", &[]);
    let alice = it.server.signed_in("alice");
    let answer = it.exchange("site", &alice, &it.server.url);
    let expires_in = answer.json()["expires_in"].as_u64().unwrap();
    assert!((1..=40).contains(&expires_in), "300 s is a token's life, 40 s its session's: {expires_in}");
    let claims = Tokens::of(&answer).claims();
    assert!(claims["exp"].as_u64().unwrap() <= claims["iat"].as_u64().unwrap() + 40);
}
