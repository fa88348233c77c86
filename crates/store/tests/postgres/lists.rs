//! Lists that take long, and what they must not hold up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_core::audit::EventKind;
use admit_core::store::{Accounts, EventQuery, Sessions, StoreError};
use admit_store::Postgres;
use tokio_postgres::Client;

use super::{at, event, node, sign_in, subject};

/// A node with a session, and somebody who has the audit log for themselves: whoever wants to read it waits.
async fn with_a_slow_log(server: &admit_testkit::Postgres) -> (Arc<Postgres>, super::Held, Client) {
    let url = server.create_database("admit");
    let node = node(&url).await;
    let alice = subject(&node, "alice", &[]).await;
    let held = sign_in(&node, &alice).await;
    let (hand, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    hand.batch_execute("BEGIN; LOCK TABLE admit.event IN ACCESS EXCLUSIVE MODE").await.unwrap();
    (node, held, hand)
}

fn log() -> EventQuery {
    EventQuery { limit: 10, ..EventQuery::default() }
}

/// Statements that wait for the log.
async fn waiting(hand: &Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'admit.event'::regclass";
    hand.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_check_fails_while_lists_take_long() {
    let server = admit_testkit::Postgres::start();
    let (node, held, hand) = with_a_slow_log(&server).await;
    let lists: Vec<_> = (0..3)
        .map(|_| {
            let node = node.clone();
            tokio::spawn(async move { node.events(log()).await })
        })
        .collect();
    let (mut checks, begun) = (0, Instant::now());
    while waiting(&hand).await == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the lists are not begun");
    }
    while !lists.iter().all(tokio::task::JoinHandle::is_finished) {
        let answer = node.check(&held.digest, at(2)).await;
        assert!(answer.is_ok_and(|live| live.is_some()), "check {checks}");
        checks += 1;
        assert!(begun.elapsed() < Duration::from_secs(20), "the lists are not stopped");
    }
    assert!(checks > 100, "only {checks} checks in {:?}", begun.elapsed());
    for list in lists {
        // By us, or by the limit of the database for locks.
        assert!(list.await.unwrap().is_err());
    }
    hand.batch_execute("COMMIT").await.unwrap();
    assert!(!node.events(log()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_so_many_lists_are_made_at_once_and_the_next_is_told_so() {
    let server = admit_testkit::Postgres::start();
    let (node, _, hand) = with_a_slow_log(&server).await;
    let lists: Vec<_> = (0..12)
        .map(|_| {
            let node = node.clone();
            tokio::spawn(async move { node.events(log()).await })
        })
        .collect();
    let (mut told, mut most) = (0, 0);
    for list in lists {
        while !list.is_finished() {
            most = most.max(waiting(&hand).await);
        }
        told += usize::from(matches!(list.await.unwrap(), Err(StoreError::TooManyLists)));
    }
    assert!(told >= 4, "{told} of 12 were told to come back");
    assert!((1..=2).contains(&most), "{most} at once");
    hand.batch_execute("COMMIT").await.unwrap();
    assert!(node.events(log()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_nobody_waits_for_any_more_is_stopped_in_the_database() {
    let server = admit_testkit::Postgres::start();
    let (node, _, hand) = with_a_slow_log(&server).await;
    let (mut stopped, mut begun) = (0, Instant::now());
    while stopped < 6 {
        assert!(begun.elapsed() < Duration::from_secs(10), "no list waits");
        let list = tokio::spawn({
            let node = node.clone();
            async move { node.events(log()).await }
        });
        // On a busy machine a connection for it may come too late.
        while waiting(&hand).await == 0 && !list.is_finished() {}
        if list.is_finished() {
            continue;
        }
        list.abort();
        begun = Instant::now();
        while waiting(&hand).await > 0 {
            assert!(begun.elapsed() < Duration::from_millis(1800), "list {stopped}: it goes on");
        }
        stopped += 1;
    }
    assert!(node.record(event(EventKind::LoginFailed)).await.is_err(), "the log is still somebody else's");
    hand.batch_execute("COMMIT").await.unwrap();
    assert!(node.events(log()).await.is_ok());
}
