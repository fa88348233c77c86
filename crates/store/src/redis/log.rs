//! The log of the accounts, applied in Redis.
//!
//! An entry is committed in the accounts first, then applied here, and only then acknowledged. What Redis has applied is
//! one number a shard, the fence, that is written with what it applies, in one step: a Redis that has lost writes has lost
//! the later ones, so the fence says truly where to go on. Entries may be applied any number of times, by any node.

use std::sync::Arc;
use std::time::Duration;

use admit_core::id::Shard;
use admit_core::session::SUPERSEDED_GRACE;
use admit_core::store::{Reply, StoreError};
use redis::Cmd;
use tokio::time::Instant;

use super::broken::Broken;
use super::core::{Core, MARGIN, millis};
use super::fence::{Fence, fence, number};
use super::link::{Link, Trouble};
use super::record::time;
use super::scripts;
use crate::epoch::In;
use crate::seeded::{Bug, seeded};
use crate::truth::{Entry, InForce, Place, Read, Said};

/// Entries that are applied in one step: a millisecond of the server's time.
const STEP: u32 = 256;

/// How long a change may take to reach Redis before it is reported as pending.
pub(super) const FORCE: Duration = Duration::from_secs(1);

impl InForce for Core {
    fn heard(&self, place: Place) {
        if seeded(Bug::AcknowledgedBeforeInForce) {
            return;
        }
        self.known.raise(place.shard, place.seq);
    }

    fn unsettled(&self) {
        let (Some(core), Some(link)) = (self.me.upgrade(), self.line.link_now()) else { return };
        // It is looked at when connecting, with all that follows from it.
        let cause = Broken::new("the accounts are not what they were, so that Redis is compared to them anew");
        drop(core.failed(&link, Trouble::Broken(cause)));
    }

    fn in_force(&self, place: Place) -> Reply<()> {
        if seeded(Bug::AcknowledgedBeforeInForce) {
            self.me.upgrade().into_iter().for_each(|core| core.force_later(place));
            return Reply::ready(Ok(()));
        }
        let Some(core) = self.me.upgrade() else { return Reply::ready(Err(StoreError::new("it is being closed"))) };
        Reply::pending(async move { core.put_in_force(place).await })
    }
}

impl Core {
    /// A bug, for [`crate::seeded`].
    pub(super) fn force_later(self: Arc<Self>, place: Place) {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.known.raise(place.shard, place.seq);
            drop(self.apply_until(place.shard, place.seq, Instant::now() + FORCE).await);
        });
    }

    /// Applies the log up to an entry that was committed here, which may be lost by then: a database server that has taken over may
    /// not have got it.
    pub(super) async fn put_in_force(self: &Arc<Self>, place: Place) -> Result<(), StoreError> {
        self.known.raise(place.shard, place.seq);
        let link = self.apply_until(place.shard, place.seq, Instant::now() + FORCE).await?;
        if link.epochs().is_lost(In::Shard(place.shard), place.seq) {
            return Err(StoreError::new("another database server has taken over without this change: make it again"));
        }
        Ok(())
    }

    /// Reads the fences again.
    pub(super) async fn look_at_fences(self: &Arc<Self>) -> Result<(), StoreError> {
        let Some(link) = self.line.link_now() else { return Err(StoreError::new("Redis is out of reach")) };
        match link.send_to_all(|shard| fence(&self.keys, shard)).await {
            Ok(fences) => fences.into_iter().try_for_each(|(shard, found)| {
                Fence::read(&found).map(|found| link.applied().set(shard, found.number))
            }),
            Err(trouble) => Err(self.failed(&link, trouble)),
        }
    }

    /// Applies the log of a shard until Redis is at least at this number. Gives the connection over which it is.
    pub(super) async fn apply_until(
        self: &Arc<Self>,
        shard: Shard,
        seq: u64,
        until: Instant,
    ) -> Result<Arc<Link>, StoreError> {
        let turn = self.turns.get(usize::from(shard.0)).ok_or_else(|| StoreError::new("there is no such shard"))?;
        let applied = async {
            // One at a time: who waits here finds most often that its entry was applied with another's.
            let _turn = turn.lock().await;
            loop {
                let link = self.line.link(until).await.map_err(Trouble::Broken)?;
                let at = link.applied().at(shard);
                if at >= seq {
                    return Ok(link);
                }
                let Read { epoch, head, entries } = self.truth.entries(shard, at, STEP).await?;
                if epoch != link.epochs().present {
                    let words = "the accounts are in another epoch than when Redis was compared to them";
                    drop(self.failed(&link, Trouble::Outdated(words.into())));
                    continue;
                }
                let last = entries.last().map_or(head, |entry| entry.seq);
                if last <= at {
                    tracing::error!(shard = shard.0, seq, head, "the accounts have lost entries of their log");
                    self.known.correct(shard, seq, head);
                    return Ok(link);
                }
                let call = self.apply(&link, shard, at, last, &entries);
                if let Some(fence) = self.once(&link, shard, until, &call).await? {
                    let fence = number(&fence)?;
                    self.known.raise(shard, fence);
                    link.applied().set(shard, fence);
                }
            }
        };
        let outcome = match tokio::time::timeout_at(until, applied).await {
            Ok(outcome) => outcome,
            Err(_) => Err(StoreError::new("Redis did not take a change in time")),
        };
        if outcome.is_err() {
            self.pending.notify_one();
        }
        outcome
    }

    fn apply(&self, link: &Link, shard: Shard, after: u64, last: u64, entries: &[Entry]) -> Cmd {
        let mut call = scripts::APPLY.call(1);
        call.arg(self.keys.fence(shard)).arg(link.epochs().present.to_string()).arg(after).arg(last).arg(self.keep());
        for entry in entries {
            call.arg(entry.seq);
            match &entry.said {
                Said::Subject(subject) => {
                    let kind = if subject.state.is_deleted() { "deleted" } else { "subject" };
                    call.arg(kind).arg(subject.state.id.as_bytes()).arg(subject.encode());
                }
                Said::Session { subject, id } => {
                    call.arg("session").arg(subject.as_bytes()).arg(id.as_bytes());
                }
                Said::Secret { subject, digest, by } => {
                    let mut said = digest.as_bytes().to_vec();
                    if let Some(by) = by {
                        said.extend_from_slice(by.digest.as_bytes());
                        said.extend_from_slice(&time(by.at));
                        said.extend_from_slice(&by.roles_version.to_be_bytes());
                        said.extend_from_slice(millis(SUPERSEDED_GRACE + MARGIN).to_string().as_bytes());
                    }
                    call.arg("secret").arg(subject.as_bytes()).arg(said);
                }
            }
        }
        call
    }
}
