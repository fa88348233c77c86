//! What two nodes end at once.

use admit_testkit::Redis;

use crate::node::{Node, database};

/// Whoever comes second finds it written down already, by a node that is about to apply it. The answer waits for that.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_end_one_session_at_once_neither_answers_before_it_is_dead_on_a_third() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let (one, two, third) =
        (Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await);
    let alice = one.subject("alice").await;
    for round in 0..200 {
        let held = one.sign_in(&alice).await;
        let end_and_look = async |node: &Node| {
            let ended = node.end(&held).await.unwrap();
            (ended, third.is_live(&held).await)
        };
        let (first, second) = tokio::join!(end_and_look(&one), end_and_look(&two));
        assert!(first.0 || second.0, "round {round}: nobody ended it");
        assert!(!first.1 && !second.1, "round {round}: alive after its end was acknowledged: {first:?} {second:?}");
    }
}
