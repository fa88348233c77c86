//! What two nodes end at once.

use admit_core::audit::{Event, EventKind};
use admit_core::standing::Standing;
use admit_core::store::{Accounts, Change, Sessions};
use admit_core::subject::Status;
use admit_store::conformance::{RULES, TOKENS};
use admit_store::{Postgres, PostgresAddress};
use admit_testkit::Redis;

use crate::redis::node::{Node, database, event};

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

/// It is dead to the accounts, so its sign-out is refused, and whoever is told so must not find it alive.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_that_anothers_ban_forestalls_is_answered_when_the_ban_is_in_force() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    // As a node that stops before it has told anybody.
    let other = Postgres::connect(&PostgresAddress::parse(&url).unwrap(), RULES, TOKENS).await.unwrap();
    for round in 0..30 {
        let alice = node.subject(&format!("alice{round}")).await;
        let held = node.sign_in(&alice).await;
        let found = node.check(&held).await.unwrap().unwrap();
        let by_herself = Event {
            standing: Some(Standing::of_session(&found.session, &found.subject)),
            ..event(EventKind::SessionRevoked, 1)
        };
        let ban = event(EventKind::SubjectDisabled, 1);
        other.change(alice.id, Change::Status(Status::Disabled), ban).await.unwrap().unwrap();
        let refused = node.sessions.end(held.subject, held.id, by_herself).await;
        assert!(!node.is_live(&held).await, "round {round}: alive after {refused:?}");
    }
}
