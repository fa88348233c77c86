//! One turn of the target `token`: bytes in, a panic when a promise is broken. Used by the target beside this file and, with
//! a seeded generator in place of a fuzzer, by `crates/core/tests/fuzzed`.

mod edit;
mod known;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use admit_core::client::{Audience, ClientId};
use admit_core::credential::AccessToken;
use admit_core::jws::{Compact, JwsError, KeySet, MAX_COMPACT_BYTES};
use admit_core::signal::{Position, Revocations, read, write};
use admit_core::time::Timestamp;
use admit_core::token::{Claims, Current, Verifier, check_assertion};
use data_encoding::BASE64URL_NOPAD;
use http::HeaderValue;

use known::{AUDIENCE, ISSUED_AT, ISSUER, KEYS, TOKENS};

/// The names of the events that a stream of signals has, and one that it has not.
const EVENTS: [&str; 9] = [
    "session-revoked",
    "credential-change",
    "token-claims-change",
    "account-disabled",
    "sessions-revoked",
    "token-revoked",
    "key-revoked",
    "keys-changed",
    "unheard-of",
];

static SET: LazyLock<KeySet> = LazyLock::new(|| KeySet::parse(KEYS).expect("the keys are good"));

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let audience = Audience::parse(AUDIENCE).expect("an audience");
    let verifier = Verifier::new(ISSUER, audience, Arc::new(Revocations::default()), Arc::new(Current));
    verifier.use_keys(KeySet::parse(KEYS).expect("the keys are good"));
    verifier
});

/// Everything that reads a token, a key, claims or a signal: the bytes as they are, and as edits of a good token.
pub fn token(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    verified(&text);
    header(data);
    keys(&text);
    claims(&text);
    position(&text);
    signal(&text);
    let (good, edited) = edit::edited(&TOKENS, data);
    let taken = verified(&edited);
    assert!(taken || edited != good, "a good token was refused");
}

/// Whether anything takes this text for a token; then it is one of the three, letter for letter.
fn verified(text: &str) -> bool {
    let taken = verify(text);
    if let Ok(payload) = &taken {
        let (signed, signature) = text.rsplit_once('.').expect("it has parts");
        let good = TOKENS.iter().find(|token| token.starts_with(&format!("{signed}.")));
        let good = good.expect("what was verified was signed");
        let bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).expect("one spelling");
        // Anybody can write down the twin of an ECDSA signature: the same r, and n - s. No other has one.
        let twin = good == &TOKENS[1] && bytes.len() == 64 && good.contains(&signature[..42]);
        assert!(text == *good || twin, "a token has one spelling: {text}");
        let audience = Audience::parse(AUDIENCE).expect("an audience");
        assert!(Claims::read(payload, ISSUER, &audience).is_ok());
    }
    let now = Timestamp::from_seconds(ISSUED_AT);
    let checked = AccessToken::parse(text).map(|token| VERIFIER.check(&token, now, Duration::ZERO));
    assert_eq!(matches!(checked, Some(Ok(_))), taken.is_ok(), "two ways to verify differ: {text}");
    let client = ClientId::parse("billing").expect("a name");
    assert!(check_assertion(text, &client, &SET, ISSUER, ISSUER, now).is_err(), "nobody signed an assertion");
    taken.is_ok()
}

/// Splits, reads the header, and tries every key there is; the payload, if one of them signed it.
fn verify(text: &str) -> Result<String, JwsError> {
    let compact = Compact::split(text)?;
    let (mut one, mut two) = ([0; MAX_COMPACT_BYTES], [0; MAX_COMPACT_BYTES]);
    let header = compact.header(&mut one)?;
    let mut found = Err(JwsError::Signature);
    for kid in ["ed", "ec", "rsa"] {
        let (_, key) = SET.find(Some(kid)).expect("it is in the set");
        if let Ok(payload) = compact.verify(&header, key, &mut two) {
            assert_eq!(header.kid.as_deref(), Some(kid), "a key verified another's token");
            assert_eq!(&*header.alg, key.algorithm().as_str());
            found = Ok(payload.to_owned());
        }
    }
    found
}

/// As the value of an `Authorization` header.
fn header(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let bearer = data.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
        && data.get(6).is_none_or(|after| matches!(after, b' ' | b'\t'));
    match AccessToken::from_authorization(&value) {
        Ok(None) => assert!(!bearer, "a bearer token was overlooked"),
        Err(()) => assert!(bearer, "another scheme was judged"),
        Ok(Some(token)) => {
            assert!(bearer, "a token of another scheme");
            assert_eq!(format!("{token:?}"), "AccessToken(…)");
            let text = String::from_utf8_lossy(&data[6..]);
            let good = TOKENS.contains(&text.trim_start());
            let now = Timestamp::from_seconds(ISSUED_AT);
            let taken = VERIFIER.check(&token, now, Duration::ZERO).is_ok();
            assert_eq!(taken, good || verified(text.trim_start()));
        }
    }
}

/// As a key or a set of keys.
fn keys(text: &str) {
    if let Ok(set) = KeySet::parse(text) {
        assert!(!set.is_empty(), "a set of nothing");
        assert!(set.len() == 1 || set.find(None).is_none(), "a key was guessed");
    }
}

/// As claims: what is read is written and read again as it was.
fn claims(text: &str) {
    let audience = Audience::parse(AUDIENCE).expect("an audience");
    if let Ok(claims) = Claims::read(text, ISSUER, &audience) {
        let written = String::from_utf8(claims.write(ISSUER).expect("it can be written")).expect("JSON is text");
        assert_eq!(Claims::read(&written, ISSUER, &audience).as_ref(), Ok(&claims));
        let life = claims.expires_at.since(claims.issued_at);
        assert!(!life.is_zero() && life <= Duration::from_secs(3600), "a life of {life:?}");
        assert_eq!(claims.audience, audience);
    }
}

/// As a place in the list of signals.
fn position(text: &str) {
    if let Ok(position) = text.parse::<Position>() {
        assert_eq!(position.to_string(), text);
    }
}

/// As a signal: what is read is written and read again as it was.
fn signal(text: &str) {
    let Ok(value) = serde_json::from_str(text) else { return };
    for name in EVENTS {
        let Ok(signal) = read(name, &value, ISSUER, 7) else { continue };
        let place = "0123456789abcdef.7".parse().expect("a place");
        let (same, written) = write(&signal, ISSUER, place);
        assert_eq!(same, name);
        assert_eq!(read(name, &written, ISSUER, 7).as_ref(), Ok(&signal));
    }
}
