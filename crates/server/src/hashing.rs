//! The hashing pool: a fixed number of threads, each with its own memory, and a short queue.
//!
//! A login costs 19 MiB and some 15 ms of a processor. Without a bound a few hundred of them at once take the machine;
//! with one, the surplus is told 503 at once and everything else goes on. The threads run at a lower priority, so that
//! checking a session never waits for somebody else's login.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use admit_core::credential::password::{self, Cost, HashError, Memory, Password, PasswordHash, Verdict};
use admit_core::random::Random;
use tokio::sync::oneshot;

enum Job {
    Hash(Password, oneshot::Sender<Result<PasswordHash, HashError>>),
    Verify(Password, PasswordHash, oneshot::Sender<Result<Verified, HashError>>),
}

/// The longest that a refusal is held back.
const MAX_LEVEL: Duration = Duration::from_secs(3);

/// A verdict, and how long the work took.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Verified {
    /// The verdict.
    pub verdict: Verdict,
    took: Duration,
}

/// How long verifying takes where the hash is not of today's cost, as the recent past has shown: those that came from
/// another system take up to seconds, and the decoy takes some 15 ms.
#[derive(Clone, Default)]
struct Level(Arc<AtomicU64>);

impl Level {
    /// Takes note of such a verification. The longest counts; it sinks again by a 64th with each that is shorter, so that one
    /// that the machine held up is forgotten.
    fn note(&self, took: Duration) {
        let took = u64::try_from(took.min(MAX_LEVEL).as_micros()).unwrap_or(u64::MAX);
        let raise = |level: u64| Some(took.max(level - level / 64));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, raise).unwrap_or_default();
    }

    fn is(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Why a hash was not computed.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// The queue is full: 503, with `Retry-After`.
    #[error("too many passwords are being checked at this moment")]
    Full,
    /// The hash itself could not be made or read.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// The pool.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Job>,
    decoy: PasswordHash,
    level: Level,
}

/// How much the pool may take.
#[derive(Clone, Copy, Debug)]
pub struct PoolSize {
    /// Threads.
    pub workers: usize,
    /// Waiting hashes in all.
    pub waiting: usize,
}

impl PoolSize {
    /// From the configuration: 0 workers is one a processor; the queue is counted for each worker.
    #[must_use]
    pub fn new(workers: usize, queue_each: usize) -> Self {
        let workers = if workers == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { workers };
        Self { workers, waiting: workers * queue_each.max(1) }
    }
}

impl Hasher {
    /// Starts the threads and makes the decoy, the hash that is verified when there is no such user.
    ///
    /// # Errors
    /// When a thread cannot be started or there is no randomness.
    pub fn start(size: PoolSize, cost: Cost, random: Arc<dyn Random>) -> Result<Self, String> {
        let decoy = password::decoy(cost, &*random).map_err(|error| error.to_string())?;
        let (queue, jobs) = sync_channel(size.waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        let level = Level::default();
        for number in 0..size.workers {
            let (jobs, random, level) = (Arc::clone(&jobs), Arc::clone(&random), level.clone());
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&jobs, cost, &*random, &level))
                .map_err(|error| format!("no thread for hashing: {error}"))?;
        }
        Ok(Self { queue, decoy, level })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// When the queue is full, or there is no randomness.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Hash(password, reply))?;
        Ok(answer.await.map_err(|_| HasherError::Full)??)
    }

    /// Verifies a password; without a stored hash, against the decoy, which takes the same time and is never right.
    ///
    /// # Errors
    /// When the queue is full, or the stored hash cannot be read.
    pub async fn verify(&self, password: Password, stored: Option<PasswordHash>) -> Result<Verified, HasherError> {
        let (reply, answer) = oneshot::channel();
        let known = stored.is_some();
        self.send(Job::Verify(password, stored.unwrap_or_else(|| self.decoy.clone()), reply))?;
        let verified = answer.await.map_err(|_| HasherError::Full)??;
        Ok(if known { verified } else { Verified { verdict: Verdict::Wrong, ..verified } })
    }

    /// Waits until a refusal has taken as long as any other, whether or not there is such a user and whoever made its hash.
    /// It costs no processor. Where no hash is another system's, nobody waits.
    ///
    /// What remains: until the first of the more costly hashes since the start has been verified, that one takes longer than
    /// the refusals before it; and whoever measures how busy the machine is sees the work itself.
    pub async fn level(&self, verified: &Verified) {
        let rest = self.level.is().saturating_sub(verified.took);
        if !rest.is_zero() {
            tokio::time::sleep(rest).await;
        }
    }

    fn send(&self, job: Job) -> Result<(), HasherError> {
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => HasherError::Full,
        })
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, cost: Cost, random: &dyn Random, level: &Level) {
    // On Linux this lowers the priority of the calling thread alone; elsewhere it would be the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "hashing runs at ordinary priority");
    }
    let mut memory = Memory::default();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            // A caller that has gone away is not an error.
            Ok(Job::Hash(password, reply)) => drop(reply.send(password::hash(&password, cost, random, &mut memory))),
            Ok(Job::Verify(password, stored, reply)) => {
                if !reply.is_closed() {
                    let begun = Instant::now();
                    let verdict = password::verify(&password, &stored, cost, &mut memory);
                    let took = begun.elapsed();
                    if !stored.is_current(cost) {
                        level.note(took);
                    }
                    drop(reply.send(verdict.map(|verdict| Verified { verdict, took })));
                }
            }
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use admit_core::random::OsRandom;

    const QUICK: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    fn hasher(workers: usize, waiting: usize, cost: Cost) -> Hasher {
        Hasher::start(PoolSize { workers, waiting }, cost, Arc::new(OsRandom)).unwrap()
    }

    #[tokio::test]
    async fn an_unknown_user_is_verified_and_never_right() {
        let hasher = hasher(1, 4, QUICK);
        let stored = hasher.hash(Password::new("correct horse battery").unwrap()).await.unwrap();
        let typed = || Password::new("correct horse battery").unwrap();
        let verified = hasher.verify(typed(), Some(stored)).await.unwrap();
        assert_eq!(verified.verdict, Verdict::Right { rehash: false });
        assert_eq!(hasher.verify(typed(), None).await.unwrap().verdict, Verdict::Wrong);
    }

    #[tokio::test]
    async fn once_a_costly_hash_was_verified_a_refusal_takes_as_long_whoever_it_is_for() {
        let hasher = hasher(1, 4, QUICK);
        let typed = || Password::new("correct horse battery").unwrap();
        let own = hasher.hash(typed()).await.unwrap();
        let verified = hasher.verify(typed(), Some(own)).await.unwrap();
        let begun = Instant::now();
        hasher.level(&verified).await;
        assert!(begun.elapsed() < Duration::from_millis(50), "nobody waits where nobody's hash is costly");

        // bcrypt of cost 10, of another password.
        let costly = PasswordHash::from_phc("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy".to_owned());
        let wrong = hasher.verify(typed(), Some(costly)).await.unwrap();
        assert_eq!(wrong.verdict, Verdict::Wrong);
        assert_eq!(hasher.level.is(), Duration::from_micros(wrong.took.as_micros().try_into().unwrap()));
        let begun = Instant::now();
        let unknown = hasher.verify(typed(), None).await.unwrap();
        hasher.level(&unknown).await;
        assert!(begun.elapsed() >= hasher.level.is(), "{:?} of {:?}", begun.elapsed(), hasher.level.is());
        hasher.level.note(Duration::ZERO);
        assert!(hasher.level.is() < wrong.took, "what was an exception is forgotten");
    }

    #[tokio::test]
    async fn past_the_queue_the_answer_is_full_at_once() {
        let hasher = hasher(1, 2, Cost::OWASP);
        let mut full = 0;
        let mut waiting = Vec::new();
        for _ in 0..32 {
            let hasher = hasher.clone();
            waiting.push(tokio::spawn(
                async move { hasher.verify(Password::new("anything at all").unwrap(), None).await },
            ));
        }
        for task in waiting {
            full += usize::from(matches!(task.await.unwrap(), Err(HasherError::Full)));
        }
        assert!(full >= 20, "{full} of 32 were turned away");
    }
}
