//! The way to the database: few connections for reading, on which questions follow one another without waiting for answers,
//! a pool for writing, and one verdict on whether it answers at all.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use admit_core::store::StoreError;
use arc_swap::ArcSwapOption;
use tokio::sync::{Mutex, Notify};

use super::address::PostgresAddress;
use super::connection::{Connection, Making, On, Pool, pool};
use super::error::Error;
use super::open::ConnectError;
use crate::writable::Writable;

/// How long a change may take. A disk may stop for a moment to flush.
const WRITE_WITHIN: Duration = Duration::from_secs(2);

/// Connections that read.
const READERS: usize = 3;

/// A future that lives as long as what it asks on.
pub(super) type Asking<'t, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 't>>;

/// The way.
pub(super) struct Db {
    making: Arc<Making>,
    pool: Pool,
    readers: [Reader; READERS],
    turn: AtomicUsize,
    /// Set when a question was not answered in time and no other was meanwhile, and cleared by the next answer of any kind.
    /// While it is set nobody waits: the follower, who asks all the time, finds out when it is over.
    down: AtomicBool,
    /// Told when that is set: a change that has begun does not wait on for a database that answers nobody.
    went_down: Notify,
    /// How many answers have come.
    answers: AtomicUsize,
    /// How long a read may take.
    pub(super) deadline: Duration,
    /// What the last changes have shown.
    pub(super) writable: Writable,
}

#[derive(Default)]
struct Reader {
    connection: ArcSwapOption<Connection>,
    making: Mutex<()>,
}

impl Db {
    pub(super) fn new(address: &PostgresAddress) -> Result<Self, ConnectError> {
        let making = Arc::new(Making::new(address.config().clone(), address.tls()?));
        let pool = pool(Arc::clone(&making), address.pool(), Duration::from_secs(1))
            .map_err(|error| ConnectError::refused(address, error))?;
        Ok(Self {
            making,
            pool,
            readers: Default::default(),
            turn: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            went_down: Notify::new(),
            answers: AtomicUsize::new(0),
            deadline: address.deadline(),
            writable: Writable::default(),
        })
    }

    pub(super) fn making(&self) -> &Making {
        &self.making
    }

    /// Whether the last answer that was asked for came.
    pub(super) fn is_up(&self) -> bool {
        !self.down.load(Ordering::Acquire)
    }

    /// It answered.
    pub(super) fn is_back(&self) {
        self.answers.fetch_add(1, Ordering::AcqRel);
        if !self.is_up() {
            self.down.store(false, Ordering::Release);
        }
    }

    /// How many answers have come: to be asked before a question.
    pub(super) fn answers(&self) -> usize {
        self.answers.load(Ordering::Acquire)
    }

    /// It did not answer a question that was asked when so many answers had come.
    pub(super) fn is_silent_since(&self, answers: usize) {
        if self.answers() == answers {
            self.down.store(true, Ordering::Release);
            self.went_down.notify_waiters();
        }
    }

    /// Asks a question that changes nothing. A connection that turns out to be gone is made anew, once.
    pub(super) async fn read<T, F>(&self, ask: F) -> Result<T, Error>
    where
        F: for<'t> Fn(On<'t>) -> Asking<'t, T>,
    {
        self.within(self.deadline, async {
            loop {
                let (reader, made) = self.reader().await?;
                match ask(reader.on()).await {
                    // A connection that was there already may have been closed by the other side long ago.
                    Err(Error::Sql(_)) if reader.is_closed() && !made => {}
                    answer => return answer,
                }
            }
        })
        .await
    }

    /// Waits for an answer only so long; and not at all while none come.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        if !self.is_up() {
            return Err(Error::Down);
        }
        let before = self.answers();
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => {
                if answer.is_ok() {
                    self.is_back();
                }
                answer
            }
            Err(_) => {
                self.is_silent_since(before);
                Err(Error::Slow(limit))
            }
        }
    }

    /// A connection that reads, and whether it was made just now.
    pub(super) async fn reader(&self) -> Result<(Arc<Connection>, bool), Error> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        let reader = self.readers.get(turn).ok_or(Error::Down)?;
        let open = || reader.connection.load_full().filter(|connection| !connection.is_closed());
        if let Some(connection) = open() {
            return Ok((connection, false));
        }
        let _making = reader.making.lock().await;
        if let Some(connection) = open() {
            return Ok((connection, true));
        }
        let connection = Arc::new(self.making.open().await?);
        reader.connection.store(Some(Arc::clone(&connection)));
        Ok((connection, true))
    }

    /// Does `work` in one transaction. When it fails nothing of it is there; when the answer to the commit is lost nobody
    /// can tell, and that is an error too.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: for<'t> FnOnce(On<'t>) -> Asking<'t, T> + Send,
        T: Send,
    {
        if !self.is_up() {
            return Err(Error::Down);
        }
        let work = async {
            loop {
                let mut connection = self.pool.get().await.map_err(|error| match error {
                    deadpool::managed::PoolError::Backend(error) => error,
                    error => Error::Connection(error.to_string()),
                })?;
                let before = self.answers();
                // To begin takes no longer than to read: whoever does not answer that does not answer at all.
                match tokio::time::timeout(self.deadline, connection.begin()).await {
                    Ok(Ok((transaction, within))) => {
                        self.is_back();
                        let done = work(within.on(&transaction)).await?;
                        transaction.commit().await?;
                        self.is_back();
                        return Ok(done);
                    }
                    // The other side closed it since it was last used. Nothing was done on it.
                    Ok(Err(error)) if error.is_closed() => {}
                    Ok(Err(error)) => return Err(error.into()),
                    Err(_) => {
                        self.is_silent_since(before);
                        return Err(Error::Slow(self.deadline));
                    }
                }
            }
        };
        let done = tokio::select! {
            done = tokio::time::timeout(WRITE_WITHIN, work) => done.unwrap_or(Err(Error::Slow(WRITE_WITHIN))),
            () = self.silence() => Err(Error::Down),
        };
        if let Err(error) = &done
            && error.stops_others()
        {
            self.writable.failed(&StoreError::new(error), Instant::now());
        }
        done
    }

    /// Comes when the database is found not to answer.
    async fn silence(&self) {
        loop {
            let told = self.went_down.notified();
            if !self.is_up() {
                return;
            }
            told.await;
        }
    }
}
