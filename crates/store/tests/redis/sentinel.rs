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

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_and_servers_with_passwords_are_followed_in_a_failover() {
    let (mut redis, (_stores, url)) = (Sentinels::with_passwords("tide", "lantern"), database());
    let folder = admit_testkit::folder();
    let file = folder.path().join("sentinel");
    std::fs::write(&file, "lantern\n").unwrap();
    let named = redis.url().replace("//", "//:tide@");
    let of_sentinel = format!("{named}?sentinel_password_file={}", file.display());
    let node = Node::new(&url, &of_sentinel).await;
    let other = Node::new(&url, &format!("{of_sentinel}&sentinel_user=watcher")).await;
    let alice = node.subject("alice").await;
    let (one, two) = (node.sign_in(&alice).await, node.sign_in(&alice).await);
    assert!(node.end(&one).await.unwrap());
    has_all_of(&redis.replica, &redis.primary).await;
    redis.primary.kill();
    for node in [&other, &node] {
        let (took, live) = node.recovered(&two).await;
        assert!(live && took < Duration::from_secs(15), "{live} {took:?}");
        assert!(!node.is_live(&one).await);
    }
    std::fs::write(&file, "hunter2\n").unwrap();
    for (wrong, words) in
        [(&named, "NOAUTH"), (&of_sentinel, "assword"), (&format!("{of_sentinel}&sentinel_user=nobody"), "assword")]
    {
        let error = Node::connect(&url, wrong).await.err().unwrap().to_string();
        assert!(error.contains("the sentinel at") && error.contains(words), "{error}");
        assert!(!error.contains("hunter2") && !error.contains("tide"), "{error}");
    }
}
