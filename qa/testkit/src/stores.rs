//! Which stores the servers of a test run on.
//!
//! A function under [`everywhere`](crate::everywhere) is a test on each pair of stores, and every server that it starts is given
//! that pair by its environment. Each folder has a database and a prefix of its own there.
//!
//! The PostgreSQL and the Redis are those of `ADMIT_TEST_POSTGRES` and `ADMIT_TEST_REDIS` where these are set: `with-stores`
//! sets them, so that one of each serves a whole run. Otherwise this process starts its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use crate::postgres::{Database, Postgres, sweep};
use crate::random::Seeded;
use crate::redis::Redis;

/// The variable with the URL of a PostgreSQL in which databases may be made: `postgres://admit@127.0.0.1:5432/postgres`.
pub const POSTGRES: &str = "ADMIT_TEST_POSTGRES";
/// The variable with the URL of a Redis: `redis://127.0.0.1:6379`.
pub const REDIS: &str = "ADMIT_TEST_REDIS";

/// Where accounts and sessions are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pair {
    /// Both in SQLite: the default.
    #[default]
    Sqlite,
    /// Accounts in SQLite, sessions in memory.
    SqliteMemory,
    /// Both in PostgreSQL.
    Postgres,
    /// Accounts in PostgreSQL, sessions in Redis.
    PostgresRedis,
}

/// The pair that this process was told to use.
static CHOSEN: OnceLock<Pair> = OnceLock::new();

impl Pair {
    /// Makes the servers of this process use these stores from now on. Under nextest each test has a process of its own.
    ///
    /// # Panics
    /// When another test in this process uses other stores.
    pub fn choose(self) {
        let chosen = *CHOSEN.get_or_init(|| self);
        assert_eq!(chosen, self, "tests on several stores run in processes of their own: use cargo nextest run");
    }

    fn chosen() -> Self {
        CHOSEN.get().copied().unwrap_or_default()
    }
}

/// The stores that the servers in one folder share.
#[derive(Debug)]
pub struct Stores {
    pair: Pair,
    accounts: Option<String>,
    sessions: Option<String>,
    _database: Option<Arc<Database>>,
}

impl Stores {
    /// New, empty ones.
    ///
    /// # Panics
    /// When their server cannot be started or reached.
    #[must_use]
    pub fn new(pair: Pair) -> Arc<Self> {
        let database = matches!(pair, Pair::Postgres | Pair::PostgresRedis).then(|| Database::new(&postgres()));
        let sessions = match pair {
            Pair::Sqlite | Pair::Postgres => None,
            Pair::SqliteMemory => Some("memory:".to_owned()),
            Pair::PostgresRedis => Some(format!("{}?prefix={}:&{PATIENCE}", redis(), unique())),
        };
        let accounts = database.as_ref().map(|database| patient(&database.url));
        Arc::new(Self { pair, accounts, sessions, _database: database })
    }

    /// Which they are.
    #[must_use]
    pub fn pair(&self) -> Pair {
        self.pair
    }

    /// Where accounts are, if that is not a file in the folder.
    #[must_use]
    pub fn accounts(&self) -> Option<&str> {
        self.accounts.as_deref()
    }

    /// The variables that make a server use them.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, &str)> {
        let accounts = self.accounts.iter().map(|url| ("ADMIT_ACCOUNTS__URL", url.as_str()));
        accounts.chain(self.sessions.iter().map(|url| ("ADMIT_SESSIONS__URL", url.as_str()))).collect()
    }
}

/// So many tests at once on so few processors are slow to be answered. Tests about that have stores of their own.
const PATIENCE: &str = "deadline=10000";

fn patient(url: &str) -> String {
    format!("{url}{}{PATIENCE}", if url.contains('?') { '&' } else { '?' })
}

/// The stores of whatever runs in this folder: those of this test's pair, made when they are first asked for. `None`
/// for SQLite, which needs none: its file is in the folder.
#[must_use]
pub fn stores_of(folder: &Path) -> Option<Arc<Stores>> {
    static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Arc<Stores>>>> = LazyLock::new(Mutex::default);
    let pair = Pair::chosen();
    if pair == Pair::Sqlite {
        return None;
    }
    // Either name of a folder is the same one's.
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    Some(Arc::clone(known.entry(folder).or_insert_with(|| Stores::new(pair))))
}

/// The PostgreSQL of this run.
fn postgres() -> String {
    // What is kept in a static is never dropped: its watch stops it when this process is gone.
    static SERVER: LazyLock<(String, Option<Postgres>)> = LazyLock::new(|| match std::env::var(POSTGRES) {
        Ok(url) => {
            // Nor are the databases: those of tests that have ended are dropped by the next one.
            sweep(&url);
            (url, None)
        }
        Err(_) => {
            let server = Postgres::start();
            (server.url("postgres"), Some(server))
        }
    });
    SERVER.0.clone()
}

/// The Redis of this run.
fn redis() -> String {
    static SERVER: LazyLock<(String, Option<Redis>)> = LazyLock::new(|| match std::env::var(REDIS) {
        Ok(url) => (url, None),
        Err(_) => {
            let server = Redis::start();
            (server.url(), Some(server))
        }
    });
    SERVER.0.clone()
}

/// A word that nothing else on this machine uses now.
fn unique() -> String {
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let mut random = Seeded::new(u64::from(std::process::id()) ^ u64::from(time.subsec_nanos()));
    format!("test{}x{:x}", std::process::id(), random.number())
}
