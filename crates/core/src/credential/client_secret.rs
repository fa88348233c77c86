//! The secret of a service: 256 random bits, kept as a digest.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::random::{Random, RandomError};
use crate::secret::{SecretError, ServerSecret};

/// The secret that a service shows. It has no `Debug` that shows it.
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// A new one.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        ServerSecret::new(random).map(|secret| Self(secret.reveal()))
    }

    /// Reads a secret: 32 random bytes in base64url. Words, short texts and regular ones are refused, so that none can be
    /// guessed, whatever list somebody tries.
    ///
    /// # Errors
    /// When it is malformed or evidently not random.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        ServerSecret::parse(text).map(|secret| Self(secret.reveal()))
    }

    /// The text, for the one place that writes it to its file or sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(&self.0)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// SHA-256 of a [`ClientSecret`]. The secret has 256 random bits, so nothing slower is needed.
#[derive(Clone)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    fn of(text: &str) -> Self {
        Self(Sha256::new().chain_update(b"admit client secret\0").chain_update(text).finalize().into())
    }

    /// Whether this text is the secret, in a time that does not tell how nearly.
    #[must_use]
    pub fn is_of(&self, text: &str) -> bool {
        self.0.ct_eq(&Self::of(text).0).into()
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn a_client_secret_is_random_or_refused_and_fits_itself_alone() {
        let secret = ClientSecret::new(&OsRandom).unwrap();
        assert!(secret.digest().is_of(secret.reveal()));
        assert!(!secret.digest().is_of("") && !secret.digest().is_of(ClientSecret::new(&OsRandom).unwrap().reveal()));
        assert_eq!(format!("{secret:?}{:?}", secret.digest()), "ClientSecret(…)SecretDigest(…)");
        for weak in ["", "secret", "your-256-bit-secret", &"A".repeat(43), &"A".repeat(42)] {
            assert!(ClientSecret::parse(weak).is_err(), "{weak}");
        }
    }
}
