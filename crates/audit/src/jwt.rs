//! Reads and makes JWTs (RFC 7519) as an attacker would: nothing is verified here.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

/// A token that is a JWT, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Jwt {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// Header and claims as they were signed.
    pub(crate) signed: String,
    pub(crate) signature: String,
}

impl Jwt {
    /// Takes a text apart; `None` when it is no JWT.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signed: signed.to_owned(),
            signature: signature.to_owned(),
        })
    }

    /// The algorithm that the header names.
    pub(crate) fn alg(&self) -> &str {
        self.header.get("alg").and_then(Value::as_str).unwrap_or_default()
    }

    /// A numeric claim, seconds.
    pub(crate) fn seconds(&self, claim: &str) -> Option<i64> {
        let value = self.claims.get(claim)?;
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    /// For how many seconds it lives.
    pub(crate) fn lifetime(&self) -> Option<i64> {
        Some(self.seconds("exp")? - self.seconds("iat").unwrap_or_else(crate::http::now))
    }

    /// The header with one member changed.
    pub(crate) fn header_with(&self, name: &str, value: impl Into<Value>) -> Map<String, Value> {
        let mut header = self.header.clone();
        header.insert(name.to_owned(), value.into());
        header
    }

    /// Whether the signature is that of this secret (HS256, HS384, HS512).
    pub(crate) fn is_signed_by(&self, secret: &[u8]) -> bool {
        let algorithm = match self.alg() {
            "HS256" => hmac::HMAC_SHA256,
            "HS384" => hmac::HMAC_SHA384,
            "HS512" => hmac::HMAC_SHA512,
            _ => return false,
        };
        let Ok(signature) = BASE64URL_NOPAD.decode(self.signature.as_bytes()) else { return false };
        hmac::verify(&hmac::Key::new(algorithm, secret), self.signed.as_bytes(), &signature).is_ok()
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = BASE64URL_NOPAD.decode(part.trim_end_matches('=').as_bytes()).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Header and claims, encoded and joined: what is signed.
pub(crate) fn unsigned(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let encode = |map: &Map<String, Value>| BASE64URL_NOPAD.encode(Value::Object(map.clone()).to_string().as_bytes());
    format!("{}.{}", encode(header), encode(claims))
}

/// A token with any signature.
pub(crate) fn with_signature(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", BASE64URL_NOPAD.encode(signature))
}

/// A token signed with HS256. `header` should say so.
pub(crate) fn hs256(header: &Map<String, Value>, claims: &Map<String, Value>, secret: &[u8]) -> String {
    let signed = unsigned(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    with_signature(&signed, tag.as_ref())
}
