//! pgbouncer in front of the database.

use std::time::{Duration, Instant};

use admit_core::audit::EventKind;
use admit_core::store::{Accounts, Change, Health, Sessions};
use admit_core::subject::Status;
use admit_store::{Postgres, PostgresAddress};
use admit_testkit::{Pgbouncer, Postgres as Server};

use super::{at, event, is_live, node, sign_in, subject};

async fn refusal(url: &str) -> String {
    let address = PostgresAddress::parse(url).unwrap();
    match Postgres::connect(&address, Default::default(), Default::default()).await {
        Ok(_) => panic!("it was connected to"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_behind_a_pooler_in_session_mode_obey_each_other() {
    let server = Server::start();
    let pooler = Pgbouncer::start(&server.url("postgres"), "session");
    let url = pooler.in_front_of(&server.create_database("admit"));
    let (here, there) = (node(&url).await, node(&url).await);
    let alice = subject(&here, "alice", &[]).await;
    for round in 0..8 {
        let held = sign_in(&here, &alice).await;
        assert!(is_live(&there, &held).await, "round {round}");
        assert!(there.end(alice.id, held.id, event(EventKind::SessionRevoked)).await.unwrap());
        assert!(!is_live(&here, &held).await, "round {round}");
    }
    let held = sign_in(&there, &alice).await;
    here.change(alice.id, Change::Status(Status::Disabled), event(EventKind::SubjectDisabled).about(alice.id))
        .await
        .unwrap();
    assert!(!is_live(&there, &held).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_in_transaction_mode_is_refused_with_what_to_set() {
    let server = Server::start();
    let direct = server.create_database("admit");
    drop(node(&direct).await);
    let pooler = Pgbouncer::start(&server.url("postgres"), "transaction");
    for attempt in 0..5 {
        let said = refusal(&pooler.in_front_of(&direct)).await;
        assert!(said.contains("pool_mode = session"), "{attempt}: {said}");
    }
    let new = server.create_database("new");
    let said = refusal(&pooler.in_front_of(&new)).await;
    assert!(said.contains("pool_mode = session"), "{said}");
    let address = PostgresAddress::parse(&new).unwrap();
    assert!(Postgres::migrations(&address).await.unwrap().is_empty(), "nothing was made by way of it");
    pooler.set_mode("statement");
    let said = refusal(&pooler.in_front_of(&direct)).await;
    assert!(said.contains("pool_mode = session"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_answered_while_a_pooler_changes_connections_under_a_node() {
    let server = Server::start();
    let pooler = Pgbouncer::start(&server.url("postgres"), "session");
    let url = pooler.in_front_of(&server.create_database("admit"));
    let node = node(&format!("{url}?deadline=3000")).await;
    let alice = subject(&node, "alice", &[]).await;
    let held = sign_in(&node, &alice).await;
    assert!(is_live(&node, &held).await);
    pooler.set_mode("transaction");
    let begun = Instant::now();
    let soon = |begun: Instant, said: &str| assert!(begun.elapsed() < Duration::from_secs(20), "too long: {said}");
    loop {
        let said = node.healthy().await.err().map(|error| error.to_string()).unwrap_or_default();
        if said.ends_with("the database does not answer") {
            break;
        }
        soon(begun, &said);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What a connection still says is not believed again.
    for _ in 0..20 {
        assert!(node.healthy().await.is_err() && node.check(&held.digest, at(2)).await.is_err());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    pooler.set_mode("session");
    let begun = Instant::now();
    while node.healthy().await.is_err() || !matches!(node.check(&held.digest, at(2)).await, Ok(Some(_))) {
        soon(begun, "it does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
