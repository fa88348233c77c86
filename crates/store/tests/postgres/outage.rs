//! The database goes away and comes back.

use std::time::{Duration, Instant};

use admit_core::audit::EventKind;
use admit_core::store::{Health, Sessions};

use super::{at, event, is_live, node, sign_in, subject};

/// How long a guarded route may take to say that it cannot tell.
const AT_ONCE: Duration = Duration::from_millis(250);
/// How long it may take until it can tell again.
const SOON: Duration = Duration::from_secs(5);

/// Waits until the node answers again; how long that took.
async fn recovered(node: &admit_store::Postgres, held: &super::Held) -> Duration {
    let begun = Instant::now();
    loop {
        match node.check(&held.digest, at(2)).await {
            Ok(Some(_)) => return begun.elapsed(),
            Ok(None) => panic!("the session is gone"),
            Err(_) => assert!(begun.elapsed() < SOON, "no recovery"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_or_stands_still_is_an_error_at_once_and_is_found_again_with_every_session() {
    let mut server = admit_testkit::Postgres::start();
    let node = node(&server.create_database("admit")).await;
    let alice = subject(&node, "alice", &[]).await;
    let held = sign_in(&node, &alice).await;
    for round in 0..6 {
        let stands_still = round % 2 == 0;
        if stands_still {
            server.pause();
        } else {
            server.kill();
        }
        for check in 0..20 {
            let begun = Instant::now();
            let answer = node.check(&held.digest, at(2)).await;
            assert!(answer.is_err(), "round {round}, check {check}: {answer:?}");
            assert!(begun.elapsed() < AT_ONCE, "round {round}, check {check}: {:?}", begun.elapsed());
        }
        assert!(node.healthy().await.is_err());
        if stands_still {
            server.resume();
        } else {
            server.restart();
        }
        recovered(&node, &held).await;
        let begun = Instant::now();
        while node.healthy().await.is_err() {
            assert!(begun.elapsed() < SOON, "no recovery");
        }
        let another = sign_in(&node, &alice).await;
        assert!(is_live(&node, &another).await);
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_a_sentence_without_the_password() {
    let address = format!("postgres://admit:hunter2@{}/admit", admit_testkit::free());
    let address = admit_store::PostgresAddress::parse(&address).unwrap();
    let refused = admit_store::Postgres::connect(&address, Default::default(), Default::default()).await;
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("cannot be used") && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_told_without_the_password() {
    let server = admit_testkit::Postgres::with().password("lantern").start();
    let url = server.url("postgres").replace("lantern", "hunter2");
    let address = admit_store::PostgresAddress::parse(&url).unwrap();
    let refused = admit_store::Postgres::connect(&address, Default::default(), Default::default()).await;
    let error = refused.err().unwrap().to_string();
    assert!(error.contains("password authentication failed") && !error.contains("hunter2"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_only_answers_questions_is_not_healthy_until_it_takes_changes_again() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let alice = subject(&node, "alice", &[]).await;
    let held = sign_in(&node, &alice).await;
    assert!(node.healthy().await.is_ok());
    let (client, connection) = tokio_postgres::connect(&server.url("postgres"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let set = async |value: &str| {
        client.batch_execute(&format!("ALTER SYSTEM SET default_transaction_read_only = {value}")).await.unwrap();
        client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    };
    set("on").await;
    let begun = Instant::now();
    while node.healthy().await.is_ok() {
        assert!(begun.elapsed() < SOON, "it is healthy");
    }
    assert!(node.end(alice.id, held.id, event(EventKind::SessionRevoked)).await.is_err(), "nothing is acknowledged");
    set("off").await;
    while node.healthy().await.is_err() {
        assert!(begun.elapsed() < SOON * 3, "no recovery");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(node.end(alice.id, held.id, event(EventKind::SessionRevoked)).await.unwrap());
}
