//! What an API answers that has not heard from its issuer: nothing good, and nothing uncertain as certain.

use std::time::Duration;

use admit_core::jws::{Algorithm, KeySet};
use admit_core::signal::Told;
use admit_core::time::Timestamp;
use admit_core::token::{Claims, Refusal, Unverified};

use super::support::{Api, ISSUER, NOW, PATIENCE, audience, customer, key, key_set, session, sign, signal};

#[test]
fn a_token_that_is_bad_for_certain_is_refused_however_little_is_known() {
    let api = Api::new(Algorithm::EdDsa);
    let good = api.sign(&customer());
    let claims = customer().write(ISSUER).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let dot = good.find('.').unwrap();
    let ended = Claims {
        issued_at: Timestamp::from_seconds(NOW - 600),
        expires_at: Timestamp::from_seconds(NOW - 300),
        ..customer()
    };
    let revoked = admit_core::token::Holder::User {
        id: super::support::subject(1),
        session: session(9),
        generation: admit_core::subject::TokenGeneration(3),
        assurance: customer().assurance().unwrap(),
    };
    api.revocations.apply(&signal(Told::Session(session(9))));
    let bad = [
        ("nothing", "x".to_owned()),
        ("one part too many", format!("{good}.x")),
        ("another payload", flipped(dot + 20)),
        ("another signature", flipped(good.len() - 20)),
        ("no name of a key", api.key.sign(br#"{"alg":"EdDSA","typ":"at+jwt"}"#, &claims).unwrap()),
        ("another kind", api.key.sign(br#"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#, &claims).unwrap()),
        ("another issuer", api.key.sign_access(&customer().write("https://other.example").unwrap()).unwrap()),
        ("another audience", api.sign(&Claims { audience: audience("other"), ..customer() })),
        ("an end that has passed", api.sign(&ended)),
        ("a session that has ended", api.sign(&Claims { holder: revoked, ..customer() })),
    ];
    for age in [Some(Duration::ZERO), Some(PATIENCE * 2), None] {
        api.age.set(age);
        for (what, token) in &bad {
            let answer = api.check(token).map(drop);
            assert!(matches!(answer, Err(Unverified::Refused(_))), "{what} at {age:?}: {answer:?}");
        }
        let answer = api.check(&good).map(drop);
        assert_eq!(answer, if age == Some(Duration::ZERO) { Ok(()) } else { Err(Unverified::Stale(age)) });
    }
}

#[test]
fn an_unknown_key_is_uncertain_until_the_api_has_heard_of_all_keys() {
    let api = Api::new(Algorithm::EdDsa);
    let new = key("new", Algorithm::EdDsa);
    let token = sign(&new, &customer());
    assert_eq!(api.check(&token).map(drop), Err(Unverified::Refused(Refusal::Key)));
    for age in [Some(PATIENCE * 2), None] {
        api.age.set(age);
        assert_eq!(api.check(&token).map(drop), Err(Unverified::Stale(age)));
    }
    api.age.set(Some(Duration::ZERO));
    api.verifier.use_keys(key_set(&[&api.key, &new]));
    assert!(api.check(&token).is_ok());
    // A key that has gone may have come back, as far as an API knows that hears nothing.
    api.verifier.use_keys(KeySet::default());
    assert_eq!(api.check(&token).map(drop), Err(Unverified::Refused(Refusal::Key)));
    api.age.set(None);
    assert_eq!(api.check(&token).map(drop), Err(Unverified::Stale(None)));
}
