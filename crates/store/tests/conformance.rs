//! Every check of the conformance suite, on every backend.
#![expect(clippy::unwrap_used, reason = "a panic in a test is its report")]

use std::sync::Arc;

use admit_core::store::Sessions;
use admit_store::conformance::{RULES, Stores, TOKENS};
use admit_store::{MemorySessions, Postgres, PostgresAddress, Sqlite};
use admit_testkit::Pair;
use tempfile::TempDir;

fn folder() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

/// Everything but the sessions is in `sqlite` either way.
fn stores(sqlite: &Arc<Sqlite>, sessions: Arc<dyn Sessions>, beside: Arc<TempDir>) -> Stores {
    let (families, signals, keys) = (sqlite.clone(), sqlite.clone(), sqlite.clone());
    Stores { accounts: sqlite.clone(), sessions, families, signals, keys, beside }
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

mod postgres {
    use super::*;

    /// In a database of its own, gone with the check.
    async fn open() -> Stores {
        let made = admit_testkit::Stores::new(Pair::Postgres);
        let url = made.environment().first().unwrap().1.to_owned();
        let address = PostgresAddress::parse(&url).unwrap();
        let postgres = Postgres::connect(&address, RULES, TOKENS).await.unwrap();
        Stores {
            accounts: postgres.clone(),
            sessions: postgres.clone(),
            families: postgres.clone(),
            signals: postgres.clone(),
            keys: postgres,
            beside: made,
        }
    }

    admit_store::conformance_tests!(open().await);
}
