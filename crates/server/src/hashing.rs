//! The hashing pool: a fixed number of threads, each with its own memory, and a short queue.
//!
//! A login costs 19 MiB and some 15 ms of a processor. Without a bound a few hundred of them at once take the machine;
//! with one, the surplus is told 503 at once and everything else goes on. The threads run at a lower priority, so that
//! checking a session never waits for somebody else's login.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use admit_core::credential::password::{self, Cost, HashError, Memory, Password, PasswordHash, Verdict};
use admit_core::random::Random;
use tokio::sync::oneshot;

enum Job {
    Hash(Password, oneshot::Sender<Result<PasswordHash, HashError>>),
    Verify(Password, PasswordHash, oneshot::Sender<Result<Verdict, HashError>>),
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
        let mut unknown = [0_u8; 32];
        random.fill(&mut unknown).map_err(|error| error.to_string())?;
        let unknown: String = unknown.iter().map(|byte| format!("{byte:02x}")).collect();
        let nobody = Password::new(&unknown).ok_or("no password can be made")?;
        let decoy =
            password::hash(&nobody, cost, &*random, &mut Memory::default()).map_err(|error| error.to_string())?;

        let (queue, jobs) = sync_channel(size.waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..size.workers {
            let (jobs, random) = (Arc::clone(&jobs), Arc::clone(&random));
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&jobs, cost, &*random))
                .map_err(|error| format!("no thread for hashing: {error}"))?;
        }
        Ok(Self { queue, decoy })
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
    pub async fn verify(&self, password: Password, stored: Option<PasswordHash>) -> Result<Verdict, HasherError> {
        let (reply, answer) = oneshot::channel();
        let known = stored.is_some();
        self.send(Job::Verify(password, stored.unwrap_or_else(|| self.decoy.clone()), reply))?;
        let verdict = answer.await.map_err(|_| HasherError::Full)??;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    fn send(&self, job: Job) -> Result<(), HasherError> {
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => HasherError::Full,
        })
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, cost: Cost, random: &dyn Random) {
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
                    drop(reply.send(password::verify(&password, &stored, cost, &mut memory)));
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
        assert_eq!(hasher.verify(typed(), Some(stored)).await.unwrap(), Verdict::Right { rehash: false });
        assert_eq!(hasher.verify(typed(), None).await.unwrap(), Verdict::Wrong);
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
