//! A client's own signature in place of a secret: `private_key_jwt` (RFC 7523 section 3).

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::lifetime::LEEWAY;
use crate::client::ClientId;
use crate::jws::{Compact, JwsError, KeySet, MAX_COMPACT_BYTES, StrictValue};
use crate::time::Timestamp;

/// The longest that an assertion may be good for: it is made for one call.
const MAX_ASSERTION: Duration = Duration::from_secs(5 * 60);

/// A verified assertion. It is good once: whoever takes it writes down its name until it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its name, the client's choice.
    pub id: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Why an assertion is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// It is no signature, or not one of the client's.
    #[error(transparent)]
    Signature(#[from] JwsError),
    /// It is signed with a key that the client has not registered.
    #[error("it is signed with a key that is not the client's")]
    Key,
    /// It is a token of another kind.
    #[error("its typ is that of another kind of token")]
    Type,
    /// Its claims are not those of an assertion.
    #[error("its claims cannot be taken: {0}")]
    Claims(String),
    /// It has ended, has not begun, or is good for over five minutes.
    #[error("it has ended, has not begun, or is good for longer than five minutes")]
    Time,
}

#[derive(Deserialize)]
struct Read {
    iss: String,
    sub: String,
    aud: Value,
    exp: u64,
    #[serde(default, deserialize_with = "number")]
    nbf: Option<u64>,
    #[serde(default, deserialize_with = "number")]
    iat: Option<u64>,
    jti: String,
}

/// A number that may be left out, and may not be `null`.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    u64::deserialize(deserializer).map(Some)
}

/// The one client that an assertion says it is of: `iss` and `sub`, which have to be the same (RFC 7523 section 3). Nothing of it
/// is believed; it only says whose keys have to verify it.
#[must_use]
pub fn claimed_client(text: &str) -> Option<ClientId> {
    #[derive(Deserialize)]
    struct Claimed<'a> {
        #[serde(borrow)]
        iss: std::borrow::Cow<'a, str>,
        #[serde(borrow)]
        sub: std::borrow::Cow<'a, str>,
    }
    let mut buffer = [0; MAX_COMPACT_BYTES];
    let payload = Compact::split(text).ok()?.unverified(&mut buffer).ok()?;
    let claimed: Claimed<'_> = serde_json::from_str(payload).ok()?;
    ClientId::parse(&claimed.iss).ok().filter(|client| client.as_str() == claimed.sub)
}

/// Verifies that `text` was made by this client for this server.
///
/// # Errors
/// As [`AssertionError`] says.
pub fn check_assertion(
    text: &str,
    client: &ClientId,
    keys: &KeySet,
    issuer: &str,
    token_endpoint: &str,
    now: Timestamp,
) -> Result<Assertion, AssertionError> {
    let compact = Compact::split(text)?;
    let (mut one, mut two) = ([0; MAX_COMPACT_BYTES], [0; MAX_COMPACT_BYTES]);
    let header = compact.header(&mut one)?;
    let typ = header.typ.as_deref().unwrap_or("JWT");
    if !typ.eq_ignore_ascii_case("JWT") && !typ.eq_ignore_ascii_case("client-authentication+jwt") {
        return Err(AssertionError::Type);
    }
    let (_, key) = keys.find(header.kid.as_deref()).ok_or(AssertionError::Key)?;
    let payload = compact.verify(&header, key, &mut two)?;
    let claims = |error: serde_json::Error| AssertionError::Claims(error.to_string());
    serde_json::from_str::<StrictValue>(payload).map_err(claims)?;
    let read: Read = serde_json::from_str(payload).map_err(claims)?;
    let wrong = |what: &str| Err(AssertionError::Claims(what.to_owned()));
    if read.iss != client.as_str() || read.sub != client.as_str() {
        return wrong("iss and sub must be the client_id");
    }
    // One audience and no other: an assertion for two servers could be taken to the second by the first.
    let audience = match &read.aud {
        Value::String(one) => Some(one.as_str()),
        Value::Array(list) if list.len() == 1 => list.first().and_then(Value::as_str),
        _ => None,
    };
    if !audience.is_some_and(|audience| audience == issuer || audience == token_endpoint) {
        return wrong("aud must be this issuer, and nobody else");
    }
    if read.jti.is_empty() || read.jti.len() > 256 {
        return wrong("jti must be 1 to 256 bytes");
    }
    let expires_at = Timestamp::from_seconds(read.exp);
    let begins = Timestamp::from_seconds(read.nbf.unwrap_or_default().max(read.iat.unwrap_or_default()));
    if now >= expires_at.plus(LEEWAY) || now.plus(LEEWAY) < begins || expires_at > now.plus(MAX_ASSERTION + LEEWAY) {
        return Err(AssertionError::Time);
    }
    Ok(Assertion { id: read.jti, expires_at: expires_at.plus(LEEWAY) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Algorithm, KeyId, SigningKey};

    const ISSUER: &str = "https://login.example.org";
    const ENDPOINT: &str = "https://login.example.org/oauth/token";

    fn check(key: &SigningKey, header: &str, claims: &str) -> Result<Assertion, AssertionError> {
        let set = KeySet::parse(&serde_json::to_string(&key.jwk().unwrap()).unwrap()).unwrap();
        let text = key.sign(header.as_bytes(), claims.as_bytes()).unwrap();
        let now = Timestamp::from_seconds(1_700_000_000);
        check_assertion(&text, &ClientId::parse("billing").unwrap(), &set, ISSUER, ENDPOINT, now)
    }

    #[test]
    fn an_assertion_is_by_the_client_for_this_server_and_short() {
        let (key, _) = SigningKey::generate(KeyId::from_text("k"), Algorithm::Es256).unwrap();
        let header = r#"{"alg":"ES256","kid":"k"}"#;
        let good = r#"{"iss":"billing","sub":"billing","aud":"https://login.example.org","exp":1700000060,"jti":"1"}"#;
        assert_eq!(check(&key, header, good).unwrap().id, "1");
        for (from, to) in [
            (r#""iss":"billing""#, r#""iss":"other""#),
            (r#""sub":"billing""#, r#""sub":"other""#),
            (r#""aud":"https://login.example.org""#, r#""aud":["https://login.example.org","https://x.example"]"#),
            (r#""aud":"https://login.example.org""#, r#""aud":"https://x.example""#),
            (r#""aud":"https://login.example.org","#, ""),
            ("1700000060", "1699999900"),
            ("1700000060", "1700009999"),
            ("1700000060", "\"1700000060\""),
            (r#","jti":"1""#, ""),
            (r#""jti":"1""#, r#""jti":"""#),
            (r#""jti":"1""#, r#""jti":"1","jti":"2""#),
            (r#""jti":"1""#, r#""jti":"1","nbf":null"#),
            (r#""jti":"1""#, r#""jti":"1","nbf":1700009999"#),
        ] {
            assert!(good.contains(from) && check(&key, header, &good.replace(from, to)).is_err(), "{to}");
        }
        let (newer, _) = SigningKey::generate(KeyId::from_text("k"), Algorithm::EdDsa).unwrap();
        assert!(check(&newer, r#"{"alg":"Ed25519","kid":"k"}"#, good).is_ok(), "the newer name of the same algorithm");
        for bad in [
            r#"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#,
            r#"{"alg":"ES256","kid":"k","jku":"https://x.example/keys"}"#,
            r#"{"alg":"none","kid":"k"}"#,
            r#"{"alg":"RS256","kid":"k"}"#,
            r#"{"alg":"ES256","kid":"other"}"#,
        ] {
            assert!(check(&key, bad, good).is_err(), "{bad}");
        }
    }
}
