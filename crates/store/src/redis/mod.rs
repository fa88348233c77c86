//! Redis (or Valkey): sessions beside accounts that are in a database.
//!
//! Redis acknowledges what it may lose: replication is asynchronous, and a restart may come back a second or a snapshot
//! earlier. So it is not believed by itself. What ends sessions is committed to the accounts first, as a numbered log
//! ([`crate::truth`]); Redis is a copy, with the number up to which it is one. Every check reads that number in the same
//! step as the session, and one that is behind what is known to be committed is brought up before it is believed.
//! Whatever Redis loses ends sessions at most; nothing that it loses brings one back.
//!
//! - [`keys`], [`record`] and [`scripts`]: what is kept, and the steps that change it.
//! - [`address`], [`socket`], [`resp`], [`wire`] and [`broken`]: how to talk to one server.
//! - [`dial`], [`link`] and [`line`]: how those that have the shards are reached.
//! - [`numbers`], [`fence`], [`reconnect`], [`log`] and [`mending`]: how it is held to the accounts.
//! - [`check`], [`sessions`] and [`limits`]: what it is for.

mod address;
mod broken;
mod check;
mod core;
mod dial;
mod families;
mod fence;
mod inspect;
mod keys;
mod limits;
mod line;
mod link;
mod log;
mod mending;
mod numbers;
mod reconnect;
mod record;
mod resp;
mod scripts;
mod sessions;
mod socket;
mod states;
mod wire;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession, SessionRules};
use admit_core::store::{Checked, Health, Opened, Reply, Sessions, StoreError};
use admit_core::time::Timestamp;

use tokio::sync::mpsc;

use self::core::Core;
use crate::postgres::Postgres;
use crate::truth::InForce;

pub use address::{FileError, RedisAddress, RedisAddressError};

/// How many of these bytes the answer at their front takes.
pub(crate) fn answer_length(bytes: &[u8]) -> Option<usize> {
    resp::read(bytes).ok().flatten().map(|(_, length)| length)
}

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
    accounts: Arc<Postgres>,
}

impl RedisSessions {
    /// Connects, and applies what is committed in the accounts and not in Redis yet.
    ///
    /// # Errors
    /// When Redis cannot be used, or not be brought up to date.
    pub async fn connect(
        address: &RedisAddress,
        accounts: &Arc<Postgres>,
        rules: SessionRules,
    ) -> Result<Arc<Self>, RedisError> {
        let (broke, breaks) = mpsc::unbounded_channel();
        let parts = core::Parts { address: address.clone(), rules, truth: accounts.clone(), broke };
        let core = Core::connect(parts)
            .await
            .map_err(|broken| RedisError::Unreachable { address: address.to_string(), cause: broken.to_string() })?;
        tokio::spawn(mending::keep_up(Arc::downgrade(&core), breaks));
        let follower: Arc<dyn InForce> = core.clone();
        accounts.follow_with(&follower);
        let behind = |cause| RedisError::Behind { address: address.to_string(), cause };
        core.catch_up().await.map_err(behind)?;
        let forgotten = accounts.forget_sessions().await.map_err(behind)?;
        if forgotten > 0 {
            tracing::warn!(
                sessions = forgotten,
                "sessions are kept in Redis from now on: those in the database have ended"
            );
        }
        core.inspect().await;
        tokio::spawn(mending::replay(Arc::downgrade(&core)));
        Ok(Arc::new(Self { core, accounts: accounts.clone() }))
    }

    /// How many committed changes are known not to be in force in Redis yet. 0 but for outages.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.core.counted.load(Ordering::Relaxed)
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

    /// Drops what is with the accounts. Sessions have a time to live, and Redis drops them itself: they are not counted.
    fn purge(&self, ended_by: Timestamp) -> Reply<u64> {
        self.accounts.purge(ended_by)
    }

    /// What is with the accounts. A session that nobody uses ends by its key's time to live, which no clock is part of; one that is
    /// used is written anew at its next check.
    fn pull_back(&self, now: Timestamp) -> Reply<u64> {
        self.accounts.pull_back(now)
    }
}

impl Health for RedisSessions {
    fn healthy(&self) -> Reply<()> {
        let core = self.core.clone();
        Reply::pending(async move { core.look_at_fences().await })
    }
}
