//! Rows that an earlier release wrote, or still writes during a rolling upgrade.

use admit_store::conformance::{RULES, TOKENS};
use admit_store::{Sqlite, Stores};
use admit_testkit::Pair;

use super::world::World;

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
    let url = started.environment()[0].1.split('?').next().unwrap().to_owned();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("SET search_path = admit; {SAYS_NOTHING}")).await.unwrap();
    world.is_of_before(&stores).await;
}
