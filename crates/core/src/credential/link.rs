//! The one-time link: a secret that makes the first administrator, or sets the password of an account, once.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::SessionToken;
use crate::id::SubjectId;
use crate::random::{Random, RandomError};

/// How long a link can be used at the most.
pub const LINK_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// What a one-time link is for. There is one of each at a time: a new one takes the place of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// To make the first administrator.
    FirstAdmin,
    /// To set the password of this subject: forgotten, or never set.
    Password(SubjectId),
}

impl LinkPurpose {
    /// How long such a link can be used. Whoever makes the first administrator does it now; a password is set by somebody who
    /// has yet to read their mail.
    #[must_use]
    pub const fn lifetime(self) -> Duration {
        match self {
            Self::FirstAdmin => Duration::from_secs(3600),
            Self::Password(_) => LINK_LIFETIME,
        }
    }
}

/// The secret in a one-time link. 256 random bits; no `Debug` shows it.
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
