//! What moves is everything that there is, but for what is said here: a column that a migration adds must not be forgotten.

use std::collections::BTreeSet;

use admit_store::conformance::{RULES, TOKENS};
use admit_store::snapshot::TABLES;
use admit_store::{Sqlite, Stores};
use admit_testkit::Pair;

/// Tables, and columns of tables, that stay where they are: what is made anew, and what only nodes that share a database need.
const STAY: [&str; 18] = [
    "event.slot",
    "installation.",
    "deployment.",
    "node.",
    "migration.",
    "unfinished_import.",
    "sqlite_sequence.",
    "shard.",
    "log_entry.",
    "exchanged_session.",
    // Attempts of the last day.
    "attempt_count.",
    "signal_head.",
    "epoch.",
    "subject.version",
    // The name again, for an index.
    "subject_role.username_canonical",
    // PostgreSQL keeps them for nodes of the release before, and nothing is in them.
    "setup_link.",
    "password_link.",
    // A secret of before, good for some seconds.
    "session.superseded",
];

fn moved() -> BTreeSet<String> {
    let of = |table: &'static admit_store::snapshot::Table| {
        table.columns.iter().map(move |column| format!("{}.{}", table.name, column.name))
    };
    TABLES.iter().flat_map(of).collect()
}

fn nothing_is_forgotten(found: &BTreeSet<String>) {
    let moved = moved();
    let there: BTreeSet<String> =
        found.iter().filter(|name| !STAY.iter().any(|stays| name.starts_with(stays))).cloned().collect();
    assert_eq!(there.difference(&moved).collect::<Vec<_>>(), Vec::<&String>::new(), "not moved");
    assert_eq!(moved.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new(), "moved and not there");
}

#[tokio::test]
async fn every_column_of_sqlite_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    drop(Sqlite::open(&path, RULES).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    let mut statement = connection
        .prepare(
            "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'",
        )
        .unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    nothing_is_forgotten(&found);
}

#[tokio::test]
async fn every_column_of_postgresql_is_moved() {
    let stores = admit_testkit::Stores::new(Pair::Postgres);
    let address = super::address(&stores);
    drop(Stores::postgres(&address, RULES, TOKENS).await.unwrap());
    // The address has a parameter of ours.
    let url = stores.environment()[0].1.split('?').next().unwrap().to_owned();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let rows = client
        .query(
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'admit'",
            &[],
        )
        .await
        .unwrap();
    nothing_is_forgotten(&rows.iter().map(|row| row.get(0)).collect());
}
