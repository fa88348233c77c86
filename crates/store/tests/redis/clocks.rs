//! Clocks of nodes that are wrong, beside Redis' own.

use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::session::{NewSession, SessionRecord};
use admit_core::store::Sessions;
use admit_core::time::{Clock, Timestamp};
use admit_store::conformance::RULES;
use admit_testkit::Redis;

use crate::redis::node::{Held, Node, database};

const HOUR: Duration = Duration::from_secs(3600);

async fn sign_in_at(node: &Node, name: &str, at: Timestamp) -> Held {
    let new = Node::new_session(&*node.subject(name).await, 0);
    node.open(NewSession { created_at: at, absolute_expires_at: at.plus(RULES.absolute), ..new }).await.unwrap()
}

async fn check(node: &Node, held: &Held, now: Timestamp) -> Option<SessionRecord> {
    node.sessions.check(&held.digest, now).await.unwrap().map(|checked| checked.session)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_ahead_signs_nobody_out_at_the_others() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let (right, ahead) = (Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await);
    let now = SystemClock.now();
    let held = sign_in_at(&right, "alice", now).await;
    for by in [HOUR, 9 * HOUR] {
        assert_eq!(check(&ahead, &held, now.plus(by)).await, None, "by its own clock it has ended");
        assert!(check(&right, &held, now).await.is_some(), "signed out by a clock that is {by:?} ahead");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_behind_takes_no_time_from_the_sessions_of_others() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let (right, behind) = (Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await);
    let now = SystemClock.now();
    let held = sign_in_at(&right, "alice", now).await;
    let before = check(&right, &held, now).await;
    assert!(before.is_some() && check(&behind, &held, now.minus(HOUR)).await.is_some());
    assert_eq!(check(&right, &held, now).await, before, "written over with the past of another node");
    // What is ahead by Redis' clock too counts as of that, not as of a node that is an hour behind it.
    let held = sign_in_at(&right, "bob", now.plus(24 * HOUR)).await;
    assert!(check(&behind, &held, now.minus(HOUR)).await.is_some());
    let after = check(&right, &held, now).await;
    assert!(
        after.is_some_and(|it| it.last_seen_at.plus(HOUR / 60) > now && it.absolute_expires_at > now.plus(7 * HOUR))
    );
    assert_eq!(check(&right, &held, now.plus(RULES.idle + HOUR / 60)).await, None, "it was not written down");
}
