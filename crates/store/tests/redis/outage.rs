//! A Redis that cannot answer is an error, soon, and never an answer.

use std::time::{Duration, Instant};

use admit_core::store::Sessions;
use admit_testkit::Redis;

use crate::redis::node::{Node, at, database};

/// Within which a guarded route has to answer 503.
const SOON: Duration = Duration::from_millis(250);

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_redis_is_an_error_soon_then_at_once_and_goes_on_when_it_thaws() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::prompt(&url, &redis.url()).await;
    let held = node.sign_in(&*node.subject("alice").await).await;
    for _ in 0..3 {
        redis.pause();
        let many: Vec<_> = (0..64).map(|_| node.sessions.check(&held.digest, at(1))).collect();
        let since = Instant::now();
        for check in many {
            assert!(check.await.is_err());
        }
        assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
        let since = Instant::now();
        for _ in 0..100 {
            assert!(node.check(&held).await.is_err());
        }
        assert!(since.elapsed() < Duration::from_millis(50), "a hundred errors took {:?}", since.elapsed());
        redis.resume();
        let (took, live) = node.recovered(&held).await;
        assert!(live && took < Duration::from_secs(3), "{live} {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_redis_is_an_error_soon_and_is_used_again_when_it_is_there() {
    let (mut redis, (_stores, url)) = (Redis::with().durable().start(), database());
    let node = Node::prompt(&url, &redis.url()).await;
    let held = node.sign_in(&*node.subject("alice").await).await;
    for _ in 0..3 {
        redis.kill();
        let since = Instant::now();
        assert!(node.check(&held).await.is_err());
        assert!(since.elapsed() < SOON, "{:?}", since.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
        redis.restart();
        let (took, live) = node.recovered(&held).await;
        assert!(live && took < Duration::from_secs(3), "{live} {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_and_scripts_that_are_forgotten_cost_no_request() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let held = node.sign_in(&*node.subject("alice").await).await;
    for round in 0..10 {
        redis.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        assert!(node.is_live(&held).await, "round {round}");
        redis.command(&["SCRIPT", "FLUSH"]);
        assert!(node.is_live(&held).await, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_redis_refuses_logins_and_still_checks_and_ends_sessions() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let alice = node.subject("alice").await;
    let (one, two) = (node.sign_in(&alice).await, node.sign_in(&alice).await);
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(node.open(Node::new_session(&alice, 1)).await.is_err());
    assert!(node.is_live(&one).await);
    assert!(node.end(&one).await.unwrap());
    assert!(!node.is_live(&one).await && node.is_live(&two).await);
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(node.is_live(&node.sign_in(&alice).await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_never_believed_neither_at_the_start_nor_when_a_primary_becomes_one() {
    let (redis, other, (_stores, url)) = (Redis::start(), Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let held = node.sign_in(&*node.subject("alice").await).await;
    other.command(&["REPLICAOF", "127.0.0.1", &redis.port().to_string()]);
    let deadline = Instant::now() + Duration::from_secs(20);
    while !other.command(&["INFO", "replication"]).contains("master_link_status:up") {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let refused = Node::connect(&url, &other.url()).await.err().unwrap().to_string();
    assert!(refused.contains("read only replica"), "{refused}");
    other.command(&["REPLICAOF", "NO", "ONE"]);
    // The connection of the node stays open.
    redis.command(&["REPLICAOF", "127.0.0.1", &other.port().to_string()]);
    for _ in 0..20 {
        assert!(node.check(&held).await.is_err(), "a replica was believed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    redis.command(&["REPLICAOF", "NO", "ONE"]);
    assert!(node.recovered(&held).await.1);
}
