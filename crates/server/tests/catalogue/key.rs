//! A signing key whose private half the attacks have, so that they can sign whatever they like.

use admit_core::jws::{Algorithm, KeyId, SigningKey};
use admit_core::random::OsRandom;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use num_bigint::BigUint;

use super::bytes::{encode, wide};

enum Pair {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A key and its name.
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    /// The private half, as it is kept.
    pub(crate) pkcs8: Vec<u8>,
    /// The public half as it is published.
    pub(crate) jwk: String,
    pair: Pair,
}

impl Key {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let (key, pkcs8) = SigningKey::generate(KeyId::new(&OsRandom).unwrap(), algorithm).unwrap();
        let pair = match algorithm {
            Algorithm::EdDsa => Pair::Ed(Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap()),
            Algorithm::Es256 => Pair::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap()),
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::from_pkcs8(&pkcs8).unwrap()),
        };
        let jwk = serde_json::to_string(&key.jwk().unwrap()).unwrap();
        Self { kid: key.kid().to_string(), algorithm, pkcs8: pkcs8.to_vec(), jwk, pair }
    }

    /// The header of an access token of this key.
    pub(crate) fn header(&self) -> String {
        self.header_as(self.algorithm.as_str())
    }

    /// The same with another algorithm.
    pub(crate) fn header_as(&self, algorithm: &str) -> String {
        format!(r#"{{"alg":"{algorithm}","kid":"{}","typ":"at+jwt"}}"#, self.kid)
    }

    /// The signature of these bytes.
    pub(crate) fn sign(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let bytes = bytes.as_ref();
        match &self.pair {
            Pair::Ed(pair) => pair.sign(bytes).as_ref().to_vec(),
            Pair::Ec(pair) => pair.sign(&SystemRandom::new(), bytes).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => rsa(pair, &RSA_PKCS1_SHA256, bytes),
        }
    }

    /// The signature of PS256, by a key that is for RS256.
    pub(crate) fn sign_pss(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let Pair::Rsa(pair) = &self.pair else { panic!("not a key of RSA") };
        rsa(pair, &RSA_PSS_SHA256, bytes.as_ref())
    }

    /// A compact form of exactly these two parts, whatever they are.
    pub(crate) fn close(&self, signed: &str) -> String {
        format!("{signed}.{}", encode(self.sign(signed)))
    }

    /// A token of this header and these claims.
    pub(crate) fn token(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.close(&format!("{}.{}", encode(header), encode(payload)))
    }

    /// The public half as SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> Vec<u8> {
        fn of(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Vec<u8> {
            key.as_der().unwrap().as_ref().to_vec()
        }
        match &self.pair {
            Pair::Ed(pair) => of(pair.public_key()),
            Pair::Ec(pair) => of(pair.public_key()),
            Pair::Rsa(pair) => of(pair.public_key()),
        }
    }

    /// The public half: 32 bytes, an uncompressed point, or PKCS#1.
    pub(crate) fn public(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ed(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// A member of the published form.
    pub(crate) fn member(&self, name: &str) -> String {
        let jwk: serde_json::Value = serde_json::from_str(&self.jwk).unwrap();
        jwk[name].as_str().unwrap().to_owned()
    }

    pub(crate) fn ed25519(&self) -> &Ed25519KeyPair {
        match &self.pair {
            Pair::Ed(pair) => pair,
            Pair::Ec(_) | Pair::Rsa(_) => panic!("not a key of Ed25519"),
        }
    }
}

fn rsa(pair: &RsaKeyPair, padding: &'static dyn aws_lc_rs::signature::RsaEncoding, bytes: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(padding, &SystemRandom::new(), bytes, &mut signature).unwrap();
    signature
}

/// HMAC of SHA-256, 384 or 512.
pub(crate) fn mac(bits: u16, secret: &[u8], bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let algorithm = match bits {
        256 => hmac::HMAC_SHA256,
        384 => hmac::HMAC_SHA384,
        512 => hmac::HMAC_SHA512,
        other => panic!("no HMAC of {other} bits"),
    };
    hmac::sign(&hmac::Key::new(algorithm, secret), bytes.as_ref()).as_ref().to_vec()
}

/// What RSA raises to its private exponent: the digest of SHA-256 in the padding of PKCS #1 v1.5 (RFC 8017 section 9.2).
/// With a public exponent of 1 it is the signature itself.
pub(crate) fn padded(bytes: impl AsRef<[u8]>, width: usize) -> Vec<u8> {
    let named = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let digest = digest(&SHA256, bytes.as_ref());
    let filler = vec![0xff; width - 3 - named.len() - 32];
    [&[0, 1], filler.as_slice(), &[0], &named, digest.as_ref()].concat()
}

/// An RSA key of 1,024 bits, of the two largest primes below 2^512.
pub(crate) struct ShortRsa;

impl ShortRsa {
    fn primes() -> [BigUint; 2] {
        let top = BigUint::from(1_u8) << 512;
        [&top - 569_u32, &top - 629_u32]
    }

    pub(crate) fn modulus() -> Vec<u8> {
        let [p, q] = Self::primes();
        wide(&(p * q), 128)
    }

    pub(crate) fn sign(bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let [p, q] = Self::primes();
        let one = BigUint::from(1_u8);
        let private = BigUint::from(65_537_u32).modinv(&((&p - &one) * (&q - &one))).unwrap();
        let message = BigUint::from_bytes_be(&padded(bytes, 128));
        wide(&message.modpow(&private, &(p * q)), 128)
    }

    pub(crate) fn jwk(kid: &str) -> String {
        rsa_jwk(kid, &Self::modulus(), "AQAB")
    }
}

/// A public key of RSA, whatever its numbers are.
pub(crate) fn rsa_jwk(kid: &str, modulus: &[u8], exponent: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{}","e":"{exponent}","alg":"RS256","use":"sig","kid":"{kid}"}}"#, encode(modulus))
}
