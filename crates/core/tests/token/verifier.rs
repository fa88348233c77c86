//! A token that was accepted is dead as soon as anything says so.

use std::sync::Arc;
use std::time::Duration;

use admit_core::client::Audience;
use admit_core::jws::{Algorithm, JwsError, KeyId, KeySet};
use admit_core::signal::{Revocations, Revoked, Told};
use admit_core::time::Timestamp;
use admit_core::token::{Claims, ClaimsError, Current, LEEWAY, Refusal, Unverified, Verifier};

use super::support::{
    AUDIENCE, Api, ISSUER, NOW, PATIENCE, audience, customer, generation, key, key_set, presented, service, session,
    sign, signal, token_id,
};

#[test]
fn the_holder_of_a_good_token_of_each_algorithm_is_known_and_the_second_check_gives_the_same_memory() {
    for algorithm in Algorithm::ALL {
        let api = Api::new(algorithm);
        for claims in [customer(), service()] {
            let token = api.sign(&claims);
            let first = api.check(&token).unwrap();
            assert_eq!((first.claims(), first.kid()), (&claims, api.key.kid()));
            assert!(Arc::ptr_eq(&first, &api.check(&token).unwrap()), "it was verified again");
        }
    }
}

/// A token is looked up by a part of it. What shares that part and is not the same text must not be taken for it.
#[test]
fn the_holder_of_a_token_that_is_remembered_cannot_change_a_letter_of_it() {
    for algorithm in Algorithm::ALL {
        let api = Api::new(algorithm);
        let token = api.sign(&customer());
        assert!(api.check(&token).is_ok());
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(api.check(&other).is_err(), "{algorithm}, letter {at}");
        }
        let (header, rest) = token.split_once('.').unwrap();
        let (_, signature) = token.rsplit_once('.').unwrap();
        for other in [rest, signature, &format!("{header}..{signature}"), &format!("A{token}"), &format!("{token}A")] {
            assert!(api.check(other).is_err(), "{other}");
        }
        assert!(api.check(&token).is_ok());
    }
}

/// Accepts a token, lets something happen, and gives what the same token is answered then.
fn after(happens: impl FnOnce(&Api)) -> Result<(), Unverified> {
    let api = Api::new(Algorithm::EdDsa);
    let token = api.sign(&customer());
    assert!(api.check(&token).is_ok() && api.check(&token).is_ok());
    happens(&api);
    api.check(&token).map(drop)
}

fn refused(refusal: impl Into<Refusal>) -> Result<(), Unverified> {
    Err(Unverified::Refused(refusal.into()))
}

#[test]
fn a_token_that_was_accepted_stops_when_its_session_its_subject_or_itself_is_revoked() {
    let told = |told: Told| after(move |api| api.revocations.apply(&signal(told)));
    assert_eq!(told(Told::Session(session(2))), refused(Revoked::Session));
    assert_eq!(told(generation(4)), refused(Revoked::Subject));
    assert_eq!(told(Told::Token(token_id(4))), refused(Revoked::Token));
    assert_eq!(told(Told::Key(KeyId::from_text("k"))), refused(Revoked::Key));
    // And what is told of others leaves it alone.
    assert_eq!(told(Told::Session(session(3))), Ok(()));
    assert_eq!(told(generation(3)), Ok(()), "the generation that it was born with");
    assert_eq!(told(Told::Token(token_id(5))), Ok(()));
    assert_eq!(told(Told::Key(KeyId::from_text("K"))), Ok(()));
    assert_eq!(told(Told::KeysChanged), Ok(()));
}

#[test]
fn whether_a_token_is_still_good_is_known_without_its_key_and_without_asking_anybody() {
    let api = Api::new(Algorithm::EdDsa);
    let verified = api.check(&api.sign(&customer())).unwrap();
    let still = |seconds| api.verifier.is_still_good(&verified, Timestamp::from_seconds(seconds));
    api.verifier.use_keys(key_set(&[]));
    assert_eq!(still(NOW), Ok(()), "that a key is not known any more says nothing yet");
    assert_eq!(still(NOW + 3600), Err(Refusal::Claims(ClaimsError::Expired)));
    api.revocations.apply(&signal(Told::Key(KeyId::from_text("k"))));
    assert_eq!(still(NOW), Err(Revoked::Key.into()));
}

#[test]
fn a_token_that_was_accepted_stops_when_its_key_is_withdrawn_or_another_takes_its_name() {
    let other = key("other", Algorithm::EdDsa);
    assert_eq!(after(|api| api.verifier.use_keys(key_set(&[&other]))), refused(Refusal::Key));
    assert_eq!(after(|api| api.verifier.use_keys(KeySet::default())), refused(Refusal::Key));
    assert_eq!(after(|api| api.verifier.use_keys(key_set(&[&other, &api.key]))), Ok(()));
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let impostor = key("k", algorithm);
        let answer = after(|api| api.verifier.use_keys(key_set(&[&impostor])));
        assert!(matches!(answer, Err(Unverified::Refused(Refusal::Signature(_)))), "{answer:?}");
    }
}

#[test]
fn a_token_that_was_accepted_stops_when_it_has_ended_or_the_api_has_heard_nothing_for_long() {
    let api = Api::new(Algorithm::EdDsa);
    let token = api.sign(&customer());
    assert!(api.check(&token).is_ok());
    let end = customer().expires_at.plus(LEEWAY);
    assert!(api.check_at(&token, end.minus(Duration::from_millis(1))).is_ok());
    assert_eq!(api.check_at(&token, end).map(drop), refused(ClaimsError::Expired));
    assert_eq!(api.check_at(&token, Timestamp::from_seconds(0)).map(drop), refused(ClaimsError::Future));

    let old = PATIENCE + Duration::from_millis(1);
    assert_eq!(after(|api| api.age.set(Some(PATIENCE))), Ok(()));
    assert_eq!(after(|api| api.age.set(Some(old))), Err(Unverified::Stale(Some(old))));
    assert_eq!(after(|api| api.age.set(None)), Err(Unverified::Stale(None)));
}

#[test]
fn a_stranger_gets_nowhere_with_a_token_of_another_kind_key_or_length() {
    let api = Api::new(Algorithm::EdDsa);
    let claims = customer().write(ISSUER).unwrap();
    let under = |header: &str| api.refusal(&api.key.sign(header.as_bytes(), &claims).unwrap());
    assert_eq!(under(r#"{"alg":"EdDSA","kid":"k"}"#), Refusal::Type, "no typ");
    assert_eq!(under(r#"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#), Refusal::Type);
    assert_eq!(under(r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt","x":1}"#), Refusal::Type, "one member more");
    assert_eq!(under(r#"{"alg":"EdDSA","typ":"at+jwt"}"#), Refusal::Type, "no kid");
    assert_eq!(under(r#"{"alg":"EdDSA","kid":"K","typ":"at+jwt"}"#), Refusal::Key);
    assert_eq!(under(r#"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#), Refusal::Signature(JwsError::OtherAlgorithm));
    for header in [
        r#"{"alg":"none","kid":"k","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","kid":"k","typ":"at+jwt"}"#,
        r#"{"alg":"eddsa","kid":"k","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","alg":"EdDSA","kid":"k","typ":"at+jwt"}"#,
        r#"{"alg":["EdDSA"],"kid":"k","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt","crit":["exp"]}"#,
        r#"{"alg":"EdDSA","kid":"k","typ":"at+jwt","jwk":{}}"#,
        r#"{"kid":"k","typ":"at+jwt"}"#,
    ] {
        assert!(matches!(under(header), Refusal::Signature(_)), "{header}");
    }
    let stranger = key("k", Algorithm::EdDsa);
    assert_eq!(api.refusal(&sign(&stranger, &customer())), Refusal::Signature(JwsError::Signature));
    assert_eq!(api.refusal(&"a".repeat(1025)), Refusal::Long);
    let good = api.sign(&customer());
    assert_eq!(api.refusal(good.rsplit_once('.').unwrap().0), Refusal::Signature(JwsError::Shape));
}

/// A key set that holds one key without a name, as some publish it, does not make every name its own.
#[test]
fn a_verifier_takes_tokens_of_named_keys_alone() {
    let api = Api::new(Algorithm::EdDsa);
    let token = api.sign(&customer());
    let mut jwk: serde_json::Value = serde_json::to_value(api.key.jwk().unwrap()).unwrap();
    jwk.as_object_mut().unwrap().remove("kid");
    api.verifier.use_keys(KeySet::parse(&jwk.to_string()).unwrap());
    assert_eq!(api.refusal(&token), Refusal::Key);
}

#[test]
fn two_verifiers_of_other_issuers_or_audiences_never_share_a_verdict() {
    let key = key("k", Algorithm::EdDsa);
    let revocations = Arc::new(Revocations::default());
    let places = [(ISSUER, AUDIENCE), ("https://other.example", AUDIENCE), (ISSUER, "https://other.example")];
    let verifiers: Vec<Verifier> = places
        .iter()
        .map(|(issuer, to)| {
            let verifier = Verifier::new(*issuer, audience(to), Arc::clone(&revocations), Arc::new(Current));
            verifier.use_keys(key_set(&[&key]));
            verifier
        })
        .collect();
    let tokens: Vec<_> = places
        .iter()
        .map(|(issuer, to)| {
            let claims = Claims { audience: audience(to), ..customer() };
            presented(&key.sign_access(&claims.write(issuer).unwrap()).unwrap())
        })
        .collect();
    // Twice, and to and fro: what one remembers, the other must not have heard.
    let order = [0, 1, 2, 2, 1, 0];
    for verifier in order {
        for token in order {
            let answer = verifiers[verifier].check(&tokens[token], Timestamp::from_seconds(NOW), PATIENCE);
            assert_eq!(answer.is_ok(), verifier == token, "token {token} at {verifier}");
        }
    }
}

/// Introspection answers for several APIs, with a list of its own each time.
#[test]
fn whoever_answers_for_several_audiences_takes_a_token_for_one_of_them_and_no_other_and_remembers_nothing() {
    let api = Api::new(Algorithm::EdDsa);
    let (here, there) = (audience(AUDIENCE), audience("https://other.example"));
    let for_there = Claims { audience: there.clone(), ..customer() };
    let token = presented(&api.sign(&for_there));
    let check = |audiences: &[Audience]| {
        let now = Timestamp::from_seconds(NOW);
        api.verifier
            .check_for(&token, audiences, now, PATIENCE, Some(Duration::ZERO))
            .map(|verified| verified.claims().audience.clone())
    };
    let other = || Err(Unverified::Refused(Refusal::Claims(ClaimsError::Audience)));
    assert_eq!(check(&[here.clone(), there.clone()]), Ok(there));
    assert_eq!(check(std::slice::from_ref(&here)), other());
    assert_eq!(check(&[]), other());
    let own = api.verifier.check(&token, Timestamp::from_seconds(NOW), PATIENCE).map(drop);
    assert_eq!(own, other().map(drop), "it was remembered for the verifier's own audience");
}
