//! Rounds of questions for what others have changed: how old what is known is, and waiting for it to be new.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::store::StoreError;
use admit_core::time::{Clock, Moment};
use tokio::sync::{Notify, watch};

/// The rounds.
pub(super) struct Rounds {
    /// How many have begun.
    begun: AtomicU64,
    /// The last one that ended.
    ended: watch::Sender<Ended>,
    pub(super) wanted: Notify,
    /// Whether others are to be told that there is something new.
    pub(super) announce: AtomicBool,
}

#[derive(Clone, Copy, Default)]
struct Ended {
    number: u64,
    /// Whether it had its answer.
    good: bool,
    /// When the last good one began.
    fresh: Option<Moment>,
}

impl Default for Rounds {
    fn default() -> Self {
        let ended = watch::Sender::new(Ended::default());
        Self { begun: AtomicU64::new(0), ended, wanted: Notify::new(), announce: AtomicBool::new(false) }
    }
}

impl Rounds {
    /// How old what is known is.
    pub(super) fn age(&self) -> Option<Duration> {
        self.ended.borrow().fresh.map(|fresh| SystemClock.monotonic().since(fresh))
    }

    /// Something was changed here: others are told.
    pub(super) fn announce(&self) {
        self.announce.store(true, Ordering::Release);
        self.wanted.notify_one();
    }

    /// Waits until what is known is what was true `max_staleness` ago, or later. Answers as of when it is known: the moment
    /// at which the last good round began. What was committed before that has been read, and put in force and passed on here.
    pub(super) async fn confirm(&self, max_staleness: Duration, deadline: Duration) -> Result<Moment, StoreError> {
        let fresh = self.ended.borrow().fresh;
        if let Some(fresh) = fresh.filter(|fresh| SystemClock.monotonic().since(*fresh) <= max_staleness) {
            return Ok(fresh);
        }
        let mut ended = self.ended.subscribe();
        let next = self.begun.load(Ordering::Acquire) + 1;
        self.wanted.notify_one();
        let round = tokio::time::timeout(deadline, ended.wait_for(|ended| ended.number >= next)).await;
        let fresh = match round {
            Ok(Ok(ended)) if ended.good => ended.fresh,
            _ => None,
        };
        let silent = || StoreError::new("what other nodes have changed is not known: the database does not answer");
        fresh.ok_or_else(silent)
    }

    /// The number of the one that begins now.
    pub(super) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// It has ended; `fresh` is when it began, if it had its answer.
    pub(super) fn end(&self, number: u64, fresh: Option<Moment>) {
        self.ended.send_modify(|ended| {
            *ended = Ended { number, good: fresh.is_some(), fresh: fresh.or(ended.fresh) };
        });
    }
}
