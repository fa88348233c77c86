//! Rows that an earlier release wrote, or still writes during a rolling upgrade.

use admit_store::conformance::{RULES, TOKENS};
use admit_store::{PostgresSnapshot, Sqlite, SqliteSnapshot, Stores};
use admit_testkit::Pair;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::world::World;
use super::{exported, imported, rows};

const SAYS_NOTHING: &str = "UPDATE session SET assurance = NULL; UPDATE token_family SET assurance = NULL";

#[tokio::test]
async fn in_sqlite_a_sign_in_of_an_earlier_release_is_a_password_given_when_it_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("admit.db");
    let stores = Stores::sqlite(&path, RULES, TOKENS).unwrap();
    let world = World::made(&stores).await;
    drop(stores);
    let write = |sql| rusqlite::Connection::open(&path).unwrap().execute_batch(sql);
    write(SAYS_NOTHING).unwrap();
    world.is_of_before(&Stores::sqlite(&path, RULES, TOKENS).unwrap()).await;
    write("UPDATE session SET assurance = 64").unwrap();
    assert!(Sqlite::open(&path, RULES).is_err(), "an unknown method is not ignored");
}

#[tokio::test]
async fn in_postgresql_a_sign_in_of_an_earlier_release_is_a_password_given_when_it_began() {
    let started = admit_testkit::Stores::new(Pair::Postgres);
    let stores = Stores::postgres(&super::address(&started), RULES, TOKENS).await.unwrap();
    let world = World::made(&stores).await;
    by_hand(&started, SAYS_NOTHING).await;
    world.is_of_before(&stores).await;
}

async fn by_hand(started: &admit_testkit::Stores, sql: &str) {
    let url = started.environment()[0].1.split('?').next().unwrap().to_owned();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path = admit; {sql}")).await.unwrap();
}

/// An export as a release wrote it that had a table for each purpose of a link.
fn of_two_tables(text: &str) -> String {
    let mut before = String::new();
    for line in text.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(token) = line.get("one_time_token") {
            let (digest, end) = (&token["digest"], &token["expires_at"]);
            line = if token["purpose"] == "password" {
                json!({ "password_link": { "subject_id": token["subject_id"], "digest": digest, "expires_at": end } })
            } else {
                json!({ "setup_link": { "digest": digest, "expires_at": end } })
            };
        }
        if let Some(end) = line.get_mut("end") {
            let rows = end["rows"].as_object_mut().unwrap();
            assert_eq!(rows.remove("one_time_token"), Some(2.into()));
            rows.extend(["setup_link", "password_link"].map(|name| (name.to_owned(), 1.into())));
            end["sha256"] = HEXLOWER.encode(&Sha256::digest(&before)).into();
        }
        before.push_str(&format!("{line}\n"));
    }
    before
}

#[tokio::test]
async fn links_in_an_export_of_an_earlier_release_work_until_all_sign_ins_end() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.db"), folder.path().join("second.db"));
    let world = World::made(&Stores::sqlite(&first, RULES, TOKENS).unwrap()).await;
    let now = exported(SqliteSnapshot::reading(&first).unwrap()).await;
    let before = of_two_tables(&now);
    assert!(before.contains(r#"{"setup_link":{"#) && before.contains(r#"{"password_link":{"#));

    imported(SqliteSnapshot::writing(&second).unwrap(), &before).await.unwrap();
    assert_eq!(rows(&exported(SqliteSnapshot::reading(&second).unwrap()).await), rows(&now));
    let stores = Stores::sqlite(&second, RULES, TOKENS).unwrap();
    world.is_alive(&stores).await;
    world.ends_sessions(&stores).await;
    assert_eq!(world.live_links(&stores).await, [true, false]);

    let started = admit_testkit::Stores::new(Pair::Postgres);
    let address = super::address(&started);
    imported(PostgresSnapshot::writing(&address).await.unwrap(), &before).await.unwrap();
    assert_eq!(rows(&exported(PostgresSnapshot::reading(&address).await.unwrap()).await), rows(&now));
    let stores = Stores::postgres(&address, RULES, TOKENS).await.unwrap();
    world.is_alive(&stores).await;
    world.ends_sessions(&stores).await;
    assert_eq!(world.live_links(&stores).await, [true, false]);
}

#[tokio::test]
async fn a_node_of_the_release_before_voids_a_link_by_the_generation_alone() {
    let started = admit_testkit::Stores::new(Pair::Postgres);
    let stores = Stores::postgres(&super::address(&started), RULES, TOKENS).await.unwrap();
    let world = World::made(&stores).await;
    assert_eq!(world.live_links(&stores).await, [true; 2]);
    // What it does besides is in tables that are empty now.
    by_hand(&started, "DELETE FROM password_link; UPDATE subject SET generation = generation + 1").await;
    assert_eq!(world.live_links(&stores).await, [true, false]);
    by_hand(&started, "UPDATE one_time_token SET generation = NULL").await;
    assert_eq!(world.live_links(&stores).await, [true, false]);
}

#[tokio::test]
async fn a_one_time_token_that_a_later_release_would_judge_is_not_used() {
    let started = admit_testkit::Stores::new(Pair::Postgres);
    let stores = Stores::postgres(&super::address(&started), RULES, TOKENS).await.unwrap();
    let world = World::made(&stores).await;
    by_hand(&started, "UPDATE one_time_token SET address = 'alice@example.org'").await;
    assert_eq!(world.live_links(&stores).await, [false; 2]);
    by_hand(&started, "UPDATE one_time_token SET address = NULL, purpose = 'later'").await;
    assert_eq!(world.live_links(&stores).await, [false; 2]);
}
