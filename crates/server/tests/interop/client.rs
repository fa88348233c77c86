//! Our endpoints, used by OAuth clients that nobody here wrote: they accept our metadata and our answers as they are.

use std::sync::Arc;

use admit_testkit::{PASSWORD, Request, Server, folder};
use serde_json::{Value, json};

use crate::interop::partner::Partner;

const BINARY: &str = env!("CARGO_BIN_EXE_admit");

/// A client library.
#[derive(Clone, Copy)]
enum Library {
    /// npm
    Oauth4webapi,
    /// PyPI
    Authlib,
}

impl Library {
    fn start(self) -> Option<Partner> {
        match self {
            Self::Oauth4webapi => Partner::node(include_str!("oauth4webapi.mjs"), "oauth4webapi"),
            Self::Authlib => Partner::python(include_str!("authlib.py"), "authlib"),
        }
    }
}

/// Does one thing that must succeed.
#[track_caller]
fn ask(partner: &mut Partner, question: &Value) -> Value {
    let answer = partner.ask(question);
    assert_eq!(answer.get("failed"), None, "{question}: {answer}");
    answer
}

#[track_caller]
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// A server with the service billing, which signs with this key.
fn billing(jwk: &Value) -> Server {
    let folder = Arc::new(folder());
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("billing.jwk", &jwk.to_string());
    let section = "[clients.billing]\nruns = \"service\"\njwks_file = \"billing.jwk\"\naudience = [\"billing-api\"]\n";
    file("admit.toml", section);
    Server::demo(BINARY).arg("--config=admit.toml").within(folder).start()
}

/// What carol's app gets when she signs in.
fn signed_in(server: &Server) -> Value {
    let login = json!({ "username": "carol", "password": PASSWORD, "client_id": "demo-native" });
    let answer = server.client().send(&Request::new("POST", "/login").json(&login));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn demo_shop(server: &Server, auth: &str) -> Value {
    let secret = std::fs::read_to_string(server.folder().join("admit-data/demo-shop.secret")).unwrap();
    json!({ "do": "begin", "issuer": server.url, "client_id": "demo-shop", "auth": auth, "secret": secret.trim() })
}

#[test]
fn oauth4webapi_renews_and_revokes_the_tokens_of_an_app() {
    renews_and_revokes(Library::Oauth4webapi);
}

#[test]
fn authlib_renews_and_revokes_the_tokens_of_an_app() {
    renews_and_revokes(Library::Authlib);
}

fn renews_and_revokes(library: Library) {
    let Some(mut app) = library.start() else { return };
    let server = Server::demo(BINARY).start();
    server.user("carol", &["customer"]);
    let metadata = json!({ "do": "begin", "issuer": server.url, "client_id": "demo-native", "auth": "none" });
    let metadata = ask(&mut app, &metadata);
    assert_eq!(text(&metadata, "token_endpoint"), format!("{}/oauth/token", server.url));

    let revokers = metadata["revocation_endpoint_auth_methods_supported"].as_array().unwrap();
    assert!(revokers.contains(&json!("none")), "an app revokes its tokens too: {metadata}");

    let first = signed_in(&server);
    let refresh = |tokens: &Value| json!({ "do": "refresh", "refresh_token": tokens["refresh_token"] });
    let second = ask(&mut app, &refresh(&first));
    assert_ne!(second["refresh_token"], first["refresh_token"], "every refresh token is good once");
    assert_eq!(second["expires_in"], 300);
    let third = ask(&mut app, &refresh(&second));
    let bearer = |tokens: &Value| format!("Bearer {}", text(tokens, "access_token"));
    let session = |tokens: &Value| {
        server.client().send(&Request::new("GET", "/session").header("authorization", &bearer(tokens))).status
    };
    assert_eq!(session(&third), 200);

    ask(&mut app, &json!({ "do": "revoke", "token": third["refresh_token"] }));
    assert_eq!(session(&third), 401);
    let refused = app.ask(&refresh(&third));
    assert_eq!(refused["failed"], "invalid_grant", "{refused}");
    ask(&mut app, &json!({ "do": "revoke", "token": "no token at all" }));
}

#[test]
fn oauth4webapi_gets_and_asks_about_tokens_as_a_service_with_a_secret() {
    asks_with_a_secret(Library::Oauth4webapi);
}

#[test]
fn authlib_gets_and_asks_about_tokens_as_a_service_with_a_secret() {
    asks_with_a_secret(Library::Authlib);
}

fn asks_with_a_secret(library: Library) {
    let Some(mut service) = library.start() else { return };
    let server = Server::demo(BINARY).start();
    server.user("carol", &["customer"]);
    for auth in ["client_secret_basic", "client_secret_post"] {
        ask(&mut service, &demo_shop(&server, auth));
        let own = ask(&mut service, &json!({ "do": "credentials", "audience": "demo-shop" }));
        assert_eq!(own.get("refresh_token"), None, "{own}");
        let claims = ask(&mut service, &json!({ "do": "introspect", "token": own["access_token"] }));
        assert_eq!((&claims["active"], &claims["aud"]), (&json!(true), &json!("demo-shop")), "{claims}");

        let app = signed_in(&server);
        let introspect = json!({ "do": "introspect", "token": app["access_token"] });
        let claims = ask(&mut service, &introspect);
        assert_eq!((&claims["active"], &claims["client_id"]), (&json!(true), &json!("demo-native")), "{claims}");
        let revoke = Request::new("POST", "/oauth/revoke");
        let form = [("token", text(&app, "refresh_token")), ("client_id", "demo-native")];
        assert_eq!(server.client().send(&revoke.form(&form)).status, 200);
        assert_eq!(ask(&mut service, &introspect), json!({ "active": false }));
        assert_eq!(ask(&mut service, &json!({ "do": "introspect", "token": "?" })), json!({ "active": false }));

        let refused = service.ask(&json!({ "do": "credentials", "audience": "https://elsewhere.example.com" }));
        assert_eq!(refused["failed"], "invalid_target", "{refused}");
        ask(&mut service, &json!({ "do": "revoke", "token": own["access_token"] }));
        let dead = ask(&mut service, &json!({ "do": "introspect", "token": own["access_token"] }));
        assert_eq!(dead, json!({ "active": false }));

        let mut wrong = demo_shop(&server, auth);
        wrong["secret"] = json!("a".repeat(43));
        ask(&mut service, &wrong);
        let refused = service.ask(&json!({ "do": "credentials", "audience": "demo-shop" }));
        assert_ne!(refused["failed"], Value::Null, "{auth} with a wrong secret: {refused}");
    }
}

#[test]
fn oauth4webapi_shows_who_it_is_by_a_signature() {
    shows_by_signature(Library::Oauth4webapi, &["ES256", "RS256"]);
}

#[test]
fn authlib_shows_who_it_is_by_a_signature() {
    shows_by_signature(Library::Authlib, &["EdDSA", "ES256", "RS256"]);
}

fn shows_by_signature(library: Library, algorithms: &[&str]) {
    for algorithm in algorithms {
        let Some(mut service) = library.start() else { return };
        let jwk = ask(&mut service, &json!({ "do": "key", "algorithm": algorithm }));
        let server = billing(&jwk);
        let begin = json!({ "do": "begin", "issuer": server.url, "client_id": "billing", "auth": "private_key_jwt" });
        ask(&mut service, &begin);
        for _ in 0..2 {
            let own = ask(&mut service, &json!({ "do": "credentials", "audience": "billing-api" }));
            let claims = ask(&mut service, &json!({ "do": "introspect", "token": own["access_token"] }));
            assert_eq!((&claims["active"], &claims["sub"]), (&json!(true), &json!("billing")), "{claims}");
        }
        // Another key of the same kind shows nothing.
        ask(&mut service, &json!({ "do": "key", "algorithm": algorithm }));
        ask(&mut service, &begin);
        let refused = service.ask(&json!({ "do": "credentials", "audience": "billing-api" }));
        assert_eq!(refused["failed"], "invalid_client", "{refused}");
    }
}

#[test]
fn a_service_whose_assertion_lives_for_an_hour_is_told_that_five_minutes_is_the_most() {
    let Some(mut service) = Library::Authlib.start() else { return };
    let jwk = ask(&mut service, &json!({ "do": "key", "algorithm": "ES256" }));
    let server = billing(&jwk);
    let mut begin = json!({ "do": "begin", "issuer": server.url, "client_id": "billing", "auth": "private_key_jwt" });
    begin["by_default"] = json!(true);
    ask(&mut service, &begin);
    let refused = service.ask(&json!({ "do": "credentials", "audience": "billing-api" }));
    assert_eq!(refused["failed"], "invalid_client", "{refused}");
    assert!(text(&refused, "said").contains("longer than five minutes"), "{refused}");
}

#[test]
fn an_app_and_a_server_written_in_node_are_not_taken_for_a_page() {
    let Some(mut node) = Library::Oauth4webapi.start() else { return };
    let server = Server::demo(BINARY).start();
    server.user("carol", &["customer"]);
    let app = json!({ "do": "begin", "issuer": server.url, "client_id": "demo-native", "auth": "none" });
    ask(&mut node, &app);
    let tokens = ask(&mut node, &json!({ "do": "login", "username": "carol", "password": PASSWORD }));
    assert_eq!(tokens["token_type"], "Bearer", "{tokens}");

    let browser = server.signed_in("carol");
    let (name, value) = browser.cookies.iter().next().unwrap();
    let shop = demo_shop(&server, "client_secret_post");
    ask(&mut node, &shop);
    // In development the name ends with the port.
    let cookie = format!("{name}_{}={value}", server.address.port());
    let exchange = json!({ "do": "exchange", "cookie": cookie, "audience": "demo-shop", "secret": shop["secret"] });
    let tokens = ask(&mut node, &exchange);
    assert_eq!((&tokens["token_type"], tokens.get("refresh_token")), (&json!("Bearer"), None), "{tokens}");
}

#[test]
fn oauth4webapi_checks_a_call_to_an_api_by_rfc_9068() {
    let Some(mut api) = Library::Oauth4webapi.start() else { return };
    let server = Server::demo(BINARY).start();
    server.user("carol", &["customer"]);
    ask(&mut api, &demo_shop(&server, "client_secret_basic"));
    let app = signed_in(&server);
    let claims = ask(&mut api, &json!({ "do": "call", "token": app["access_token"], "audience": server.url }));
    assert_eq!(claims["roles"], json!(["customer"]), "{claims}");
    let refused = api.ask(&json!({ "do": "call", "token": app["access_token"], "audience": "demo-shop" }));
    assert!(refused.get("failed").is_some(), "{refused}");
}
