//! Everything moved from store to store: SQLite to PostgreSQL and back, compared row by row.

mod before;
mod columns;
mod interrupted;
mod world;

use std::path::Path;

use admit_core::store::StoreError;
use admit_store::conformance::{RULES, TOKENS};
use admit_store::snapshot::{self, Checked, Import, Snapshot, State, Stopped};
use admit_store::{PostgresAddress, PostgresSnapshot, SqliteSnapshot, Stores};
use admit_testkit::Pair;

use world::World;

/// An export of a database, as text.
async fn exported(mut source: impl Snapshot) -> String {
    let mut out = Vec::new();
    snapshot::export(&mut source, &mut out, ("x", "now"), &mut |_| {}).await.unwrap();
    String::from_utf8(out).unwrap()
}

/// The rows of an export, and what it says at its end. A database sorts texts by its own rules, so the lines have no order.
fn rows(text: &str) -> Vec<String> {
    let mut rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    let end = rows.pop().unwrap();
    rows.push(end.split("\"sha256\"").next().unwrap().to_owned());
    rows.sort();
    rows
}

async fn imported(mut target: impl Snapshot, text: &str) -> Result<u64, Stopped> {
    let checked: Checked = snapshot::check(text.as_bytes()).unwrap();
    Import { checked: &checked, count: &mut |_| {} }.run(&mut target, text.as_bytes()).await
}

/// The address of the database that these stores have.
fn address(stores: &admit_testkit::Stores) -> PostgresAddress {
    PostgresAddress::parse(stores.environment()[0].1).unwrap()
}

async fn sqlite_of(text: &str, path: &Path) -> String {
    imported(SqliteSnapshot::writing(path).unwrap(), text).await.unwrap();
    exported(SqliteSnapshot::reading(path).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn from_sqlite_to_postgresql_and_back_everything_is_there_and_nobody_is_signed_out() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.db"), folder.path().join("second.db"));
    let world = {
        let stores = Stores::sqlite(&first, RULES, TOKENS).unwrap();
        World::made(&stores).await
    };
    let out = exported(SqliteSnapshot::reading(&first).unwrap()).await;
    for table in snapshot::TABLES {
        assert!(out.contains(&format!("{{\"{}\":", table.name)), "nothing of {} is moved in this test", table.name);
    }

    let made = admit_testkit::Stores::new(Pair::Postgres);
    let there = address(&made);
    imported(PostgresSnapshot::writing(&there).await.unwrap(), &out).await.unwrap();
    let between = exported(PostgresSnapshot::reading(&there).await.unwrap()).await;
    assert_eq!(rows(&between), rows(&out));
    let stores = Stores::postgres(&there, RULES, TOKENS).await.unwrap();
    world.is_alive(&stores).await;
    // What it goes on with is new: no number is given twice.
    world.goes_on(&stores).await;
    drop(stores);

    let later = exported(PostgresSnapshot::reading(&there).await.unwrap()).await;
    let back = sqlite_of(&later, &second).await;
    assert_eq!(rows(&back), rows(&later));
    let stores = Stores::sqlite(&second, RULES, TOKENS).unwrap();
    world.is_alive(&stores).await;
    world.goes_on(&stores).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_of_one_moment_while_the_server_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let sqlite = Stores::sqlite(&path, RULES, TOKENS).unwrap();
    let made = admit_testkit::Stores::new(Pair::Postgres);
    let postgres = Stores::postgres(&address(&made), RULES, TOKENS).await.unwrap();
    World::made(&sqlite).await;
    World::made(&postgres).await;
    stays(SqliteSnapshot::reading(&path).unwrap(), &sqlite).await;
    stays(PostgresSnapshot::reading(&address(&made)).await.unwrap(), &postgres).await;
}

async fn stays(mut reading: impl Snapshot, stores: &Stores) {
    let events = &snapshot::TABLES.iter().find(|table| table.name == "event").unwrap();
    let before = reading.count(events).await.unwrap();
    world::subject(stores, "later").await;
    assert_eq!(reading.count(events).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_holds_anything_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.db"), folder.path().join("second.db"));
    World::made(&Stores::sqlite(&first, RULES, TOKENS).unwrap()).await;
    let out = exported(SqliteSnapshot::reading(&first).unwrap()).await;
    world::subject(&Stores::sqlite(&second, RULES, TOKENS).unwrap(), "somebody").await;
    let before = exported(SqliteSnapshot::reading(&second).unwrap()).await;
    let refused = imported(SqliteSnapshot::writing(&second).unwrap(), &out).await.unwrap_err();
    assert!(refused.to_string().contains("1 row of subject"), "{refused}");
    assert_eq!(exported(SqliteSnapshot::reading(&second).unwrap()).await, before);

    let made = admit_testkit::Stores::new(Pair::Postgres);
    world::subject(&Stores::postgres(&address(&made), RULES, TOKENS).await.unwrap(), "somebody").await;
    let refused = imported(PostgresSnapshot::writing(&address(&made)).await.unwrap(), &out).await.unwrap_err();
    assert!(matches!(refused, Stopped::Used(_)), "{refused}");
}

#[tokio::test]
async fn texts_that_postgresql_cannot_hold_are_moved_with_a_mark_in_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let stores = Stores::sqlite(&path, RULES, TOKENS).unwrap();
    let subject = world::subject(&stores, "alice").await;
    world::session(&stores, &subject, "before\0after", 0).await;
    drop(stores);
    let out = exported(SqliteSnapshot::reading(&path).unwrap()).await;
    let made = admit_testkit::Stores::new(Pair::Postgres);
    imported(PostgresSnapshot::writing(&address(&made)).await.unwrap(), &out).await.unwrap();
    let there = exported(PostgresSnapshot::reading(&address(&made)).await.unwrap()).await;
    assert!(there.contains("before\u{fffd}after"));
}

/// What a database is, to an import.
async fn state(mut snapshot: impl Snapshot) -> Result<State, StoreError> {
    snapshot.state().await
}
