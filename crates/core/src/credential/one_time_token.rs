//! The one-time token: the secret in a link that makes the first administrator, or sets the password of an account, once.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::SessionToken;
use crate::id::SubjectId;
use crate::random::{Random, RandomError};

/// What a one-time token is for, and whom it is about. There is one of each at a time: a new one takes the place of the one before.
///
/// One that is good only for the e-mail address it was sent to will have that address in its variant; stores have a column for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make the first administrator.
    FirstAdmin,
    /// To set the password of this subject: forgotten, or never set.
    Password(SubjectId),
}

impl Purpose {
    /// The longest that any of them can be used.
    pub const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);

    /// What stores call it, whom it is about, and how long such a token can be used.
    const fn terms(self) -> (&'static str, Option<SubjectId>, Duration) {
        match self {
            // Whoever makes the first administrator does it now.
            Self::FirstAdmin => ("first-admin", None, Duration::from_secs(3600)),
            // It is set by somebody who has yet to read their mail.
            Self::Password(id) => ("password", Some(id), Duration::from_secs(24 * 3600)),
        }
    }

    /// What stores call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.terms().0
    }

    /// Whom it is about. Such a token is void once all sign-ins of that subject were ended.
    #[must_use]
    pub const fn subject(self) -> Option<SubjectId> {
        self.terms().1
    }

    /// How long such a token can be used.
    #[must_use]
    pub const fn lifetime(self) -> Duration {
        self.terms().2
    }

    /// Reads what a store keeps. `None` for the purpose of a later release.
    #[must_use]
    pub fn stored(name: &str, subject: Option<SubjectId>) -> Option<Self> {
        let known = [Some(Self::FirstAdmin), subject.map(Self::Password)];
        known.into_iter().flatten().find(|purpose| purpose.name() == name && purpose.subject() == subject)
    }
}

/// The secret. 256 random bits; no `Debug` shows it.
pub struct OneTimeToken(SessionToken);

impl OneTimeToken {
    /// A new one.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        SessionToken::new(random).map(Self)
    }

    /// Reads it from a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        SessionToken::parse(text).map(Self)
    }

    /// Its text, for the one place that prints the link.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        self.0.reveal()
    }

    /// What a store keeps. Its own domain: a session's secret is never a one-time token, whatever a store mixes up.
    #[must_use]
    pub fn digest(&self) -> OneTimeTokenDigest {
        OneTimeTokenDigest(
            Sha256::new().chain_update(b"admit set-up link\0").chain_update(self.0.bytes()).finalize().into(),
        )
    }
}

/// What a store keeps of a [`OneTimeToken`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OneTimeTokenDigest([u8; 32]);

impl OneTimeTokenDigest {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for OneTimeTokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeTokenDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn a_purpose_is_read_as_it_is_stored_and_as_no_other() {
        let id = SubjectId::from_bytes([7; 16]);
        for purpose in [Purpose::FirstAdmin, Purpose::Password(id)] {
            assert_eq!(Purpose::stored(purpose.name(), purpose.subject()), Some(purpose));
            assert!(purpose.lifetime() <= Purpose::MAX_LIFETIME);
        }
        for (name, subject) in [("first-admin", Some(id)), ("password", None), ("invite", Some(id)), ("", None)] {
            assert_eq!(Purpose::stored(name, subject), None);
        }
    }

    #[test]
    fn a_link_and_a_session_of_the_same_bytes_have_different_digests() {
        let link = OneTimeToken::new(&OsRandom).unwrap();
        let session = SessionToken::parse(&link.reveal()).unwrap();
        assert_ne!(link.digest().as_bytes(), session.digest().as_bytes());
    }
}
