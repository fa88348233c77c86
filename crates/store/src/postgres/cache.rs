//! Sessions that were checked a moment ago, kept true by the logs, for routes that allow an answer to be a little old.
//!
//! A session is here from its check until the log ends it. How old the answer is depends only on how long ago the log was
//! read: past a route's bound the database is asked instead.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use admit_core::credential::SessionDigest;
use admit_core::id::Shard;
use admit_core::store::Checked;

use crate::epoch::{Epochs, In};
use crate::seeded::{Bug, seeded};
use crate::truth::{Entry, Said};

/// Sessions kept of one shard at most: a million in all. A full shard begins anew.
const OF_A_SHARD: usize = 4096;

/// The sessions of every shard.
pub(crate) struct Cache([RwLock<Kept>; 256]);

#[derive(Default)]
struct Kept {
    sessions: HashMap<SessionDigest, Checked>,
    /// Up to where its log was read.
    position: u64,
}

/// Up to where a log was read when a session was about to be checked.
#[derive(Clone, Copy)]
pub(crate) struct Before(u64);

impl Default for Cache {
    fn default() -> Self {
        Self(std::array::from_fn(|_| RwLock::default()))
    }
}

impl Cache {
    fn read<T>(&self, shard: Shard, look: impl FnOnce(&Kept) -> T) -> Option<T> {
        let kept = self.0.get(usize::from(shard.0))?;
        Some(look(&kept.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn change<T>(&self, shard: Shard, change: impl FnOnce(&mut Kept) -> T) -> Option<T> {
        let kept = self.0.get(usize::from(shard.0))?;
        Some(change(&mut kept.write().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The session with this digest.
    pub(crate) fn find(&self, digest: &SessionDigest) -> Option<Checked> {
        self.read(digest.shard(), |kept| kept.sessions.get(digest).cloned()).flatten()
    }

    /// To be asked before a check whose answer may be kept.
    pub(crate) fn before(&self, shard: Shard) -> Before {
        Before(self.position(shard))
    }

    /// Keeps what was checked, unless the log was read on meanwhile: it may have ended what the check had still seen.
    pub(crate) fn keep(&self, before: Before, digest: SessionDigest, checked: Checked) {
        self.change(digest.shard(), |kept| {
            if kept.position != before.0 {
                return;
            }
            if kept.sessions.len() >= OF_A_SHARD {
                kept.sessions.clear();
            }
            kept.sessions.insert(digest, checked);
        });
    }

    /// Forgets a session.
    pub(crate) fn forget(&self, digest: &SessionDigest) {
        self.change(digest.shard(), |kept| kept.sessions.remove(digest));
    }

    /// Up to where the log of a shard was read.
    pub(crate) fn position(&self, shard: Shard) -> u64 {
        self.read(shard, |kept| kept.position).unwrap_or_default()
    }

    /// Whether nothing of a shard is kept.
    pub(crate) fn is_empty(&self, shard: Shard) -> bool {
        self.read(shard, |kept| kept.sessions.is_empty()).unwrap_or(true)
    }

    /// Takes note of entries, the last of which has the number `position`.
    pub(crate) fn apply(&self, shard: Shard, position: u64, entries: Vec<Entry>) {
        self.change(shard, |kept| {
            kept.position = position;
            if seeded(Bug::CacheWithoutFeed) {
                return;
            }
            for entry in entries {
                match entry.said {
                    Said::Subject(now) => kept.sessions.retain(|_, checked| checked.subject.id != now.state.id),
                    Said::Session { id, .. } => kept.sessions.retain(|_, checked| checked.session.id != id),
                    Said::Secret { digest, .. } => drop(kept.sessions.remove(&digest)),
                }
            }
        });
    }

    /// Goes on from a later number without its entries; whatever is kept meanwhile goes.
    pub(crate) fn skip_to(&self, shard: Shard, position: u64) {
        self.change(shard, |kept| {
            kept.sessions.clear();
            kept.position = position;
        });
    }

    /// Whether no log is shorter than it was.
    pub(crate) fn is_behind(&self, heads: &[u64]) -> bool {
        Shard::all().zip(heads).all(|(shard, head)| self.position(shard) <= *head)
    }

    /// How many entries that were read are not there any more.
    pub(crate) fn lost(&self, epochs: &Epochs, heads: &[u64]) -> u64 {
        let lost = |(shard, head): (Shard, &u64)| match epochs.lost(In::Shard(shard), self.position(shard)) {
            0 => self.position(shard).saturating_sub(*head),
            lost => lost,
        };
        Shard::all().zip(heads).map(lost).sum()
    }

    /// Begins anew.
    pub(crate) fn reset(&self, heads: &[u64]) {
        Shard::all().zip(heads).for_each(|(shard, head)| self.skip_to(shard, *head));
    }
}
