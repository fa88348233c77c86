//! One table of counts: attempts under way and failures of the recent past, by key.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::time::Moment;

/// Entries kept in a table. When it is full its least recently used half goes.
pub(super) const CAPACITY: usize = 100_000;

/// What a table allows.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    /// Failures that nobody waits for.
    pub(super) free: u32,
    /// The longest wait: it doubles from a second up to this with each failure beyond the free ones.
    pub(super) most: Duration,
    /// After so long without a failure the count begins at zero again.
    pub(super) forget: Duration,
    /// So long it is remembered that there was a failure at all.
    pub(super) remember: Duration,
    /// Whether an attempt under way counts as a failure until it has succeeded.
    pub(super) under_way: bool,
}

/// The wait after so many failures beyond the free ones.
pub(super) fn backoff(over: u32, most: Duration) -> Duration {
    Duration::from_secs(1_u64.checked_shl(over.min(32)).unwrap_or(u64::MAX)).min(most)
}

#[derive(Clone, Copy, Default)]
struct Entry {
    failed: u32,
    under_way: u32,
    /// When the latest attempt began that others wait for.
    begun: Moment,
    /// When the latest failed attempt began that others wait for.
    failed_at: Moment,
    /// When the latest failed attempt of any kind began.
    seen: Option<Moment>,
}

impl Entry {
    /// A reading from the future means that the clock was set back after all. It counts as now, or the wait would last until the
    /// clock has caught up.
    fn no_later_than(&mut self, now: Moment) {
        self.begun = self.begun.min(now);
        self.failed_at = self.failed_at.min(now);
        self.seen = self.seen.map(|seen| seen.min(now));
    }

    /// Failures that still count. An attempt under way is one until it has succeeded.
    fn count(&self, limit: Limit, now: Moment) -> u32 {
        let remembered = self.seen.is_some_and(|seen| now.since(seen) < limit.forget);
        let under_way = if limit.under_way { self.under_way } else { 0 };
        under_way.saturating_add(if remembered { self.failed } else { 0 })
    }

    fn wait(&self, limit: Limit, now: Moment) -> Option<Duration> {
        let over = self.count(limit, now).checked_sub(limit.free)?;
        let backoff = backoff(over, limit.most);
        let from = if limit.under_way && self.under_way > 0 { self.begun.max(self.failed_at) } else { self.failed_at };
        let passed = now.since(from);
        (passed < backoff).then(|| backoff - passed)
    }

    fn last(&self) -> Moment {
        self.begun.max(self.failed_at).max(self.seen.unwrap_or_default())
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It failed, or its client hung up.
    Failed,
    /// It does not count here: it succeeded, or was never judged.
    TakenBack,
    /// It succeeded, and the key starts afresh.
    Cleared,
}

/// Counts by key.
pub(super) struct Table<K> {
    limit: Limit,
    entries: HashMap<K, Entry>,
}

impl<K: Eq + Hash + Clone> Table<K> {
    pub(super) fn new(limit: Limit) -> Self {
        Self { limit, entries: HashMap::new() }
    }

    fn entry(&mut self, key: &K, now: Moment) -> Option<&Entry> {
        let entry = self.entries.get_mut(key)?;
        entry.no_later_than(now);
        Some(entry)
    }

    /// How long the next attempt has to wait.
    pub(super) fn wait(&mut self, key: &K, now: Moment) -> Option<Duration> {
        let limit = self.limit;
        self.entry(key, now)?.wait(limit, now)
    }

    /// Whether the free failures are used up.
    pub(super) fn is_used_up(&mut self, key: &K, now: Moment) -> bool {
        let limit = self.limit;
        self.entry(key, now).is_some_and(|entry| entry.count(limit, now) >= limit.free)
    }

    /// Whether no failure is remembered and nothing is under way.
    pub(super) fn is_fresh(&mut self, key: &K, now: Moment) -> bool {
        let remember = self.limit.remember;
        self.entry(key, now)
            .is_none_or(|entry| entry.under_way == 0 && entry.seen.is_none_or(|seen| now.since(seen) >= remember))
    }

    /// Counts an attempt that begins. `delays`: the wait of those who come next is counted from it.
    pub(super) fn begin(&mut self, key: K, delays: bool, now: Moment) {
        let limit = self.limit;
        let entry = self.room_for(key, now);
        if entry.seen.is_some_and(|seen| now.since(seen) >= limit.forget) {
            entry.failed = 0;
        }
        entry.under_way = entry.under_way.saturating_add(1);
        if delays {
            entry.begun = now;
        }
    }

    /// Notes how an attempt ended that began at `begun`. An entry that had to make room meanwhile comes back if it failed.
    pub(super) fn end(&mut self, key: &K, delays: bool, begun: Moment, ending: Ending) {
        let entry = match ending {
            Ending::Failed => self.room_for(key.clone(), begun),
            Ending::TakenBack | Ending::Cleared => match self.entries.get_mut(key) {
                Some(entry) => entry,
                None => return,
            },
        };
        entry.under_way = entry.under_way.saturating_sub(1);
        match ending {
            Ending::Failed => {
                entry.failed = entry.failed.saturating_add(1);
                entry.seen = entry.seen.max(Some(begun));
                if delays {
                    entry.failed_at = entry.failed_at.max(begun);
                }
            }
            Ending::TakenBack => {}
            Ending::Cleared => {
                entry.failed = 0;
                entry.seen = None;
            }
        }
        if entry.under_way == 0 && entry.seen.is_none() {
            self.entries.remove(key);
        }
    }

    /// The entry of a key, made when there is none.
    fn room_for(&mut self, key: K, now: Moment) -> &mut Entry {
        if self.entries.len() >= CAPACITY && !self.entries.contains_key(&key) {
            self.make_room(now);
        }
        self.entries.entry(key).or_default()
    }

    fn make_room(&mut self, now: Moment) {
        let remember = self.limit.remember;
        self.entries.retain(|_, entry| entry.under_way > 0 || now.since(entry.last()) < remember);
        if self.entries.len() >= CAPACITY {
            let mut times: Vec<Moment> = self.entries.values().map(Entry::last).collect();
            let (_, median, _) = times.select_nth_unstable(CAPACITY / 2);
            let median = *median;
            self.entries.retain(|_, entry| entry.last() > median);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[cfg(test)]
    pub(super) fn has(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }
}
