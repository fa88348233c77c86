//! SQLite: accounts and sessions in one file, the live sessions in memory too.
//!
//! Writes go through one [`writer`]; reads of accounts use connections of their own, which WAL lets read beside it, and
//! [`lists`] have threads of their own too. A session check touches no connection at all.

mod accounts;
mod change;
mod column;
mod events;
mod families;
mod import;
mod listing;
mod lists;
mod on;
mod open;
mod place;
mod pull_back;
mod purge;
mod rotation;
mod schema;
mod secrets;
mod sessions;
mod sign_ins;
mod signals;
mod snapshot;
mod standing;
mod subjects;
mod tokens;
mod writer;

use std::fs::File;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession, SessionRules};
use admit_core::store::{Checked, Health, Opened, Reply, Sessions, StoreError};
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;
use rusqlite::Connection;

use crate::actors::Actors;
use crate::live::{Found, Live};
use crate::mark::Mark;
use crate::repeats::Repeats;
use crate::whole::keepable;
use crate::writable::{Look, Writable};
use lists::Lists;
use writer::{Done, Writer};

pub use open::OpenError;
pub use snapshot::SqliteSnapshot;

/// Where a database has its session rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// In the file.
    OnDisk,
    /// In a temporary table of the writing connection.
    InMemory,
}

/// A database of admit, opened by this process alone.
///
/// Dropping it waits until what is queued is written, and leaves a checkpointed file. That takes a moment: not on a
/// thread that serves requests.
pub struct Sqlite {
    // Dropped in this order. The readers go first: a connection that cannot write would otherwise be the last to close,
    // and could not check the log into the database.
    readers: [Mutex<Connection>; 2],
    lists: Lists,
    writer: Writer,
    writable: Arc<Writable>,
    repeats: Arc<Repeats>,
    _claim: File,
    live: Arc<Live>,
    rules: SessionRules,
    tokens: TokenRules,
    keep: Keep,
}

impl Sqlite {
    /// Opens the database at `path`, making it when there is none, and loads its live sessions.
    ///
    /// On Unix its files are made readable by their owner alone; the folder is the caller's.
    ///
    /// # Errors
    /// When the file cannot be opened, is in use by another process, is a newer release's or another program's, or has
    /// a row that cannot be read.
    pub fn open(path: &Path, rules: SessionRules) -> Result<Arc<Self>, OpenError> {
        Self::open_with(path, rules, TokenRules::default())
    }

    /// The same, with lifetimes for tokens other than the default.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(path: &Path, rules: SessionRules, tokens: TokenRules) -> Result<Arc<Self>, OpenError> {
        Self::open_keeping(path, rules, tokens, Keep::OnDisk)
    }

    pub(crate) fn open_keeping(
        path: &Path,
        rules: SessionRules,
        tokens: TokenRules,
        keep: Keep,
    ) -> Result<Arc<Self>, OpenError> {
        let claim = open::claim(path)?;
        let connection = open::writing(path)?;
        schema::migrate(&connection)?;
        if keep == Keep::InMemory {
            schema::keep_sessions_in_memory(&connection)?;
        }
        let (live, mut live_writer) = Live::new(signals::load(&connection)?);
        sessions::load(&connection, &mut live_writer)?;
        let readers = [Mutex::new(open::reading(path)?), Mutex::new(open::reading(path)?)];
        let lists = Lists::start(|| open::reading(path))?;
        let writable = Arc::new(Writable::default());
        let place = place::Place::of(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
        let writer =
            Writer::start(connection, live_writer, Arc::clone(&writable), Some(place)).map_err(OpenError::Thread)?;
        let repeats = Arc::default();
        Ok(Arc::new(Self { readers, lists, writer, writable, repeats, _claim: claim, live, rules, tokens, keep }))
    }

    /// The newest version of the schema that is known here.
    #[must_use]
    pub fn known_version() -> u32 {
        schema::known()
    }

    /// The version of the schema of the database at `path`; `None` when there is none. Nothing is changed, and another
    /// process may be using it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn version(path: &Path) -> Result<Option<u32>, OpenError> {
        if !path.exists() {
            return Ok(None);
        }
        schema::version(&open::reading(path)?).map(Some)
    }

    /// Brings the schema of the database at `path` up to date, as opening it does; the version before.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn migrate(path: &Path) -> Result<u32, OpenError> {
        let _claim = open::claim(path)?;
        let connection = open::writing(path)?;
        let before = schema::version(&connection)?;
        schema::migrate(&connection)?;
        Ok(before)
    }

    /// Which database this is, and how far its audit log is.
    pub fn mark(&self) -> Reply<Mark> {
        self.read(mark)
    }

    /// The same of the database at `path`, that nobody has opened.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn mark_of(path: &Path) -> Result<Mark, OpenError> {
        Ok(mark(&open::reading(path)?)?)
    }

    /// How many sessions are held, those included that have expired and that no purge has dropped yet.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.live.len()
    }

    fn write<T, F>(&self, work: F) -> Reply<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Live) -> rusqlite::Result<Done<T>> + Send + 'static,
    {
        self.writer.queue().submit(work)
    }

    /// The same for a change that somebody makes: only if they still are what they were when they were allowed to.
    fn write_as<T, F>(&self, actors: Actors, work: F) -> Reply<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Live) -> rusqlite::Result<Done<T>> + Send + 'static,
    {
        if actors.is_empty() {
            return self.write(work);
        }
        let answer = self.write(move |connection, live| {
            if let Err(lost) = standing::compare(connection, &actors)? {
                return Ok(Done::plain(Err(lost)));
            }
            let Done { answer, effects } = work(connection, live)?;
            Ok(Done { answer: Ok(answer), effects })
        });
        match answer {
            Reply::Ready(answer) => Reply::Ready(answer.and_then(|answer| Ok(answer?))),
            Reply::Pending(answer) => Reply::pending(async move { Ok(answer.await??) }),
        }
    }

    /// Reads what may be much, on a thread for that.
    fn list<T, F>(&self, work: F) -> Reply<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.lists.ask(work)
    }

    /// Reads at once, on this thread: a few pages that are in memory almost always.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Reply<T> {
        let [first, second] = &self.readers;
        let connection = match first.try_lock() {
            Ok(connection) => connection,
            // A panic in between leaves no half-written state: these connections only read.
            Err(_) => second.lock().unwrap_or_else(PoisonError::into_inner),
        };
        Reply::ready(work(&connection).map_err(|error| {
            tracing::error!(%error, "a read of the database failed");
            StoreError::new(error)
        }))
    }
}

/// Writes a page of the file that changes nothing: the schema's version, as it is.
fn write_something(connection: &Connection) -> rusqlite::Result<()> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)
}

fn mark(connection: &Connection) -> rusqlite::Result<Mark> {
    connection.query_row(
        "SELECT lower(hex(id)), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) FROM installation",
        [],
        |row| Ok(Mark { database: row.get(0)?, events: column::count(row, 1)? }),
    )
}

impl Health for Sqlite {
    /// By a turn through the whole path of a write, and by what became of the last ones.
    fn healthy(&self) -> Reply<()> {
        match self.writable.look(Instant::now()) {
            Look::Failed(error) => Reply::ready(Err(error)),
            Look::Fine => self.write(|_, _| Ok(Done::plain(()))),
            Look::Try => {
                let written = self.write(|connection, _| write_something(connection).map(Done::plain));
                let writable = Arc::clone(&self.writable);
                Reply::pending(async move {
                    let outcome = written.await;
                    writable.tried(&outcome, Instant::now());
                    outcome
                })
            }
        }
    }

    fn ended(&self) -> Pin<Box<dyn Future<Output = StoreError> + Send>> {
        Box::pin(self.writer.ended())
    }
}

impl Sessions for Sqlite {
    fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>> {
        let (checked, touch) = match self.live.check(digest, now, &self.rules) {
            Some(Found::Live(checked, touch)) => (checked, touch),
            // It is ended in memory; this makes it so after a restart too. Nobody waits for it, and a purge does it otherwise.
            Some(Found::Expired) if self.writer.queue().has_room() => {
                let digest = *digest;
                drop(self.write(move |connection, _| sessions::drop_expired(connection, digest)));
                return Reply::ready(Ok(None));
            }
            Some(Found::Expired) | None => return Reply::ready(Ok(None)),
        };
        // Nobody waits for this write. When the queue is half full it is left out: memory has the new time, and the
        // cost is that after a crash this session's idle time counts from its last written use.
        if touch && self.writer.queue().has_room() {
            let (digest, seen) = (*digest, checked.session.last_seen_at);
            drop(self.write(move |connection, _| sessions::touch(connection, &digest, seen).map(Done::plain)));
        }
        Reply::ready(Ok(Some(checked)))
    }

    fn open(&self, new: NewSession, event: Event) -> Reply<Opened> {
        if let Err(error) = keepable(new.absolute_expires_at) {
            return Reply::ready(Err(error));
        }
        let rules = self.rules;
        self.write_as(Actors::of(&event), move |connection, live| {
            sessions::open(connection, live, &rules, &new, &event)
        })
    }

    fn rotate(&self, old: SessionDigest, new: SessionDigest, event: Event) -> Reply<bool> {
        let rules = self.rules;
        self.write_as(Actors::of(&event), move |connection, live| {
            rotation::rotate(connection, live, &rules, old, new, &event)
        })
    }

    fn end(&self, subject: SubjectId, session: SessionId, event: Event) -> Reply<bool> {
        self.write_as(Actors::of(&event), move |connection, _| sessions::end(connection, subject, session, &event))
    }

    fn list(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenSession>> {
        let rules = self.rules;
        match self.keep {
            Keep::OnDisk => self.read(|connection| sessions::list(connection, &self.live, &rules, subject, now)),
            // Only the writing connection sees its temporary table.
            Keep::InMemory => self
                .write(move |connection, live| sessions::list(connection, live, &rules, subject, now).map(Done::plain)),
        }
    }

    fn purge(&self, ended_by: Timestamp) -> Reply<u64> {
        purge::purge(self.live.clone(), self.writer.queue().clone(), self.rules, self.tokens, ended_by)
    }

    fn pull_back(&self, now: Timestamp) -> Reply<u64> {
        pull_back::pull_back(self.live.clone(), self.writer.queue().clone(), now)
    }
}
