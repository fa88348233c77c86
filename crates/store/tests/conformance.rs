//! Every check of the conformance suite, on every backend.

use std::sync::Arc;

use admit_core::store::Sessions;
use admit_store::conformance::{RULES, Stores, TOKENS};
use admit_store::{MemoryLimits, MemorySessions, PostgresAddress, RedisAddress, Sqlite};
use admit_testkit::Pair;
use tempfile::TempDir;

fn folder() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

/// Everything but the sessions is in `sqlite` either way.
fn stores(sqlite: &Arc<Sqlite>, sessions: Arc<dyn Sessions>, beside: Arc<TempDir>) -> Stores {
    let (families, signals, keys) = (sqlite.clone(), sqlite.clone(), sqlite.clone());
    let limits = Arc::new(MemoryLimits::default());
    Stores { accounts: sqlite.clone(), sessions, families, signals, keys, limits, drops_by_itself: false, beside }
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
    let admit_store::Stores { accounts, sessions, families, signals, keys, limits, .. } = opened;
    let limits = limits.unwrap();
    Stores { accounts, sessions, families, signals, keys, limits, drops_by_itself, beside }
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

/// Those that need what a pooler could take away: settings, statements that stay, notifications, transactions at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stores_behind_a_pooler_in_session_mode_do_what_they_do_without() {
    let server = admit_testkit::Postgres::start();
    let pooler = admit_testkit::Pgbouncer::start(&server.url("postgres"), "session");
    for name in [
        "a_session_that_replaces_another_ends_it",
        "of_many_rotations_to_one_secret_all_are_told_it_and_one_is_written_down",
        "the_last_holder_of_a_role_is_kept_even_when_two_ban_each_other_at_once",
        "of_many_redemptions_at_once_each_gets_the_one_successor",
        "a_follower_gets_each_signal_once_and_in_order",
        "what_many_writers_end_is_one_list_without_gaps",
        "of_two_tokens_that_revoke_each_other_at_once_one_does",
        "no_check_that_starts_after_an_acknowledged_ban_lets_anybody_in",
    ] {
        let check = admit_store::conformance::ALL.iter().find(|check| check.name == name).unwrap();
        let url = pooler.in_front_of(&server.create_database(name.get(..60).unwrap_or(name)));
        let address = PostgresAddress::parse(&format!("{url}?deadline=10000")).unwrap();
        let opened = admit_store::Stores::postgres(&address, RULES, TOKENS).await.unwrap();
        let admit_store::Stores { accounts, sessions, families, signals, keys, limits, .. } = opened;
        let (drops_by_itself, beside, limits) = (false, Arc::new(()), limits.unwrap());
        let stores = Stores { accounts, sessions, families, signals, keys, limits, drops_by_itself, beside };
        let outcome = (check.run)(stores).await;
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }
}
