//! The threads of the pool, and what they share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admit_core::credential::password::{self, Cost, Memory, Password, PasswordHash};
use admit_core::random::Random;
use admit_core::throttle::Attempt;
use admit_core::time::{Clock, Moment};
use tokio::sync::oneshot;

use super::queue::{Asker, FairQueue, Next, Running, Surplus};
use super::{HasherError, NotBegun, Verified};

/// The longest that a refusal is held back to be as late as any other.
const MAX_LEVEL: Duration = Duration::from_secs(3);

pub(super) enum Job {
    Hash(Password, oneshot::Sender<Result<PasswordHash, HasherError>>),
    Verify(Password, PasswordHash, Begin, oneshot::Sender<Result<Judged, HasherError>>),
}

/// Asked when a check is about to run: whether it may.
pub(super) type Begin = Box<dyn FnOnce() -> Result<Attempt, NotBegun> + Send>;

/// A verdict with the attempt that it is about, or why the attempt did not begin.
pub(super) type Judged = Result<(Verified, Attempt), NotBegun>;

impl Job {
    /// Whether nobody waits for it any more.
    fn is_gone(&self) -> bool {
        match self {
            Self::Hash(_, reply) => reply.is_closed(),
            Self::Verify(_, _, _, reply) => reply.is_closed(),
        }
    }

    fn refuse(self, error: HasherError) {
        // A caller that has gone away is not an error.
        match self {
            Self::Hash(_, reply) => drop(reply.send(Err(error))),
            Self::Verify(_, _, _, reply) => drop(reply.send(Err(error))),
        }
    }
}

/// How long verifying takes where the hash is not of today's cost, as the recent past has shown: those that came from
/// another system take up to seconds, and the decoy takes some 15 ms.
#[derive(Default)]
pub(super) struct Level(AtomicU64);

impl Level {
    /// Takes note of such a verification. The longest counts; it sinks again by a 64th with each that is shorter, so that one
    /// that the machine held up is forgotten.
    pub(super) fn note(&self, took: Duration) {
        let took = u64::try_from(took.min(MAX_LEVEL).as_micros()).unwrap_or(u64::MAX);
        let raise = |level: u64| Some(took.max(level - level / 64));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, raise).unwrap_or_default();
    }

    pub(super) fn is(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// What the threads and the askers share.
pub(super) struct Pool {
    queue: Mutex<FairQueue<Job>>,
    pushed: Condvar,
    /// Threads that run.
    threads: AtomicUsize,
    /// Nobody can ask any more.
    closed: AtomicBool,
    pub(super) level: Level,
    clock: Arc<dyn Clock>,
}

impl Pool {
    pub(super) fn new(places: usize, threads: usize, clock: Arc<dyn Clock>) -> Self {
        let queue = Mutex::new(FairQueue::new(places, threads));
        Self {
            queue,
            pushed: Condvar::new(),
            threads: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            level: Level::default(),
            clock,
        }
    }

    fn queue(&self) -> MutexGuard<'_, FairQueue<Job>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn threads(&self) -> usize {
        self.threads.load(Ordering::Acquire)
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue().len()
    }

    pub(super) fn push(&self, asker: Asker, job: Job) -> Result<u64, HasherError> {
        let mut queue = self.queue();
        // Asked under the lock: the last thread drops what is there under it.
        if self.threads() == 0 {
            return Err(HasherError::Stopped);
        }
        queue.drop_gone(Job::is_gone);
        let (number, evicted) = queue.push(asker, job, self.clock.monotonic())?;
        drop(queue);
        self.pushed.notify_one();
        evicted.into_iter().for_each(|job| job.refuse(Surplus::Address.into()));
        Ok(number)
    }

    pub(super) fn withdraw(&self, number: u64) -> Option<Surplus> {
        self.queue().withdraw(number)
    }

    /// Starts a thread.
    pub(super) fn start(self: &Arc<Self>, number: usize, cost: Cost, random: Arc<dyn Random>) -> Result<(), String> {
        // Counted before it runs, so that whoever asks at once finds it.
        let alive = Alive::new(Arc::clone(self));
        std::thread::Builder::new()
            .name(format!("hash-{number}"))
            .spawn(move || work(&alive.0, cost, &*random))
            .map(drop)
            .map_err(|error| format!("no thread for hashing: {error}"))
    }

    /// The next job, when there is one. `None`: nobody can ask any more.
    fn take(&self) -> Option<(Running, Job)> {
        let mut queue = self.queue();
        while !self.closed.load(Ordering::Acquire) {
            queue.drop_gone(Job::is_gone);
            let now = self.clock.monotonic();
            let until: Option<Moment> = match queue.next(now) {
                Next::Job(running, job) => return Some((running, job)),
                Next::Nothing(until) => until,
            };
            queue = match until {
                None => self.pushed.wait(queue).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    self.pushed.wait_timeout(queue, until.since(now)).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        None
    }
}

/// What the askers hold. When the last of them has gone the threads end.
pub(super) struct Handle(pub(super) Arc<Pool>);

impl Drop for Handle {
    fn drop(&mut self) {
        let queue = self.0.queue();
        self.0.closed.store(true, Ordering::Release);
        drop(queue);
        self.0.pushed.notify_all();
    }
}

/// Counts a thread for as long as it runs, however it ends.
struct Alive(Arc<Pool>);

impl Alive {
    fn new(pool: Arc<Pool>) -> Self {
        pool.threads.fetch_add(1, Ordering::AcqRel);
        Self(pool)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        if self.0.threads.fetch_sub(1, Ordering::AcqRel) == 1 && !self.0.closed.load(Ordering::Acquire) {
            tracing::error!("no password-hashing thread is left; sign-in fails until a restart");
            // Their askers are told at once, and not when they have lost patience.
            queue.clear();
        }
    }
}

fn work(pool: &Pool, cost: Cost, random: &dyn Random) {
    // On Linux this lowers the priority of the calling thread alone; elsewhere it would be the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(5) {
        tracing::debug!(%error, "hashing runs at ordinary priority");
    }
    let mut memory = Memory::default();
    while let Some((running, job)) = pool.take() {
        let done = catch_unwind(AssertUnwindSafe(|| one(pool, job, cost, random, &mut memory)));
        let now = pool.clock.monotonic();
        match done {
            Ok(true) => pool.queue().finished(&running, now),
            Ok(false) => pool.queue().not_done(&running, now),
            Err(_) => {
                // The asker is told by its reply's end. What the memory holds is not looked at again.
                tracing::error!("hashing a password panicked; the thread goes on");
                memory = Memory::default();
                pool.queue().not_done(&running, now);
            }
        }
    }
}

/// Does a job. `false`: there was nothing to do.
fn one(pool: &Pool, job: Job, cost: Cost, random: &dyn Random, memory: &mut Memory) -> bool {
    // A caller that has gone away is not an error.
    match job {
        Job::Hash(password, reply) => {
            drop(reply.send(password::hash(&password, cost, random, memory).map_err(HasherError::Hash)));
        }
        Job::Verify(password, stored, begin, reply) => {
            let attempt = match begin() {
                Ok(attempt) => attempt,
                Err(not_begun) => {
                    drop(reply.send(Ok(Err(not_begun))));
                    return false;
                }
            };
            let begun = pool.clock.monotonic();
            let verdict = password::verify(&password, &stored, cost, memory);
            let took = pool.clock.monotonic().since(begun);
            if !stored.is_current(cost) {
                pool.level.note(took);
            }
            // An attempt whose asker has gone comes back with the answer, and is dropped here: it has failed.
            drop(reply.send(match verdict {
                Ok(verdict) => Ok(Ok((Verified { verdict, took }, attempt))),
                Err(error) => {
                    attempt.not_judged();
                    Err(HasherError::Hash(error))
                }
            }));
        }
    }
    true
}
