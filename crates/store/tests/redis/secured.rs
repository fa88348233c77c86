//! TLS, passwords and users.

use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::session::NewSession;
use admit_core::store::Sessions;
use admit_core::time::Clock;
use admit_testkit::Redis;

use crate::redis::node::{Node, database};

/// The user of docs/guide/redis.md, with all that it may do.
const USER: &str = "admit on >lantern/orbit resetchannels ~admit:* -@all +evalsha +script|load +get +getrange +set +setrange \
                    +del +hget +hset +hdel +hgetall +hlen +pexpire +pttl +time +scan +cluster|slots";

async fn works(url: &str, redis: &str) {
    let node = Node::new(url, redis).await;
    let alice = node.subject("alice").await;
    let (one, two) = (node.sign_in(&alice).await, node.sign_in(&alice).await);
    assert!(node.is_live(&one).await && node.end(&one).await.unwrap() && !node.is_live(&one).await);
    assert!(node.is_live(&two).await);
    for seconds in 1..=3 {
        node.open(Node::new_session(&alice, seconds)).await.unwrap();
    }
    assert!(!node.is_live(&two).await, "the oldest over the limit");
    // What a clock that was a day ahead wrote is written anew by what Redis' clock says.
    let (now, day) = (SystemClock.now(), Duration::from_secs(24 * 3600));
    let new = Node::new_session(&*node.subject("bob").await, 0);
    let ahead = NewSession { created_at: now.plus(day), absolute_expires_at: now.plus(day * 2), ..new };
    let held = node.open(ahead).await.unwrap();
    assert!(node.sessions.check(&held.digest, now).await.unwrap().is_some());
    assert!(node.sessions.check(&held.digest, now.plus(day)).await.unwrap().is_none(), "it was not written anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_with_tls_is_by_a_trusted_certificate_or_not_at_all() {
    let (redis, (_stores, url)) = (Redis::with().tls().start(), database());
    works(&url, &redis.url()).await;
    let (port, other) = (redis.port(), Redis::with().tls().start());
    for (wrong, words) in [
        (format!("rediss://127.0.0.1:{port}"), "certificate"),
        (format!("rediss://127.0.0.1:{port}?ca={}", other.ca().display()), "certificate"),
        (redis.url().replace("127.0.0.1", "127.0.0.2"), "certificate not valid for name \"127.0.0.2\""),
        (format!("redis://127.0.0.1:{port}"), "cannot use Redis at"),
        (format!("rediss://127.0.0.1:{port}?ca=/nowhere/ca.pem"), "cannot read /nowhere/ca.pem"),
    ] {
        let error = Node::connect(&url, &wrong).await.err().unwrap().to_string();
        assert!(error.contains(words), "{wrong}: {error}");
    }
    let plain = Redis::start();
    let secured = format!("rediss://127.0.0.1:{}", plain.port());
    assert!(Node::connect(&url, &secured).await.is_err(), "a connection without TLS was accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_of_the_guide_may_do_what_is_needed_and_a_wrong_password_is_told_without_it() {
    let (redis, (_stores, url)) = (Redis::with().user(USER).user("default off").start(), database());
    let port = redis.port();
    works(&url, &format!("redis://admit:lantern%2Forbit@127.0.0.1:{port}")).await;
    let error = Node::connect(&url, &format!("redis://admit:hunter2@127.0.0.1:{port}")).await.err().unwrap();
    assert!(error.to_string().contains("assword") && !error.to_string().contains("hunter2"), "{error}");
    let error = Node::connect(&url, &format!("redis://127.0.0.1:{port}")).await.err().unwrap().to_string();
    assert!(error.contains("NOAUTH"), "{error}");
    let other = format!("redis://admit:lantern%2Forbit@127.0.0.1:{port}?prefix=other:");
    let error = Node::connect(&url, &other).await.err().unwrap().to_string();
    assert!(error.contains("no permissions"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_in_its_file_is_used_at_the_next_connection() {
    let (redis, (_stores, url)) = (Redis::with().set("requirepass", "first").start(), database());
    let folder = admit_testkit::folder();
    let file = folder.path().join("password");
    std::fs::write(&file, "first\n").unwrap();
    let node = Node::new(&url, &format!("redis://127.0.0.1:{}?password_file={}", redis.port(), file.display())).await;
    let held = node.sign_in(&*node.subject("alice").await).await;
    std::fs::write(&file, "second\n").unwrap();
    redis.command(&["-a", "first", "CONFIG", "SET", "requirepass", "second"]);
    redis.command(&["-a", "second", "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    assert!(node.recovered(&held).await.1);
}
