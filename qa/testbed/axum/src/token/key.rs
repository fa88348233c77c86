//! The site's keys: RSA for access tokens, and what it publishes of that.

use std::io;
use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};

use super::jws::decode;
use crate::flaw::Flaw;
use crate::random;

/// The modulus of a key of 1024 bits, whose private half nobody kept.
const WEAK: &str = "v5Bqt7KcwzhRfHQlmJcxEdXjRLYblsQzkdG6k6QZT4woEutm7aPh3cBxGQzOflOHShlqUtfR_MJp3GTyIjVGKnd_CxrWFPPuemsb9V\
                    AMIBkNu1Y1qQZ9v2Hm08GFav0gTnprXC3niFvezJ3PkXRBtgm8LEBUcjLKP2rM0bQQ8lU";

/// One for all sites of this process: to make one takes longer than to audit a site.
static PAIR: LazyLock<Option<RsaKeyPair>> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).ok());

#[derive(Debug)]
pub(crate) struct Keys {
    pair: &'static RsaKeyPair,
    pub(super) kid: String,
    numbers: Numbers,
    /// For the cookie that is a JWT.
    pub(crate) cookie: hmac::Key,
}

/// The numbers of an RSA key, big-endian, without zeros in front.
#[derive(Debug)]
struct Numbers {
    n: Vec<u8>,
    e: Vec<u8>,
    d: Vec<u8>,
}

impl Keys {
    pub(crate) fn generate() -> io::Result<Self> {
        let pair = PAIR.as_ref().ok_or_else(|| io::Error::other("no RSA key can be made"))?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map_err(io::Error::other)?;
        let numbers = numbers(der.as_ref()).ok_or_else(|| io::Error::other("the key is not PKCS #8 of RSA"))?;
        Ok(Self {
            pair,
            kid: BASE64URL_NOPAD.encode(&random::bytes::<12>()),
            numbers,
            cookie: hmac::Key::new(hmac::HMAC_SHA256, &random::bytes::<32>()),
        })
    }

    /// RS256.
    pub(super) fn sign(&self, input: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        match self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature) {
            Ok(()) => signature,
            // A token without a signature is accepted nowhere.
            Err(_) => Vec::new(),
        }
    }

    /// RS256.
    pub(super) fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        let components = PublicKeyComponents { n: &self.numbers.n, e: &self.numbers.e };
        components.verify(&RSA_PKCS1_2048_8192_SHA256, input, signature).is_ok()
    }

    /// The public key as text: `BEGIN PUBLIC KEY`, lines of 64.
    pub(super) fn pem(&self) -> Option<String> {
        let der = AsDer::<PublicKeyX509Der<'_>>::as_der(self.pair.public_key()).ok()?;
        let text = BASE64.encode(der.as_ref());
        let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        Some(format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
    }

    /// The key set as it is published.
    pub(crate) fn set(&self, flaw: Option<Flaw>) -> Value {
        let encoded = |number: &[u8]| BASE64URL_NOPAD.encode(number);
        let mut own = jwk(&self.kid, &encoded(&self.numbers.n), &encoded(&self.numbers.e));
        if flaw == Some(Flaw::JwksPrivate)
            && let Some(members) = own.as_object_mut()
        {
            members.insert("d".to_owned(), encoded(&self.numbers.d).into());
        }
        match flaw {
            Some(Flaw::JwksWeak) => json!({ "keys": [own, jwk("former", WEAK, "AQAB")] }),
            _ => json!({ "keys": [own] }),
        }
    }
}

fn jwk(kid: &str, n: &str, e: &str) -> Value {
    json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": n, "e": e })
}

/// RS256 by a key in the form of a JWK, whoever it is from.
pub(super) fn verify_by(jwk: &Value, input: &[u8], signature: &[u8]) -> bool {
    let number = |name| decode(jwk.get(name)?.as_str()?);
    let (Some(n), Some(e)) = (number("n"), number("e")) else { return false };
    PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, input, signature).is_ok()
}

/// Out of PKCS #8: a version, an algorithm, and a string with the PKCS #1 form, which is a version, `n`, `e`, `d`, and
/// what follows from these.
fn numbers(pkcs8: &[u8]) -> Option<Numbers> {
    let (outer, _) = value(pkcs8)?;
    let (_version, rest) = value(outer)?;
    let (_algorithm, rest) = value(rest)?;
    let (string, _) = value(rest)?;
    let (key, _) = value(string)?;
    let (_version, rest) = value(key)?;
    let (n, rest) = value(rest)?;
    let (e, rest) = value(rest)?;
    let (d, _) = value(rest)?;
    let bare = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
    Some(Numbers { n: bare(n), e: bare(e), d: bare(d) })
}

/// The contents of the first value in DER, of whatever type, and what comes behind it.
fn value(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *first < 0x80 {
        return rest.split_at_checked(usize::from(*first));
    }
    let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
    let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}
