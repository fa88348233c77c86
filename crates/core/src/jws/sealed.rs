//! Private keys at rest: sealed under a key that is not in the database.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use super::KeyId;
use crate::secret::ServerSecret;

/// A sealed text could not be made or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The library refused.
    #[error("could not be sealed")]
    Seal,
    /// It was changed, or was sealed under another secret or for another key.
    #[error("cannot be opened: it was sealed under another server secret, or was changed")]
    Open,
}

/// A private key as stored: a nonce of 12 bytes, then AES-256-GCM's text and tag.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// From a store's bytes.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

/// The key that private keys are sealed under. Derived from the server's secret, so that the database alone signs nothing.
pub struct SealingKey(RandomizedNonceKey);

impl SealingKey {
    /// From the server's secret.
    ///
    /// # Errors
    /// When the library refuses a key of 32 bytes, which it does not.
    pub fn new(secret: &ServerSecret) -> Result<Self, SealError> {
        let key = secret.derive("signing keys at rest");
        RandomizedNonceKey::new(&AES_256_GCM, key.as_slice()).map(Self).map_err(|_| SealError::Seal)
    }

    /// Seals a private key, bound to its name: it cannot be put in another's place.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn seal(&self, kid: &KeyId, private: &[u8]) -> Result<Sealed, SealError> {
        let mut text = private.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(kid.as_str()), &mut text).map_err(|_| SealError::Seal)?;
        Ok(Sealed([nonce.as_ref(), text.as_slice()].concat()))
    }

    /// Opens a sealed private key.
    ///
    /// # Errors
    /// When it was sealed under another secret or name, or was changed.
    pub fn open(&self, kid: &KeyId, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (nonce, text) = sealed.0.split_first_chunk::<12>().ok_or(SealError::Open)?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::from(nonce);
        let length =
            self.0.open_in_place(nonce, Aad::from(kid.as_str()), &mut text).map_err(|_| SealError::Open)?.len();
        text.truncate(length);
        Ok(text)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn a_sealed_key_opens_under_its_own_secret_and_name_and_unchanged_alone() {
        let (secret, other) = (ServerSecret::new(&OsRandom).unwrap(), ServerSecret::new(&OsRandom).unwrap());
        let (kid, stranger) = (KeyId::from_text("a"), KeyId::from_text("b"));
        let key = SealingKey::new(&secret).unwrap();
        let sealed = key.seal(&kid, b"private").unwrap();
        assert_eq!(key.open(&kid, &sealed).unwrap().as_slice(), b"private");
        assert!(!sealed.as_bytes().windows(7).any(|part| part == b"private"));
        assert_eq!(key.open(&stranger, &sealed).err(), Some(SealError::Open));
        assert_eq!(SealingKey::new(&other).unwrap().open(&kid, &sealed).err(), Some(SealError::Open));
        for at in 0..sealed.as_bytes().len() {
            let mut changed = sealed.as_bytes().to_vec();
            changed[at] ^= 1;
            assert_eq!(key.open(&kid, &Sealed::from_bytes(changed)).err(), Some(SealError::Open), "byte {at}");
        }
        assert_eq!(key.open(&kid, &Sealed::from_bytes(vec![0; 5])).err(), Some(SealError::Open));
    }
}
