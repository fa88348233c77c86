//! What an issuer writes is what a verifier reads, and is small.

use admit_core::assurance::{Assurance, Level, Method, Methods};
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::jws::{Algorithm, KeyId, SigningKey};
use admit_core::random::OsRandom;
use admit_core::subject::{RoleName, TokenGeneration};
use admit_core::time::Timestamp;
use admit_core::token::{Claims, ClaimsError, Holder, LEEWAY, TokenId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{AUDIENCE, ISSUER, NOW, audience, customer, service};
use admit_core::id::{SessionId, SubjectId};

fn claims() -> impl Strategy<Value = Claims> {
    let methods = proptest::collection::vec(proptest::sample::select(&Method::ALL[..]), 1..4);
    let assurance = (methods.prop_filter_map("nobody", Methods::of), 0..1_u64 << 53)
        .prop_map(|(methods, at)| Assurance::new(methods, Timestamp::from_seconds(at)));
    let user = (any::<[u8; 16]>(), any::<[u8; 16]>(), 0..=u64::from(u32::MAX) * 2, assurance).prop_map(
        |(id, session, generation, assurance)| Holder::User {
            id: SubjectId::from_bytes(id),
            session: SessionId::from_bytes(session),
            generation: TokenGeneration(generation),
            assurance,
        },
    );
    let holder = prop_oneof![user, Just(Holder::Client)];
    let roles = proptest::collection::btree_set("[a-z0-9_-]{1,64}", 0..5);
    let audience_text = "[!#-\\[\\]-~]{1,128}";
    let client = ("[a-z][a-z0-9._-]{0,63}", prop_oneof![Just(0), 0..1_u64 << 53]);
    (holder, client, audience_text, roles, 0..1_u64 << 40, 1..=3600_u64, any::<[u8; 9]>()).prop_map(
        |(holder, (client, client_generation), audience_text, roles, from, lifetime, id)| Claims {
            holder,
            client: ClientId::parse(&client).unwrap(),
            client_generation: ClientGeneration(client_generation),
            audience: audience(&audience_text),
            roles: roles.iter().map(|role| RoleName::parse(role).unwrap()).collect(),
            issued_at: Timestamp::from_seconds(from),
            expires_at: Timestamp::from_seconds(from + lifetime),
            id: TokenId::parse(&data_encoding::BASE64URL_NOPAD.encode(&id)).unwrap(),
        },
    )
}

proptest! {
    #[test]
    fn what_an_issuer_writes_for_a_user_or_a_client_a_verifier_reads_and_nobody_else_does(
        claims in claims(),
        issuer in "\\PC{1,60}",
    ) {
        let written = String::from_utf8(claims.write(&issuer).unwrap()).unwrap();
        prop_assert_eq!(&Claims::read(&written, &issuer, &claims.audience).unwrap(), &claims);
        let other = format!("{issuer}/");
        prop_assert_eq!(Claims::read(&written, &other, &claims.audience).unwrap_err(), ClaimsError::Issuer);
        let other = audience("https://other.example");
        prop_assert_eq!(Claims::read(&written, &issuer, &other).unwrap_err(), ClaimsError::Audience);
    }
}

#[test]
fn a_role_that_is_configured_twice_is_in_a_token_once_and_read_once() {
    let role = |name: &str| RoleName::parse(name).unwrap();
    let twice = Claims { roles: ["editor", "admin", "editor"].map(role).into(), ..customer() };
    let written = String::from_utf8(twice.write(ISSUER).unwrap()).unwrap();
    assert!(written.contains(r#""roles":["editor","admin"]"#), "{written}");
    let by_another = written.replace(r#"["editor","admin"]"#, r#"["editor","admin","editor"]"#);
    let read = Claims::read(&by_another, ISSUER, &twice.audience).unwrap();
    assert_eq!(*read.roles, ["editor", "admin"].map(role));
}

#[test]
fn a_token_is_in_time_from_the_leeway_before_its_beginning_until_the_leeway_after_its_end_to_the_second() {
    let (claims, leeway) = (customer(), LEEWAY.as_secs());
    let at = |seconds: u64| claims.in_time(Timestamp::from_seconds(seconds));
    let end = NOW + 300;
    assert_eq!(at(NOW - leeway - 1), Err(ClaimsError::Future));
    assert_eq!(at(NOW - leeway), Ok(()));
    assert_eq!(at(end), Ok(()));
    assert_eq!(at(end + leeway - 1), Ok(()));
    assert_eq!(at(end + leeway), Err(ClaimsError::Expired));
    let at = |millis: u64| claims.in_time(Timestamp::from_millis(millis));
    assert_eq!(at((NOW - leeway) * 1000 - 1), Err(ClaimsError::Future));
    assert_eq!(at((end + leeway) * 1000 - 1), Ok(()));
    assert_eq!(at(u64::MAX), Err(ClaimsError::Expired));
    assert_eq!(at(0), Err(ClaimsError::Future));
}

#[test]
fn a_token_lives_for_a_second_at_least_and_an_hour_at_most() {
    let read = |lifetime: u64| {
        let claims = Claims { expires_at: Timestamp::from_seconds(NOW + lifetime), ..customer() };
        let written = String::from_utf8(claims.write(ISSUER).unwrap()).unwrap();
        Claims::read(&written, ISSUER, &audience(AUDIENCE)).map(|read| read.expires_at.seconds() - NOW)
    };
    assert_eq!(read(0), Err(ClaimsError::Lifetime));
    assert_eq!(read(1), Ok(1));
    assert_eq!(read(3600), Ok(3600));
    assert_eq!(read(3601), Err(ClaimsError::Lifetime));
}

#[test]
fn a_client_that_acts_for_itself_has_an_id_of_its_own_and_no_session() {
    let (user, client) = (customer(), service());
    assert_eq!(client.subject(), SubjectId::of_client(&client.client));
    assert_ne!(client.subject(), user.subject());
    assert_eq!((client.session(), user.session().is_some()), (None, true));
}

#[test]
fn a_token_says_how_and_when_its_user_signed_in() {
    let written: Value = serde_json::from_slice(&customer().write(ISSUER).unwrap()).unwrap();
    assert_eq!(
        (&written["auth_time"], &written["amr"], &written["acr"]),
        (&json!(NOW - 60), &json!(["pwd"]), &json!("1"))
    );
    let written: Value = serde_json::from_slice(&service().write(ISSUER).unwrap()).unwrap();
    assert!(["auth_time", "amr", "acr"].iter().all(|name| written.get(name).is_none()), "{written}");
}

#[test]
fn a_token_of_an_earlier_release_is_a_password_given_when_its_sign_in_began() {
    let claims = customer();
    let mut written: Value = serde_json::from_slice(&claims.write(ISSUER).unwrap()).unwrap();
    for name in ["auth_time", "amr", "acr"] {
        written.as_object_mut().unwrap().remove(name);
    }
    let mut read = |made_at: u64| {
        let session = SessionId::new(Timestamp::from_seconds(made_at), &OsRandom).unwrap();
        written["sid"] = json!(session);
        Claims::read(&written.to_string(), ISSUER, &claims.audience).unwrap().assurance().unwrap()
    };
    let iat = claims.issued_at.seconds();
    assert_eq!(read(iat - 7), Assurance::of_before(Timestamp::from_seconds(iat - 7)));
    assert_eq!(read(iat + 9_999).proved_at(), claims.issued_at, "a clock that was ahead made its sign-in");
    assert_eq!(read(iat).level(), Level::One);
}

#[test]
fn a_token_whose_sign_in_claims_are_incomplete_or_unknown_is_refused() {
    let claims = customer();
    let written: Value = serde_json::from_slice(&claims.write(ISSUER).unwrap()).unwrap();
    for (name, value) in [
        ("acr", json!("2")),
        ("acr", json!("0")),
        ("amr", json!(["pwd", "otp"])),
        ("amr", json!(["pwd", "pwd"])),
        ("amr", json!(["pwd", "sms"])),
        ("amr", json!(["user"])),
    ] {
        let mut spoilt = written.clone();
        spoilt[name] = value.clone();
        assert!(Claims::read(&spoilt.to_string(), ISSUER, &claims.audience).is_err(), "{name} {value}");
    }
    let mut of_a_service: Value = serde_json::from_slice(&service().write(ISSUER).unwrap()).unwrap();
    of_a_service["auth_time"] = json!(NOW);
    assert!(Claims::read(&of_a_service.to_string(), ISSUER, &service().audience).is_err());
}

/// Header lines are short of space in some proxies, and every request carries one of these.
#[test]
fn a_customer_s_token_is_small() {
    let (key, _) = SigningKey::generate(KeyId::new(&OsRandom).unwrap(), Algorithm::EdDsa).unwrap();
    let size = |issuer: &str, audience_text: &str| {
        let claims = Claims { audience: audience(audience_text), ..customer() };
        let length = key.sign_access(&claims.write(issuer).unwrap()).unwrap().len();
        println!("{issuer} for {audience_text}: {length} bytes");
        length
    };
    assert!(size("https://login.example.org", "https://api.example.org") <= 584);
    assert!(size("http://127.0.0.1:8080", "demo") <= 576);
}
