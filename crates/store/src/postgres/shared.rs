//! What the tasks and the requests of one process share, and how a change is made: by somebody who still may, and in force where
//! sessions are checked before anybody is told.

mod limits;
mod uses;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock, Weak};

use admit_core::id::{Shard, SubjectId};
use admit_core::session::SessionRules;
use admit_core::signal::Signal;
use admit_core::store::StoreError;
use admit_core::token::TokenRules;

use super::cache::Cache;
use super::connection::{Asking, On};
use super::db::Db;
use super::error::Error;
use super::rounds::Rounds;
use super::{log, purge, standing};
use crate::actors::Actors;
use crate::epoch::LostSoFar;
use crate::feed::Feed;
use crate::repeats::Repeats;
use crate::truth::{InForce, Place};

pub(super) use limits::Line;
pub(super) use uses::{Seen, Uses, as_used, write_down};

/// What tasks and futures share.
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) feed: Feed,
    pub(super) rounds: Rounds,
    pub(super) cache: Cache,
    pub(super) rules: SessionRules,
    pub(super) tokens: TokenRules,
    pub(super) repeats: Repeats,
    /// What was acknowledged and is gone.
    pub(super) lost: LostSoFar,
    pub(super) uses: Uses,
    pub(super) walk: purge::Walk,
    pub(super) attempts: Line,
    /// A store of sessions in which changes have to be in force before anybody is told of them.
    pub(super) follower: OnceLock<Weak<dyn InForce>>,
}

impl Shared {
    /// The store of sessions that follows, if there is one.
    pub(super) fn follower(&self) -> Option<Arc<dyn InForce>> {
        self.follower.get().and_then(Weak::upgrade)
    }

    /// Does `work` in one transaction, if those who ask for it still are what they were when they were allowed to.
    pub(super) async fn write_as<T, F>(&self, actors: Actors, targets: Vec<SubjectId>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(On<'t>) -> Asking<'t, T> + Send + 'static,
    {
        let elsewhere = self.follower.get().is_some();
        let about = actors.iter().filter_map(|(standing, _)| standing.subject()).chain(targets.iter().copied());
        let shards: BTreeSet<Shard> = about.map(|subject| subject.shard()).collect();
        let done = self
            .db
            .write(move |on| {
                Box::pin(async move {
                    standing::compare(on, &actors, &targets, elsewhere).await?;
                    work(on).await
                })
            })
            .await;
        if matches!(done, Err(Error::StandingLost(_))) {
            self.catch_up(shards).await?;
        }
        done
    }

    /// Waits until all that is committed is in force where sessions are. Whoever is told that something has ended, by a change that another
    /// node is about to put in force, must not find it alive afterwards.
    async fn catch_up(&self, shards: BTreeSet<Shard>) -> Result<(), Error> {
        let Some(follower) = self.follower() else { return Ok(()) };
        let heads = self.db.read(|on| Box::pin(log::heads(on))).await?;
        for (shard, seq) in Shard::all().zip(heads).filter(|(shard, _)| shards.contains(shard)) {
            follower.in_force(Place { shard, seq }).await.map_err(Error::Follower)?;
        }
        Ok(())
    }

    /// Puts what was committed in force: here at once, in the store of sessions before anybody is told, and at other nodes.
    pub(super) async fn settle(&self, places: &[Place], signals: &[Signal]) -> Result<(), Error> {
        signals.iter().for_each(|signal| self.feed.enforce(signal));
        if !places.is_empty() || !signals.is_empty() {
            self.rounds.announce();
        }
        if let Some(follower) = self.follower.get() {
            let gone = || Error::Follower(StoreError::new("the store of sessions has been closed"));
            let follower = follower.upgrade().ok_or_else(gone)?;
            for place in places {
                follower.in_force(*place).await.map_err(Error::Follower)?;
            }
        }
        Ok(())
    }
}
