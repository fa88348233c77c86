//! Migrations beside service, and what they must never do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::SessionToken;
use admit_core::id::SubjectId;
use admit_core::random::OsRandom;
use admit_core::store::{Sessions, Signals};
use admit_core::time::Timestamp;
use admit_core::token::TokenId;
use admit_testkit::{Pair, Stores};
use tokio_postgres::{Client, NoTls};

use super::*;
use crate::postgres::connection::connect;
use crate::postgres::migrating::{before, bring_up};
use crate::postgres::{Postgres, PostgresAddress};

/// How long something that happens soon may take on a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// A database of the test's own, with nothing in it.
struct Empty {
    stores: Arc<Stores>,
}

impl Empty {
    fn new() -> Self {
        Self { stores: Stores::new(Pair::Postgres) }
    }

    fn address(&self) -> PostgresAddress {
        PostgresAddress::parse(self.stores.accounts().unwrap()).unwrap()
    }

    /// A connection that is not admit's.
    async fn hand(&self) -> Client {
        let url = self.stores.accounts().unwrap().split('?').next().unwrap();
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// What a node of a release with these migrations makes when it starts.
    async fn start(&self, known: &[Migration]) -> Result<Vec<Applied>, ConnectError> {
        let address = self.address();
        let mut client = connect(address.config(), address.tls().unwrap()).await.unwrap();
        bring_up(&address, &mut client, known, false).await
    }

    fn starting(&self, known: &'static [Migration]) -> tokio::task::JoinHandle<usize> {
        let it = Self { stores: Arc::clone(&self.stores) };
        tokio::spawn(async move { it.start(known).await.unwrap().len() })
    }
}

/// A release after this one, with an index and a constraint on the largest tables.
fn later() -> &'static [Migration] {
    let sql = "ALTER TABLE subject DROP CONSTRAINT IF EXISTS subject_later;
        ALTER TABLE subject ADD CONSTRAINT subject_later CHECK (username <> '') NOT VALID;
        -- Outside of the transaction
        ALTER TABLE subject VALIDATE CONSTRAINT subject_later;
        CREATE INDEX CONCURRENTLY IF NOT EXISTS session_later ON session (created_at);";
    let more = Migration { name: "later", phase: Phase::Expand, sql };
    MIGRATIONS.iter().copied().chain([more]).collect::<Vec<_>>().leak()
}

/// Waits for an answer that is true.
async fn until(client: &Client, question: &str) {
    let begun = Instant::now();
    while !client.query_one(question, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(begun.elapsed() < SOON, "never: {question}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const INDEX_IS_WAITED_WITH: &str = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'virtualxid'
    AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE%INDEX CONCURRENTLY%'))";

/// A transaction as `pg_dump` has one: it has these tables, and goes on.
async fn dump(empty: &Empty, tables: &str) -> Client {
    let dump = empty.hand().await;
    let begin = format!(
        "SET application_name = 'pg_dump'; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
         LOCK TABLE {tables} IN ACCESS SHARE MODE; SELECT count(*) FROM admit.migration"
    );
    dump.batch_execute(&begin).await.unwrap();
    dump
}

#[test]
fn no_migration_reads_a_whole_table_that_others_are_kept_waiting_for() {
    for (number, migration) in (1..).zip(MIGRATIONS) {
        let (together, steps) = migration.parts();
        let about = format!("{number} {}", migration.name);
        for statement in together.split(';').map(str::trim) {
            let statement: String = statement.lines().filter(|line| !line.starts_with("--")).collect();
            let words: Vec<&str> = statement.split_whitespace().collect();
            if let Some(on) = words.iter().position(|word| *word == "ON").filter(|_| statement.contains("INDEX ")) {
                let table = words[on + 1];
                assert!(together.contains(&format!("CREATE TABLE {table} ")), "{about} makes an index on {table}");
            }
            let added = statement.matches("ADD CONSTRAINT").count();
            assert_eq!(
                added,
                statement.matches("NOT VALID").count(),
                "{about} adds what it has to look at all rows for"
            );
            let column = statement.split_once("ADD COLUMN").is_some_and(|(_, column)| column.contains("CHECK"));
            assert!(!column, "{about} adds a column and looks at all rows");
        }
        for step in steps {
            let words = step.replace("UNIQUE ", "");
            let known = words.starts_with("CREATE INDEX CONCURRENTLY IF NOT EXISTS ")
                || words.starts_with("ALTER TABLE ") && words.contains(" VALIDATE CONSTRAINT ")
                // A part of a table, whose rows are held for a moment.
                || words.starts_with("UPDATE ") && words.contains(" IS NULL AND right(");
            assert!(known, "{about}: {step}");
        }
    }
}

/// Columns, indexes, and constraints with whether they hold.
async fn shape(client: &Client) -> Vec<String> {
    let sql = "SELECT format('%s %s %s %s', table_name, column_name, data_type, is_nullable) FROM information_schema.columns
               WHERE table_schema = 'admit'
               UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'admit'
               UNION ALL SELECT format('%s %s %s %s', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
               FROM pg_constraint WHERE connamespace = 'admit'::regnamespace
               UNION ALL SELECT format('unusable: %s', indexrelid::regclass) FROM pg_index WHERE NOT indisvalid ORDER BY 1";
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_schema_is_the_same_whether_made_at_once_or_step_by_step_or_after_a_stop() {
    let (at_once, by_steps) = (Empty::new(), Empty::new());
    at_once.start(MIGRATIONS).await.unwrap();
    let hand = by_steps.hand().await;
    by_steps.start(&MIGRATIONS[..1]).await.unwrap();
    for (from, migration) in MIGRATIONS.iter().enumerate().skip(1) {
        let (together, steps) = migration.parts();
        if !steps.is_empty() {
            // As a node that was stopped before it could write it down.
            hand.batch_execute(&format!("SET search_path = admit; BEGIN; {together}; COMMIT")).await.unwrap();
            for step in &steps {
                hand.batch_execute(step).await.unwrap();
            }
        }
        let made = by_steps.start(&MIGRATIONS[..=from]).await.unwrap();
        assert_eq!(made.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), [migration.name]);
    }
    let other = at_once.hand().await;
    assert_eq!(shape(&hand).await, shape(&other).await);
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_is_made_beside_a_dump_and_a_node_of_the_release_before_works_on() {
    let empty = Empty::new();
    let address = empty.address();
    let node = Postgres::connect(&address, Default::default(), Default::default()).await.unwrap();
    // It has not come to the table yet whose constraint is changed.
    let dump = dump(&empty, "admit.session").await;
    let starting = empty.starting(later());
    let hand = empty.hand().await;
    until(&hand, INDEX_IS_WAITED_WITH).await;
    let whom =
        hand.query_one("SELECT pid FROM pg_locks WHERE NOT granted AND locktype = 'virtualxid'", &[]).await.unwrap();
    let said = before(&address, whom.get(0)).await.unwrap();
    assert!(said.starts_with("pg_dump (process "), "{said}");
    let secret = SessionToken::new_for(SubjectId::new(at(0), &OsRandom).unwrap(), &OsRandom).unwrap().digest();
    for _ in 0..20 {
        let (event, token) =
            (Event::new(EventKind::TokenRevoked, Actor::Anonymous, at(1)), TokenId::new(&OsRandom).unwrap());
        node.revoke_token(token, at(300), event).await.unwrap();
        assert!(node.check(&secret, at(2)).await.unwrap().is_none());
    }
    assert!(!starting.is_finished());
    dump.batch_execute("COMMIT").await.unwrap();
    assert_eq!(tokio::time::timeout(SOON, starting).await.unwrap().unwrap(), 1);
    assert!(node.check(&secret, at(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn an_index_that_a_failed_try_has_left_unusable_is_made_anew() {
    let empty = Empty::new();
    empty.start(MIGRATIONS).await.unwrap();
    let dump = dump(&empty, "admit.session, admit.log_entry, admit.event").await;
    let hand = empty.hand().await;
    hand.batch_execute("SET lock_timeout = '20ms'").await.unwrap();
    let failed = hand.batch_execute("CREATE INDEX CONCURRENTLY session_later ON admit.session (created_at)").await;
    assert!(failed.is_err());
    dump.batch_execute("COMMIT").await.unwrap();
    assert!(shape(&hand).await.contains(&"unusable: session_later".to_owned()));
    empty.start(later()).await.unwrap();
    assert!(!shape(&hand).await.contains(&"unusable: session_later".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_start_on_an_old_schema_beside_a_dump_do_not_stop_each_other() {
    let empty = Empty::new();
    empty.start(&MIGRATIONS[..5]).await.unwrap();
    let dump = dump(&empty, "admit.session, admit.log_entry, admit.event").await;
    let (first, second) = (empty.starting(MIGRATIONS), empty.starting(MIGRATIONS));
    let hand = empty.hand().await;
    until(&hand, INDEX_IS_WAITED_WITH).await;
    dump.batch_execute("COMMIT").await.unwrap();
    let made = tokio::time::timeout(SOON, async { first.await.unwrap() + second.await.unwrap() }).await.unwrap();
    assert_eq!(made, MIGRATIONS.len() - 5, "each was made once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_starting_node_of_an_earlier_release_that_waits_in_a_transaction_has_its_turn() {
    let empty = Empty::new();
    empty.start(&MIGRATIONS[..5]).await.unwrap();
    let (hand, old) = (empty.hand().await, empty.hand().await);
    let dump = dump(&empty, "admit.session, admit.log_entry, admit.event").await;
    hand.batch_execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = 10', current_database()); END $$",
    )
    .await
    .unwrap();
    let starting = empty.starting(MIGRATIONS);
    until(&hand, INDEX_IS_WAITED_WITH).await;
    let old = tokio::spawn(async move {
        old.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('admit migration', 0)); COMMIT").await
    });
    until(&hand, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory')").await;
    dump.batch_execute("COMMIT").await.unwrap();
    tokio::time::timeout(SOON, old).await.unwrap().unwrap().unwrap();
    assert_eq!(tokio::time::timeout(SOON, starting).await.unwrap().unwrap(), MIGRATIONS.len() - 5);
}

#[tokio::test]
async fn links_of_the_release_before_are_moved_and_its_nodes_write_no_more_of_them() {
    let empty = Empty::new();
    let before = MIGRATIONS.iter().position(|migration| migration.name == "one-time tokens").unwrap();
    empty.start(&MIGRATIONS[..before]).await.unwrap();
    let hand = empty.hand().await;
    let first = "INSERT INTO setup_link (only_one, digest, expires_at) VALUES (TRUE, sha256('first'), 'epoch')
                 ON CONFLICT (only_one) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at";
    let password =
        "INSERT INTO password_link (subject_id, digest, expires_at) SELECT id, sha256('alice'), 'epoch' FROM subject
                    ON CONFLICT (subject_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at";
    hand.batch_execute(&format!(
        "SET search_path = admit;
         INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
             VALUES (gen_random_uuid(), 'alice', 'alice', 'active', 7, 0, 'epoch');
         {first}; {password}"
    ))
    .await
    .unwrap();
    empty.start(MIGRATIONS).await.unwrap();
    let moved = "SELECT string_agg(format('%s %s %s', purpose, username, t.generation), ', ' ORDER BY purpose) FROM one_time_token t
                 LEFT JOIN subject s ON s.id = subject_id WHERE expires_at = 'epoch' AND digest IN (sha256('first'), sha256('alice'))";
    let moved: String = hand.query_one(moved, &[]).await.unwrap().get(0);
    assert_eq!(moved, "first-admin  , password alice 7");
    for written in [first, password] {
        let refused = hand.batch_execute(written).await.unwrap_err();
        assert_eq!(refused.code(), Some(&tokio_postgres::error::SqlState::CHECK_VIOLATION), "{refused:?}");
    }
    // What it does when a password is changed, a link is used, and expired links are deleted.
    for still in ["DELETE FROM password_link", "SELECT 1 FROM setup_link FOR UPDATE", "DELETE FROM setup_link"] {
        hand.batch_execute(still).await.unwrap();
    }
}
