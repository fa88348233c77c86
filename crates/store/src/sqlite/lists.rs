//! The lane of lists: threads of their own, so that what takes long holds up nothing else.
//!
//! A list is stopped when it has taken too long and when nobody waits for it any more. Few are made at once and few wait; one
//! more is refused at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use admit_core::store::{Reply, StoreError};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::open::OpenError;

/// Lists that are made at once.
const THREADS: usize = 2;

/// Lists that wait.
const WAITING: usize = 16;

/// How long a list may take, from when it was asked for. By its index it takes some milliseconds.
const WITHIN: Duration = Duration::from_secs(2);

/// Steps of SQLite's machine between two looks at the clock: some tenths of a millisecond.
const STEPS: i32 = 10_000;

/// A list to be made.
struct Job {
    asked: Instant,
    /// Gone when nobody waits for it any more.
    waits: Weak<()>,
    work: Box<dyn FnOnce(&Connection) + Send>,
}

/// The lane. Dropping it stops what is being made, and closes the connections.
pub(super) struct Lists {
    queue: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
    ends: Arc<AtomicBool>,
}

impl Lists {
    /// Starts the threads, each with a connection of its own.
    ///
    /// # Errors
    /// When there is no connection or no thread.
    pub(super) fn start(open: impl Fn() -> Result<Connection, OpenError>) -> Result<Self, OpenError> {
        let (queue, jobs) = sync_channel(WAITING);
        let (jobs, ends) = (Arc::new(Mutex::new(jobs)), Arc::new(AtomicBool::new(false)));
        let mut threads = Vec::with_capacity(THREADS);
        for _ in 0..THREADS {
            let (connection, jobs, ends) = (open()?, Arc::clone(&jobs), Arc::clone(&ends));
            let thread = std::thread::Builder::new().name("admit-lists".to_owned());
            threads.push(thread.spawn(move || run(connection, &jobs, &ends)).map_err(OpenError::Thread)?);
        }
        Ok(Self { queue: Some(queue), threads, ends })
    }

    /// Makes a list.
    pub(super) fn ask<T, F>(&self, work: F) -> Reply<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let waits = Arc::new(());
        let work = move |connection: &Connection| drop(caller.send(work(connection).map_err(judged)));
        let job = Job { asked: Instant::now(), waits: Arc::downgrade(&waits), work: Box::new(work) };
        match self.queue.as_ref().map(|queue| queue.try_send(job)) {
            Some(Ok(())) => Reply::pending(async move {
                let listed = answer.await;
                drop(waits);
                // One that had waited for too long was not begun.
                listed.unwrap_or(Err(StoreError::TooManyLists))
            }),
            Some(Err(TrySendError::Full(_))) => Reply::ready(Err(StoreError::TooManyLists)),
            Some(Err(TrySendError::Disconnected(_))) | None => {
                Reply::ready(Err(StoreError::new("the threads that make lists have stopped")))
            }
        }
    }
}

impl Drop for Lists {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        drop(self.queue.take());
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread that makes lists had panicked");
            }
        }
    }
}

fn run(mut connection: Connection, jobs: &Mutex<Receiver<Job>>, ends: &Arc<AtomicBool>) {
    let connection = &mut connection;
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { asked, waits, work }) = next else { return };
        let ends = Arc::clone(ends);
        let is_over = move || ends.load(Ordering::Acquire) || asked.elapsed() > WITHIN || waits.strong_count() == 0;
        if is_over() {
            continue;
        }
        if let Err(error) = connection.progress_handler(STEPS, Some(is_over)).outcome() {
            tracing::error!(%error, "a list cannot be stopped, and is not begun");
            continue;
        }
        if catch_unwind(AssertUnwindSafe(|| work(connection))).is_err() {
            tracing::error!("making a list panicked");
        }
    }
}

/// Whether a handler was set. Older versions of the binding do not report it; newer ones do.
trait Outcome {
    fn outcome(self) -> rusqlite::Result<()>;
}

impl Outcome for () {
    fn outcome(self) -> rusqlite::Result<()> {
        Ok(self)
    }
}

impl Outcome for rusqlite::Result<()> {
    fn outcome(self) -> rusqlite::Result<()> {
        self
    }
}

fn judged(error: rusqlite::Error) -> StoreError {
    if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
        return StoreError::ListTooSlow;
    }
    tracing::error!(%error, "a read of the database failed");
    StoreError::new(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDLESS: &str = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

    fn lane() -> Lists {
        Lists::start(|| Ok(Connection::open_in_memory()?)).unwrap()
    }

    fn endless(lane: &Lists) -> Reply<i64> {
        lane.ask(|connection| connection.query_row(ENDLESS, [], |row| row.get(0)))
    }

    fn seven(lane: &Lists) -> Reply<i64> {
        lane.ask(|connection| connection.query_row("SELECT 7", [], |row| row.get(0)))
    }

    #[tokio::test]
    async fn a_list_that_takes_too_long_is_stopped_and_the_next_is_made() {
        let lane = lane();
        let (one, other) = (endless(&lane), endless(&lane));
        assert!(matches!(one.await, Err(StoreError::ListTooSlow)));
        assert!(matches!(other.await, Err(StoreError::ListTooSlow)));
        assert_eq!(seven(&lane).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn one_list_more_than_may_wait_is_told_so_at_once() {
        let lane = lane();
        let lists: Vec<_> = (0..THREADS + WAITING + 1).map(|_| endless(&lane)).collect();
        let told = lists.iter().filter(|list| matches!(list, Reply::Ready(Err(StoreError::TooManyLists)))).count();
        assert!((1..=THREADS + 1).contains(&told), "{told}");
        for list in lists {
            assert!(matches!(list.await, Err(StoreError::TooManyLists | StoreError::ListTooSlow)));
        }
    }

    #[tokio::test]
    async fn lists_that_nobody_waits_for_any_more_leave_their_threads_to_others() {
        let lane = lane();
        let begun = Instant::now();
        for _ in 0..10 {
            drop(endless(&lane));
        }
        assert_eq!(seven(&lane).await.unwrap(), 7);
        assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_store_that_is_closed_waits_for_no_list() {
        let lane = lane();
        let begun = Instant::now();
        let kept = endless(&lane);
        drop(lane);
        assert!(begun.elapsed() < WITHIN, "{:?}", begun.elapsed());
        assert!(kept.await.is_err());
    }
}
