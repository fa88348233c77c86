//! Public keys as JSON (RFC 7517), one and in sets.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::header::access_header;
use super::verifying::PublicKey;
use super::{Algorithm, KeyId, VerifyingKey, roca, weak};

/// Why a key or a set of keys is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Not a JSON object of the right form.
    #[error("is not a JSON Web Key or a set of them ({0})")]
    Json(String),
    /// A symmetric key: whoever can verify with it can sign with it.
    #[error("holds a symmetric key (kty \"oct\"): give a public key of Ed25519, P-256 or RSA")]
    Symmetric,
    /// A private key where a public one belongs.
    #[error("holds a private key: give its public part alone")]
    Private,
    /// A key for another use.
    #[error("holds a key that is not for verifying signatures (use, key_ops)")]
    Use,
    /// An algorithm or a key that is not supported.
    #[error("holds a key that is none of Ed25519 (EdDSA), P-256 (ES256) and RSA of 2,048 to 8,192 bits (RS256)")]
    Unsupported,
    /// A key whose private half can be computed from it.
    #[error("holds an RSA key of a generator that made weak ones (ROCA, CVE-2017-15361): make a new key")]
    Weak,
    /// An RSA key that anybody can factor.
    #[error(
        "holds an RSA key that anybody can sign with: its modulus has a small factor or two primes that are close, or is prime. Make a \
         new key"
    )]
    Factored,
    /// An Ed25519 key under which anybody can make a signature, or that is not in its one spelling.
    #[error("holds an Ed25519 key of small order or in a non-canonical encoding: make a new key")]
    SmallOrder,
    /// Two keys of one name, or several without one.
    #[error("holds two keys of the same kid, or several of which one has none")]
    Ambiguous,
    /// No key at all.
    #[error("holds no key")]
    Empty,
}

/// A public key as it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    kty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    alg: Algorithm,
    r#use: &'static str,
    kid: KeyId,
}

impl PublicJwk {
    /// From its numbers.
    pub(super) fn new(kid: KeyId, algorithm: Algorithm, key: PublicKey<'_>) -> Option<Self> {
        let encode = |bytes: &[u8]| Some(BASE64URL_NOPAD.encode(bytes));
        let base = Self { kty: "", crv: None, x: None, y: None, n: None, e: None, alg: algorithm, r#use: "sig", kid };
        match key {
            PublicKey::EdDsa(bytes) => Some(Self { kty: "OKP", crv: Some("Ed25519"), x: encode(bytes), ..base }),
            PublicKey::Es256(point) => {
                let (x, y) = point.strip_prefix(&[4])?.split_at_checked(32)?;
                Some(Self { kty: "EC", crv: Some("P-256"), x: encode(x), y: encode(y), ..base })
            }
            PublicKey::Rs256(n, e) => Some(Self { kty: "RSA", n: encode(n), e: encode(e), ..base }),
        }
    }
}

/// Keys by name: what a verifier holds.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    kid: Option<KeyId>,
    key: Arc<VerifyingKey>,
    /// What every access token that this key signs begins with; empty for a key without a name.
    header: String,
}

impl Known {
    fn new(kid: Option<KeyId>, key: Arc<VerifyingKey>) -> Self {
        let header = kid.as_ref().map(|kid| access_header(kid, key.algorithm())).unwrap_or_default();
        Self { kid, key, header }
    }
}

impl KeySet {
    /// Reads a JWK set, or a single key.
    ///
    /// A set is taken whole or not at all: one with a symmetric or private key, or two of one name, comes from somebody
    /// who has mixed things up. Keys of kinds that are not known here are left out (RFC 7517 section 5).
    ///
    /// # Errors
    /// As [`JwkError`] says.
    pub fn parse(text: &str) -> Result<Self, JwkError> {
        let json = |error: &dyn fmt::Display| JwkError::Json(error.to_string());
        serde_json::from_str::<super::StrictValue>(text).map_err(|error| json(&error))?;
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| json(&error))?;
        let listed = match object.get("keys") {
            Some(Value::Array(keys)) => {
                let object = |key: &Value| key.as_object().cloned().ok_or_else(|| json(&"a key is no object"));
                keys.iter().map(object).collect::<Result<Vec<_>, _>>()?
            }
            Some(_) => return Err(json(&"keys is not a list")),
            None => vec![object],
        };
        let alone = listed.len() == 1;
        let mut names = HashSet::new();
        let mut keys = Vec::new();
        for key in &listed {
            let kid = match key.get("kid") {
                None => None,
                Some(Value::String(kid)) => Some(KeyId::from_text(kid)),
                Some(_) => return Err(json(&"kid is not a string")),
            };
            if (kid.is_none() && !alone) || !names.insert(kid.clone()) {
                return Err(JwkError::Ambiguous);
            }
            match read(key) {
                Ok(key) => keys.push(Known::new(kid, Arc::new(key))),
                Err(JwkError::Unsupported) if !alone => {}
                Err(error) => return Err(error),
            }
        }
        if keys.is_empty() { Err(JwkError::Empty) } else { Ok(Self { keys }) }
    }

    /// From keys at hand.
    #[must_use]
    pub fn from_keys(keys: impl IntoIterator<Item = (KeyId, Arc<VerifyingKey>)>) -> Self {
        Self { keys: keys.into_iter().map(|(kid, key)| Known::new(Some(kid), key)).collect() }
    }

    /// The key of this name. A token without a name fits only a set of one.
    #[must_use]
    pub fn find(&self, kid: Option<&str>) -> Option<(Option<&KeyId>, &Arc<VerifyingKey>)> {
        let found = match kid {
            Some(kid) => self.keys.iter().find(|known| known.kid.as_ref().is_some_and(|own| own.as_str() == kid)),
            None if self.keys.len() == 1 => self.keys.first(),
            None => None,
        };
        // A lone key without a name takes any, as RFC 7515 section 4.1.4 leaves it.
        let lone = || self.keys.first().filter(|known| self.keys.len() == 1 && known.kid.is_none());
        found.or_else(lone).map(|known| (known.kid.as_ref(), &known.key))
    }

    /// The key whose access tokens begin with this header, letter for letter: its name, its algorithm and the type are all
    /// in it.
    pub(crate) fn find_by_header(&self, header: &str) -> Option<(&KeyId, &Arc<VerifyingKey>)> {
        let known = self.keys.iter().find(|known| known.header == header)?;
        known.kid.as_ref().map(|kid| (kid, &known.key))
    }

    /// Whether it has a key of this name.
    #[must_use]
    pub fn has(&self, kid: &KeyId) -> bool {
        self.keys.iter().any(|known| known.kid.as_ref() == Some(kid))
    }

    /// How many keys it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

fn read(key: &Map<String, Value>) -> Result<VerifyingKey, JwkError> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if text("kty") == Some("oct") || key.contains_key("k") {
        return Err(JwkError::Symmetric);
    }
    if ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| key.contains_key(*name)) {
        return Err(JwkError::Private);
    }
    let verifies = match key.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => false,
    };
    if !verifies || key.get("use").is_some_and(|usage| usage != "sig") {
        return Err(JwkError::Use);
    }
    let algorithm = match (text("kty"), text("crv")) {
        (Some("OKP"), Some("Ed25519")) => Algorithm::EdDsa,
        (Some("EC"), Some("P-256")) => Algorithm::Es256,
        (Some("RSA"), _) => Algorithm::Rs256,
        _ => return Err(JwkError::Unsupported),
    };
    // The key's own word on its algorithm must not be another.
    let named = match key.get("alg") {
        None => true,
        Some(Value::String(name)) => Algorithm::parse(name) == Ok(algorithm),
        Some(_) => false,
    };
    if !named {
        return Err(JwkError::Unsupported);
    }
    let bytes = |name: &str| BASE64URL_NOPAD.decode(text(name)?.as_bytes()).ok();
    let sized = |name: &str| bytes(name).filter(|bytes| bytes.len() == 32);
    if algorithm == Algorithm::Rs256
        && let Some(n) = bytes("n")
    {
        if roca::is_marked(&n) {
            return Err(JwkError::Weak);
        }
        if weak::is_factored(&n) {
            return Err(JwkError::Factored);
        }
    }
    if algorithm == Algorithm::EdDsa && sized("x").is_some_and(|x| weak::is_of_small_order_or_odd_spelling(&x)) {
        return Err(JwkError::SmallOrder);
    }
    let key = match algorithm {
        Algorithm::EdDsa => sized("x").and_then(|x| VerifyingKey::new(PublicKey::EdDsa(&x))),
        Algorithm::Es256 => sized("x").zip(sized("y")).and_then(|(x, y)| {
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            VerifyingKey::new(PublicKey::Es256(&point))
        }),
        Algorithm::Rs256 => bytes("n").zip(bytes("e")).and_then(|(n, e)| VerifyingKey::new(PublicKey::Rs256(&n, &e))),
    };
    key.ok_or(JwkError::Unsupported)
}
