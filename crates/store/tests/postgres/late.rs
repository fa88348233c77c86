//! A commit whose answer is late, or does not come.

use std::time::Duration;

use admit_core::audit::EventKind;
use admit_core::store::{Accounts, Change, Sessions, StoreError};
use admit_testkit::Postgres;

use crate::postgres::failover::hand;
use crate::postgres::{event, is_live, node, sign_in, subject};

/// How many commits wait for a standby that is not there.
async fn waiting(hand: &tokio_postgres::Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    hand.query_one(sql, &[]).await.unwrap().get(0)
}

async fn wait_for(hand: &tokio_postgres::Client, standby: &str) {
    hand.batch_execute(&format!("ALTER SYSTEM SET synchronous_standby_names = '{standby}'")).await.unwrap();
    hand.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_late_is_waited_for_and_one_without_is_told_as_unknown() {
    let server = Postgres::start();
    let node = node(&server.create_database("admit")).await;
    let hand = hand(&server.url("postgres")).await;
    let (alice, bob) = (subject(&node, "alice", &[]).await, subject(&node, "bob", &[]).await);
    let (hers, his) = (sign_in(&node, &alice).await, sign_in(&node, &bob).await);
    let end = |id| node.change(id, Change::EndSessions, event(EventKind::SessionsRevoked));

    wait_for(&hand, "nobody").await;
    let late = tokio::spawn(end(alice.id));
    while waiting(&hand).await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Longer than a change may take before it is committed.
    tokio::time::sleep(Duration::from_millis(2200)).await;
    assert!(!late.is_finished(), "it was told that it had failed");
    wait_for(&hand, "").await;
    late.await.unwrap().unwrap().unwrap();
    assert!(!is_live(&node, &hers).await);

    wait_for(&hand, "nobody").await;
    let unknown = tokio::spawn(end(bob.id));
    while waiting(&hand).await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    hand.execute(stop, &[]).await.unwrap();
    let told = unknown.await.unwrap();
    assert!(matches!(told, Err(StoreError::OutcomeUnknown)), "{told:?}");
    wait_for(&hand, "").await;
    assert!(node.check(&his.digest, crate::postgres::at(2)).await.unwrap().is_none(), "this time it was made");
}
