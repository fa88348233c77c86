//! How far the logs are, as this process knows.

use std::sync::atomic::{AtomicU64, Ordering};

use admit_core::id::Shard;

/// A number for each shard.
pub(super) struct Numbers([AtomicU64; 256]);

impl Numbers {
    /// All zero.
    pub(super) fn new() -> Self {
        Self([const { AtomicU64::new(0) }; 256])
    }

    fn of(&self, shard: Shard) -> &AtomicU64 {
        let Self(numbers) = self;
        // There is one for each value of a byte.
        numbers.get(usize::from(shard.0)).unwrap_or(&ZERO)
    }

    /// The number of a shard.
    pub(super) fn at(&self, shard: Shard) -> u64 {
        self.of(shard).load(Ordering::Acquire)
    }

    /// The number of a shard is this one at least.
    pub(super) fn raise(&self, shard: Shard, number: u64) {
        if self.at(shard) < number {
            self.of(shard).fetch_max(number, Ordering::AcqRel);
        }
    }

    /// The number of a shard is this one.
    pub(super) fn set(&self, shard: Shard, number: u64) {
        if self.at(shard) != number {
            self.of(shard).store(number, Ordering::Release);
        }
    }

    /// The number of a shard is another, unless it is not what was believed any more.
    pub(super) fn correct(&self, shard: Shard, believed: u64, number: u64) {
        let _ = self.of(shard).compare_exchange(believed, number, Ordering::AcqRel, Ordering::Acquire);
    }

    /// All of them.
    pub(super) fn all(&self) -> [u64; 256] {
        let Self(numbers) = self;
        numbers.each_ref().map(|number| number.load(Ordering::Acquire))
    }
}

static ZERO: AtomicU64 = AtomicU64::new(0);
