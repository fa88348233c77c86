//! What several of the tests need.

pub(crate) mod clients;
pub(crate) mod feed;
pub(crate) mod known_key;

use std::collections::BTreeSet;
use std::sync::Arc;

use admit_testkit::{Client, Output, PASSWORD, Request, Response, Server, run};
use serde_json::{Value, json};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_admit");

/// The session cookie of development mode.
pub(crate) const COOKIE: &str = "admit_session";

/// `serve --dev --demo`.
pub(crate) fn demo() -> Server {
    Server::demo(BINARY).start()
}

/// `serve --dev --demo` with one variable in its environment.
pub(crate) fn demo_with(environment: &[(&str, &str)]) -> Server {
    let starting = Server::demo(BINARY);
    environment.iter().fold(starting, |starting, (name, value)| starting.env(name, value)).start()
}

/// A server whose clients say their own address, behind a proxy that it trusts: for tests of what is counted by address.
pub(crate) fn behind_a_proxy() -> Server {
    demo_with(&[("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#)])
}

/// `serve` in a folder in which `init` has run, with these variables in its environment.
pub(crate) fn production(environment: &[(&str, &str)]) -> Server {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let init = run(BINARY, folder.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(init.code, 0, "{init:?}");
    std::fs::write(folder.path().join("policy.toml"), admit_server::config::policy::BUILT_IN).expect("a policy");
    let starting = Server::with(BINARY, &["serve"]).within(folder);
    environment.iter().fold(starting, |starting, (name, value)| starting.env(name, value)).start()
}

/// A command in a folder of its own, which is gone afterwards.
pub(crate) fn alone(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    run(BINARY, folder.path(), arguments, environment, "")
}

/// Somebody with the same cookies and token: the one who has copied them, or the one they were before.
pub(crate) fn twin(server: &Server, client: &Client) -> Client {
    let mut twin = server.client();
    twin.cookies = client.cookies.clone();
    twin.csrf_token = client.csrf_token.clone();
    twin
}

/// The value of the session cookie.
pub(crate) fn secret(client: &Client) -> String {
    client.cookies.get(COOKIE).cloned().expect("a session cookie")
}

/// A JSON login.
pub(crate) fn login(username: &str, password: &str) -> Request {
    Request::new("POST", "/login").json(&json!({ "username": username, "password": password }))
}

/// Fills in the form of the login page and sends it, with one more field.
pub(crate) fn form_login(client: &mut Client, username: &str, password: &str, more: &[(&str, &str)]) -> Response {
    let csrf_token = client.page("/login").field("csrf_token").expect("a token in the login form");
    let mut fields = vec![("username", username), ("password", password), ("csrf_token", &csrf_token)];
    fields.extend(more);
    client.send(&Request::new("POST", "/login").page().form(&fields))
}

/// Whether somebody with these cookies is signed in.
pub(crate) fn is_signed_in(client: &mut Client) -> bool {
    let response = client.get("/session");
    assert!(matches!(response.status, 200 | 401), "{} {}", response.status, response.text());
    response.status == 200
}

/// The names of an object's members.
pub(crate) fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// The headers, but for those that differ from answer to answer.
pub(crate) fn lasting(response: &Response) -> Vec<(String, String)> {
    let differs = |name: &str| matches!(name, "date" | "x-request-id");
    response.headers.iter().filter(|(name, _)| !differs(name)).cloned().collect()
}

/// The first product.
pub(crate) fn product(server: &Server) -> Value {
    server.client().get("/demo/api/products/1").json()
}

/// An edit of the first product.
pub(crate) fn edit() -> Value {
    json!({ "name": "Edited", "price": 1.5 })
}

/// An admin called `root`, signed in.
pub(crate) fn admin(server: &Server) -> Client {
    server.user("root", &["admin"]);
    server.signed_in("root")
}

/// The kinds of the events about a user, oldest first.
pub(crate) fn history(admin: &mut Client, user: &str) -> Vec<String> {
    let log = admin.get(&format!("/admin/api/audit?subject={user}")).json();
    let events = log["events"].as_array().expect("events");
    events.iter().rev().map(|event| event["kind"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The secret in the set-up link that the server printed at its start.
pub(crate) fn setup_token(server: &Server) -> String {
    token_of(&server.greeted("First admin").expect("a set-up link"))
}

/// The secret in a set-up link.
pub(crate) fn token_of(link: &str) -> String {
    link.trim().split_once("token=").expect("a token").1.to_owned()
}

/// The body of `POST /setup` in JSON.
pub(crate) fn first_admin(token: &str) -> Request {
    Request::new("POST", "/setup").json(&json!({ "token": token, "username": "root", "password": PASSWORD }))
}
