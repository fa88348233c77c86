//! The schema of a database that several nodes and several releases share.

use std::time::{Duration, Instant};

use admit_core::audit::EventKind;
use admit_core::random::OsRandom;
use admit_core::store::{Sessions, Signals};
use admit_core::token::TokenId;
use admit_store::{ConnectError, MIGRATIONS, Postgres, PostgresAddress};

use super::{at, event, is_live, node, sign_in, subject};

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

async fn refusal(url: &str) -> ConnectError {
    let address = PostgresAddress::parse(url).unwrap();
    Postgres::connect(&address, Default::default(), Default::default()).await.err().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_nodes_that_start_at_once_on_an_empty_database_make_one_schema() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let starting: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { node(&url).await })
        })
        .collect();
    let mut nodes = Vec::new();
    for start in starting {
        nodes.push(start.await.unwrap());
    }
    let address = PostgresAddress::parse(&url).unwrap();
    let applied = Postgres::migrations(&address).await.unwrap();
    assert_eq!(applied.len(), MIGRATIONS.len());
    assert!(Postgres::migrate(&address, true).await.unwrap().is_empty(), "nothing is left to be made");
    subject(nodes.first().unwrap(), "alice", &[]).await;
}

#[tokio::test]
async fn a_later_release_that_only_added_is_worked_with_and_one_that_took_away_is_not() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    drop(node(&url).await);
    execute(&url, "INSERT INTO admit.migration (version, name, phase) VALUES (900, 'more', 'expand')").await;
    subject(&*node(&url).await, "alice", &[]).await;
    execute(&url, "INSERT INTO admit.migration (version, name, phase) VALUES (901, 'less', 'contract')").await;
    let refused = refusal(&url).await;
    assert!(matches!(refused, ConnectError::Newer { found: 901, .. }), "{refused}");
}

#[tokio::test]
async fn a_user_who_may_not_make_the_schema_is_told_what_to_do_and_one_who_may_only_use_it_can() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    execute(&url, "CREATE ROLE app LOGIN").await;
    let as_app = url.replace("postgres://admit@", "postgres://app@");
    let refused = refusal(&as_app).await;
    assert!(matches!(refused, ConnectError::Behind { found: 0, .. }), "{refused}");
    assert!(refused.to_string().contains("admit migrate up"), "{refused}");
    drop(node(&url).await);
    execute(
        &url,
        "GRANT USAGE ON SCHEMA admit TO app;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA admit TO app",
    )
    .await;
    subject(&*node(&as_app).await, "alice", &[]).await;
}

/// As the release before left it, without what `0008_clients` made.
const WITHOUT_CLIENTS: &str = "
    DROP TABLE admit.client;
    ALTER TABLE admit.signal DROP CONSTRAINT signal_kind_check, DROP CONSTRAINT signal_name_check, DROP CONSTRAINT signal_client_check,
        ADD CONSTRAINT signal_kind_check CHECK (true), ADD CONSTRAINT signal_check2 CHECK (true);
    DELETE FROM admit.migration WHERE name = 'clients'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_beside_a_dump_keeps_nobody_waiting_and_is_made_when_the_dump_is_over() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let running = node(&url).await;
    let alice = subject(&running, "alice", &[]).await;
    let held = sign_in(&running, &alice).await;
    execute(&url, WITHOUT_CLIENTS).await;
    let (dump, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    dump.batch_execute("BEGIN; LOCK TABLE admit.signal, admit.session, admit.subject IN ACCESS SHARE MODE")
        .await
        .unwrap();
    let starting = tokio::spawn({
        let url = url.clone();
        async move { node(&url).await }
    });
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'admit.signal'::regclass)";
    let begun = Instant::now();
    while !dump.query_one(waits, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(begun.elapsed() < Duration::from_secs(30), "no migration waits");
    }
    // Changes that need the table, and checks. On a busy machine one of them may come too late.
    let mut done = 0;
    while done < 20 {
        assert!(begun.elapsed() < Duration::from_secs(60), "only {done} of 20 changes were made beside it");
        let token = TokenId::new(&OsRandom).unwrap();
        let revoked = running.revoke_token(token, at(300), event(EventKind::TokenRevoked)).await;
        done += usize::from(revoked.is_ok() && running.check(&held.digest, at(2)).await.is_ok());
    }
    assert!(!starting.is_finished(), "it was made while somebody had the table");
    dump.batch_execute("COMMIT").await.unwrap();
    let started = tokio::time::timeout(Duration::from_secs(10), starting).await.unwrap().unwrap();
    assert!(is_live(&started, &held).await);
}
