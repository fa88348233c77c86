//! Counts of attempts that nodes share.

use super::Reply;
use crate::throttle::{Counter, Reserved, Settlement};
use crate::time::Timestamp;

/// Where nodes count together what each would count alone ([`crate::throttle`]): N nodes then give a guesser the tries of one.
///
/// The rules are those of [`Counts`](crate::throttle::Counts), and a store keeps to them in one step at the server. Whatever is lost on
/// the way counts against the attempt: a reservation whose answer does not come stays, and an end that does not arrive is a failure one
/// to two [`SLICE`](crate::throttle::SLICE)s later. A store that loses its counts gives the free tries once more, as a restart does
/// where counts are in memory.
///
/// `at` is the time by one clock for all nodes; `None`, as servers give it, is that of the store. Tests give others.
pub trait Limits: Send + Sync + 'static {
    /// Counts an attempt in all of its counters, or in none: it is under way from now on, which counts as failed. One call to the store.
    ///
    /// # Errors
    /// When the store does not answer. It may have counted the attempt all the same; whoever asked does not go on.
    fn reserve(&self, counters: Vec<Counter>, at: Option<Timestamp>) -> Reply<Reserved>;

    /// Writes down how attempts ended. Never sent twice: a second time could take back what another attempt counts.
    ///
    /// # Errors
    /// When the store does not answer. What was not written down counts as failed.
    fn settle(&self, settlements: Vec<Settlement>, at: Option<Timestamp>) -> Reply<()>;

    /// Drops counters that say nothing any more, and when there are more than the store has room for, those that were not used for
    /// longest. Answers how many. A store that does this by itself answers 0.
    ///
    /// # Errors
    /// When the store does not answer.
    fn purge(&self, at: Option<Timestamp>) -> Reply<u64>;
}

/// How many counters a store keeps: as many as the tables of one process do together.
pub const MOST_COUNTERS: u32 = 300_000;
