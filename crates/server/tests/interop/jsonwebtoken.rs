//! The crate jsonwebtoken, with the key cache that its users write around it.

use std::time::{Duration, Instant};

use admit_testkit::Client;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::interop::verifier::Expected;

const KEPT: Duration = Duration::from_millis(500);

/// A verifier with the keys that it has fetched.
pub(crate) struct Jsonwebtoken {
    expected: Expected,
    keys: Option<(Instant, JwkSet)>,
}

impl Jsonwebtoken {
    pub(crate) fn new(expected: Expected) -> Self {
        Self { expected, keys: None }
    }

    fn keys(&mut self, known: impl Fn(&JwkSet) -> bool) -> &JwkSet {
        let fresh = |(at, keys): &(Instant, JwkSet)| at.elapsed() < KEPT && known(keys);
        if !self.keys.as_ref().is_some_and(fresh) {
            let answer = Client::new(self.expected.server).get("/.well-known/jwks.json");
            self.keys = Some((Instant::now(), serde_json::from_slice(&answer.body).unwrap()));
        }
        &self.keys.as_ref().unwrap().1
    }

    pub(crate) fn check(&mut self, token: &str) -> Result<Value, String> {
        let said = |error: jsonwebtoken::errors::Error| error.to_string();
        let header = decode_header(token).map_err(said)?;
        // The library leaves the type to its user.
        if header.typ.as_deref() != Some(self.expected.typ.as_str()) {
            return Err("the typ is another".to_owned());
        }
        let mut validation = Validation::new(self.expected.algorithm.parse().map_err(said)?);
        validation.set_audience(&[&self.expected.audience]);
        validation.set_issuer(&[&self.expected.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        let kid = header.kid.ok_or("no kid")?;
        let keys = self.keys(|keys| keys.find(&kid).is_some());
        let key = keys.find(&kid).ok_or("no such key")?;
        let key = DecodingKey::from_jwk(key).map_err(said)?;
        Ok(decode::<Value>(token, &key, &validation).map_err(said)?.claims)
    }
}
