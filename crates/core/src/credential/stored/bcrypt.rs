//! bcrypt, `$2a$`, `$2b$` and `$2y$`: one and the same for every password that people type.
//!
//! bcrypt reads a password as C does: it stops at a NUL, and looks at no more than 72 bytes. A password is compared likewise,
//! or nobody with a longer one could come over. What was typed beyond that is not proved by this hash, so it is not hashed
//! anew from such a login ([`Match::InPart`]): a slip of the finger at the 73rd letter would become the password. Nor is it from
//! 72 bytes exactly, which may be the beginning of a longer one: its owner would be locked out. `$2x$`, the
//! mark of a broken version of 2011, and `$2$`, older than 1999, are not read.

use std::str::FromStr;

use bcrypt::HashParts;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Match, Unusable};
use crate::credential::cost::HashError;

const SCHEME: &str = "bcrypt";

/// The highest cost, a power of two: a second or two. Common are 10 to 12.
const MAX_COST: u32 = 14;

/// What bcrypt looks at.
const SEEN: usize = 72;

/// What is done to a password before bcrypt has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    /// Django's `bcrypt_sha256`: SHA-256 in hexadecimal, so that nothing is cut off.
    Sha256Hex,
}

pub(super) struct Stored {
    text: String,
    before: Before,
}

impl Stored {
    pub(super) fn parse(text: &str, before: Before) -> Result<Self, Unusable> {
        let malformed = || Unusable::Malformed(SCHEME);
        if !["$2a$", "$2b$", "$2y$"].iter().any(|version| text.starts_with(version)) {
            return Err(malformed());
        }
        let parts = HashParts::from_str(text).map_err(|_| malformed())?;
        let cost = parts.get_cost();
        if cost > MAX_COST {
            let (asked, most) = (format!("cost {cost}"), format!("cost {MAX_COST}"));
            return Err(Unusable::Costly { scheme: SCHEME, asked, most });
        }
        // bcrypt knows no lower cost; a sign before the number is nothing that anybody writes.
        if cost < 4 || !text.bytes().skip(4).take(2).all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        Ok(Self { text: text.to_owned(), before })
    }

    pub(super) fn verify(&self, typed: &[u8]) -> Result<Match, HashError> {
        if self.before == Before::Sha256Hex {
            let hex = Zeroizing::new(data_encoding::HEXLOWER.encode(&Sha256::digest(typed)));
            return compare(hex.as_bytes(), &self.text).map(Match::of);
        }
        let seen = typed.split(|byte| *byte == 0).next().unwrap_or_default();
        let seen = seen.get(..SEEN).unwrap_or(seen);
        // The empty password is nobody's here, however it is typed.
        if seen.is_empty() {
            return Ok(Match::No);
        }
        Ok(match compare(seen, &self.text)? {
            false => Match::No,
            true if seen.len() < typed.len() || seen.len() >= SEEN => Match::InPart,
            true => Match::Yes,
        })
    }
}

fn compare(seen: &[u8], text: &str) -> Result<bool, HashError> {
    bcrypt::verify(seen, text).map_err(|_| HashError::Cost)
}
