//! A key of the auditor's own, of the kind that the site signs with.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as Rsa, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RsaEncoding};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

use crate::jwt;

/// One for all checks and audits of this process: to make one takes longer than most checks, and nobody trusts it.
static RSA: LazyLock<Option<Rsa>> = LazyLock::new(|| Rsa::generate(KeySize::Rsa2048).ok());

enum Pair {
    Rsa(&'static Rsa, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair, &'static str),
    Ed(Ed25519KeyPair),
    Mac(Vec<u8>),
}

/// A key, and the algorithm for which it was made.
pub(super) struct OwnKey {
    pair: Pair,
    alg: &'static str,
}

impl OwnKey {
    /// A key for the algorithm that a token of the site names; `None`: it is none that is known here.
    pub(super) fn like(alg: &str) -> Option<Self> {
        let rsa = |encoding| Some(Pair::Rsa(RSA.as_ref()?, encoding));
        let ec = |algorithm: &'static EcdsaSigningAlgorithm, curve| {
            Some(Pair::Ec(EcdsaKeyPair::generate(algorithm).ok()?, curve))
        };
        let (alg, pair) = match alg {
            "RS256" => ("RS256", rsa(&signature::RSA_PKCS1_SHA256)?),
            "RS384" => ("RS384", rsa(&signature::RSA_PKCS1_SHA384)?),
            "RS512" => ("RS512", rsa(&signature::RSA_PKCS1_SHA512)?),
            "PS256" => ("PS256", rsa(&signature::RSA_PSS_SHA256)?),
            "PS384" => ("PS384", rsa(&signature::RSA_PSS_SHA384)?),
            "PS512" => ("PS512", rsa(&signature::RSA_PSS_SHA512)?),
            "ES256" => ("ES256", ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, "P-256")?),
            "ES384" => ("ES384", ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, "P-384")?),
            "ES512" => ("ES512", ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING, "P-521")?),
            "EdDSA" => ("EdDSA", Pair::Ed(Ed25519KeyPair::generate().ok()?)),
            "Ed25519" => ("Ed25519", Pair::Ed(Ed25519KeyPair::generate().ok()?)),
            "HS256" => ("HS256", Pair::Mac(b"a key that this auditor chose by itself".to_vec())),
            _ => return None,
        };
        Some(Self { pair, alg })
    }

    /// The public half as a JWK (RFC 7517); of a shared secret, the secret.
    pub(super) fn jwk(&self, kid: Option<&str>) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let mut key = match &self.pair {
            Pair::Rsa(pair, _) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
                json!({ "kty": "RSA", "n": text(n), "e": text(e) })
            }
            Pair::Ec(pair, curve) => {
                let point = pair.public_key().as_ref();
                // 4, then the two coordinates.
                let (x, y) = point.split_at_checked(point.len() / 2 + 1).unwrap_or_default();
                json!({ "kty": "EC", "crv": curve, "x": text(x.get(1..).unwrap_or_default()), "y": text(y) })
            }
            Pair::Ed(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) }),
            Pair::Mac(secret) => json!({ "kty": "oct", "k": text(secret) }),
        };
        if let Some(members) = key.as_object_mut() {
            members.insert("alg".to_owned(), self.alg.into());
            members.insert("use".to_owned(), "sig".into());
            members.extend(kid.map(|kid| ("kid".to_owned(), kid.into())));
        }
        key
    }

    /// A token that is signed rightly with this key.
    pub(super) fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> Option<String> {
        let signed = jwt::unsigned(header, claims);
        let message = signed.as_bytes();
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).ok()?;
                signature
            }
            Pair::Ec(pair, _) => pair.sign(&random, message).ok()?.as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Mac(secret) => return Some(jwt::hs256(header, claims, secret)),
        };
        Some(jwt::with_signature(&signed, &signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_key_has_the_members_of_its_kind_and_signs() {
        let claims = Map::new();
        for (alg, members, length) in [
            ("RS256", vec!["e", "n"], 256),
            ("PS384", vec!["e", "n"], 256),
            ("ES256", vec!["crv", "x", "y"], 64),
            ("ES512", vec!["crv", "x", "y"], 132),
            ("EdDSA", vec!["crv", "x"], 64),
            ("HS256", vec!["k"], 32),
        ] {
            let key = OwnKey::like(alg).unwrap();
            let jwk = key.jwk(Some("one"));
            for member in members {
                assert!(jwk[member].as_str().is_some_and(|text| !text.is_empty()), "{alg}: {jwk}");
            }
            let token = key.sign(&Map::new(), &claims).unwrap();
            let signature = jwt::Jwt::read(&token).unwrap().signature;
            assert_eq!(BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap().len(), length, "{alg}");
        }
        assert!(OwnKey::like("none").is_none());
    }
}
