//! Redis (or Valkey): sessions beside accounts that are in a database.
//!
//! Redis acknowledges what it may lose: replication is asynchronous, and a restart may come back a second or a snapshot
//! earlier. So it is not believed by itself. What ends sessions is committed to the accounts first, as a numbered log
//! ([`crate::truth`]); Redis is a copy, with the number up to which it is one. Every check reads that number in the same
//! step as the session, and one that is behind what is known to be committed is brought up before it is believed.
//! Whatever Redis loses ends sessions at most; nothing that it loses brings one back.
//!
//! - [`keys`], [`record`] and [`scripts`]: what is kept, and the steps that change it.
//! - [`address`], [`dial`] and [`broken`]: how the servers that have the shards are found and connected to, by the crate `redis`.
//! - [`link`] and [`line`]: those connections, and whether they are in use.
//! - [`numbers`], [`fence`], [`reconnect`], [`log`] and [`mending`]: how it is held to the accounts.
//! - [`check`], [`sessions`] and [`limits`]: what it is for.
//!
//! What connections have to keep (decisions 9, 11 and 27), where that is seen to, and the test of `tests/redis` that shows it:
//!
//! | What | Where | Test |
//! |---|---|---|
//! | No answer over a new connection is believed before the accounts were asked, whoever has taken over | [`reconnect`] | `a_redis_that_comes_back_is_not_believed_before_the_accounts_have_been_asked`, `a_replica_that_takes_over_…` |
//! | No connection is made anew unnoticed: when one breaks all are made anew | [`link`], [`line`] | `connections_that_are_cut_and_scripts_that_are_forgotten_cost_no_request` |
//! | A fence behind what is known is brought up first; a later epoch or number than the accounts' is not believed | [`check`], [`fence`] | `writes_that_are_lost_without_a_connection_being_lost_…`, `a_redis_that_is_further_…` |
//! | A replica answers nothing: it runs no script that may write | [`scripts`], [`link::Trouble::of`] | `a_replica_is_never_believed_…` |
//! | Out of reach is an error within 250 ms, then at once | [`core::Core::failed`], [`line`], the deadline in [`dial`] | `a_frozen_redis_is_an_error_soon_…`, `a_killed_redis_…` |
//! | What may not be done twice is sent once; the log may be applied any number of times | [`limits`], [`log`] | conformance, `of_two_nodes_that_end_one_session_at_once_…` |
//! | A node of a cluster that is away takes its own shards along | [`dial`], [`mending`] | `a_node_that_is_away_takes_its_own_shards_along_and_no_others` |
//! | `MOVED` makes all connections anew; `ASK` is followed to read, and only what is found is believed | [`link`], [`check`] | `a_session_is_found_where_its_slot_moves_to_…`, `what_ends_a_session_while_its_slot_moves_…` |
//! | Nothing goes to another machine in the clear, whoever names it | [`dial`] | `a_sentinel_or_cluster_on_this_machine_sends_nobody_elsewhere_without_tls` |

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
mod scripts;
mod sessions;
mod states;

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
