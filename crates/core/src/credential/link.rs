//! The one-time link: a secret that makes the first administrator, once.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::SessionToken;
use crate::random::{Random, RandomError};

/// How long a set-up link can be used.
pub const LINK_LIFETIME: Duration = Duration::from_secs(3600);

/// The secret in a one-time set-up link. 256 random bits; no `Debug` shows it.
pub struct LinkToken(SessionToken);

impl LinkToken {
    /// A new one.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        SessionToken::new(random).map(Self)
    }

    /// Reads the link's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        SessionToken::parse(text).map(Self)
    }

    /// The link's value, for the one place that prints the link.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        self.0.reveal()
    }

    /// What a store keeps. Its own domain: a session's secret is never a link, whatever a store mixes up.
    #[must_use]
    pub fn digest(&self) -> LinkDigest {
        LinkDigest(Sha256::new().chain_update(b"admit set-up link\0").chain_update(self.0.bytes()).finalize().into())
    }
}

/// What a store keeps of a [`LinkToken`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkDigest([u8; 32]);

impl LinkDigest {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for LinkDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn a_link_and_a_session_of_the_same_bytes_have_different_digests() {
        let link = LinkToken::new(&OsRandom).unwrap();
        let session = SessionToken::parse(&link.reveal()).unwrap();
        assert_ne!(link.digest().as_bytes(), session.digest().as_bytes());
    }
}
