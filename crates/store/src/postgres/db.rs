//! The way to the database, in lanes: checks and other short questions, changes, lists, and what nobody waits for. And one verdict on whether it
//! answers at all, which is the follower's: it asks all the time, on a connection of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use admit_core::store::StoreError;
use tokio::sync::{Notify, watch};
use tokio_postgres::error::Severity;

use super::address::PostgresAddress;
use super::connection::{Asking, Connection, Making, On};
use super::error::Error;
use super::lane::Lane;
use super::open::ConnectError;
use super::readers::{Reader, Readers};
use crate::writable::Writable;

/// How long a change may take. A disk may stop for a moment to flush.
const WRITE_WITHIN: Duration = Duration::from_secs(2);

/// How long it is waited for the answer to a commit. When it does not come, nobody knows whether the change was made.
const COMMIT_WITHIN: Duration = Duration::from_secs(10);

/// How long a change waits for a connection.
const WRITE_WAIT: Duration = Duration::from_secs(1);

/// Lists that are made at once.
const LISTS: usize = 2;

/// How long a list waits for others to be made.
const LIST_WAIT: Duration = Duration::from_millis(500);

/// How long a list may take. By its index it takes some milliseconds.
const LIST_WITHIN: Duration = Duration::from_secs(2);

/// The way.
pub(super) struct Db {
    making: Arc<Making>,
    checks: Readers,
    changes: Lane,
    lists: Lane,
    behind: Lane,
    /// Set by the follower when it has no answer, and nobody else has one meanwhile. While it is set nobody waits: the
    /// follower finds out when it is over.
    down: AtomicBool,
    /// Told when that is set: a change that has begun does not wait on for a database that answers nobody.
    went_down: Notify,
    /// How many answers have come, in every lane but that of lists.
    answers: AtomicUsize,
    /// How many had come when a short question was not answered in time, and one.
    missed: AtomicUsize,
    /// Where the epoch begins that this process has taken the database to be in.
    epoch: watch::Sender<u64>,
    /// How long a read may take.
    pub(super) deadline: Duration,
    /// What the last changes have shown.
    pub(super) writable: Writable,
}

impl Db {
    pub(super) fn new(address: &PostgresAddress) -> Result<Self, ConnectError> {
        let making = Arc::new(Making::new(address.config().clone(), address.tls()?));
        let lane = |size, wait| Lane::new(&making, size, wait).map_err(|error| ConnectError::refused(address, error));
        Ok(Self {
            checks: Readers::new(Arc::clone(&making)),
            changes: lane(address.pool(), WRITE_WAIT)?,
            lists: lane(LISTS, LIST_WAIT)?,
            behind: lane(1, WRITE_WAIT)?,
            making,
            down: AtomicBool::new(false),
            went_down: Notify::new(),
            answers: AtomicUsize::new(0),
            missed: AtomicUsize::new(0),
            epoch: watch::Sender::new(0),
            deadline: address.deadline(),
            writable: Writable::default(),
        })
    }

    pub(super) fn making(&self) -> &Making {
        &self.making
    }

    /// Whether it answers, as far as the follower knows.
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

    /// Whether a short question was not answered in time after so many answers had come, and before the next one.
    pub(super) fn has_missed(&self, answers: usize) -> bool {
        self.missed.load(Ordering::Acquire) == answers.wrapping_add(1)
    }

    /// It did not answer the follower's question, which was asked when so many answers had come.
    pub(super) fn is_silent_since(&self, answers: usize) {
        if self.answers() == answers {
            self.down.store(true, Ordering::Release);
            self.went_down.notify_waiters();
        }
    }

    /// What this process goes by is of the epoch that begins here.
    pub(super) fn is_known_in(&self, base: u64) {
        self.epoch.send_replace(base);
    }

    /// Asks a short question that changes nothing.
    pub(super) async fn read<T, F>(&self, ask: F) -> Result<T, Error>
    where
        F: for<'t> Fn(On<'t>) -> Asking<'t, T>,
    {
        if !self.is_up() {
            return Err(Error::Down);
        }
        let answer = self.checks.ask(self.deadline, ask).await;
        match &answer {
            Ok(_) => self.is_back(),
            Err(Error::Slow(_)) => self.missed.store(self.answers().wrapping_add(1), Ordering::Release),
            Err(_) => {}
        }
        answer
    }

    /// Asks for a list. However long that takes, it says nothing about the database.
    pub(super) async fn list<T, F>(&self, ask: F) -> Result<T, Error>
    where
        F: for<'t> Fn(On<'t>) -> Asking<'t, T>,
    {
        if !self.is_up() {
            return Err(Error::Down);
        }
        self.lists.ask(LIST_WITHIN, ask).await.map_err(|error| match error {
            Error::Crowded => Error::List(StoreError::TooManyLists),
            Error::Slow(_) => Error::List(StoreError::ListTooSlow),
            error => error,
        })
    }

    /// A connection for short questions.
    pub(super) async fn reader(&self) -> Result<Arc<Reader>, Error> {
        self.checks.next(None).await
    }

    /// Does `work` in one transaction. When it fails nothing of it is there; when the answer to the commit is lost nobody
    /// can tell, and that is an error of its own.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: for<'t> FnOnce(On<'t>) -> Asking<'t, T> + Send,
        T: Send,
    {
        if !self.is_up() {
            return Err(Error::Down);
        }
        // It holds what is to be done at each of its steps: on the heap it is not moved.
        let done = Box::pin(self.change(&self.changes, work)).await;
        if let Err(error) = &done
            && error.stops_others()
        {
            self.writable.failed(&StoreError::new(error), Instant::now());
        }
        done
    }

    /// The same for what nobody waits for.
    pub(super) async fn write_behind<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: for<'t> FnOnce(On<'t>) -> Asking<'t, T> + Send,
        T: Send,
    {
        if !self.is_up() {
            return Err(Error::Down);
        }
        self.change(&self.behind, work).await
    }

    async fn change<T, F>(&self, lane: &Lane, mut work: F) -> Result<T, Error>
    where
        F: for<'t> FnOnce(On<'t>) -> Asking<'t, T> + Send,
        T: Send,
    {
        let until = tokio::time::Instant::now() + WRITE_WITHIN;
        loop {
            let mut taken = self.unless_over(until, lane.take()).await?;
            match self.transaction(&mut taken, until, work).await {
                Tried::Done(done) => {
                    if matches!(done, Err(Error::Slow(_) | Error::OutcomeUnknown)) {
                        lane.give_up(&taken);
                    }
                    return done;
                }
                // Nothing was done on it.
                Tried::Closed(again) => work = again,
                Tried::Silent(again) => {
                    lane.give_up(&taken);
                    work = again;
                }
            }
        }
    }

    async fn transaction<T, F>(&self, connection: &mut Connection, until: tokio::time::Instant, work: F) -> Tried<T, F>
    where
        F: for<'t> FnOnce(On<'t>) -> Asking<'t, T> + Send,
        T: Send,
    {
        // To begin takes no longer than to read.
        let (transaction, within) = match tokio::time::timeout(self.deadline, connection.begin()).await {
            Ok(Ok(begun)) => begun,
            // The other side closed it since it was last used.
            Ok(Err(error)) if error.is_closed() => return Tried::Closed(work),
            Ok(Err(error)) => return Tried::Done(Err(error.into())),
            Err(_) => return Tried::Silent(work),
        };
        self.is_back();
        // What is known here of another history is not to be believed once this has been answered.
        let known = async {
            let base = within.on(&transaction).epoch().base();
            let known = self.epoch.subscribe().wait_for(|known| *known >= base).await.map(drop);
            known.map_err(|_| Error::Down)
        };
        if let Err(error) = self.unless_over(until, known).await {
            return Tried::Done(Err(error));
        }
        let done = match self.unless_over(until, work(within.on(&transaction))).await {
            Ok(done) => done,
            Err(error) => return Tried::Done(Err(error)),
        };
        // Once it is sent the change is made or not, whoever waits: so it is waited for, also while nobody else is answered.
        match tokio::time::timeout(COMMIT_WITHIN, transaction.commit()).await {
            Ok(Ok(())) => {}
            // Whoever says what is wrong with it has not made it; a server that stops may have.
            Ok(Err(error)) if is_refusal(&error) => return Tried::Done(Err(error.into())),
            Ok(Err(_)) | Err(_) => {
                tracing::error!("the database did not confirm a commit: the change may have been made");
                return Tried::Done(Err(Error::OutcomeUnknown));
            }
        }
        self.is_back();
        Tried::Done(Ok(done))
    }

    /// Waits for something until then, and no longer than the database is found not to answer.
    async fn unless_over<T>(
        &self,
        until: tokio::time::Instant,
        done: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            done = tokio::time::timeout_at(until, done) => done.unwrap_or(Err(Error::Slow(WRITE_WITHIN))),
            () = self.silence() => Err(Error::Down),
        }
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

fn is_refusal(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|error| error.parsed_severity() == Some(Severity::Error))
}

/// What came of a transaction.
enum Tried<T, F> {
    /// It was begun, and ended like this.
    Done(Result<T, Error>),
    /// The connection was closed before it was begun.
    Closed(F),
    /// It could not be begun: the connection says nothing.
    Silent(F),
}
