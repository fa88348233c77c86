//! The one writer: a thread that owns the connection that writes, and the only hand that changes what checks read.
//!
//! Whatever waits in the queue becomes one transaction, so that a hundred logins at once cost one flush of the disk. Each
//! job has a savepoint: one that fails takes back its own writes and nobody else's. After the commit the effects go into
//! memory in the order of the jobs, and only then does any caller hear of it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use admit_core::signal::Signal;
use admit_core::store::{Reply, StoreError};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot, watch};

use super::place::Place;
use crate::live::{Effect, Live, LiveWriter};
use crate::writable::Writable;

/// Jobs that may wait. One more is refused at once: a caller that is told so can say 503, one that waits cannot.
const QUEUE: usize = 4096;

/// Jobs in one transaction at most, so that the first of them does not wait for long.
const BATCH: usize = 512;

/// What a job did: the answer for its caller, and what is to change in memory once it is committed.
pub(super) struct Done<T> {
    pub(super) answer: T,
    pub(super) effects: Vec<Effect>,
}

impl<T> Done<T> {
    /// An answer that changes nothing in memory.
    pub(super) fn plain(answer: T) -> Self {
        Self { answer, effects: Vec::new() }
    }

    /// An answer with signals to send.
    pub(super) fn telling((answer, told): (T, Vec<Signal>)) -> Self {
        Self { answer, effects: told.into_iter().map(Effect::Signal).collect() }
    }
}

trait Job: Send {
    /// Does the writes. `false` when they are to be taken back.
    fn run(&mut self, connection: &Connection, live: &Live, writable: &Writable) -> bool;

    /// Puts the committed change into memory.
    fn apply(&mut self, live: &mut LiveWriter);

    /// Tells the caller; `lost` is why the whole batch came to nothing.
    fn answer(self: Box<Self>, lost: Option<&StoreError>);
}

struct Task<F, T> {
    work: Option<F>,
    done: Result<Done<T>, StoreError>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job for Task<F, T>
where
    F: FnOnce(&Connection, &Live) -> rusqlite::Result<Done<T>> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection, live: &Live, writable: &Writable) -> bool {
        let Some(work) = self.work.take() else { return false };
        self.done = work(connection, live).map_err(|error| {
            tracing::error!(%error, "a write to the database failed");
            judged(error, writable)
        });
        self.done.is_ok()
    }

    fn apply(&mut self, live: &mut LiveWriter) {
        if let Ok(done) = &mut self.done {
            done.effects.drain(..).for_each(|effect| live.apply(effect));
        }
    }

    fn answer(self: Box<Self>, lost: Option<&StoreError>) {
        let answer = match lost {
            Some(lost) => Err(lost.clone()),
            None => self.done.map(|done| done.answer),
        };
        // A caller that has gone away has its change all the same.
        drop(self.caller.send(answer));
    }
}

/// A way to the writer that does not keep it alive: whoever waits for an answer cannot hold up a shutdown.
#[derive(Clone)]
pub(super) struct Queue(mpsc::WeakSender<Box<dyn Job>>);

impl Queue {
    /// Queues `work`; the answer comes when it is committed and in force.
    pub(super) fn submit<T, F>(&self, work: F) -> Reply<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Live) -> rusqlite::Result<Done<T>> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let done = Err(StoreError::new("the write was not reached"));
        let job = Box::new(Task { work: Some(work), done, caller });
        let Some(queue) = self.0.upgrade() else { return Reply::ready(Err(stopped())) };
        match queue.try_send(job) {
            Ok(()) => Reply::pending(async { answer.await.unwrap_or_else(|_| Err(stopped())) }),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Reply::ready(Err(StoreError::new("too many writes are waiting for the database")))
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Reply::ready(Err(stopped())),
        }
    }

    /// Whether there is still a thread that writes.
    pub(super) fn is_alive(&self) -> Result<(), StoreError> {
        if self.0.upgrade().is_some_and(|queue| !queue.is_closed()) { Ok(()) } else { Err(stopped()) }
    }

    /// Whether there is room for work that can as well be left undone.
    pub(super) fn has_room(&self) -> bool {
        self.0.upgrade().is_some_and(|queue| queue.capacity() > QUEUE / 2)
    }
}

fn stopped() -> StoreError {
    StoreError::new("the database writer has stopped")
}

/// An error for the caller. When others will meet it too, it is remembered: a full disk, a read-only file system, a
/// database that another program holds. A name that is taken is not of that kind.
fn judged(error: rusqlite::Error, writable: &Writable) -> StoreError {
    let lasting = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::CannotOpen
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::NotADatabase
                | ErrorCode::OutOfMemory
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
        )
    );
    let error = StoreError::new(error);
    if lasting {
        writable.failed(&error, Instant::now());
    }
    error
}

/// The thread. Dropping this waits until everything in the queue is written and the connection is closed.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    weak: Queue,
    thread: Option<JoinHandle<()>>,
    ended: watch::Receiver<Option<StoreError>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        connection: Connection,
        live: LiveWriter,
        writable: Arc<Writable>,
        mut place: Option<Place>,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let weak = Queue(queue.downgrade());
        let (ends, ended) = watch::channel(None);
        let thread = std::thread::Builder::new().name("admit-writer".to_owned()).spawn(move || {
            // What is in memory may be half of a change: nothing can go on from there but a new process.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&connection, live, jobs, &writable, &mut place))) {
                let cause = StoreError::new(format_args!("the database writer panicked: {}", words(&*panic)));
                ends.send_replace(Some(cause));
            }
        })?;
        Ok(Self { queue: Some(queue), weak, thread: Some(thread), ended })
    }

    /// Comes when the thread has panicked, with the reason. Never after an orderly end.
    pub(super) fn ended(&self) -> impl Future<Output = StoreError> + Send + 'static {
        let mut ended = self.ended.clone();
        async move {
            let panicked = ended.wait_for(Option::is_some).await.ok().and_then(|cause| cause.clone());
            match panicked {
                Some(cause) => cause,
                None => std::future::pending().await,
            }
        }
    }

    pub(super) fn queue(&self) -> &Queue {
        &self.weak
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the database writer had panicked");
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

fn run(
    connection: &Connection,
    mut live: LiveWriter,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    writable: &Writable,
    place: &mut Option<Place>,
) {
    while let Some(first) = jobs.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        let before = connection.total_changes();
        let lost = match place.as_mut().map_or(Ok(()), Place::look) {
            Ok(()) => commit(connection, live.live(), &mut batch, writable).err(),
            Err(gone) => {
                writable.failed(&gone, Instant::now());
                Some(gone)
            }
        };
        if lost.is_none() && connection.total_changes() > before {
            writable.made(Instant::now());
        }
        match &lost {
            None => batch.iter_mut().for_each(|job| job.apply(&mut live)),
            Some(error) => {
                tracing::error!(%error, jobs = batch.len(), "a transaction was lost");
                if !connection.is_autocommit()
                    && let Err(error) = connection.execute_batch("ROLLBACK")
                {
                    tracing::error!(%error, "the lost transaction could not be rolled back");
                }
            }
        }
        batch.into_iter().for_each(|job| job.answer(lost.as_ref()));
    }
}

/// Runs a batch in one transaction. After an error none of it is committed.
fn commit(
    connection: &Connection,
    live: &Live,
    batch: &mut [Box<dyn Job>],
    writable: &Writable,
) -> Result<(), StoreError> {
    let execute = |sql| {
        let executed = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        executed.map(drop).map_err(|error| judged(error, writable))
    };
    execute("BEGIN IMMEDIATE")?;
    for job in batch {
        execute("SAVEPOINT job")?;
        let keep = job.run(connection, live, writable);
        // A full disk or an I/O error makes SQLite roll back everything by itself. What came after would then be
        // written outside of any transaction, and the jobs before would be told of a success that is gone.
        if connection.is_autocommit() {
            return Err(StoreError::new("a failed write ended the transaction"));
        }
        if !keep {
            execute("ROLLBACK TO job")?;
        }
        execute("RELEASE job")?;
    }
    execute("COMMIT")
}

#[cfg(test)]
mod tests;
