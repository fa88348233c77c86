//! Every check of the conformance suite, on every backend.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::sync::Arc;

use admit_core::store::Sessions;
use admit_store::conformance::{RULES, Stores, TOKENS};
use admit_store::{MemorySessions, PostgresAddress, RedisAddress, Sqlite};
use admit_testkit::Pair;
use tempfile::TempDir;

fn folder() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

/// Everything but the sessions is in `sqlite` either way.
fn stores(sqlite: &Arc<Sqlite>, sessions: Arc<dyn Sessions>, beside: Arc<TempDir>) -> Stores {
    let (families, signals, keys) = (sqlite.clone(), sqlite.clone(), sqlite.clone());
    Stores { accounts: sqlite.clone(), sessions, families, signals, keys, drops_by_itself: false, beside }
}

mod sqlite {
    use super::*;

    fn open() -> Stores {
        let folder = folder();
        let sqlite = Sqlite::open_with(&folder.path().join("admit.db"), RULES, TOKENS).unwrap();
        stores(&sqlite, sqlite.clone(), folder)
    }

    admit_store::conformance_tests!(open());
}

mod memory {
    use super::*;

    fn open() -> Stores {
        let folder = folder();
        let memory = MemorySessions::open_with(&folder.path().join("admit.db"), RULES, TOKENS).unwrap();
        stores(memory.accounts(), memory.clone(), folder)
    }

    admit_store::conformance_tests!(open());
}

/// Those that nodes share: `stores` is what has to live as long as they do.
fn shared(opened: admit_store::Stores, beside: Arc<admit_testkit::Stores>) -> Stores {
    let drops_by_itself = beside.pair() == Pair::PostgresRedis;
    let admit_store::Stores { accounts, sessions, families, signals, keys, .. } = opened;
    Stores { accounts, sessions, families, signals, keys, drops_by_itself, beside }
}

/// One of the URLs, by its variable.
fn url<T>(made: &admit_testkit::Stores, variable: &str, parse: impl FnOnce(&str) -> T) -> T {
    parse(made.environment().iter().find(|(name, _)| *name == variable).unwrap().1)
}

mod postgres {
    use super::*;

    /// In a database of its own, gone with the check.
    async fn open() -> Stores {
        let made = admit_testkit::Stores::new(Pair::Postgres);
        let address = url(&made, "ADMIT_ACCOUNTS__URL", PostgresAddress::parse).unwrap();
        shared(admit_store::Stores::postgres(&address, RULES, TOKENS).await.unwrap(), made)
    }

    admit_store::conformance_tests!(open().await);
}

mod postgres_and_redis {
    use super::*;

    /// In a database of its own, and under a prefix of its own.
    async fn open() -> Stores {
        let made = admit_testkit::Stores::new(Pair::PostgresRedis);
        let accounts = url(&made, "ADMIT_ACCOUNTS__URL", PostgresAddress::parse).unwrap();
        let sessions = url(&made, "ADMIT_SESSIONS__URL", RedisAddress::parse).unwrap();
        shared(admit_store::Stores::postgres_and_redis(&accounts, &sessions, RULES, TOKENS).await.unwrap(), made)
    }

    admit_store::conformance_tests!(open().await);
}
