//! Signing in where somebody is signed in already: a second tab, a program with a live cookie.

use admit_testkit::{Client, PASSWORD, Request, Response, Server};

use crate::http::support::{admin, demo, form_login, history, is_signed_in, login, secret, twin};

/// Alice, who has signed in in one tab while the login page was open in another; and the token of that other tab.
fn two_tabs() -> (Server, Client, String) {
    let server = demo();
    server.user("alice", &[]);
    server.user("mallory", &[]);
    let mut alice = server.client();
    let of_the_other_tab = alice.page("/login").field("csrf_token").unwrap();
    assert_eq!(form_login(&mut alice, "alice", PASSWORD, &[]).status, 303);
    (server, alice, of_the_other_tab)
}

fn send(client: &mut Client, username: &str, password: &str, token: &str) -> Response {
    let fields = [("username", username), ("password", password), ("csrf_token", token)];
    client.send(&Request::new("POST", "/login").page().form(&fields))
}

#[track_caller]
fn assert_still(client: &mut Client, username: &str, session: &str) {
    assert_eq!(client.get("/session").json()["subject"]["username"], username);
    assert_eq!(secret(client), session, "the same session");
}

#[test]
fn a_second_tab_that_signs_in_while_somebody_is_signed_in_says_so_and_changes_nothing() {
    let (server, mut alice, token) = two_tabs();
    let session = secret(&alice);
    // Whoever is named there, and whether the password is right, makes no difference: nothing is looked at.
    for (username, password) in
        [("alice", PASSWORD), ("mallory", PASSWORD), ("alice", "wrong wrong wrong wrong"), ("", "")]
    {
        for token in [token.as_str(), "nonsense", ""] {
            let answer = send(&mut alice, username, password, token);
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, Some("/login?notice=signed-in")),
                "{username} {token}"
            );
            assert!(answer.all("set-cookie").is_empty(), "{username} {token}");
        }
    }
    assert_still(&mut alice, "alice", &session);
    let page = alice.page("/login?notice=signed-in");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("You are signed in as <strong>alice</strong>"), "{}", page.text());
    assert!(page.text().contains("href=\"/account\"") && page.text().contains("action=\"/logout\""));
    let mut admin = admin(&server);
    let id = alice.get("/session").json()["subject"]["id"].as_str().unwrap().to_owned();
    assert_eq!(history(&mut admin, &id), ["subject-created", "session-created"], "no attempt was made");
}

#[test]
fn a_second_tab_goes_on_to_where_it_was_asked_to_lead() {
    let (server, mut alice, token) = two_tabs();
    let fields = [("username", "alice"), ("password", PASSWORD), ("csrf_token", token.as_str())];
    let from = |page: &str| {
        let referer = format!("{}{page}", server.url);
        Request::new("POST", "/login").page().form(&fields).header("referer", &referer)
    };
    let answer = alice.send(&from("/login?return_to=%2Fdemo%2Fshop"));
    assert_eq!(answer.header("location"), Some("/login?return_to=%2Fdemo%2Fshop&notice=signed-in"));
    let page = alice.page(answer.header("location").unwrap());
    assert!(page.text().contains("href=\"/demo/shop\""), "{}", page.text());
    for elsewhere in ["/login?return_to=%2F%2Fevil.example", "/login?return_to=https:%2F%2Fevil.example", "/login"] {
        let answer = alice.send(&from(elsewhere));
        assert_eq!(answer.header("location"), Some("/login?notice=signed-in"), "{elsewhere}");
    }
}

#[test]
fn somebody_who_has_to_sign_in_again_gets_the_form_though_signed_in() {
    let (server, mut alice, _) = two_tabs();
    let before = twin(&server, &alice);
    // What sent them here asks for a fresh sign-in: led back at once, they would come again, and again.
    let page = alice.page("/login?return_to=%2Fdemo%2Fshop&notice=sign-in-again");
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("value=\"alice\"") && page.text().contains("Sign in again to continue."),
        "{}",
        page.text()
    );
    let fields = [("csrf_token", page.field("csrf_token").unwrap()), ("return_to", page.field("return_to").unwrap())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fields = [&[("username", "alice"), ("password", PASSWORD)], fields.as_slice()].concat();
    let answer = alice.send(&Request::new("POST", "/login").page().form(&fields));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/demo/shop")), "{}", answer.text());
    assert_ne!(secret(&alice), secret(&before), "a new session");
}

#[test]
fn a_json_login_over_a_live_session_without_its_token_is_409_and_says_what_to_do() {
    let (server, mut alice, _) = two_tabs();
    let session = secret(&alice);
    for (username, password) in [("alice", PASSWORD), ("mallory", PASSWORD), ("nobody", "wrong wrong wrong wrong")] {
        let answer = alice.send(&login(username, password));
        assert_eq!((answer.status, answer.problem().as_str()), (409, "already-signed-in"), "{}", answer.text());
        assert!(answer.text().contains("POST /logout") && answer.text().contains("GET /session"), "{}", answer.text());
        assert!(answer.all("set-cookie").is_empty());
        let wrong = alice.send(&login(username, password).header("x-csrf-token", "nonsense"));
        assert_eq!((wrong.status, wrong.problem().as_str()), (409, "already-signed-in"));
    }
    assert_still(&mut alice, "alice", &session);
    let mut dead = twin(&server, &alice);
    alice.refresh();
    assert_eq!(alice.call("POST", "/logout", &serde_json::Value::Null).status, 204);
    assert_eq!(dead.send(&login("mallory", PASSWORD)).status, 200, "a session that has ended is in nobody's way");
}

#[test]
fn no_other_site_signs_anybody_in_whether_somebody_is_signed_in_or_not() {
    let (server, mut alice, token) = two_tabs();
    let session = secret(&alice);
    let fields = [("username", "mallory"), ("password", PASSWORD), ("csrf_token", token.as_str())];
    for (name, value) in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        for client in [&mut alice, &mut server.client()] {
            let form = Request::new("POST", "/login").form(&fields).header(name, value);
            let answer = client.send(&form);
            assert_eq!((answer.status, answer.problem().as_str()), (403, "cross-origin"), "form, {name}: {value}");
            let page = client.send(&form.page());
            assert_eq!((page.status, page.header("location")), (403, None), "it is not told who is signed in either");
            let answer = client.send(&login("mallory", PASSWORD).header(name, value));
            assert_eq!((answer.status, answer.problem().as_str()), (403, "cross-origin"), "JSON, {name}: {value}");
        }
    }
    assert_still(&mut alice, "alice", &session);
    // Nobody is signed in: the form's own token is needed, as before.
    let mut nobody = server.client();
    nobody.page("/login");
    let answer = send(&mut nobody, "mallory", PASSWORD, &token);
    assert_eq!(answer.status, 403);
    assert!(!is_signed_in(&mut nobody));
}
