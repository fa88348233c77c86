//! After a backup was put back: what had been ended since it was made must not live again.

use std::collections::HashSet;

use admit_core::audit::EventKind;
use admit_core::keyring::Stage;
use admit_core::store::Change;
use admit_core::subject::SubjectState;

use super::{Cause, Failure, Operations};

/// Users changed at once, so that a disk that is flushed for one is flushed for all.
const PAGE: u32 = 200;

/// What was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Restored {
    /// Users, whose sessions and refresh tokens have ended.
    pub users: u64,
    /// Signing keys, whose tokens are no longer valid.
    pub keys: u64,
}

impl Operations {
    /// Ends every sign-in of every user and withdraws every signing key. Done again it ends what began since.
    ///
    /// # Errors
    /// When the store does not answer: some are ended then, and it has to be done again.
    pub async fn end_everything(&self, by: &Cause) -> Result<Restored, Failure> {
        let mut restored = Restored { users: 0, keys: 0 };
        let (mut seen, mut after, mut found_more) = (HashSet::new(), None::<String>, false);
        loop {
            let mut page = self.accounts.search("", after.as_deref(), PAGE).await?;
            let full = page.len() == PAGE as usize;
            let last = page.last().map(|last| last.place.clone());
            page.retain(|listed| seen.insert(listed.subject.id));
            found_more |= !page.is_empty();
            let end = |subject: &SubjectState| {
                let event = by.event(EventKind::SessionsRevoked, self.clock.now()).about(subject.id);
                self.accounts.change(subject.id, Change::EndSessions, event.with("because", "a backup was put back"))
            };
            let ended: Vec<_> = page.iter().map(|listed| end(&listed.subject)).collect();
            for ended in ended {
                restored.users += u64::from(ended.await?.is_some());
            }
            after = match last {
                Some(last) if full => Some(last),
                // Who was renamed meanwhile may stand before the place where it was looked: again, until there is nobody new.
                _ if std::mem::take(&mut found_more) => None,
                _ => break,
            };
        }
        for (key, stage) in self.keys().await? {
            if !matches!(stage, Stage::Revoked | Stage::Gone) {
                let event = by.event(EventKind::KeyRevoked, self.clock.now()).with("kid", key.kid.as_str());
                restored.keys += u64::from(self.keys.revoke_key(key.kid, event).await?);
            }
        }
        // Without the server's secret a new key is made when the server starts.
        if let Some(issuer) = &self.issuer {
            issuer.tend().await.map_err(Failure::Unavailable)?;
        }
        Ok(restored)
    }
}
