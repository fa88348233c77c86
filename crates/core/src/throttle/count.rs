//! The rules for shared counts, as pure functions: what every store that nodes share does in one step at the server.
//!
//! They are the rules of [`super::table`], but for one thing: whoever began an attempt may never say how it ended, because the node is
//! gone or its word was lost. So attempts under way are counted by slices of time, and those of a slice that is over have failed.

use std::collections::HashMap;

use super::counter::{Counter, CounterKey, Receipt, Reserved, Rule, SLICE, Settlement, Stops};
use super::table::{Ending, backoff};
use crate::time::Timestamp;

/// The state of one counter. Times are milliseconds since 1970 by the clock of the store; 0 is never.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Count {
    /// Failures.
    pub failed: u32,
    /// Attempts under way that began in `slice`.
    pub under_way: u32,
    /// Attempts under way that began in the slice before.
    pub before: u32,
    /// The number of the slice, from 1970 on.
    pub slice: u64,
    /// When the latest attempt began that others wait for.
    pub begun: u64,
    /// When the latest failed attempt began that others wait for.
    pub failed_at: u64,
    /// When a failure of any kind was last written down.
    pub seen: u64,
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn slice_of(millis_since_1970: u64) -> u64 {
    millis_since_1970 / millis(SLICE)
}

impl Count {
    /// As it is at `now`. What is ahead counts as now: the clock was set back. What began in slices that are over has failed at their
    /// end.
    fn roll(&mut self, now: u64) {
        let slice = slice_of(now);
        self.begun = self.begun.min(now);
        self.failed_at = self.failed_at.min(now);
        self.seen = self.seen.min(now);
        self.slice = self.slice.min(slice);
        if self.slice == slice {
            return;
        }
        let (lost, before) = match self.slice + 1 == slice {
            true => (self.before, self.under_way),
            false => (self.before.saturating_add(self.under_way), 0),
        };
        if lost > 0 {
            self.failed = self.failed.saturating_add(lost);
            self.failed_at = self.failed_at.max(self.begun);
            self.seen = self.seen.max(self.slice.saturating_add(1).saturating_mul(millis(SLICE)).saturating_sub(1));
        }
        (self.before, self.under_way, self.slice) = (before, 0, slice);
    }

    fn forget(&mut self, rule: &Rule, now: u64) {
        if now.saturating_sub(self.seen) >= millis(rule.forget) {
            self.failed = 0;
        }
    }

    fn unsettled(&self) -> u32 {
        self.under_way.saturating_add(self.before)
    }

    fn is_used_up(&self, rule: &Rule) -> bool {
        self.failed.saturating_add(self.unsettled()) >= rule.free
    }

    fn wait(&self, rule: &Rule, now: u64) -> u64 {
        let Some(over) = self.failed.saturating_add(self.unsettled()).checked_sub(rule.free) else { return 0 };
        let from = if self.unsettled() > 0 { self.begun.max(self.failed_at) } else { self.failed_at };
        millis(backoff(over, rule.most)).saturating_sub(now.saturating_sub(from))
    }

    fn is_fresh(&self, rule: &Rule, now: u64) -> bool {
        self.unsettled() == 0 && (self.seen == 0 || now.saturating_sub(self.seen) >= millis(rule.remember))
    }

    fn begin(&mut self, delays: bool, now: u64) {
        self.under_way = self.under_way.saturating_add(1);
        if delays {
            self.begun = now;
        }
    }

    fn end(&mut self, settlement: &Settlement, now: u64) {
        let at = settlement.at.millis().min(now);
        let unsettled = match slice_of(at) {
            slice if slice == self.slice => Some(&mut self.under_way),
            slice if slice + 1 == self.slice => Some(&mut self.before),
            // Said too late: it has failed.
            _ => None,
        };
        let in_time = unsettled.is_some();
        if let Some(unsettled) = unsettled {
            *unsettled = unsettled.saturating_sub(1);
        }
        match settlement.ending {
            Ending::Failed if in_time => {
                self.failed = self.failed.saturating_add(1);
                self.seen = now;
                if settlement.delays {
                    self.failed_at = self.failed_at.max(at);
                }
            }
            Ending::Failed | Ending::TakenBack => {}
            // Not what was written down since it began: the word of a success may be late, and must not clear guesses that it did not see.
            Ending::Cleared if self.seen <= at => (self.failed, self.seen) = (0, 0),
            Ending::Cleared => {}
        }
    }

    /// Whether it says what one that is not there does.
    fn is_empty(&self) -> bool {
        self.unsettled() == 0 && self.seen == 0
    }
}

/// Counts an attempt in all of its counters, or in none.
fn reserve(counts: &mut [(Counter, Count)], now: u64) -> Reserved {
    for (counter, count) in &mut *counts {
        count.roll(now);
        count.forget(&counter.rule, now);
    }
    if counts.iter().any(|(counter, count)| counter.stops == Stops::UsedUp && count.is_used_up(&counter.rule)) {
        return Reserved::UsedUp;
    }
    let is_fresh = counts.first().is_some_and(|(counter, count)| count.is_fresh(&counter.rule, now));
    let waived = |counter: &Counter, count: &Count| {
        is_fresh && counter.stops == Stops::WaitsUnlessFirst && count.is_used_up(&counter.rule)
    };
    let first_try = counts.iter().any(|(counter, count)| waived(counter, count));
    let mut longest = (0, 0);
    for (place, (counter, count)) in counts.iter().enumerate() {
        let stops = match counter.stops {
            Stops::Waits => true,
            Stops::WaitsUnlessFirst => !first_try,
            Stops::Never | Stops::UsedUp => false,
        };
        let wait = if stops { count.wait(&counter.rule, now) } else { 0 };
        if wait > longest.1 {
            longest = (place, wait);
        }
    }
    if let (counter, wait @ 1..) = longest {
        return Reserved::Wait { counter, wait: std::time::Duration::from_millis(wait) };
    }
    let mut last = false;
    for (counter, count) in counts {
        count.begin(counter.delays(first_try), now);
        last |= counter.stops == Stops::UsedUp && count.is_used_up(&counter.rule);
    }
    Reserved::Counted(Receipt { at: Timestamp::from_millis(now), first_try, last })
}

/// Counters in memory: the model that every store agrees with, and enough for stores of one process.
#[derive(Default, Debug)]
pub struct Counts(HashMap<CounterKey, Count>);

impl Counts {
    /// Counts an attempt in all of these counters, or in none, at `now`.
    pub fn reserve(&mut self, counters: &[Counter], now: Timestamp) -> Reserved {
        let count = |counter: &Counter| (*counter, self.0.get(&counter.key).copied().unwrap_or_default());
        let mut counts: Vec<_> = counters.iter().map(count).collect();
        let reserved = reserve(&mut counts, now.millis());
        if matches!(reserved, Reserved::Counted(_)) {
            self.0.extend(counts.iter().map(|(counter, count)| (counter.key, *count)));
        }
        reserved
    }

    /// Writes down how attempts ended.
    pub fn settle(&mut self, settlements: &[Settlement], now: Timestamp) {
        for settlement in settlements {
            let count = self.0.entry(settlement.key).or_default();
            count.roll(now.millis());
            count.end(settlement, now.millis());
            if count.is_empty() {
                self.0.remove(&settlement.key);
            }
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
