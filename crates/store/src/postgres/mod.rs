//! PostgreSQL: accounts, and sessions beside them where no other store has these. Any number of nodes share it.
//!
//! The database is the truth for all of them, and a check asks it: one question, by an index, over connections on which
//! questions follow one another without waiting. What a node keeps in memory (revoked tokens, sessions for routes that allow
//! an answer to be a little old) is a copy, kept true by [`follow`]ing numbered logs.
//!
//! Whoever changes something takes locks in one order: the token that it is done with, then subjects by id (the actor and whom
//! the change is about), then roles by name and rows of the subjects, then shards by number, then the list of signals. So
//! nobody waits in a circle.

mod accounts;
mod address;
mod again;
mod beside;
mod cache;
mod change;
mod check;
mod clock;
mod column;
mod connection;
mod db;
mod epoch;
mod error;
mod events;
mod families;
mod follow;
mod import;
mod lane;
mod listing;
mod log;
mod members;
mod migrating;
mod on;
mod open;
mod pooler;
mod pull_back;
mod purge;
mod readers;
mod rotation;
mod rounds;
mod schema;
mod secrets;
mod sessions;
mod settings;
mod shared;
mod sign_ins;
mod signals;
mod snapshot;
mod standing;
mod subjects;
mod tokens;
mod truth;
mod within;

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use admit_clock::SystemClock;
use admit_core::id::SubjectId;
use admit_core::session::SessionRules;
use admit_core::signal::Position;
use admit_core::store::{Health, Reply, Sessions, StoreError};
use admit_core::time::Clock;
use admit_core::token::TokenRules;

use crate::actors::Actors;
use crate::epoch::{Lost, LostSoFar};
use crate::feed::Feed;
use crate::repeats::Repeats;
use crate::truth::InForce;
use crate::writable::Look;
use cache::Cache;
use connection::{Asking, connect};
use db::Db;
use error::Error;
use follow::{AbortOnDrop, follow};
use rounds::Rounds;
use shared::{Line, Shared, Uses, write_down};

pub use address::{AddressError, PostgresAddress};
pub use members::{Joined, SAID_EVERY, Settings};
pub use open::ConnectError;
pub use schema::{Applied, MIGRATIONS, Migration, Phase};
pub use snapshot::PostgresSnapshot;
pub use within::Within;

/// A PostgreSQL database of admit.
pub struct Postgres {
    shared: Arc<Shared>,
    _following: AbortOnDrop,
    _writing: AbortOnDrop,
}

impl Postgres {
    /// Connects, brings the schema up to date, and begins to follow what other nodes change.
    ///
    /// # Errors
    /// A sentence that says what is wrong, without the password.
    pub async fn connect(
        address: &PostgresAddress,
        rules: SessionRules,
        tokens: TokenRules,
    ) -> Result<Arc<Self>, ConnectError> {
        Self::migrate(address, false).await?;
        let db = Db::new(address)?;
        let refused = |error| ConnectError::refused(address, error);
        let reader = db.reader().await.map_err(refused)?;
        let on = reader.on();
        let asked = SystemClock.now();
        let theirs = clock::theirs(on).await.map_err(refused)?;
        clock::apart(asked, theirs, SystemClock.now()).map_err(refused)?;
        let heads = log::heads(on).await.map_err(refused)?;
        let Position { log, seq: base } = log::epochs(on).await.map_err(refused)?.present;
        db.is_known_in(base);
        let seq = signals::head(on).await.map_err(refused)?;
        let kept = signals::after(on, 0).await.map_err(refused)?;
        // One that came after the number was read is read again by the follower, and must not come twice.
        let kept = kept.into_iter().filter(|signal| signal.seq <= seq).collect();
        let cache = Cache::default();
        cache.reset(&heads);
        let shared = Arc::new(Shared {
            db,
            feed: Feed::new(log, seq, kept),
            rounds: Rounds::default(),
            cache,
            rules,
            tokens,
            repeats: Repeats::default(),
            lost: LostSoFar::default(),
            uses: Uses::default(),
            walk: purge::Walk::default(),
            attempts: Line::default(),
            follower: OnceLock::new(),
        });
        let following = AbortOnDrop(tokio::spawn(follow(Arc::clone(&shared))));
        let writing = AbortOnDrop(tokio::spawn(write_down(Arc::clone(&shared))));
        Ok(Arc::new(Self { shared, _following: following, _writing: writing }))
    }

    /// The migrations that the database has.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn migrations(address: &PostgresAddress) -> Result<Vec<Applied>, ConnectError> {
        let refused = |error| ConnectError::refused(address, error);
        let client = connect(address.config(), address.tls()?).await.map_err(refused)?;
        schema::applied(&client).await.map_err(refused)
    }

    /// What the database's clock says, in milliseconds since 1970.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn clock(address: &PostgresAddress) -> Result<i64, ConnectError> {
        let refused = |error| ConnectError::refused(address, error);
        let client = connect(address.config(), address.tls()?).await.map_err(refused)?;
        let row = client.query_one("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint", &[]).await;
        row.and_then(|row| row.try_get(0)).map_err(|error| refused(error.into()))
    }

    /// Brings the schema up to date: what only expands it, and with `contract` what takes something away too. Answers what
    /// was made.
    ///
    /// # Errors
    /// When it cannot be reached, may not be changed, or is of a later release that has taken something away.
    pub async fn migrate(address: &PostgresAddress, contract: bool) -> Result<Vec<Applied>, ConnectError> {
        let refused = |error| ConnectError::refused(address, error);
        let mut client = connect(address.config(), address.tls()?).await.map_err(refused)?;
        schema::check_server(&client).await?;
        pooler::refuse(address.config(), address.tls()?, &client).await.map_err(refused)?;
        if schema::is_unfinished(&client).await.map_err(refused)? {
            return Err(ConnectError::Unfinished);
        }
        migrating::bring_up(address, &mut client, MIGRATIONS, contract).await
    }

    /// How old what is known of other nodes' changes is; `None` while nothing is known.
    #[must_use]
    pub fn staleness(&self) -> Option<std::time::Duration> {
        self.shared.rounds.age()
    }

    /// What was acknowledged, and was not there any more when another database server took over or a backup was put back: as far as
    /// this process knew of it, since it began.
    #[must_use]
    pub fn lost(&self) -> Lost {
        self.shared.lost.so_far()
    }

    /// Sessions of `sessions`, with those that were checked a moment ago kept for routes that allow it.
    #[must_use]
    pub fn within(&self, sessions: Arc<dyn Sessions>) -> Within {
        Within::new(Arc::clone(&self.shared), sessions)
    }

    /// Ends the sessions that were kept here before they were kept elsewhere.
    pub(crate) async fn forget_sessions(&self) -> Result<u64, StoreError> {
        Ok(purge::forget_sessions(&self.shared.db).await?)
    }

    /// From now on a change is acknowledged when it is in force there.
    pub(crate) fn follow_with(&self, follower: &Arc<dyn InForce>) {
        drop(self.shared.follower.set(Arc::downgrade(follower)));
    }

    fn write<T, F>(&self, work: F) -> Reply<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(connection::On<'t>) -> Asking<'t, T> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move { Ok(shared.db.write(work).await?) })
    }

    /// The same for a change that somebody makes, about these subjects.
    fn write_as<T, F>(&self, actors: Actors, targets: Vec<SubjectId>, work: F) -> Reply<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(connection::On<'t>) -> Asking<'t, T> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move { Ok(shared.write_as(actors, targets, work).await?) })
    }

    fn read<T, F>(&self, ask: F) -> Reply<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(connection::On<'t>) -> Asking<'t, T> + Send + Sync + 'static,
    {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move { Ok(shared.db.read(ask).await?) })
    }

    /// The same for what may be much.
    fn listed<T, F>(&self, ask: F) -> Reply<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(connection::On<'t>) -> Asking<'t, T> + Send + Sync + 'static,
    {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move { Ok(shared.db.list(ask).await?) })
    }
}

/// A transaction with a number of its own is written down when it is committed. A read-only one may have a number too.
async fn try_a_change(on: connection::On<'_>) -> Result<(), Error> {
    let sql = "SELECT current_setting('transaction_read_only') = 'off', pg_current_xact_id()::text, clock_timestamp()";
    let asked = SystemClock.now();
    let row = on.one(sql, &[]).await?;
    if !column::value(&row, 0)? {
        return Err(Error::ReadOnly);
    }
    clock::apart(asked, column::time(&row, 2)?, SystemClock.now())
}

impl Health for Postgres {
    fn healthy(&self) -> Reply<()> {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move {
            if let Look::Failed(error) = shared.db.writable.look(Instant::now()) {
                return Err(error);
            }
            let tried = shared.db.write(|on| Box::pin(try_a_change(on))).await.map_err(StoreError::from);
            shared.db.writable.tried(&tried, Instant::now());
            tried
        })
    }
}
