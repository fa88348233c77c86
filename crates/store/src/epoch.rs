//! Epochs of the accounts: what a number of their logs is worth after a standby took over.
//!
//! A standby that takes over may lack the last commits, and a backup that is put back does. The numbers of those commits
//! would be given again, to others, and whoever had seen the first would take the second for known. So a database that is
//! not what it was begins a new epoch before it gives any number, and the numbers of an epoch begin past those of all
//! others. What is between the last number that survived and the first of the next epoch was lost.

use std::sync::atomic::{AtomicU64, Ordering};

use admit_core::id::Shard;
use admit_core::signal::{LogId, Position};

/// The epochs that a database has had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Epochs {
    /// Where the one that it is in begins: in its own list of signals, past all numbers of the epochs before.
    pub(crate) present: Position,
    /// What each beginning but the first has cost.
    pub(crate) losses: Vec<Loss>,
}

/// The beginning of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// The last numbers that had survived: of each shard, and then of the list of signals.
    pub(crate) survived: Vec<u64>,
    /// Where the epoch begins.
    pub(crate) base: u64,
}

/// In which list a number is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum In {
    Shard(Shard),
    Signals,
}

impl Epochs {
    /// Before anything is known of the accounts.
    pub(crate) fn none() -> Self {
        Self { present: Position { log: LogId::from_u64(0), seq: 0 }, losses: Vec::new() }
    }

    /// Whether an entry that had this number is not there any more.
    pub(crate) fn is_lost(&self, list: In, number: u64) -> bool {
        self.lost(list, number) > 0
    }

    /// How many entries up to this one are not there any more, since the last that is.
    pub(crate) fn lost(&self, list: In, number: u64) -> u64 {
        let place = match list {
            In::Shard(shard) => usize::from(shard.0),
            In::Signals => 256,
        };
        let lost = |loss: &Loss| {
            let survived = loss.survived.get(place).copied().unwrap_or(loss.base);
            if survived < number && number < loss.base { number - survived } else { 0 }
        };
        self.losses.iter().map(lost).max().unwrap_or_default()
    }

    /// How many entries of a shard there are after one number, up to another.
    pub(crate) fn between(&self, shard: Shard, after: u64, last: u64) -> u64 {
        let never_given = |loss: &Loss| {
            let survived = loss.survived.get(usize::from(shard.0)).copied().unwrap_or(loss.base);
            if loss.base <= last { loss.base.saturating_sub(survived.max(after)) } else { 0 }
        };
        last.saturating_sub(after).saturating_sub(self.losses.iter().map(never_given).sum())
    }
}

/// What was acknowledged and is gone, as far as a process knew of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Changes to subjects and ends of sessions.
    pub changes: u64,
    /// Signals about tokens.
    pub signals: u64,
}

/// The same, since the process began.
#[derive(Debug, Default)]
pub(crate) struct LostSoFar {
    changes: AtomicU64,
    signals: AtomicU64,
}

impl LostSoFar {
    pub(crate) fn note(&self, lost: Lost) {
        self.changes.fetch_add(lost.changes, Ordering::Relaxed);
        self.signals.fetch_add(lost.signals, Ordering::Relaxed);
    }

    pub(crate) fn so_far(&self) -> Lost {
        Lost { changes: self.changes.load(Ordering::Relaxed), signals: self.signals.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survived(shard_7: u64, signals: u64) -> Vec<u64> {
        let mut heads = vec![0; 257];
        (heads[7], heads[256]) = (shard_7, signals);
        heads
    }

    fn epochs() -> Epochs {
        let losses =
            vec![Loss { survived: survived(5, 9), base: 100 }, Loss { survived: survived(100, 103), base: 200 }];
        Epochs { present: Position { log: LogId::from_u64(3), seq: 200 }, losses }
    }

    #[test]
    fn what_is_between_the_last_that_survived_and_the_next_epoch_was_lost() {
        let (epochs, shard) = (epochs(), In::Shard(Shard(7)));
        for there in [0, 1, 5, 100, 200, 201, 5000] {
            assert!(!epochs.is_lost(shard, there), "{there}");
        }
        assert_eq!([6, 99, 101, 199].map(|number| epochs.lost(shard, number)), [1, 94, 1, 99]);
        assert_eq!([9, 10, 101, 103, 104].map(|number| epochs.lost(In::Signals, number)), [0, 1, 0, 0, 1]);
        assert_eq!(
            [(0, 5), (4, 103), (5, 100), (0, 202), (150, 201)].map(|(after, last)| epochs.between(
                Shard(7),
                after,
                last
            )),
            [5, 4, 0, 7, 1]
        );
        assert!(!Epochs { losses: Vec::new(), ..epochs }.is_lost(shard, 7));
    }
}
