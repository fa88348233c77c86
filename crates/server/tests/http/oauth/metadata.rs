//! `/.well-known/oauth-authorization-server` (RFC 8414) and `/.well-known/jwks.json` (RFC 7517).

use std::sync::Arc;

use admit_testkit::{APP, Request, Server};
use serde_json::{Value, json};

use crate::http::support::clients::is_good;
use crate::http::support::{BINARY, demo, demo_with, members, production};

const METADATA: &str = "/.well-known/oauth-authorization-server";

#[test]
fn anybody_is_told_where_things_are_and_that_there_is_no_authorization_endpoint() {
    let server = demo();
    let answer = server.client().get(METADATA);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let at = |path: &str| json!(format!("{}{path}", server.url));
    let services = json!(["client_secret_basic", "client_secret_post", "private_key_jwt"]);
    let anybody = json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]);
    let algorithms = json!(["EdDSA", "ES256", "RS256"]);
    let due = json!({
        "issuer": server.url,
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "response_types_supported": [],
        "grant_types_supported": ["refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": anybody,
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": anybody,
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": services,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
        "admit_revocations_endpoint": at("/revocations"),
        "admit_revocations_heartbeat": 1000,
    });
    assert_eq!(answer.json(), due);
    for endpoint in ["token_endpoint", "revocation_endpoint", "introspection_endpoint"] {
        let path = due[endpoint].as_str().unwrap().strip_prefix(&server.url).unwrap();
        assert_eq!(server.client().post(path, &[]).status, 400, "{endpoint} is there");
    }
}

#[test]
fn the_addresses_are_the_configured_ones_whatever_a_request_says() {
    let server = production(&[("ADMIT_TOKENS__HEARTBEAT", "250ms")]);
    let request = Request::new("GET", METADATA)
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example;proto=http");
    let answer = server.client().send(&request);
    assert!(!answer.text().contains("evil"), "{}", answer.text());
    assert_eq!(answer.json()["issuer"], "https://login.example.org");
    assert_eq!(answer.json()["jwks_uri"], "https://login.example.org/.well-known/jwks.json");
    assert_eq!(answer.json()["admit_revocations_heartbeat"], 250);
}

fn keys(server: &Server) -> Vec<Value> {
    let answer = server.client().get("/.well-known/jwks.json");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jwk-set+json")));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(members(&answer.json()), ["keys"].into());
    answer.json()["keys"].as_array().cloned().unwrap()
}

#[admit_testkit::everywhere]
fn anybody_may_fetch_the_public_keys_and_nothing_private_is_among_them() {
    for (algorithm, kty, its) in [
        ("EdDSA", "OKP", &["alg", "crv", "kid", "kty", "use", "x"][..]),
        ("ES256", "EC", &["alg", "crv", "kid", "kty", "use", "x", "y"]),
        ("RS256", "RSA", &["alg", "e", "kid", "kty", "n", "use"]),
    ] {
        let server = demo_with(&[("ADMIT_TOKENS__ALGORITHM", algorithm)]);
        let keys = keys(&server);
        assert_eq!(keys.len(), 1);
        assert_eq!(members(&keys[0]), its.iter().copied().collect(), "{algorithm}: no d, p, q, dp, dq, qi or k");
        assert_eq!(
            (&keys[0]["alg"], &keys[0]["kty"], &keys[0]["use"]),
            (&json!(algorithm), &json!(kty), &json!("sig"))
        );
    }
}

#[admit_testkit::everywhere]
fn after_a_restart_the_keys_are_the_same_and_another_algorithm_gets_a_key_of_its_own_that_signs_later() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let start = |algorithm: &str| {
        Server::demo(BINARY).within(Arc::clone(&folder)).env("ADMIT_TOKENS__ALGORITHM", algorithm).start()
    };
    let server = start("EdDSA");
    server.user("alice", &[]);
    let before = keys(&server);
    drop(server);
    let server = start("EdDSA");
    assert_eq!(keys(&server), before);
    drop(server);
    let server = start("ES256");
    let after = keys(&server);
    let algorithms: Vec<&Value> = after.iter().map(|key| &key["alg"]).collect();
    assert_eq!(algorithms, [&json!("EdDSA"), &json!("ES256")], "published, so that others know it in an hour");
    assert_eq!(after[0], before[0]);
    let tokens = server.tokens(APP, "alice");
    assert_eq!(tokens.header()["alg"], "EdDSA", "until then the old one signs");
    assert!(is_good(&server, &tokens.access));
    assert_ne!(keys(&demo())[0]["kid"], before[0]["kid"], "no two servers have a key in common");
}
