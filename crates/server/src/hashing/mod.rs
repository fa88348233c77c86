//! The hashing pool: a fixed number of threads, each with its own memory, and a short, fair queue.
//!
//! A login costs 19 MiB and some 15 ms of a processor. Without a bound a few hundred of them at once take the machine;
//! with one, the surplus is refused and everything else goes on. The threads run at a lower priority, so that
//! checking a session never waits for somebody else's login.
//!
//! Nobody takes the pool from others: see `queue` for how it is shared. Who has to wait waits `PATIENCE` at most, and without
//! a processor; that also slows whoever asks again the moment they are refused.

mod pool;
mod queue;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use admit_core::credential::password::{self, Cost, HashError, Password, PasswordHash, Verdict};
use admit_core::random::Random;
use admit_core::store::StoreError;
use admit_core::throttle::{Attempt, Stopped};
use admit_core::time::Clock;
use tokio::sync::oneshot;

use self::pool::{Handle, Job, Pool};
pub use self::queue::Asker;
use self::queue::Surplus;

/// The longest that somebody waits for their hash to begin.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a refusal is held back that cost nothing: whoever asks again at once is slowed by it, and takes no processor from
/// those who are served.
const HELD_BACK: Duration = Duration::from_millis(300);

/// Waits before a refusal that cost nothing.
pub async fn hold_back() {
    tokio::time::sleep(HELD_BACK).await;
}

/// A verdict, and how long the work took.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Verified {
    /// The verdict.
    pub verdict: Verdict,
    took: Duration,
}

/// Why a hash was not computed.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// The queue is full: 503, with `Retry-After`.
    #[error("too many passwords are being checked")]
    Full,
    /// Others of the same account are before it: 429, with `Retry-After`.
    #[error("too many passwords of this account are being checked")]
    Account,
    /// Others of the same address are before it: 429, with `Retry-After`.
    #[error("too many passwords from this address are being checked")]
    Address,
    /// No thread is left: 503 until the server is started anew.
    #[error("the threads that hash passwords have ended")]
    Stopped,
    /// The computation ended without a result.
    #[error("hashing a password panicked")]
    Panicked,
    /// The hash itself could not be made or read.
    #[error(transparent)]
    Hash(#[from] HashError),
}

impl From<Surplus> for HasherError {
    fn from(surplus: Surplus) -> Self {
        match surplus {
            Surplus::Account => Self::Account,
            Surplus::Address => Self::Address,
            Surplus::Pool => Self::Full,
        }
    }
}

/// Why a check did not begin when its turn had come.
#[derive(Debug)]
pub enum NotBegun {
    /// Too many before it have failed.
    Stopped(Stopped),
    /// The store in which nodes count together did not say whether it may.
    Unavailable(StoreError),
}

impl From<Stopped> for NotBegun {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

/// The pool.
#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Handle>,
    decoy: PasswordHash,
    cost: Cost,
}

/// How much the pool may take.
#[derive(Clone, Copy, Debug)]
pub struct PoolSize {
    /// Threads.
    pub workers: usize,
    /// Accounts that may wait in all.
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
    pub fn start(size: PoolSize, cost: Cost, random: &Arc<dyn Random>, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let decoy = password::decoy(cost, &**random).map_err(|error| error.to_string())?;
        let pool = Arc::new(Pool::new(size.waiting, size.workers, clock));
        for number in 0..size.workers {
            pool.start(number, cost, Arc::clone(random))?;
        }
        Ok(Self { pool: Arc::new(Handle(pool)), decoy, cost })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// When there is no room for it, or no randomness.
    pub async fn hash(&self, asker: Asker, password: Password) -> Result<PasswordHash, HasherError> {
        self.wait(asker, |reply| Job::Hash(password, reply)).await
    }

    /// A hash that no password matches, for somebody who has none: at a sign-in it costs what any other costs.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn of_no_password(&self, random: &dyn Random) -> Result<PasswordHash, HasherError> {
        password::decoy(self.cost, random).map_err(HasherError::Hash)
    }

    /// Verifies a password; without a stored hash, against the decoy, which takes the same time and is never right.
    ///
    /// `begin` is asked when it is this one's turn, on a thread that may wait for an answer: guesses that wait are not counted yet, and of those that were sent at once no
    /// more are checked than of those sent one after the other. Whoever goes away then has failed.
    ///
    /// # Errors
    /// When there is no room for it, or the stored hash cannot be read.
    pub async fn verify(
        &self,
        asker: Asker,
        password: Password,
        stored: Option<PasswordHash>,
        begin: impl FnOnce() -> Result<Attempt, NotBegun> + Send + 'static,
    ) -> Result<Result<(Verified, Attempt), NotBegun>, HasherError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let judged = self.wait(asker, |reply| Job::Verify(password, stored, Box::new(begin), reply)).await?;
        Ok(judged.map(|(verified, attempt)| {
            let verdict = if known { verified.verdict } else { Verdict::Wrong };
            (Verified { verdict, ..verified }, attempt)
        }))
    }

    /// Waits until a refusal has taken as long as any other, whether or not there is such a user and whoever made its hash.
    /// It costs no processor. Where no hash is another system's, nobody waits.
    ///
    /// What remains: until the first of the more costly hashes since the start has been verified, that one takes longer than
    /// the refusals before it; and whoever measures how busy the machine is sees the work itself.
    pub async fn level(&self, verified: &Verified) {
        let rest = self.pool.0.level.is().saturating_sub(verified.took);
        if !rest.is_zero() {
            tokio::time::sleep(rest).await;
        }
    }

    /// Threads that run. With none nobody can sign in.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.0.threads()
    }

    /// Hashes that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pool.0.waiting()
    }

    async fn wait<T>(
        &self,
        asker: Asker,
        job: impl FnOnce(oneshot::Sender<Result<T, HasherError>>) -> Job,
    ) -> Result<T, HasherError> {
        let (reply, mut answer) = oneshot::channel();
        let number = match self.pool.0.push(asker, job(reply)) {
            Ok(number) => number,
            Err(error) => {
                hold_back().await;
                return Err(error);
            }
        };
        let answered = match tokio::time::timeout(PATIENCE, &mut answer).await {
            Ok(answered) => answered,
            Err(_) => match self.pool.0.withdraw(number) {
                Some(surplus) => return Err(surplus.into()),
                // It has begun meanwhile.
                None => answer.await,
            },
        };
        let lost = || if self.threads() == 0 { HasherError::Stopped } else { HasherError::Panicked };
        answered.unwrap_or_else(|_| Err(lost()))
    }
}
