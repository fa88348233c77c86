//! The check of an access token by itself, beside `jsonwebtoken` and the raw signature check: CPU of this thread in
//! alternated rounds of one run, and allocations.
//!
//! `cargo run --release -p admit-bench --bin admit-bench-tokens`

use std::sync::Arc;
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::assurance::Assurance;
use admit_core::client::{Audience, ClientGeneration, ClientId};
use admit_core::credential::AccessToken;
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::{Algorithm, KeyId, KeySet, SigningKey};
use admit_core::random::OsRandom;
use admit_core::signal::Revocations;
use admit_core::subject::{RoleName, TokenGeneration};
use admit_core::time::{Clock, Timestamp};
use admit_core::token::{Claims, Current, Holder, TokenId, Verifier};
use http::HeaderValue;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;

const ISSUER: &str = "https://login.example.org";
const AUDIENCE: &str = "https://api.example.org";
const TOKENS: usize = 2_000;
const ROUNDS: usize = 9;
/// More than a verifier remembers.
const FULL: usize = 10_000;

/// What an app would take from a token by way of `jsonwebtoken`.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be as much work")]
struct PeerClaims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    iat: u64,
    exp: u64,
    jti: String,
    sid: String,
    r#gen: u64,
    roles: Vec<String>,
}

fn main() {
    for algorithm in Algorithm::ALL {
        compare(algorithm);
    }
}

fn compare(algorithm: Algorithm) {
    let (key, _) = SigningKey::generate(KeyId::new(&OsRandom).expect("randomness"), algorithm).expect("a key");
    let now = SystemClock.now();
    let public = key.verifying().expect("the public half");

    let jwk = serde_json::to_string(&key.jwk().expect("the public half")).expect("JSON");
    let set: JwkSet = serde_json::from_str(&format!("{{\"keys\":[{jwk}]}}")).expect("a set");
    let peer_key = DecodingKey::from_jwk(&set.keys[0]).expect("a key");
    let mut validation = Validation::new(algorithm.as_str().parse().expect("an algorithm"));
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);

    let audience = Audience::parse(AUDIENCE).expect("an audience");
    let verifier = Verifier::new(ISSUER, audience, Arc::new(Revocations::default()), Arc::new(Current));
    verifier.use_keys(KeySet::from_keys([(key.kid().clone(), Arc::clone(&public))]));
    let check = |header: &HeaderValue| {
        let token = AccessToken::from_authorization(header).expect("a token").expect("a token");
        verifier.check(&token, now, Duration::ZERO).expect("a good token");
    };
    // As a verifier is that has been up for a while: what it remembers is full.
    (0..FULL).for_each(|_| check(&header(&text(&key, now))));

    let mut rows: Vec<[f64; 4]> = Vec::new();
    for _ in 0..ROUNDS {
        let texts: Vec<String> = (0..TOKENS).map(|_| text(&key, now)).collect();
        let headers: Vec<HeaderValue> = texts.iter().map(|text| header(text)).collect();
        let raw: Vec<(&str, Vec<u8>)> = texts.iter().map(|text| split(text)).collect();
        rows.push([
            each(|at| assert!(public.verifies(raw[at].0.as_bytes(), &raw[at].1))),
            each(|at| check(&headers[at])),
            each(|at| check(&headers[at])),
            each(|at| drop(decode::<PeerClaims>(&texts[at], &peer_key, &validation).expect("a good token"))),
        ]);
    }
    let median = |column: usize| {
        let mut values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let ratio = |column: usize| {
        let mut values: Vec<f64> = rows.iter().map(|row| row[column] / row[0]).collect();
        values.sort_by(f64::total_cmp);
        (values[values.len() / 2], values[0], values[values.len() - 1])
    };
    let count = |work: &mut dyn FnMut()| allocation_counter::measure(work).count_total;
    let one = text(&key, now);
    let sent = header(&one);
    // The first clone of a header makes it shared; a server's are that already.
    drop(sent.clone());
    let first = count(&mut || check(&sent));
    let again = count(&mut || check(&sent));
    let peer = count(&mut || drop(decode::<PeerClaims>(&one, &peer_key, &validation).expect("a good token")));
    println!(
        "{algorithm}: a token of {} bytes; CPU in µs, and as a ratio to the raw check (median of {ROUNDS} rounds, from, to)",
        one.len()
    );
    println!("  raw signature check     {:8.2}", median(0));
    for (name, column, allocations) in
        [("admit, first sight", 1, first), ("admit, seen before", 2, again), ("jsonwebtoken", 3, peer)]
    {
        let (middle, from, to) = ratio(column);
        println!("  {name:<23} {:8.2}   {middle:.3} ({from:.3}, {to:.3})   {allocations} allocations", median(column));
    }
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("Bearer {text}")).expect("a header")
}

/// What is signed, and the signature.
fn split(text: &str) -> (&str, Vec<u8>) {
    let (signed, signature) = text.rsplit_once('.').expect("three parts");
    (signed, data_encoding::BASE64URL_NOPAD.decode(signature.as_bytes()).expect("base64url"))
}

/// CPU of this thread for each of the tokens, in µs.
fn each(mut work: impl FnMut(usize)) -> f64 {
    let started = cpu();
    (0..TOKENS).for_each(&mut work);
    (cpu() - started).as_secs_f64() * 1e6 / TOKENS as f64
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).expect("less than a second"))
}

fn text(key: &SigningKey, now: Timestamp) -> String {
    let claims = Claims {
        holder: Holder::User {
            id: SubjectId::from_bytes([7; 16]),
            session: SessionId::from_bytes([9; 16]),
            generation: TokenGeneration(3),
            assurance: Assurance::of_before(now),
        },
        client: ClientId::parse("shop-ios").expect("a name"),
        client_generation: ClientGeneration::default(),
        audience: Audience::parse(AUDIENCE).expect("an audience"),
        roles: [RoleName::parse("customer").expect("a role")].into(),
        issued_at: Timestamp::from_seconds(now.seconds()),
        expires_at: Timestamp::from_seconds(now.seconds() + 3000),
        id: TokenId::new(&OsRandom).expect("randomness"),
    };
    key.sign_access(&claims.write(ISSUER).expect("JSON")).expect("a signature")
}
