//! Sets of public keys that somebody else wrote: taken whole or not at all, and none that is ambiguous.

use admit_core::jws::{Algorithm, JwkError, KeySet};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::support::key;

fn public(kid: &str, algorithm: Algorithm) -> Value {
    serde_json::to_value(key(kid, algorithm).jwk().unwrap()).unwrap()
}

/// The key with another value for one member, or without it.
fn with(key: &Value, name: &str, value: Option<Value>) -> Value {
    let mut key = key.clone();
    let members = key.as_object_mut().unwrap();
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name)),
    }
    key
}

fn set(keys: &[&Value]) -> Result<KeySet, JwkError> {
    KeySet::parse(&json!({ "keys": keys }).to_string())
}

#[test]
fn a_set_with_two_keys_of_one_name_or_several_of_which_one_has_none_is_ambiguous() {
    let (a, b) = (public("a", Algorithm::EdDsa), public("b", Algorithm::Es256));
    let (twin, unnamed) = (public("a", Algorithm::Es256), with(&b, "kid", None));
    assert_eq!(set(&[&a, &b]).unwrap().len(), 2);
    for keys in [[&a, &twin], [&twin, &a], [&a, &a], [&a, &unnamed], [&unnamed, &a], [&unnamed, &unnamed]] {
        assert_eq!(set(&keys).err(), Some(JwkError::Ambiguous));
    }
    // One alone needs no name, and is then the key of every name.
    let lone = set(&[&unnamed]).unwrap();
    assert!(lone.find(None).is_some() && lone.find(Some("anything")).is_some());
    let named = set(&[&a]).unwrap();
    assert!(named.find(None).is_some() && named.find(Some("A")).is_none());
    let two = set(&[&a, &b]).unwrap();
    assert!(two.find(None).is_none() && two.find(Some("")).is_none() && two.find(Some("b")).is_some());
}

#[test]
fn a_secret_or_a_key_for_another_use_spoils_the_whole_set_and_an_unknown_kind_is_left_out() {
    let good = public("a", Algorithm::EdDsa);
    let b = public("b", Algorithm::Es256);
    let spoilt = [
        (json!({ "kty": "oct", "k": "AAAA", "kid": "b" }), JwkError::Symmetric),
        (with(&b, "k", Some(json!("AAAA"))), JwkError::Symmetric),
        (with(&b, "d", Some(json!("AAAA"))), JwkError::Private),
        (with(&b, "d", Some(json!(null))), JwkError::Private),
        (with(&b, "use", Some(json!("enc"))), JwkError::Use),
        (with(&b, "use", Some(json!(null))), JwkError::Use),
        (with(&b, "use", Some(json!(["sig"]))), JwkError::Use),
        (with(&b, "key_ops", Some(json!([]))), JwkError::Use),
        (with(&b, "key_ops", Some(json!(["sign"]))), JwkError::Use),
        (with(&b, "key_ops", Some(json!("verify"))), JwkError::Use),
    ];
    for (bad, why) in spoilt {
        assert_eq!(set(&[&good, &bad]).err(), Some(why.clone()), "{bad}");
        assert_eq!(KeySet::parse(&bad.to_string()).err(), Some(why), "{bad}");
    }
    let unknown = [
        json!({ "kty": "AKP", "kid": "b", "pub": "AAAA" }),
        json!({ "kid": "b" }),
        with(&b, "crv", Some(json!("P-384"))),
        with(&b, "alg", Some(json!("ES384"))),
        with(&b, "alg", Some(json!(null))),
    ];
    for left_out in unknown {
        assert_eq!(set(&[&good, &left_out]).unwrap().len(), 1, "{left_out}");
        assert_eq!(set(&[&left_out]).err(), Some(JwkError::Unsupported), "alone it is an error: {left_out}");
    }
    assert_eq!(set(&[]).err(), Some(JwkError::Empty));
}

#[test]
fn a_key_is_on_its_curve_and_as_long_as_it_must_be() {
    let refused = |key: &Value, name: &str, bytes: &[u8]| {
        let bad = with(key, name, Some(json!(BASE64URL_NOPAD.encode(bytes))));
        assert_eq!(KeySet::parse(&bad.to_string()).err(), Some(JwkError::Unsupported), "{bad}");
    };
    let (ed, ec, rsa) = (public("k", Algorithm::EdDsa), public("k", Algorithm::Es256), public("k", Algorithm::Rs256));
    let bytes = |key: &Value, name: &str| BASE64URL_NOPAD.decode(key[name].as_str().unwrap().as_bytes()).unwrap();
    for (key, name) in [(&ed, "x"), (&ec, "x"), (&ec, "y"), (&rsa, "n"), (&rsa, "e")] {
        let good = bytes(key, name);
        refused(key, name, &[]);
        refused(key, name, &[&[0], good.as_slice()].concat());
        assert!(KeySet::parse(&with(key, name, None).to_string()).is_err());
        assert!(KeySet::parse(&with(key, name, Some(json!(format!("{}=", key[name])))).to_string()).is_err());
    }
    refused(&ed, "x", &[7; 31]);
    refused(&ec, "y", &[7; 32]);
    for exponent in [&[1][..], &[2], &[0], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        refused(&rsa, "e", exponent);
    }
    assert!(KeySet::parse(&with(&rsa, "e", Some(json!("Aw"))).to_string()).is_ok(), "3");
    // 2,047, 1,024 and 8,193 bits.
    let mut short = bytes(&rsa, "n");
    short[0] = 0x7f;
    refused(&rsa, "n", &short);
    refused(&rsa, "n", &bytes(&rsa, "n")[128..]);
    refused(&rsa, "n", &[&[1], vec![0xff; 1024].as_slice()].concat());
}

#[test]
fn json_that_two_readers_could_read_differently_is_no_key() {
    let text = public("k", Algorithm::EdDsa).to_string();
    assert!(KeySet::parse(&text).is_ok());
    for bad in [
        text.replace('{', r#"{"kid":"other","#),
        text.replace('{', r#"{"x-\ud800":1,"#),
        text.replace('{', r#"{"a":{"b":1,"b":2},"#),
        text.replace(r#""kid":"k""#, r#""kid":1"#),
        text.replace(r#""kid":"k""#, r#""kid":null"#),
        format!("{text}{text}"),
        format!("[{text}]"),
        format!(r#"{{"keys":{text}}}"#),
        format!(r#"{{"keys":[[{text}]]}}"#),
        r#"{"keys":null}"#.to_owned(),
        String::new(),
    ] {
        assert!(matches!(KeySet::parse(&bad), Err(JwkError::Json(_))), "{bad}");
    }
}
