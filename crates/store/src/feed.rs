//! The list of signals in memory: what checks of tokens read, and what verifiers elsewhere follow.
//!
//! Like the live sessions it is a copy: a signal is committed first, put here in the order of the commits, and only then is
//! the change that it tells of acknowledged.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use admit_core::signal::{LogId, Position, Revocations, Signal};
use admit_core::store::{Coming, Following, Reply};
use admit_core::time::{Moment, Timestamp};
use tokio::sync::broadcast;

/// Signals that a follower may be behind before it has to ask again from its last position.
const BEHIND: usize = 4096;

/// As of when everything is known, as [`Coming::known_as_of`] has it: asked of the store that keeps the list.
pub(crate) type KnownAsOf = Box<dyn Fn(Duration) -> Reply<Moment> + Send + Sync>;

/// The list.
pub(crate) struct Feed {
    revocations: Arc<Revocations>,
    listed: Mutex<Listed>,
}

struct Listed {
    log: LogId,
    signals: BTreeMap<u64, Signal>,
    seq: u64,
    followers: broadcast::Sender<Signal>,
}

impl Feed {
    /// The list as it was kept: `seq` is the last number that was ever given.
    pub(crate) fn new(log: LogId, seq: u64, signals: Vec<Signal>) -> Self {
        let revocations = Arc::new(Revocations::default());
        signals.iter().for_each(|signal| revocations.apply(signal));
        let signals = signals.into_iter().map(|signal| (signal.seq, signal)).collect();
        let listed = Mutex::new(Listed { log, signals, seq, followers: broadcast::Sender::new(BEHIND) });
        Self { revocations, listed }
    }

    pub(crate) fn revocations(&self) -> &Arc<Revocations> {
        &self.revocations
    }

    /// Puts a committed signal in force, then tells of it.
    pub(crate) fn publish(&self, signal: Signal) {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        self.revocations.apply(&signal);
        listed.seq = listed.seq.max(signal.seq);
        listed.signals.insert(signal.seq, signal.clone());
        // Nobody may be following.
        drop(listed.followers.send(signal));
    }

    /// What a follower has missed, and what comes: between the two nothing is lost and nothing comes twice.
    pub(crate) fn follow(&self, from: Option<Position>, known_as_of: KnownAsOf) -> Following {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        // A number that was never given is of a list that has been put back since: then all of this one is new.
        let after = from.filter(|from| from.log == listed.log && from.seq <= listed.seq).map_or(0, |from| from.seq);
        let missed = listed.signals.range(after.saturating_add(1)..).map(|(_, signal)| signal.clone()).collect();
        let coming = Box::new(Receiver { signals: listed.followers.subscribe(), known_as_of });
        Following { log: listed.log, seq: listed.seq, missed, coming }
    }

    /// Forgets what no token needs any more.
    pub(crate) fn purge(&self, now: Timestamp) {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.signals.retain(|_, signal| signal.until > now);
        self.revocations.purge(now);
    }
}

/// For a list that several processes write.
#[cfg(feature = "postgres")]
impl Feed {
    /// Puts a committed signal in force before its turn in the list has come: it is told of when those before it are known.
    pub(crate) fn enforce(&self, signal: &Signal) {
        let _one_at_a_time = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        self.revocations.apply(signal);
    }

    /// The last number that is known.
    pub(crate) fn seq(&self) -> u64 {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).seq
    }

    /// Which list it is.
    pub(crate) fn log(&self) -> LogId {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).log
    }

    /// Goes on to a later number: those between are not needed by any token any more.
    pub(crate) fn advance(&self, seq: u64) {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.seq = listed.seq.max(seq);
    }

    /// Whether it is the list of this name, and no longer than up to this number.
    pub(crate) fn is(&self, log: LogId, seq: u64) -> bool {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        listed.log == log && listed.seq <= seq
    }

    /// Becomes another list. What is revoked stays revoked; followers ask again, and are told everything. Gives the signals that
    /// it had.
    pub(crate) fn reset(&self, log: LogId, seq: u64, signals: Vec<Signal>) -> Vec<Signal> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        signals.iter().for_each(|signal| self.revocations.apply(signal));
        self.revocations.keys_may_have_changed();
        let signals = signals.into_iter().map(|signal| (signal.seq, signal)).collect();
        let before =
            std::mem::replace(&mut *listed, Listed { log, signals, seq, followers: broadcast::Sender::new(BEHIND) });
        before.signals.into_values().collect()
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self::new(LogId::from_u64(0), 0, Vec::new())
    }
}

struct Receiver {
    signals: broadcast::Receiver<Signal>,
    known_as_of: KnownAsOf,
}

impl Coming for Receiver {
    fn next(&mut self) -> Pin<Box<dyn Future<Output = Option<Signal>> + Send + '_>> {
        Box::pin(async { self.signals.recv().await.ok() })
    }

    fn known_as_of(&self, at_most: Duration) -> Reply<Moment> {
        (self.known_as_of)(at_most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use admit_clock::SystemClock;
    use admit_core::signal::Told;
    use admit_core::time::Clock;

    fn signal(seq: u64, until: u64) -> Signal {
        let (at, until) = (Timestamp::from_seconds(1), Timestamp::from_seconds(until));
        Signal { seq, at, until, told: Told::KeysChanged }
    }

    fn follow(feed: &Feed, from: Option<Position>) -> Following {
        feed.follow(from, Box::new(|_| Reply::ready(Ok(SystemClock.monotonic()))))
    }

    fn numbers(following: &Following) -> Vec<u64> {
        following.missed.iter().map(|signal| signal.seq).collect()
    }

    #[tokio::test]
    async fn a_follower_gets_what_it_missed_and_what_comes_each_once() {
        let feed = Feed::new(LogId::from_u64(7), 3, vec![signal(2, 100), signal(3, 200)]);
        let at = |log, seq| Some(Position { log: LogId::from_u64(log), seq });
        assert_eq!(numbers(&follow(&feed, None)), [2, 3]);
        assert_eq!(numbers(&follow(&feed, at(7, 2))), [3]);
        assert_eq!(numbers(&follow(&feed, at(7, 4))), [2, 3], "a number that was never given");
        assert_eq!(numbers(&follow(&feed, at(8, 2))), [2, 3], "another list");
        let mut following = follow(&feed, at(7, 3));
        assert!(following.missed.is_empty());
        feed.publish(signal(4, 300));
        assert_eq!(following.coming.next().await.map(|signal| signal.seq), Some(4));
        feed.purge(Timestamp::from_seconds(200));
        assert_eq!(numbers(&follow(&feed, None)), [4]);
        assert_eq!(follow(&feed, None).seq, 4);
    }

    #[tokio::test]
    async fn a_list_that_becomes_another_is_told_anew_to_everybody_and_forgets_no_revocation() {
        let feed = Feed::new(LogId::from_u64(7), 3, vec![signal(3, 200)]);
        let mut following = follow(&feed, None);
        assert!(feed.is(LogId::from_u64(7), 3) && !feed.is(LogId::from_u64(7), 2) && !feed.is(LogId::from_u64(8), 3));
        feed.reset(LogId::from_u64(8), 2, vec![signal(1, 100), signal(2, 300)]);
        assert!(following.coming.next().await.is_none());
        assert_eq!(numbers(&follow(&feed, Some(Position { log: LogId::from_u64(7), seq: 3 }))), [1, 2]);
        feed.advance(9);
        assert_eq!(feed.seq(), 9);
    }

    #[tokio::test]
    async fn a_follower_that_is_too_slow_is_told_to_ask_again() {
        let feed = Feed::default();
        let mut following = follow(&feed, None);
        (1..=BEHIND as u64 * 2).for_each(|seq| feed.publish(signal(seq, 100)));
        assert!(following.coming.next().await.is_none());
        assert_eq!(follow(&feed, None).missed.len(), BEHIND * 2, "nothing is lost to it");
    }
}
