//! `POST /oauth/introspect` (RFC 7662).

use admit_testkit::{APP, Tokens};
use serde_json::{Value, json};

use crate::http::support::clients::{API, BILLING, configured, oauth_error};
use crate::http::support::{demo, members};

#[admit_testkit::everywhere]
fn a_service_that_asks_is_told_what_a_live_token_says() {
    let it = configured();
    let id = it.server.user("alice", &["customer"]);
    let tokens = it.server.tokens("app", "alice");
    let claims = tokens.claims();
    let said = it.introspected(&tokens.access);
    let claimed = ["acr", "amr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "roles", "sid", "sub"];
    let all = claimed.into_iter().chain(["active", "token_type"]);
    assert_eq!(members(&said), all.collect());
    assert_eq!((&said["active"], &said["token_type"], &said["sub"]), (&json!(true), &json!("Bearer"), &json!(id)));
    for name in claimed {
        assert_eq!(said[name], claims[name], "{name}");
    }
    let own = Tokens::of(&it.billing("/oauth/token", &[("grant_type", "client_credentials")]));
    let said = it.introspected(&own.access);
    assert_eq!((&said["active"], &said["sub"], &said["sid"]), (&json!(true), &json!(BILLING), &Value::Null));
    assert!(
        ["sid", "auth_time", "amr", "acr"].iter().all(|name| !members(&said).contains(*name)),
        "nobody is signed in"
    );
}

#[admit_testkit::everywhere]
fn of_whatever_is_not_good_nothing_is_said_but_that() {
    let it = configured();
    let server = &it.server;
    server.user("alice", &["customer"]);
    let inactive = |token: &str, what: &str| {
        let answer = it.billing("/oauth/introspect", &[("token", token)]);
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"active":false}"#), "{what}");
    };
    let tokens = server.tokens("app", "alice");
    inactive(&tokens.refresh, "a refresh token");
    inactive("nonsense", "garbage");
    inactive("a.b.c", "garbage of three parts");
    inactive(&format!("{}x", tokens.access), "another signature");
    let elsewhere = demo();
    elsewhere.user("alice", &["customer"]);
    inactive(&elsewhere.tokens(APP, "alice").access, "another server's");
    inactive(&server.tokens("api-app", "alice").access, "for an audience that is not billing's");
    let mut alice = server.client();
    let revoked = server.tokens("app", "alice");
    alice.post("/oauth/revoke", &[("client_id", "app"), ("token", &revoked.access)]);
    inactive(&revoked.access, "revoked");
    let signed_out = server.tokens("app", "alice");
    alice.by_token(&signed_out.access, "POST", "/logout", &Value::Null);
    inactive(&signed_out.access, "signed out");
    assert_eq!(it.introspected(&tokens.access)["active"], true);
    assert_eq!(server.cli(&["user", "disable", "alice"], "").code, 0);
    inactive(&tokens.access, "of somebody who was banned");
}

#[admit_testkit::everywhere]
fn a_service_learns_of_tokens_for_its_own_audience_and_of_those_issued_to_it_alone() {
    let it = configured();
    it.server.user("alice", &[]);
    let elsewhere = it.server.tokens("api-app", "alice");
    let here = it.server.tokens("app", "alice");
    let asked = |service: &str, token: &str| it.service(service, "/oauth/introspect", &[("token", token)]).json();
    assert_eq!(asked("api", &elsewhere.access)["aud"], API);
    assert_eq!(asked("api", &here.access), json!({ "active": false }), "what is for this server is not for that one");
    let own = Tokens::of(&it.service("api", "/oauth/token", &[("grant_type", "client_credentials")]));
    assert_eq!(asked("api", &own.access)["active"], true);
    assert_eq!(asked(BILLING, &own.access), json!({ "active": false }));
}

#[admit_testkit::everywhere]
fn only_a_service_that_shows_who_it_is_may_ask() {
    let it = configured();
    it.server.user("alice", &[]);
    let tokens = it.server.tokens("app", "alice");
    for fields in [
        vec![("client_id", "app"), ("token", tokens.access.as_str())],
        vec![("client_id", "page"), ("token", &tokens.access)],
        vec![("client_id", BILLING), ("token", &tokens.access)],
        vec![("client_id", BILLING), ("client_secret", "wrong"), ("token", &tokens.access)],
    ] {
        let answer = it.client().post("/oauth/introspect", &fields);
        assert_eq!(oauth_error(&answer), (401, "invalid_client".to_owned()), "{fields:?}");
    }
    // RFC 7662 section 2.1 would let a token speak for its bearer. Here nothing that can be stolen from a user does.
    let by_token = admit_testkit::Request::new("POST", "/oauth/introspect").bearer(&tokens.access);
    assert_eq!(it.client().send(&by_token.form(&[("token", &tokens.access)])).status, 400);
    assert_eq!(oauth_error(&it.billing("/oauth/introspect", &[])), (400, "invalid_request".to_owned()));
    let asserted = it.asserted("/oauth/introspect", &it.assertion(&it.claims()), &[("token", &tokens.access)]);
    assert_eq!(asserted.json()["active"], true);
}
