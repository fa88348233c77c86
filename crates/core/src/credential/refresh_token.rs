//! The refresh token: good for one successor, and recognized as ours for ever.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::id::SessionId;
use crate::random::{Random, RandomError};
use crate::secret::{ServerSecret, hmac};

/// What its text begins with, so that people and scanners of leaked secrets know it when they see it.
const PREFIX: &str = "admit_rt_";

/// A refresh token: the name of its family, a secret of 256 bits, and a tag of 128 bits that only this server can make.
///
/// The tag tells an old token of ours from an invented one without keeping every old one: a token that is genuine and not
/// the family's present one has been used before. Nobody can end a family by inventing tokens for its public name.
pub struct RefreshToken {
    family: SessionId,
    bytes: Zeroizing<[u8; 64]>,
}

impl RefreshToken {
    /// The family that it belongs to.
    #[must_use]
    pub fn family(&self) -> SessionId {
        self.family
    }

    /// The text form, for the one answer that carries it.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(self.bytes.as_slice())))
    }

    /// What a store keeps. A domain of its own: no session's or link's secret is ever a refresh token.
    #[must_use]
    pub fn digest(&self) -> RefreshDigest {
        RefreshDigest(
            Sha256::new().chain_update(b"admit refresh token\0").chain_update(self.bytes.as_slice()).finalize().into(),
        )
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

/// What makes refresh tokens and knows its own.
pub struct RefreshKey {
    tags: Hmac<Sha256>,
    successors: Hmac<Sha256>,
}

impl RefreshKey {
    /// From the server's secret.
    #[must_use]
    pub fn new(secret: &ServerSecret) -> Self {
        Self {
            tags: hmac(&secret.derive("refresh tokens")),
            successors: hmac(&secret.derive("successors of refresh tokens")),
        }
    }

    /// The first token of a family.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn issue(&self, family: SessionId, random: &dyn Random) -> Result<RefreshToken, RandomError> {
        let mut secret = Zeroizing::new([0_u8; 32]);
        random.fill(secret.as_mut_slice())?;
        Ok(self.with_secret(family, &secret))
    }

    /// The one token that takes the place of this one.
    ///
    /// Its secret is HMAC-SHA-256 of this one's, under a key of this server. So a token has one successor, whichever node is
    /// asked and however often; a lost answer can be given again, and no store has anything that a token could be made from.
    #[must_use]
    pub fn successor(&self, token: &RefreshToken) -> RefreshToken {
        let mut mac = self.successors.clone();
        mac.update(token.bytes.as_slice());
        let secret = Zeroizing::new(mac.finalize().into_bytes().into());
        self.with_secret(token.family, &secret)
    }

    fn with_secret(&self, family: SessionId, secret: &[u8; 32]) -> RefreshToken {
        let mut bytes = Zeroizing::new([0_u8; 64]);
        let tag = self.tag(family.as_bytes(), secret);
        let parts = family.as_bytes().iter().chain(secret.iter()).chain(tag.iter());
        bytes.iter_mut().zip(parts).for_each(|(out, byte)| *out = *byte);
        RefreshToken { family, bytes }
    }

    /// Reads the text of a token that this server made, once. `None` for every other text.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<RefreshToken> {
        let text = text.strip_prefix(PREFIX).filter(|text| text.len() == 86)?;
        let mut bytes = Zeroizing::new([0_u8; 64]);
        // Of a text of 86 characters the decoder may want 64 bytes and writes as many, or refuses.
        BASE64URL_NOPAD.decode_mut(text.as_bytes(), bytes.as_mut_slice()).ok()?;
        let (family, rest) = bytes.split_first_chunk::<16>()?;
        let (secret, tag) = rest.split_at_checked(32)?;
        let genuine: bool = self.tag(family, secret).ct_eq(tag).into();
        genuine.then(|| RefreshToken { family: SessionId::from_bytes(*family), bytes: bytes.clone() })
    }

    fn tag(&self, family: &[u8; 16], secret: &[u8]) -> [u8; 16] {
        let mut mac = self.tags.clone();
        mac.update(family);
        mac.update(secret);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        whole.first_chunk::<16>().copied().unwrap_or_default()
    }
}

impl fmt::Debug for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshKey(…)")
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
    use crate::credential::SessionToken;
    use crate::random::OsRandom;
    use crate::time::Timestamp;

    fn key() -> RefreshKey {
        RefreshKey::new(&ServerSecret::new(&OsRandom).unwrap())
    }

    #[test]
    fn a_refresh_token_is_read_back_from_its_text_and_is_no_session() {
        let (key, family) = (key(), SessionId::new(Timestamp::default(), &OsRandom).unwrap());
        let token = key.issue(family, &OsRandom).unwrap();
        let text = token.reveal();
        let again = key.read(&text).unwrap();
        assert!(again.digest() == token.digest() && again.family() == family);
        assert!(key.issue(family, &OsRandom).unwrap().digest() != token.digest());
        assert!(SessionToken::parse(&text).is_none() && text.len() == 95);
        assert_eq!(format!("{token:?}{:?}{key:?}", token.digest()), "RefreshToken(…)RefreshDigest(…)RefreshKey(…)");
    }

    #[test]
    fn a_token_has_one_successor_in_its_family_and_another_server_makes_another() {
        let (secret, family) =
            (ServerSecret::new(&OsRandom).unwrap(), SessionId::new(Timestamp::default(), &OsRandom).unwrap());
        let (one, node) = (RefreshKey::new(&secret), RefreshKey::new(&secret));
        let first = one.issue(family, &OsRandom).unwrap();
        let second = one.successor(&first);
        assert!(second.digest() != first.digest() && second.family() == family);
        assert!(node.successor(&first).digest() == second.digest(), "every node makes the same");
        assert!(one.read(&second.reveal()).is_some_and(|read| read.digest() == second.digest()));
        assert!(one.successor(&second).digest() != second.digest());
        let elsewhere = key().successor(&first);
        assert!(elsewhere.bytes[16..48] != second.bytes[16..48], "nobody else can, and not for want of the tag alone");
        let twin = one.issue(family, &OsRandom).unwrap();
        assert!(one.successor(&twin).digest() != second.digest());
    }

    #[test]
    fn only_what_this_server_made_is_a_refresh_token() {
        let (one, family) = (key(), SessionId::new(Timestamp::default(), &OsRandom).unwrap());
        let text = one.issue(family, &OsRandom).unwrap().reveal();
        assert!(key().read(&text).is_none(), "another server's");
        for at in PREFIX.len()..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'Q' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(changed == text.as_str() || one.read(&changed).is_none(), "position {at}");
        }
        for bad in
            ["", PREFIX, text.strip_prefix(PREFIX).unwrap(), &format!("{}=", text.as_str()), text.get(..94).unwrap()]
        {
            assert!(one.read(bad).is_none(), "{bad}");
        }
    }
}
