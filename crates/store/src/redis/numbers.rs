//! How far the logs are, as this process knows.

use std::sync::atomic::{AtomicU64, Ordering};

use admit_core::id::Shard;

/// For each shard two numbers. Each is right about a past: what is there now is at least `known` in the accounts, and what
/// Redis has applied is in every answer of it.
pub(super) struct Numbers {
    known: [AtomicU64; 256],
    applied: [AtomicU64; 256],
}

impl Numbers {
    /// All zero.
    pub(super) fn new() -> Self {
        Self { known: [const { AtomicU64::new(0) }; 256], applied: [const { AtomicU64::new(0) }; 256] }
    }

    /// An entry with this number is committed: an answer of Redis that is not as far is not believed.
    pub(super) fn known(&self, shard: Shard) -> u64 {
        self.known.get(usize::from(shard.0)).map_or(0, |number| number.load(Ordering::Acquire))
    }

    /// Up to where Redis was when it was last seen.
    pub(super) fn applied(&self, shard: Shard) -> u64 {
        self.applied.get(usize::from(shard.0)).map_or(0, |number| number.load(Ordering::Acquire))
    }

    /// Notes that an entry is committed.
    pub(super) fn learn(&self, shard: Shard, seq: u64) {
        if let Some(number) = self.known.get(usize::from(shard.0)) {
            number.fetch_max(seq, Ordering::AcqRel);
        }
    }

    /// Notes that an entry of a number that was known is in no accounts: they are older than they were.
    pub(super) fn unlearn(&self, shard: Shard, wrong: u64, head: u64) {
        if let Some(number) = self.known.get(usize::from(shard.0)) {
            // Whoever has learnt more in the meantime is right.
            let _ = number.compare_exchange(wrong, head, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Notes where Redis is: that is less than it was when it has lost writes.
    pub(super) fn saw(&self, shard: Shard, fence: u64) {
        if let Some(number) = self.applied.get(usize::from(shard.0)).filter(|it| it.load(Ordering::Relaxed) != fence) {
            number.store(fence, Ordering::Release);
        }
    }

    /// The shards in which Redis was not as far as it has to be, or as was due if that is less.
    pub(super) fn behind(&self, due: &[u64; 256]) -> Vec<Shard> {
        let must = |(shard, due): &(Shard, &u64)| self.applied(*shard) < self.known(*shard).min(**due);
        Shard::all().zip(due).filter(must).map(|(shard, _)| shard).collect()
    }

    /// What is known of every shard.
    pub(super) fn all_known(&self) -> [u64; 256] {
        self.known.each_ref().map(|number| number.load(Ordering::Acquire))
    }

    /// How many entries Redis had not applied.
    pub(super) fn pending(&self) -> u64 {
        Shard::all().map(|shard| self.known(shard).saturating_sub(self.applied(shard))).sum()
    }
}
