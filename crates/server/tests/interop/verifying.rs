//! Access tokens, checked by three libraries from our published keys.

use std::time::{Duration, Instant};

use admit_testkit::{PASSWORD, Request, Server};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::interop::verifier::{Expected, Library, Verifier};

const ALGORITHMS: [&str; 3] = ["EdDSA", "ES256", "RS256"];

/// A server that signs by this algorithm, with the user carol.
fn server(algorithm: &str) -> Server {
    let server = Server::demo(env!("CARGO_BIN_EXE_admit")).env("ADMIT_TOKENS__ALGORITHM", algorithm).start();
    server.user("carol", &["customer"]);
    server
}

/// An access token for carol's app.
fn token(server: &Server) -> String {
    let login = json!({ "username": "carol", "password": PASSWORD, "client_id": "demo-native" });
    let answer = server.client().send(&Request::new("POST", "/login").json(&login));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn part(token: &str, index: usize) -> Value {
    let encoded = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap()).unwrap()
}

fn with_part(token: &str, index: usize, value: &Value) -> String {
    let encoded = BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let parts: Vec<&str> = token.split('.').collect();
    (0..3).map(|at| if at == index { encoded.as_str() } else { parts[at] }).collect::<Vec<_>>().join(".")
}

#[test]
fn jose_takes_the_tokens_of_every_algorithm_across_a_rotation_until_their_key_is_revoked() {
    across_a_rotation(Library::Jose);
}

#[test]
fn pyjwt_takes_the_tokens_of_every_algorithm_across_a_rotation_until_their_key_is_revoked() {
    across_a_rotation(Library::PyJwt);
}

#[test]
fn jsonwebtoken_takes_the_tokens_of_every_algorithm_across_a_rotation_until_their_key_is_revoked() {
    across_a_rotation(Library::Jsonwebtoken);
}

fn across_a_rotation(library: Library) {
    for algorithm in ALGORITHMS {
        let server = server(algorithm);
        let Some(mut verifier) = Verifier::start(library, &Expected::of(&server, algorithm)) else { return };
        let old = token(&server);
        assert_eq!(part(&old, 0)["alg"], algorithm);
        let claims = verifier.check(&old).unwrap();
        assert_eq!(claims, part(&old, 1));
        assert_eq!((&claims["client_id"], &claims["roles"]), (&json!("demo-native"), &json!(["customer"])));

        assert_eq!(server.cli(&["keys", "rotate", "--now"], "").code, 0);
        let new = token(&server);
        assert_ne!(part(&new, 0)["kid"], part(&old, 0)["kid"]);
        verifier.check(&new).unwrap_or_else(|why| panic!("{algorithm}, the new key: {why}"));
        verifier.check(&old).unwrap_or_else(|why| panic!("{algorithm}, the old key after the new one: {why}"));

        let kid = part(&old, 0)["kid"].as_str().unwrap().to_owned();
        assert_eq!(server.cli(&["keys", "revoke", &kid], "").code, 0);
        let deadline = Instant::now() + Duration::from_secs(10);
        while verifier.check(&old).is_ok() {
            assert!(Instant::now() < deadline, "{algorithm}: the revoked key is still good");
            std::thread::sleep(Duration::from_millis(50));
        }
        verifier.check(&new).unwrap_or_else(|why| panic!("{algorithm}, the key that stayed: {why}"));
    }
}

#[test]
fn jose_refuses_changed_tokens_and_those_that_are_for_somebody_else() {
    refuses(Library::Jose);
}

#[test]
fn pyjwt_refuses_changed_tokens_and_those_that_are_for_somebody_else() {
    refuses(Library::PyJwt);
}

#[test]
fn jsonwebtoken_refuses_changed_tokens_and_those_that_are_for_somebody_else() {
    refuses(Library::Jsonwebtoken);
}

fn refuses(library: Library) {
    for algorithm in ALGORITHMS {
        let server = server(algorithm);
        let expected = Expected::of(&server, algorithm);
        let Some(mut verifier) = Verifier::start(library, &expected) else { return };
        let good = token(&server);
        assert!(verifier.check(&good).is_ok());
        for (what, bad) in changed(&good) {
            let verdict = verifier.check(&bad);
            assert!(verdict.is_err(), "{algorithm}: {what} was taken: {verdict:?}");
        }
        assert!(verifier.check(&token(&self::server(algorithm))).is_err(), "{algorithm}: the token of another server");

        let elsewhere = || "https://other.example.com".to_owned();
        let others = [
            ("iss", Expected { issuer: elsewhere(), ..expected.clone() }),
            ("aud", Expected { audience: elsewhere(), ..expected.clone() }),
            ("typ", Expected { typ: "JWT".to_owned(), ..expected.clone() }),
        ];
        for (what, expected) in others {
            let mut verifier = Verifier::start(library, &expected).unwrap();
            let why = verifier.check(&good).expect_err(what).to_lowercase();
            assert!(why.contains(what), "{algorithm}: another {what} was refused for another reason: {why}");
        }
    }
}

/// A good token with one thing changed.
fn changed(good: &str) -> Vec<(&'static str, String)> {
    let (header, claims) = (part(good, 0), part(good, 1));
    let with = |value: &Value, name: &str, new: Value| {
        let mut value = value.clone();
        value[name] = new;
        value
    };
    let (head, signature) = good.rsplit_once('.').unwrap();
    let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let unsigned = with_part(good, 0, &json!({ "alg": "none", "typ": "at+jwt" }));
    let later = claims["exp"].as_u64().unwrap() + 3600;
    vec![
        ("more roles", with_part(good, 1, &with(&claims, "roles", json!(["admin"])))),
        ("a longer life", with_part(good, 1, &with(&claims, "exp", json!(later)))),
        ("a header with one more member", with_part(good, 0, &with(&header, "cty", json!("JWT")))),
        ("one bit of the signature", format!("{head}.{}", BASE64URL_NOPAD.encode(&bytes))),
        ("half a signature", format!("{head}.{}", signature.split_at(signature.len() / 2).0)),
        ("no signature", format!("{head}.")),
        ("alg none", format!("{}.", unsigned.rsplit_once('.').unwrap().0)),
        ("alg HS256", with_part(good, 0, &with(&header, "alg", json!("HS256")))),
        ("another kid", with_part(good, 0, &with(&header, "kid", json!("AAAAAAAA")))),
    ]
}
