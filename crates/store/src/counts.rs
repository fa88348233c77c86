//! Counts of attempts in memory, for stores of one process: what the others agree with.

use std::sync::{Mutex, PoisonError};

use admit_clock::SystemClock;
use admit_core::store::{Limits, Reply};
use admit_core::throttle::{Counter, Counts, Reserved, Settlement};
use admit_core::time::{Clock, Timestamp};

/// Counts in memory. They are not bounded: a server of one process counts by [`Throttle`](admit_core::throttle::Throttle) alone.
#[derive(Default, Debug)]
pub struct MemoryLimits(Mutex<Counts>);

impl Limits for MemoryLimits {
    fn reserve(&self, counters: Vec<Counter>, at: Option<Timestamp>) -> Reply<Reserved> {
        let now = at.unwrap_or_else(|| SystemClock.now());
        Reply::ready(Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).reserve(&counters, now)))
    }

    fn settle(&self, settlements: Vec<Settlement>, at: Option<Timestamp>) -> Reply<()> {
        let now = at.unwrap_or_else(|| SystemClock.now());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).settle(&settlements, now);
        Reply::ready(Ok(()))
    }

    fn purge(&self, _: Option<Timestamp>) -> Reply<u64> {
        Reply::ready(Ok(0))
    }
}
