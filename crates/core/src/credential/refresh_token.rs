//! The refresh token: 256 random bits that are good for one use.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::SessionToken;
use crate::random::{Random, RandomError};

/// What its text begins with, so that people and scanners of leaked secrets know it when they see it.
const PREFIX: &str = "admit_rt_";

/// A refresh token. Opaque: nothing can be read from it, and no `Debug` shows it.
pub struct RefreshToken(SessionToken);

impl RefreshToken {
    /// A new one.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        SessionToken::new(random).map(Self)
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        SessionToken::parse(text.strip_prefix(PREFIX)?).map(Self)
    }

    /// The text form, for the one answer that carries it.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", self.0.reveal().as_str()))
    }

    /// What a store keeps. A domain of its own: no session's or link's secret is ever a refresh token.
    #[must_use]
    pub fn digest(&self) -> RefreshDigest {
        RefreshDigest(
            Sha256::new().chain_update(b"admit refresh token\0").chain_update(self.0.bytes()).finalize().into(),
        )
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

/// What a store keeps of a [`RefreshToken`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefreshDigest([u8; 32]);

impl RefreshDigest {
    /// From a store's 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RefreshDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn a_refresh_token_is_read_back_from_its_text_and_is_no_session() {
        let token = RefreshToken::new(&OsRandom).unwrap();
        let text = token.reveal();
        assert!(RefreshToken::parse(&text).unwrap().digest() == token.digest());
        let bare = text.strip_prefix(PREFIX).unwrap();
        assert!(RefreshToken::parse(bare).is_none() && SessionToken::parse(&text).is_none());
        assert_ne!(SessionToken::parse(bare).unwrap().digest().as_bytes(), token.digest().as_bytes());
        assert_eq!(format!("{token:?}{:?}", token.digest()), "RefreshToken(…)RefreshDigest(…)");
    }
}
