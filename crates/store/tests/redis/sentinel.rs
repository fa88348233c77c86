//! A primary that fails, and its replica that takes over.

use std::time::Duration;

use admit_testkit::redis::Sentinels;

use crate::redis::node::{Node, database, has_all_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_takes_over_without_the_last_writes_brings_no_ended_session_back() {
    let (mut redis, (_stores, url)) = (Sentinels::start(), database());
    let (node, other) = (Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await);
    let alice = node.subject("alice").await;
    let (one, two) = (node.sign_in(&alice).await, node.sign_in(&alice).await);
    assert!(other.is_live(&one).await);
    has_all_of(&redis.replica, &redis.primary).await;
    // From here on the replica gets nothing more, and does not know it.
    redis.replica.pause();
    // What is on its way in the buffers of the connection would be read later on.
    redis.primary.command(&["CLIENT", "KILL", "TYPE", "replica"]);
    assert!(node.end(&one).await.unwrap());
    redis.primary.kill();
    redis.replica.resume();
    for node in [&other, &node] {
        let (took, live) = node.recovered(&two).await;
        assert!(live && took < Duration::from_secs(15), "{live} {took:?}");
        assert!(!node.is_live(&one).await, "its end was lost");
    }
    // The old primary comes back and is made a replica: nobody asks it.
    redis.primary.restart();
    assert!(node.end(&two).await.unwrap());
    for node in [&other, &node] {
        assert!(!node.recovered(&two).await.1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_that_do_not_know_the_name_are_a_sentence() {
    let (redis, (_stores, url)) = (Sentinels::start(), database());
    let wrong = redis.url().replace("mymaster", "other");
    let error = Node::connect(&url, &wrong).await.err().unwrap().to_string();
    assert!(error.contains("the sentinels know no primary named other"), "{error}");
}
