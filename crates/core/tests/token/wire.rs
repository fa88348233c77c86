//! Signals as they are sent: what is written is what is read, and what cannot be read is an error.

use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::KeyId;
use admit_core::signal::{LogId, Position, Signal, SubjectChange, Told, WireError, read, write};
use admit_core::subject::TokenGeneration;
use admit_core::time::Timestamp;
use admit_core::token::TokenId;
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::support::{ISSUER, NOW, client_changed, session, signal, subject, token_id};

const CHANGES: [SubjectChange; 4] = [
    SubjectChange::SessionsRevoked,
    SubjectChange::CredentialChange,
    SubjectChange::AccountDisabled,
    SubjectChange::ClaimsChange,
];

fn every_kind() -> Vec<Told> {
    let changed = |why| Told::Subject { id: subject(1), generation: TokenGeneration(7), why };
    let mut kinds =
        vec![Told::Session(session(2)), Told::Token(token_id(4)), Told::Key(KeyId::from_text("k")), Told::KeysChanged];
    kinds.extend(CHANGES.map(changed));
    kinds.push(client_changed(7));
    kinds
}

fn written(signal: &Signal) -> (&'static str, Value) {
    write(signal, ISSUER, Position { log: LogId::from_u64(5), seq: signal.seq })
}

fn told() -> impl Strategy<Value = Told> {
    let id = any::<[u8; 9]>().prop_map(|bytes| TokenId::parse(&BASE64URL_NOPAD.encode(&bytes)).unwrap());
    let changed = (any::<[u8; 16]>(), any::<u64>(), 0..4_usize).prop_map(|(id, generation, why)| Told::Subject {
        id: SubjectId::from_bytes(id),
        generation: TokenGeneration(generation),
        why: CHANGES[why],
    });
    prop_oneof![
        any::<[u8; 16]>().prop_map(|bytes| Told::Session(SessionId::from_bytes(bytes))),
        changed,
        id.prop_map(Told::Token),
        "\\PC{0,20}".prop_map(|kid| Told::Key(KeyId::from_text(&kid))),
        Just(Told::KeysChanged),
        any::<u64>().prop_map(client_changed),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_to_the_second_and_never_kept_for_less(
        seq in any::<u64>(),
        at in 0..u64::MAX / 2,
        until in 0..u64::MAX / 2,
        told in told(),
    ) {
        let signal =
            Signal { seq, at: Timestamp::from_millis(at), until: Timestamp::from_millis(until), told };
        let (name, claims) = written(&signal);
        // Through text, as it goes over the wire.
        let claims: Value = serde_json::from_str(&claims.to_string()).unwrap();
        let again = read(name, &claims, ISSUER, seq).unwrap();
        prop_assert_eq!((again.seq, &again.told), (seq, &signal.told));
        prop_assert_eq!(again.at.millis(), at / 1000 * 1000);
        prop_assert!(again.until >= signal.until && again.until.millis() < until + 1000);
        let (same, twice) = written(&again);
        prop_assert_eq!((same, &twice), (name, &claims), "it changes as it is passed on");
    }
}

#[test]
fn every_kind_has_a_name_of_its_own_and_comes_back_as_it_was() {
    let mut names: Vec<&str> = Vec::new();
    for told in every_kind() {
        let signal = signal(told);
        let (name, claims) = written(&signal);
        assert_eq!(read(name, &claims, ISSUER, 1), Ok(signal));
        assert_eq!(claims["jti"], "0000000000000005.1");
        assert_eq!(claims["iat"], NOW);
        names.push(name);
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), every_kind().len());
}

#[test]
fn a_signal_of_another_issuer_is_an_error_even_when_its_kind_is_not_known() {
    for told in every_kind() {
        let (name, claims) = written(&signal(told));
        assert_eq!(read(name, &claims, "https://other.example", 1), Err(WireError::Unreadable), "{name}");
        assert_eq!(read("unheard-of", &claims, "https://other.example", 1), Err(WireError::Unreadable));
    }
}

#[test]
fn a_kind_that_is_not_known_is_an_error_of_its_own() {
    let claims = json!({ "iss": ISSUER, "events": { "urn:admit:event:unheard-of": { "event_timestamp": NOW } } });
    assert_eq!(read("unheard-of", &claims, ISSUER, 1), Err(WireError::UnknownKind));
    assert_eq!(read("", &claims, ISSUER, 1), Err(WireError::UnknownKind));
    for claims in [json!({}), json!(null), json!([]), json!({ "iss": null }), json!({ "iss": [ISSUER] })] {
        assert_eq!(read("unheard-of", &claims, ISSUER, 1), Err(WireError::Unreadable), "{claims}");
    }
}

#[test]
fn a_field_that_is_missing_or_of_another_type_is_an_error() {
    for told in every_kind() {
        let (name, claims) = written(&signal(told.clone()));
        let event = claims["events"].as_object().unwrap().keys().next().unwrap().replace('/', "~1");
        let mut fields =
            vec!["/iss".to_owned(), "/events".to_owned(), format!("/events/{event}"), format!("/events/{event}/until")];
        fields.push(format!("/events/{event}/event_timestamp"));
        match &told {
            Told::Session(_) | Told::Key(_) => fields.extend(["/sub_id", "/sub_id/id"].map(str::to_owned)),
            Told::Token(_) => fields.extend(["/sub_id", "/sub_id/jti"].map(str::to_owned)),
            Told::Subject { .. } => {
                fields.extend(["/sub_id", "/sub_id/sub"].map(str::to_owned));
                fields.push(format!("/events/{event}/gen"));
            }
            Told::Client { .. } => {
                fields.extend(["/sub_id", "/sub_id/id"].map(str::to_owned));
                fields.push(format!("/events/{event}/cgen"));
            }
            Told::KeysChanged => {}
        }
        for field in fields {
            for bad in [json!(null), json!(true), json!(-1), json!(1.5), json!("x\u{0}"), json!([]), json!({})] {
                let mut spoilt = claims.clone();
                *spoilt.pointer_mut(&field).unwrap() = bad.clone();
                let answer = read(name, &spoilt, ISSUER, 1);
                // Any text is the name of a key.
                if !(matches!(told, Told::Key(_)) && field == "/sub_id/id" && bad.is_string()) {
                    assert_eq!(answer, Err(WireError::Unreadable), "{name} with {bad} at {field}");
                }
            }
            let (parent, last) = field.rsplit_once('/').unwrap();
            let mut without = claims.clone();
            without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&last.replace("~1", "/")).unwrap();
            assert_eq!(read(name, &without, ISSUER, 1), Err(WireError::Unreadable), "{name} without {field}");
        }
    }
}

/// The name of the event in the stream and the event in the claims are two places that say one thing.
#[test]
fn an_event_under_another_name_or_one_of_two_is_an_error() {
    let (_, session_revoked) = written(&signal(Told::Session(session(2))));
    assert_eq!(read("key-revoked", &session_revoked, ISSUER, 1), Err(WireError::Unreadable));
    assert_eq!(read("keys-changed", &session_revoked, ISSUER, 1), Err(WireError::Unreadable));
    let mut two = session_revoked;
    let event = two["events"].as_object().unwrap().values().next().unwrap().clone();
    two["events"].as_object_mut().unwrap().insert("a:another".to_owned(), event);
    assert_eq!(read("session-revoked", &two, ISSUER, 1), Err(WireError::Unreadable));
}

#[test]
fn the_guide_has_each_event_with_the_format_of_its_subject_and_what_it_is_about() {
    let guide = include_str!("../../../../docs/guide/checking-tokens.md");
    for told in every_kind() {
        let (name, claims) = written(&signal(told));
        let row = guide.lines().find(|line| line.starts_with("| `") && line.contains(&format!("`{name}`")));
        let cells: Vec<&str> = row.unwrap_or_else(|| panic!("the guide has no row for {name}")).split('|').collect();
        let format = claims["sub_id"]["format"].as_str().unwrap();
        assert_eq!(cells[2].trim(), format!("`{format}`"), "{name}");
        let key = ["id", "sub", "jti"].into_iter().find(|key| claims["sub_id"].get(key).is_some());
        assert!(key.is_none_or(|key| cells[3].contains(&format!("`sub_id.{key}`"))), "{name}: {}", cells[3]);
        let event = claims["events"].as_object().unwrap().values().next().unwrap();
        for generation in ["gen", "cgen"] {
            assert_eq!(cells[3].contains(&format!("`{generation}`")), event.get(generation).is_some(), "{name}");
        }
    }
}
