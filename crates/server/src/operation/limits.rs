//! Limits that nodes share: an attempt is counted in the store before its password is looked at, by one call for all of its counters.
//!
//! How it ended is written down behind it, by one task and in order. Nobody waits for that; what is lost counts as failed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admit_core::secret::ServerSecret;
use admit_core::store::{Limits, StoreError};
use admit_core::throttle::{
    Claimant, Counted, Counter, CounterKey, CounterKeys, Reserved, Settlement, Settles, Stopped,
};
use admit_core::time::Moment;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// How long a refusal of the store is believed. A success at another node may have ended it meanwhile.
const BELIEVED: Duration = Duration::from_secs(5);

/// How many refusals are remembered.
const MOST: usize = 4096;

/// Attempts whose end waits to be written down. A store that is as slow as that has more to refuse than these.
const WAITING: usize = 1024;

/// So many ends are written down by one call.
const AT_ONCE: usize = 64;

/// A refusal of the store.
#[derive(Clone, Copy)]
struct Refusal {
    at: Moment,
    wait: Duration,
}

impl Refusal {
    fn left(&self, now: Moment) -> Option<Duration> {
        let passed = now.since(self.at);
        (passed < self.wait.min(BELIEVED)).then(|| self.wait.saturating_sub(passed))
    }
}

/// Where endings go.
struct Behind(mpsc::Sender<Vec<Settlement>>);

impl Settles for Behind {
    fn settle(&self, settlements: Vec<Settlement>) {
        if self.0.try_send(settlements).is_err() {
            tracing::warn!("the end of a sign-in attempt was not written down, so it counts as a failure");
        }
    }
}

/// Counts of attempts that nodes share.
pub struct SharedLimits {
    store: Arc<dyn Limits>,
    keys: CounterKeys,
    settles: Arc<Behind>,
    refused: Mutex<HashMap<CounterKey, Refusal>>,
}

impl SharedLimits {
    /// In this store, under names by the secret that all nodes have. Starts the task that writes down how attempts ended; it ends with
    /// the last attempt.
    #[must_use]
    pub fn new(store: Arc<dyn Limits>, secret: &ServerSecret) -> Self {
        let (settles, settled) = mpsc::channel(WAITING);
        tokio::spawn(write_down(Arc::clone(&store), settled));
        let keys = CounterKeys::new(secret);
        Self { store, keys, settles: Arc::new(Behind(settles)), refused: Mutex::default() }
    }

    /// How long this name has to wait at this address, by what the store said a moment ago: asked before any store is.
    pub(super) fn wait(&self, account: &str, prefix: &str, now: Moment) -> Option<Duration> {
        self.refused().get(&self.keys.pair(account, prefix)).and_then(|refusal| refusal.left(now))
    }

    /// How long strangers have to wait at this address, by what the store said a moment ago.
    pub(super) fn wait_of_address(&self, prefix: &str, now: Moment) -> Option<Duration> {
        self.refused().get(&self.keys.address(prefix)).and_then(|refusal| refusal.left(now))
    }

    /// Counts an attempt, if it may begin.
    ///
    /// # Errors
    /// When the store does not answer: nobody's password is looked at then.
    pub(super) async fn reserve(
        &self,
        claimant: Claimant<'_>,
        now: Moment,
    ) -> Result<Result<Counted, Stopped>, StoreError> {
        let counters = self.keys.of(claimant);
        let reserved = self.store.reserve(counters.clone(), None).await?;
        Ok(self.counted(counters, reserved, now))
    }

    /// The same, on a thread that is not of the runtime: it waits for the answer, which comes or fails within a second.
    ///
    /// # Errors
    /// As [`Self::reserve`], and when the runtime ends.
    pub(super) fn reserve_on(
        &self,
        runtime: &Handle,
        claimant: Claimant<'_>,
        now: Moment,
    ) -> Result<Result<Counted, Stopped>, StoreError> {
        let counters = self.keys.of(claimant);
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let asked = self.store.reserve(counters.clone(), None);
        // Nobody waits any more only when this thread is gone.
        runtime.spawn(async move { drop(answer.send(asked.await)) });
        let reserved = answered.recv().map_err(|_| StoreError::new("the server is about to stop"))??;
        Ok(self.counted(counters, reserved, now))
    }

    fn counted(&self, counters: Vec<Counter>, reserved: Reserved, now: Moment) -> Result<Counted, Stopped> {
        match reserved {
            Reserved::Counted(receipt) => Ok(Counted::new(Arc::clone(&self.settles) as _, counters, receipt)),
            Reserved::Wait { counter, wait } => {
                // The account's own wait is not remembered: whether it stops somebody depends on who comes, and from where.
                if let (0 | 1, Some(counter)) = (counter, counters.get(counter)) {
                    self.note(counter.key, Refusal { at: now, wait });
                }
                Err(Stopped::Wait(wait))
            }
            Reserved::UsedUp => Err(Stopped::Session),
        }
    }

    /// Drops counters that say nothing any more. Answers how many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn purge(&self) -> Result<u64, StoreError> {
        self.store.purge(None).await
    }

    fn note(&self, key: CounterKey, refusal: Refusal) {
        let mut refused = self.refused();
        if refused.len() >= MOST {
            refused.retain(|_, other| other.left(refusal.at).is_some());
        }
        // Whoever finds no room asks the store again.
        if refused.len() < MOST {
            refused.insert(key, refusal);
        }
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<CounterKey, Refusal>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write_down(store: Arc<dyn Limits>, mut settled: mpsc::Receiver<Vec<Settlement>>) {
    let mut waiting = Vec::with_capacity(AT_ONCE);
    while settled.recv_many(&mut waiting, AT_ONCE).await > 0 {
        // Sent once, whatever the answer: what was done twice could take back what another attempt counts.
        if let Err(error) = store.settle(waiting.drain(..).flatten().collect(), None).await {
            tracing::warn!(%error, "how sign-in attempts ended was not written down, so they count as failures");
        }
    }
}

#[cfg(test)]
mod tests {
    use admit_core::random::OsRandom;
    use admit_store::MemoryLimits;

    use super::*;

    const ALICE: Claimant<'_> = Claimant { account: "alice", prefix: "192.0.2.1", known: false, session: None };

    fn at(seconds: u64) -> Moment {
        Moment::from_zero(Duration::from_secs(100 + seconds))
    }

    fn two_nodes() -> [SharedLimits; 2] {
        let (store, secret) = (Arc::new(MemoryLimits::default()), ServerSecret::new(&OsRandom).unwrap());
        [(), ()].map(|()| SharedLimits::new(Arc::clone(&store) as _, &secret))
    }

    #[tokio::test]
    async fn what_fails_at_one_node_counts_at_the_other_and_a_refusal_is_remembered() {
        let [one, other] = two_nodes();
        for node in [&one, &other, &one, &other, &one] {
            node.reserve(ALICE, at(0)).await.unwrap().unwrap().failed();
        }
        assert_eq!(other.wait("alice", "192.0.2.1", at(0)), None);
        assert!(matches!(other.reserve(ALICE, at(0)).await.unwrap(), Err(Stopped::Wait(_))));
        assert!(other.wait("alice", "192.0.2.1", at(0)).is_some(), "the store is not asked again");
        assert_eq!(other.wait("bob", "192.0.2.1", at(0)), None);
        assert_eq!(other.wait("alice", "192.0.2.1", at(5)), None, "what the store said is too old");
    }

    #[tokio::test]
    async fn no_more_refusals_are_remembered_than_there_is_room_for() {
        let [node, _] = two_nodes();
        for number in 0..MOST * 2 {
            let key = node.keys.pair(&number.to_string(), "");
            node.note(key, Refusal { at: at(0), wait: Duration::from_secs(900) });
        }
        assert_eq!(node.refused().len(), MOST);
        node.note(node.keys.pair("late", ""), Refusal { at: at(6), wait: Duration::from_secs(900) });
        assert!(node.wait("late", "", at(6)).is_some() && node.refused().len() == 1);
    }

    #[tokio::test]
    async fn ends_are_written_down_behind_in_their_order() {
        let [one, other] = two_nodes();
        for _ in 0..4 {
            one.reserve(ALICE, at(0)).await.unwrap().unwrap().failed();
        }
        // Taken back: no password was looked at.
        for _ in 0..20 {
            drop(one.reserve(ALICE, at(0)).await.unwrap().unwrap());
            tokio::task::yield_now().await;
        }
        assert!(other.reserve(ALICE, at(0)).await.unwrap().is_ok());
    }
}
