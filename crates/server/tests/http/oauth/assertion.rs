//! `private_key_jwt`: a service signs its call (RFC 7523).

use admit_core::jws::{Algorithm, KeyId, SigningKey};
use admit_testkit::{APP, Request, Response, Tokens};
use serde_json::{Value, json};

use crate::http::support::clients::{ASSERTION_TYPE, Configured, configured, oauth_error};
use crate::http::support::known_key::{now, with, without};
use crate::http::support::{admin, demo};

const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

fn sent(it: &Configured, assertion: &str) -> Response {
    it.asserted("/oauth/token", assertion, &OWN)
}

fn refused(answer: &Response, what: &str) {
    assert_eq!(oauth_error(answer), (401, "invalid_client".to_owned()), "{what}");
    assert_eq!(answer.header("www-authenticate"), None, "{what}: nothing was tried by header");
}

#[admit_testkit::everywhere]
fn a_service_that_signs_its_call_gets_a_token_and_each_signature_is_good_once() {
    let it = configured();
    let assertion = it.assertion(&it.claims());
    assert_eq!(Tokens::of(&sent(&it, &assertion)).claim("client_id"), "signer");
    refused(&sent(&it, &assertion), "a second use");
    let endpoint = format!("{}/oauth/token", it.server.url);
    for aud in [json!(endpoint), json!([it.server.url])] {
        assert_eq!(sent(&it, &it.assertion(&with(&it.claims(), "aud", aud.clone()))).status, 200, "{aud}");
    }
    let named = [OWN[0], ("client_id", "signer")];
    assert_eq!(it.asserted("/oauth/token", &it.assertion(&it.claims()), &named).status, 200);
    let other = [OWN[0], ("client_id", "site")];
    refused(&it.asserted("/oauth/token", &it.assertion(&it.claims()), &other), "under another's name");

    let used = it.assertion(&it.claims());
    assert_eq!(it.asserted("/oauth/introspect", &used, &[("token", "x")]).status, 200);
    refused(&sent(&it, &used), "used at another endpoint");
    let kept = it.assertion(&it.claims());
    assert_eq!(sent(&it, &kept).status, 200);
    let it = Configured { server: it.server.again(), ..it };
    refused(&sent(&it, &kept), "used before kill -9");
}

#[admit_testkit::everywhere]
fn an_assertion_for_somebody_else_or_another_time_is_refused() {
    let it = configured();
    let good = it.claims();
    let elsewhere = demo();
    for (name, value) in [
        ("aud", json!(elsewhere.url)),
        ("aud", json!(format!("{}/", it.server.url))),
        ("aud", json!(format!("{}/oauth/introspect", it.server.url))),
        ("aud", json!([it.server.url, elsewhere.url])),
        ("aud", json!([])),
        ("aud", json!({ "0": it.server.url })),
        ("iss", json!("site")),
        ("iss", json!(it.server.url)),
        ("sub", json!("site")),
        ("exp", json!(now() - 11)),
        ("exp", json!(now() + 3600)),
        ("exp", json!((now() + 60).to_string())),
        ("exp", json!(1e300)),
        ("exp", Value::Null),
        ("nbf", json!(now() + 3600)),
        ("nbf", Value::Null),
        ("iat", json!(now() + 3600)),
        ("jti", json!("")),
        ("jti", json!("j".repeat(300))),
        ("jti", json!(7)),
    ] {
        refused(&sent(&it, &it.assertion(&with(&good, name, value.clone()))), &format!("{name}: {value}"));
    }
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        refused(&sent(&it, &it.assertion(&without(&good, name))), name);
    }
    let twice = good.to_string().replacen('{', "{\"sub\":\"site\",", 1);
    let signed = it.signer.sign(br#"{"alg":"ES256","kid":"signer-1"}"#, twice.as_bytes()).unwrap();
    refused(&sent(&it, &signed), "sub comes twice");
    assert_eq!(sent(&it, &it.assertion(&good)).status, 200, "and nothing of it used its name up");
}

#[admit_testkit::everywhere]
fn a_signature_that_is_not_the_services_is_refused() {
    let it = configured();
    let claims = it.claims().to_string();
    let (stranger, _) = SigningKey::generate(KeyId::from_text("signer-1"), Algorithm::Es256).unwrap();
    let (other, _) = SigningKey::generate(KeyId::from_text("signer-1"), Algorithm::EdDsa).unwrap();
    let sign = |key: &SigningKey, header: &str| key.sign(header.as_bytes(), claims.as_bytes()).unwrap();
    let own = r#"{"alg":"ES256","kid":"signer-1"}"#;
    for (what, assertion) in [
        ("a stranger's key", sign(&stranger, own)),
        ("another kind of key", sign(&other, r#"{"alg":"EdDSA","kid":"signer-1"}"#)),
        ("a key that is not registered", sign(&it.signer, r#"{"alg":"ES256","kid":"signer-2"}"#)),
        ("another algorithm's name", sign(&it.signer, r#"{"alg":"RS256","kid":"signer-1"}"#)),
        ("none", sign(&it.signer, r#"{"alg":"none","kid":"signer-1"}"#)),
        ("an access token's type", sign(&it.signer, r#"{"alg":"ES256","kid":"signer-1","typ":"at+jwt"}"#)),
        ("a critical extension", sign(&it.signer, r#"{"alg":"ES256","kid":"signer-1","crit":["b64"],"b64":false}"#)),
        ("a key of its own", sign(&stranger, r#"{"alg":"ES256","kid":"signer-1","jwk":{"kty":"EC"}}"#)),
        ("no signature", sign(&it.signer, own).rsplit_once('.').map(|(signed, _)| format!("{signed}.")).unwrap()),
        ("nothing", "x".to_owned()),
    ] {
        refused(&sent(&it, &assertion), what);
    }
    assert_eq!(sent(&it, &sign(&it.signer, own)).status, 200);
}

#[admit_testkit::everywhere]
fn a_strangers_assertion_is_tried_against_one_client_and_failures_of_a_client_are_one_row_of_the_log() {
    let it = configured();
    let mut root = admin(&it.server);
    let (stranger, _) = SigningKey::generate(KeyId::from_text("signer-1"), Algorithm::Es256).unwrap();
    let sign = |key: &SigningKey, claims: &Value| {
        key.sign(br#"{"alg":"ES256","kid":"signer-1"}"#, claims.to_string().as_bytes()).unwrap()
    };
    for _ in 0..3 {
        refused(&sent(&it, &sign(&stranger, &it.claims())), "a stranger's");
    }
    // It names nobody, two, or somebody who is not configured: nobody's keys are tried, the signer's own least of all.
    let named = |iss: &str, sub: &str| with(&with(&it.claims(), "iss", iss), "sub", sub);
    for claims in [named("signer", "site"), named("site", "signer"), named("nobody", "nobody"), named("", "")] {
        let answer = sent(&it, &sign(&it.signer, &claims));
        refused(&answer, &claims.to_string());
        assert!(!answer.text().contains("signed as it should be"), "{}", answer.text());
    }
    let log = root.get("/admin/api/audit?kind=client-refused").json();
    let events = log["events"].as_array().unwrap();
    let counts = |client: &Value| -> Vec<u64> {
        let of = events.iter().filter(|event| event["detail"].get("client").unwrap_or(&Value::Null) == client);
        of.map(|event| event["detail"]["count"].as_u64().unwrap_or(1)).collect()
    };
    assert_eq!((counts(&json!("signer")), counts(&Value::Null)), (vec![3], vec![4]), "{log}");
    assert!(events.iter().all(|event| event["actor"] == "anonymous" && event["address"] == "127.0.0.1"), "{log}");
    assert!(!log.to_string().contains("nobody"), "a name that somebody made up is written down nowhere");
    assert_eq!(sent(&it, &it.assertion(&it.claims())).status, 200, "and the signer is as it was");
}

#[admit_testkit::everywhere]
fn a_stranger_who_fails_fifty_times_is_429_and_neither_the_services_secret_nor_another_client_is() {
    let it = configured();
    let secret = "A".repeat(43);
    let wrong = || it.client().send(&Request::new("POST", "/oauth/token").basic("billing.v2_x-1", &secret).form(&OWN));
    let answers: Vec<Response> = (0..60).map(|_| wrong()).collect();
    let (free, more) = answers.split_at(50);
    assert!(free.iter().all(|answer| answer.status == 401));
    let stopped = more.iter().find(|answer| answer.status == 429).unwrap();
    assert!(stopped.header("retry-after").is_some() && stopped.json()["error"] == "temporarily_unavailable");
    assert_eq!(it.billing("/oauth/token", &OWN).status, 200, "a right secret cannot be guessed");
    assert_eq!(sent(&it, &it.assertion(&it.claims())).status, 200, "another client at the same address");
    let (stranger, _) = SigningKey::generate(KeyId::from_text("signer-1"), Algorithm::Es256).unwrap();
    let forged = stranger.sign(br#"{"alg":"ES256","kid":"signer-1"}"#, it.claims().to_string().as_bytes()).unwrap();
    // One was good a moment ago, so it starts afresh.
    let answers: Vec<u16> = (0..60).map(|_| sent(&it, &forged).status).collect();
    assert!(answers.iter().take(50).all(|status| *status == 401) && answers.contains(&429), "{answers:?}");
}

#[admit_testkit::everywhere]
fn an_assertion_needs_its_type_and_a_client_with_a_secret_cannot_use_one() {
    let it = configured();
    let assertion = it.assertion(&it.claims());
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    for fields in [
        vec![OWN[0], ("client_assertion", assertion.as_str())],
        vec![OWN[0], ("client_assertion_type", ASSERTION_TYPE)],
        vec![OWN[0], ("client_assertion_type", saml), ("client_assertion", assertion.as_str())],
    ] {
        let answer = it.client().post("/oauth/token", &fields);
        assert_eq!(oauth_error(&answer), (400, "invalid_request".to_owned()), "{fields:?}");
    }
    for client in ["site", "app", APP] {
        let claims = with(&with(&it.claims(), "iss", client), "sub", client);
        refused(&sent(&it, &it.assertion(&claims)), client);
    }
}
