//! Redis (or Valkey): sessions beside accounts that are in a database.
//!
//! Redis acknowledges what it may lose: replication is asynchronous, and a restart may come back a second or a snapshot
//! earlier. So it is not believed by itself. What ends sessions is committed to the accounts first, as a numbered log
//! ([`crate::truth`]); Redis is a copy, with the number up to which it is one. Every check reads that number in the same
//! step as the session, and one that is behind what is known to be committed is brought up before it is believed.
//! Whatever Redis loses ends sessions at most; nothing that it loses brings one back.
//!
//! - [`keys`], [`record`] and [`scripts`]: what is kept, and the steps that change it.
//! - [`address`], [`dial`], [`link`] and [`line`]: how it is reached.
//! - [`numbers`], [`log`] and [`mending`]: how it is held to the accounts.
//! - [`check`] and [`sessions`]: what it is for.

mod address;
mod check;
mod core;
mod dial;
mod families;
mod inspect;
mod keys;
mod line;
mod link;
mod log;
mod mending;
mod numbers;
mod record;
mod scripts;
mod sessions;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession, SessionRules};
use admit_core::store::{Checked, Families, Health, Opened, Reply, Sessions, StoreError};
use admit_core::time::Timestamp;

use self::core::Core;
use crate::truth::{InForce, Place, Truth};

pub use address::{FileError, RedisAddress, RedisAddressError};

/// Why a store of sessions in Redis could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// It cannot be reached, or refuses.
    #[error("cannot use {address}: {cause}")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        cause: String,
    },
    /// It could be reached, and not be brought up to date with the accounts.
    #[error("cannot bring {address} up to date with the accounts: {cause}")]
    Behind {
        /// Where.
        address: String,
        /// Why.
        cause: StoreError,
    },
}

/// Sessions in Redis; families of refresh tokens stay with the accounts.
///
/// It connects again by itself. Dropping it closes the connections.
pub struct RedisSessions {
    core: Arc<Core>,
    families: Arc<dyn Families>,
}

impl RedisSessions {
    /// Connects, and applies what is committed in the accounts and not in Redis yet.
    ///
    /// # Errors
    /// When Redis cannot be used, or not be brought up to date.
    pub(crate) async fn connect_beside(
        address: &RedisAddress,
        truth: Arc<dyn Truth>,
        families: Arc<dyn Families>,
        rules: SessionRules,
    ) -> Result<Arc<Self>, RedisError> {
        let unreachable = |cause: String| RedisError::Unreachable { address: address.to_string(), cause };
        let parts = core::Parts { address: address.clone(), rules, truth };
        let core = Core::connect(parts).await.map_err(|broken| unreachable(broken.to_string()))?;
        let behind = core.numbers.behind(&[u64::MAX; 256]);
        if !behind.is_empty() {
            let pending = core.numbers.pending();
            tracing::info!(pending, shards = behind.len(), "Redis is being brought up to date with the accounts");
            mending::bring_up_to_date(&core, &behind)
                .await
                .map_err(|cause| RedisError::Behind { address: address.to_string(), cause })?;
        }
        core.inspect().await;
        tokio::spawn(mending::replay(Arc::downgrade(&core)));
        Ok(Arc::new(Self { core, families }))
    }

    /// How many committed changes are known not to be in force in Redis yet. 0 but for outages.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.core.counted.load(Ordering::Relaxed)
    }

    /// Takes note that another node has committed an entry: from here on no check believes a Redis that is not as far.
    pub(crate) fn heard(&self, place: Place) {
        self.core.numbers.learn(place.shard, place.seq);
    }
}

impl InForce for RedisSessions {
    fn in_force(&self, place: Place) -> Reply<()> {
        self.core.in_force(place)
    }
}

impl Sessions for RedisSessions {
    fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>> {
        Reply::pending(self.core.clone().check(*digest, now))
    }

    fn open(&self, new: NewSession, event: Event) -> Reply<Opened> {
        Reply::pending(self.core.clone().open(new, event))
    }

    fn rotate(&self, old: SessionDigest, new: SessionDigest, event: Event) -> Reply<bool> {
        Reply::pending(self.core.clone().rotate(old, new, event))
    }

    fn end(&self, subject: SubjectId, session: SessionId, event: Event) -> Reply<bool> {
        Reply::pending(self.core.clone().end(subject, session, event))
    }

    fn list(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenSession>> {
        Reply::pending(self.core.clone().list(subject, now))
    }

    /// Drops nothing, and counts nothing: the keys have a time to live, and Redis drops them.
    fn purge(&self, _now: Timestamp) -> Reply<u64> {
        Reply::ready(Ok(0))
    }
}

impl Health for RedisSessions {
    fn healthy(&self) -> Reply<()> {
        let core = self.core.clone();
        Reply::pending(async move { core.look_at_fences().await })
    }
}
