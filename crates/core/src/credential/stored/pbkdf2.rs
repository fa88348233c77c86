//! PBKDF2 (RFC 8018) over HMAC with SHA-1, SHA-256 or SHA-512: PHC strings, passlib's own form, and Django's.
//!
//! It is computed by the library that signs tokens too. SHA-1 is no weakness inside of HMAC; the number of rounds is what
//! protects, and it is bounded at both ends.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;

use super::{MIN_SALT, Match, Unusable, base64, number};

const SCHEME: &str = "PBKDF2";

/// The most rounds: some two seconds. Django 6 asks for 1.2 million, OWASP for 0.6.
const MAX_ROUNDS: u32 = 5_000_000;

/// The fewest rounds, RFC 2898 section 4.2.
const MIN_ROUNDS: u32 = 1_000;

pub(super) struct Stored {
    algorithm: pbkdf2::Algorithm,
    rounds: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// By the name of the hash: the algorithm, and the bytes of one block. A second block would double the work for nothing.
fn algorithm(name: &str) -> Option<(pbkdf2::Algorithm, usize)> {
    match name {
        "sha1" => Some((pbkdf2::PBKDF2_HMAC_SHA1, 20)),
        "sha256" => Some((pbkdf2::PBKDF2_HMAC_SHA256, 32)),
        "sha512" => Some((pbkdf2::PBKDF2_HMAC_SHA512, 64)),
        _ => None,
    }
}

impl Stored {
    /// What follows `$pbkdf2`: `-sha256$i=600000,l=32$salt$hash` as PHC strings have it, `-sha256$29000$salt$hash` as passlib
    /// has it, with `.` for `+`. passlib's `$pbkdf2$` without a name is SHA-1.
    pub(super) fn parse_phc(fields: &str) -> Result<Self, Unusable> {
        let read = || {
            let mut fields = fields.split('$');
            let name = fields.next()?;
            let name = if name.is_empty() { "sha1" } else { name.strip_prefix('-')? };
            let (params, salt, hash) = (fields.next()?, fields.next()?, fields.next()?);
            fields.next().is_none().then_some(())?;
            let (rounds, length) = match params.strip_prefix("i=") {
                None => (number(params)?, None),
                Some(params) => match params.split_once(",l=") {
                    None => (number(params)?, None),
                    Some((rounds, length)) => (number(rounds)?, Some(number(length)?)),
                },
            };
            let (salt, hash) = (base64(&salt.replace('.', "+"))?, base64(&hash.replace('.', "+"))?);
            length.is_none_or(|length| length as usize == hash.len()).then_some(())?;
            Some((name, rounds, salt, hash))
        };
        let (name, rounds, salt, hash) = read().ok_or(Unusable::Malformed(SCHEME))?;
        Self::new(name, rounds, salt, hash)
    }

    /// What follows `pbkdf2_`: `sha256$1000000$salt$hash`. The salt is text.
    pub(super) fn parse_django(fields: &str) -> Result<Self, Unusable> {
        let read = || {
            let mut fields = fields.split('$');
            let (name, rounds) = (fields.next()?, number(fields.next()?)?);
            let (salt, hash) = (fields.next()?.as_bytes().to_vec(), base64(fields.next()?)?);
            fields.next().is_none().then_some((name, rounds, salt, hash))
        };
        let (name, rounds, salt, hash) = read().ok_or(Unusable::Malformed(SCHEME))?;
        Self::new(name, rounds, salt, hash)
    }

    fn new(name: &str, rounds: u32, salt: Vec<u8>, hash: Vec<u8>) -> Result<Self, Unusable> {
        let malformed = Unusable::Malformed(SCHEME);
        let Some((algorithm, block)) = algorithm(name) else { return Err(malformed) };
        if salt.len() < MIN_SALT || !(16..=block).contains(&hash.len()) {
            return Err(malformed);
        }
        let words = |rounds: u32| format!("{rounds} rounds");
        if rounds > MAX_ROUNDS {
            return Err(Unusable::Costly { scheme: SCHEME, asked: words(rounds), most: words(MAX_ROUNDS) });
        }
        if rounds < MIN_ROUNDS {
            return Err(Unusable::Cheap { scheme: SCHEME, asked: words(rounds), least: words(MIN_ROUNDS) });
        }
        let rounds = NonZeroU32::new(rounds).ok_or(malformed)?;
        Ok(Self { algorithm, rounds, salt, hash })
    }

    pub(super) fn verify(&self, typed: &[u8]) -> Match {
        Match::of(pbkdf2::verify(self.algorithm, self.rounds, &self.salt, typed, &self.hash).is_ok())
    }
}
