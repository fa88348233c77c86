//! An attempt that is counted where nodes share the counts.

use std::fmt;
use std::sync::Arc;

use super::counter::{Counter, Receipt, Settlement};
use super::table::Ending;

/// Who writes down how attempts ended. Nobody waits for it, and what is lost on the way counts as failed.
pub trait Settles: Send + Sync {
    /// Writes down how an attempt ended, once at most.
    fn settle(&self, settlements: Vec<Settlement>);
}

/// An attempt that is counted in a store. Dropped before it is given to an [`Attempt`](super::Attempt) it is taken back: no password
/// was looked at.
#[must_use = "what is dropped is taken back"]
pub struct Counted {
    settles: Arc<dyn Settles>,
    counters: Vec<Counter>,
    receipt: Receipt,
    ending: Ending,
}

impl Counted {
    /// By what the store gave for it.
    pub fn new(settles: Arc<dyn Settles>, counters: Vec<Counter>, receipt: Receipt) -> Self {
        Self { settles, counters, receipt, ending: Ending::TakenBack }
    }

    /// It failed.
    pub fn failed(self) {
        self.end(Ending::Failed);
    }

    pub(super) fn end(mut self, ending: Ending) {
        self.ending = ending;
    }

    /// Whether it is the last that its session allows.
    pub(super) fn is_last(&self) -> bool {
        self.receipt.last
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.settles.settle(Settlement::of(&self.counters, self.receipt, self.ending));
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Counted(…)")
    }
}
