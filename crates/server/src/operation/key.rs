//! Signing keys, for whoever administers the server.

use admit_core::audit::EventKind;
use admit_core::jws::KeyId;
use admit_core::keyring::{self, KeyRecord, Stage};

use super::{Cause, Failure, Operations};

impl Operations {
    /// Every key with its stage, oldest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn keys(&self) -> Result<Vec<(KeyRecord, Stage)>, Failure> {
        let (keys, now) = (self.keys.keys().await?, self.clock.now());
        let staged = |key: &KeyRecord| Some((key.clone(), keyring::stage(&keys, &key.kid, now)?));
        Ok(keys.iter().filter_map(staged).collect())
    }

    /// Makes the next key.
    ///
    /// # Errors
    /// When no server runs here, or the store does not answer.
    pub async fn rotate_keys(&self, by: &Cause, at_once: bool) -> Result<KeyId, Failure> {
        let event = by.event(EventKind::KeyCreated, self.clock.now());
        Ok(self.issuer()?.rotate(at_once, event).await?)
    }

    /// Withdraws a key: its tokens are dead when this returns. Where it was the one that signs, a new one is made.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn revoke_key(&self, by: &Cause, kid: &str) -> Result<(), Failure> {
        let kid = KeyId::from_text(kid);
        let event = by.event(EventKind::KeyRevoked, self.clock.now()).with("kid", kid.as_str());
        if !self.keys.revoke_key(kid.clone(), event).await? {
            return Err(Failure::NotFound(format!(
                "There is no signing key {kid} that could be withdrawn; `admit keys list` shows them."
            )));
        }
        match &self.issuer {
            Some(issuer) => issuer.tend().await.map_err(Failure::Unavailable),
            None => Ok(()),
        }
    }
}
