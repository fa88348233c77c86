//! A private key, and the making of signatures.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::header::access_header;
use super::verifying::PublicKey;
use super::{Algorithm, KeyId, PublicJwk, VerifyingKey};

/// A key could not be made or read, or did not sign.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the signing key {0}")]
pub struct SignError(&'static str);

enum Pair {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

/// A private key with its name and its one algorithm. No `Debug` shows it.
pub struct SigningKey {
    kid: KeyId,
    algorithm: Algorithm,
    pair: Pair,
    /// `{"alg":…,"kid":…,"typ":"at+jwt"}` in base64url, which every access token of this key begins with.
    access_header: String,
}

impl SigningKey {
    /// Makes a key, and its PKCS#8 form to be kept.
    ///
    /// The library draws the randomness itself: it offers no other way that also checks the key as FIPS 186-5 asks.
    ///
    /// # Errors
    /// When the library cannot.
    pub fn generate(kid: KeyId, algorithm: Algorithm) -> Result<(Self, Zeroizing<Vec<u8>>), SignError> {
        let failed = |_| SignError("could not be made");
        let random = SystemRandom::new();
        let pkcs8 = match algorithm {
            Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random).map_err(failed)?.as_ref().to_vec(),
            Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                .map_err(failed)?
                .as_ref()
                .to_vec(),
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).map_err(failed)?.as_ref().to_vec()
            }
        };
        let pkcs8 = Zeroizing::new(pkcs8);
        Ok((Self::from_pkcs8(kid, algorithm, &pkcs8)?, pkcs8))
    }

    /// From its PKCS#8 form.
    ///
    /// # Errors
    /// When it is not a key of this algorithm.
    pub fn from_pkcs8(kid: KeyId, algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, SignError> {
        let failed = |_| SignError("is not a PKCS#8 key of its algorithm");
        let pair = match algorithm {
            Algorithm::EdDsa => Pair::EdDsa(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(failed)?),
            Algorithm::Es256 => {
                Pair::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(failed)?)
            }
            Algorithm::Rs256 => Pair::Rs256(RsaKeyPair::from_pkcs8(pkcs8).map_err(failed)?),
        };
        let access_header = access_header(&kid, algorithm);
        Ok(Self { kid, algorithm, pair, access_header })
    }

    /// Its name.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// Its algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its public part, as bytes.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        match &self.pair {
            Pair::EdDsa(pair) => pair.public_key().as_ref(),
            Pair::Es256(pair) => pair.public_key().as_ref(),
            Pair::Rs256(pair) => pair.public_key().as_ref(),
        }
    }

    /// Its public part, to verify with.
    #[must_use]
    pub fn verifying(&self) -> Option<Arc<VerifyingKey>> {
        VerifyingKey::new(self.numbers()).map(Arc::new)
    }

    /// Its public part, to publish.
    #[must_use]
    pub fn jwk(&self) -> Option<PublicJwk> {
        PublicJwk::new(self.kid.clone(), self.algorithm, self.numbers())
    }

    fn numbers(&self) -> PublicKey<'_> {
        match &self.pair {
            Pair::EdDsa(pair) => PublicKey::EdDsa(pair.public_key().as_ref()),
            Pair::Es256(pair) => PublicKey::Es256(pair.public_key().as_ref()),
            Pair::Rs256(pair) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                PublicKey::Rs256(n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero())
            }
        }
    }

    /// Signs an access token's claims: a JWS in compact form with the type `at+jwt` (RFC 9068 section 2.1).
    ///
    /// # Errors
    /// When the library does not sign.
    pub fn sign_access(&self, claims: &[u8]) -> Result<String, SignError> {
        self.compact(&self.access_header, claims)
    }

    /// Signs a payload under any header; both JSON.
    ///
    /// # Errors
    /// When the library does not sign.
    pub fn sign(&self, header: &[u8], payload: &[u8]) -> Result<String, SignError> {
        self.compact(&BASE64URL_NOPAD.encode(header), payload)
    }

    fn compact(&self, header: &str, payload: &[u8]) -> Result<String, SignError> {
        let mut text = String::with_capacity(header.len() + payload.len() * 4 / 3 + 352);
        text.push_str(header);
        text.push('.');
        BASE64URL_NOPAD.encode_append(payload, &mut text);
        let failed = |_| SignError("did not sign");
        let random = SystemRandom::new();
        let signature: Vec<u8> = match &self.pair {
            Pair::EdDsa(pair) => pair.try_sign(text.as_bytes()).map_err(failed)?.as_ref().to_vec(),
            Pair::Es256(pair) => pair.sign(&random, text.as_bytes()).map_err(failed)?.as_ref().to_vec(),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).map_err(failed)?;
                signature
            }
        };
        text.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut text);
        Ok(text)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {})", self.kid, self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Compact, JwsError, KeySet};
    use crate::random::OsRandom;

    #[test]
    fn what_a_key_of_each_algorithm_signs_its_published_half_verifies_and_no_other() {
        for algorithm in Algorithm::ALL {
            let (key, pkcs8) = SigningKey::generate(KeyId::new(&OsRandom).unwrap(), algorithm).unwrap();
            let again = SigningKey::from_pkcs8(key.kid().clone(), algorithm, &pkcs8).unwrap();
            let token = again.sign_access(br#"{"a":1}"#).unwrap();
            let set = KeySet::parse(&serde_json::to_string(&key.jwk().unwrap()).unwrap()).unwrap();
            let compact = Compact::split(&token).unwrap();
            let (mut one, mut two) = ([0; 1024], [0; 1024]);
            let header = compact.header(&mut one).unwrap();
            assert_eq!((&*header.alg, header.typ.as_deref()), (algorithm.as_str(), Some("at+jwt")));
            let (_, verifying) = set.find(header.kid.as_deref()).unwrap();
            assert_eq!(compact.verify(&header, verifying, &mut two).unwrap(), r#"{"a":1}"#);
            let (other, _) = SigningKey::generate(KeyId::new(&OsRandom).unwrap(), algorithm).unwrap();
            let stranger = other.verifying().unwrap();
            assert_eq!(compact.verify(&header, &stranger, &mut two), Err(JwsError::Signature));
            assert!(!format!("{key:?}").contains(&BASE64URL_NOPAD.encode(&pkcs8)));
        }
    }
}
