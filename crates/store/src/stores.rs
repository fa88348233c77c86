//! Accounts and sessions as a server has them: one pair of stores, whichever it is.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::sync::Arc;

use admit_core::session::SessionRules;
use admit_core::store::{Accounts, Families, Health, Keys, Limits, Reply, Sessions, Signals};
use admit_core::token::TokenRules;

use crate::mark::Mark;
#[cfg(feature = "sqlite")]
use crate::memory::MemorySessions;
#[cfg(feature = "postgres")]
use crate::postgres::{ConnectError, Postgres, PostgresAddress};
#[cfg(feature = "redis")]
use crate::redis::{RedisAddress, RedisError, RedisSessions};
use crate::seeded;
#[cfg(feature = "postgres")]
use crate::seeded::{Bug, seeded};
#[cfg(feature = "sqlite")]
use crate::sqlite::{OpenError, Sqlite};

/// A pair of stores: where accounts are, and where sessions are.
#[derive(Clone)]
pub struct Stores {
    /// Subjects, their credentials and roles, the audit log.
    pub accounts: Arc<dyn Accounts>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Families of refresh tokens.
    pub families: Arc<dyn Families>,
    /// What is told to whoever checks tokens.
    pub signals: Arc<dyn Signals>,
    /// Signing keys.
    pub keys: Arc<dyn Keys>,
    /// Where nodes count attempts together; `None` where one process has the stores, and counts in its memory.
    pub limits: Option<Arc<dyn Limits>>,
    /// What has to answer for the pair to work.
    pub parts: Vec<Part>,
    /// How many changes are committed to the accounts and not yet in force where sessions are.
    pub pending: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Which database the accounts are in, and how far its audit log is; `None` where it is a server's of its own.
    pub mark: Option<Arc<dyn Fn() -> Reply<Mark> + Send + Sync>>,
    /// The database that other processes may use too, to join them; `None` where there can be none.
    #[cfg(feature = "postgres")]
    pub members: Option<Arc<Postgres>>,
    /// Whether other processes may use the same stores at the same time.
    pub shared: bool,
}

/// One of the engines of a pair.
#[derive(Clone)]
pub struct Part {
    /// What is in it: `accounts` or `sessions`.
    pub name: &'static str,
    /// Whether it answers.
    pub health: Arc<dyn Health>,
}

/// Why a pair of stores could not be opened.
#[cfg(feature = "redis")]
#[derive(Debug, thiserror::Error)]
pub enum StoresError {
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] ConnectError),
    /// The sessions.
    #[error("{0}.")]
    Sessions(#[from] RedisError),
}

impl Stores {
    #[cfg(feature = "sqlite")]
    /// Accounts and sessions in one SQLite database, for this process alone.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn sqlite(path: &Path, rules: SessionRules, tokens: TokenRules) -> Result<Self, OpenError> {
        let store = Sqlite::open_with(path, rules, tokens)?;
        Ok(Self::of_sqlite(&store, Arc::clone(&store) as _))
    }

    #[cfg(feature = "sqlite")]
    /// Accounts in a SQLite database and sessions in memory, for this process alone.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn memory(path: &Path, rules: SessionRules, tokens: TokenRules) -> Result<Self, OpenError> {
        let sessions = MemorySessions::open_with(path, rules, tokens)?;
        Ok(Self::of_sqlite(&Arc::clone(sessions.accounts()), sessions))
    }

    #[cfg(feature = "postgres")]
    /// Accounts and sessions in one PostgreSQL database, for any number of nodes.
    ///
    /// # Errors
    /// As [`Postgres::connect`].
    pub async fn postgres(
        address: &PostgresAddress,
        rules: SessionRules,
        tokens: TokenRules,
    ) -> Result<Self, ConnectError> {
        let store = Postgres::connect(address, rules, tokens).await?;
        let sessions = seeded::sessions(Arc::new(store.within(Arc::clone(&store) as _)));
        let part = |name| Part { name, health: Arc::clone(&store) as _ };
        Ok(Self {
            accounts: Arc::clone(&store) as _,
            sessions,
            families: Arc::clone(&store) as _,
            signals: Arc::clone(&store) as _,
            keys: Arc::clone(&store) as _,
            limits: limits(Arc::clone(&store) as _),
            parts: vec![part("accounts"), part("sessions")],
            // One transaction covers both.
            pending: Arc::new(|| 0),
            mark: None,
            members: Some(Arc::clone(&store)),
            shared: true,
        })
    }

    #[cfg(feature = "redis")]
    /// Accounts in PostgreSQL and sessions in Redis, for any number of nodes.
    ///
    /// # Errors
    /// As [`Postgres::connect`] and [`RedisSessions::connect`].
    pub async fn postgres_and_redis(
        accounts: &PostgresAddress,
        sessions: &RedisAddress,
        rules: SessionRules,
        tokens: TokenRules,
    ) -> Result<Self, StoresError> {
        let store = Postgres::connect(accounts, rules, tokens).await?;
        let redis = RedisSessions::connect(sessions, &store, rules).await?;
        let pending = Arc::clone(&redis);
        Ok(Self {
            accounts: Arc::clone(&store) as _,
            sessions: seeded::sessions(Arc::new(store.within(Arc::clone(&redis) as _))),
            families: Arc::clone(&redis) as _,
            signals: Arc::clone(&store) as _,
            keys: Arc::clone(&store) as _,
            limits: limits(Arc::clone(&redis) as _),
            parts: vec![
                Part { name: "accounts", health: Arc::clone(&store) as _ },
                Part { name: "sessions", health: redis },
            ],
            pending: Arc::new(move || pending.pending()),
            mark: None,
            members: Some(store),
            shared: true,
        })
    }

    #[cfg(feature = "sqlite")]
    fn of_sqlite(store: &Arc<Sqlite>, sessions: Arc<dyn Sessions>) -> Self {
        let part = |name| Part { name, health: Arc::clone(store) as _ };
        Self {
            accounts: Arc::clone(store) as _,
            sessions: seeded::sessions(sessions),
            families: Arc::clone(store) as _,
            signals: Arc::clone(store) as _,
            keys: Arc::clone(store) as _,
            limits: None,
            parts: vec![part("accounts"), part("sessions")],
            // One transaction covers both.
            pending: Arc::new(|| 0),
            mark: Some(Arc::new({
                let store = Arc::clone(store);
                move || store.mark()
            })),
            #[cfg(feature = "postgres")]
            members: None,
            shared: false,
        }
    }
}

#[cfg(feature = "postgres")]
/// Counts that nodes share; with [`Bug::LimitsNotShared`] each node has its own.
fn limits(shared: Arc<dyn Limits>) -> Option<Arc<dyn Limits>> {
    (!seeded(Bug::LimitsNotShared)).then_some(shared)
}
