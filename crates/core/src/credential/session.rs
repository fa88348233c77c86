//! The session credential: 256 random bits in a cookie, kept by stores as a digest alone.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::id::{Shard, SubjectId};
use crate::random::{Random, RandomError};
use crate::secret::{ServerSecret, hmac};

/// The secret half of a session: whoever holds it is signed in.
///
/// 256 bits from the caller's generator, well over the 128 of OWASP ASVS 5.0 (7.2.3). It has no `Debug` that shows it,
/// no `Display`, no `Serialize` and no `==`.
#[derive(Clone)]
pub struct SessionToken(Zeroizing<[u8; 32]>);

impl SessionToken {
    /// A new token.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// A new token for a session of `subject`: one whose digest is in the subject's [`Shard`], so that a store that is spread
    /// over several servers can have both in one place, and a session checked in one step.
    ///
    /// Tokens are drawn until one fits, 256 times on average, some tens of microseconds. What fits is as unpredictable
    /// as any other: 248 of its 256 bits.
    ///
    /// # Errors
    /// When `random` cannot answer, or gives nothing that fits in 65,536 draws.
    pub fn new_for(subject: SubjectId, random: &dyn Random) -> Result<Self, RandomError> {
        // Many at a time: a question to the operating system takes longer than a hash.
        let mut drawn = Zeroizing::new([0; 64 * 32]);
        for _ in 0..1024 {
            random.fill(drawn.as_mut_slice())?;
            for bytes in drawn.as_chunks::<32>().0 {
                if SessionDigest(Sha256::digest(bytes).into()).shard() == subject.shard() {
                    return Ok(Self(Zeroizing::new(*bytes)));
                }
            }
        }
        Err(RandomError("it gave nothing that fits in 65,536 draws".to_owned()))
    }

    /// Reads the cookie's value: 43 characters of base64url without padding, in the one spelling that each value has.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        let mut bytes = Zeroizing::new([0; 32]);
        BASE64URL_NOPAD.decode_mut(text.as_bytes(), bytes.as_mut_slice()).ok()?;
        Some(Self(bytes))
    }

    /// The cookie's value, for the one place that writes the cookie.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice()))
    }

    /// What a store keeps in place of the token.
    #[must_use]
    pub fn digest(&self) -> SessionDigest {
        SessionDigest(Sha256::digest(self.0.as_slice()).into())
    }

    /// The bytes, for keys derived from the session (CSRF).
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Makes the token that takes the place of another in the same session.
///
/// HMAC-SHA-256 of the old token under a key of this server: of any number of requests that come with the old one, at
/// whichever node, each learns the same new one. Whoever does not have the old token, or the key, cannot make it.
#[derive(Clone)]
pub struct SuccessorKey(Hmac<Sha256>);

impl SuccessorKey {
    /// From the server's secret.
    #[must_use]
    pub fn new(secret: &ServerSecret) -> Self {
        Self(hmac(&secret.derive("successors of session secrets")))
    }

    /// The one token that takes the place of `old`, with its digest in `subject`'s [`Shard`] as [`SessionToken::new_for`]
    /// has it.
    ///
    /// # Errors
    /// When nothing fits in 65,536 draws, which never happens.
    pub fn successor(&self, old: &SessionToken, subject: SubjectId) -> Result<SessionToken, RandomError> {
        for draw in 0..65_536_u32 {
            let mut mac = self.0.clone();
            mac.update(old.bytes());
            mac.update(&draw.to_be_bytes());
            let token = SessionToken(Zeroizing::new(mac.finalize().into_bytes().into()));
            if token.digest().shard() == subject.shard() {
                return Ok(token);
            }
        }
        Err(RandomError("no successor fits in 65,536 draws".to_owned()))
    }
}

impl fmt::Debug for SuccessorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuccessorKey(…)")
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// SHA-256 of a [`SessionToken`]: finds the session, and lets no reader of a store act as its user.
///
/// Compared by ordinary equality on purpose: to make two digests share a prefix an attacker would have to invert
/// SHA-256, so the time of a lookup tells nothing about any token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionDigest([u8; 32]);

impl SessionDigest {
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

    /// The shard that it is in: its first byte.
    #[must_use]
    pub const fn shard(&self) -> Shard {
        let [first, ..] = self.0;
        Shard(first)
    }
}

impl fmt::Debug for SessionDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn a_token_survives_its_cookie_and_shows_itself_nowhere_else() {
        let token = SessionToken::new(&OsRandom).unwrap();
        let text = token.reveal();
        assert_eq!(text.len(), 43);
        assert_eq!(SessionToken::parse(&text).unwrap().digest(), token.digest());
        assert!(!format!("{token:?}{:?}", token.digest()).contains(text.as_str()));
    }

    /// Gives 1, 2, 3, … 32, and that again: a token that leaves out some of it shows.
    struct Counting;

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
            bytes.iter_mut().zip((1..=32).cycle()).for_each(|(byte, number)| *byte = number);
            Ok(())
        }
    }

    #[test]
    fn a_token_is_all_that_the_random_source_gave_and_a_store_keeps_its_sha_256_alone() {
        let token = SessionToken::new(&Counting).unwrap();
        let given: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap() + 1);
        assert_eq!(token.bytes(), &given, "256 bits, each of them random");
        let digest: [u8; 32] = Sha256::digest(given).into();
        assert_eq!(token.digest().as_bytes(), &digest);
        assert_ne!(token.digest().as_bytes(), &given, "whoever reads it cannot present it");
    }

    #[test]
    fn a_token_made_for_a_subject_is_in_the_subject_s_shard_and_one_that_cannot_be_is_an_error() {
        for last in [0, 1, 127, 255] {
            let subject = SubjectId::from_bytes([3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, last]);
            let token = SessionToken::new_for(subject, &OsRandom).unwrap();
            assert_eq!((token.digest().shard(), subject.shard()), (Shard(last), Shard(last)));
        }
        let other = SubjectId::from_bytes([0; 16]);
        assert_ne!(SessionToken::new(&Counting).unwrap().digest().shard(), other.shard());
        assert!(SessionToken::new_for(other, &Counting).is_err(), "a source that repeats itself");
    }

    #[test]
    fn a_token_has_one_successor_in_its_shard_and_another_server_makes_another() {
        let secret = ServerSecret::new(&OsRandom).unwrap();
        let (one, node) = (SuccessorKey::new(&secret), SuccessorKey::new(&secret));
        let subject = SubjectId::from_bytes([9; 16]);
        let old = SessionToken::new_for(subject, &OsRandom).unwrap();
        let new = one.successor(&old, subject).unwrap();
        assert!(new.digest() != old.digest() && new.digest().shard() == subject.shard());
        assert!(node.successor(&old, subject).unwrap().digest() == new.digest(), "every node makes the same");
        assert!(one.successor(&new, subject).unwrap().digest() != old.digest());
        let other = SuccessorKey::new(&ServerSecret::new(&OsRandom).unwrap());
        assert!(other.successor(&old, subject).unwrap().digest() != new.digest(), "nobody else can");
        assert_eq!(format!("{one:?}"), "SuccessorKey(…)");
    }

    #[test]
    fn every_token_has_one_spelling() {
        let text = SessionToken::new(&OsRandom).unwrap().reveal();
        let last = text.chars().last().unwrap();
        // The last character carries two unused bits: the three other spellings of the same bytes are refused.
        let accepted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            .chars()
            .filter(|c| SessionToken::parse(&format!("{}{c}", text.get(..42).unwrap())).is_some())
            .count();
        assert_eq!(accepted, 16);
        assert!(SessionToken::parse(&format!("{}{last}=", text.get(..42).unwrap())).is_none());
    }
}
