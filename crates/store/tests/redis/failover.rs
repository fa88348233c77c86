//! A standby that takes over without the last commits of its primary.
//!
//! Redis has applied what the database has lost, and nodes know numbers that the database gives again. Whatever is
//! acknowledged from then on is in force all the same, on every node.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::random::OsRandom;
use admit_core::signal::{Position, Told};
use admit_core::store::{Accounts, Change, Opened, Sessions, Signals};
use admit_core::subject::{RoleName, Status, SubjectState};
use admit_core::time::Clock;
use admit_core::token::TokenId;
use admit_store::conformance::{RULES, TOKENS};
use admit_store::{Postgres, PostgresAddress};
use admit_testkit::{Redis, Replicated};

use crate::redis::node::{Held, Node, at, event};

/// The URL of a database, for a node that waits longer than users do.
fn url(pair: &Replicated) -> String {
    format!("{}?deadline=2000", pair.url())
}

fn roles(names: &[&str]) -> Change {
    Change::Roles(names.iter().map(|name| RoleName::parse(name).unwrap()).collect())
}

/// Tries again while the connections are made anew.
async fn at_last<T, E: std::fmt::Display>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let since = Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => assert!(since.elapsed() < Duration::from_secs(20), "still: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until these nodes know what the database is now.
async fn noticed(nodes: &[&Node]) {
    for node in nodes {
        at_last(async || node.accounts.confirm(Duration::ZERO).await).await;
    }
}

async fn is_live(node: &Node, held: &Held) -> bool {
    at_last(async || node.check(held).await).await.is_some()
}

async fn changed(node: &Node, subject: &SubjectState, change: Change) -> Arc<SubjectState> {
    at_last(async || node.change(subject.id, change.clone()).await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_after_a_standby_took_over_is_in_force_though_its_number_was_given_before() {
    let (mut pair, redis) = (Replicated::start(), Redis::start());
    let (node, other) = (Node::new(&url(&pair), &redis.url()).await, Node::new(&url(&pair), &redis.url()).await);
    let alice = node.subject("alice").await;
    let held = node.sign_in(&alice).await;
    pair.stop_replication();
    // Redis applies these, and the standby has none of them.
    for role in ["support", "auditor", "seller"] {
        changed(&node, &alice, roles(&[role])).await;
    }
    pair.take_over();
    // Somebody else makes as many changes there before they find it.
    let there = PostgresAddress::parse(&pair.primary.url("admit")).unwrap();
    let there = Postgres::connect(&there, RULES, TOKENS).await.unwrap();
    for change in [roles(&["support"]), roles(&["customer"]), Change::Status(Status::Disabled)] {
        there.change(alice.id, change, event(EventKind::SubjectDisabled, 2)).await.unwrap().unwrap();
    }
    pair.switch();
    noticed(&[&node, &other]).await;
    for node in [&other, &node, &Node::new(&url(&pair), &redis.url()).await] {
        assert!(!is_live(node, &held).await, "the ban was acknowledged");
    }
    let found = changed(&node, &alice, Change::Status(Status::Active)).await;
    let again = at_last(async || node.open(Node::new_session(&found, 1)).await).await;
    let found = at_last(async || other.check(&again).await).await.unwrap();
    assert_eq!(found.subject.roles.first().map(RoleName::as_str), Some("customer"), "a role that was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_a_generation_that_was_lost_is_dead_when_that_is_reached_again() {
    let (mut pair, redis) = (Replicated::start(), Redis::start());
    let node = Node::new(&url(&pair), &redis.url()).await;
    let alice = node.subject("alice").await;
    node.sign_in(&alice).await;
    pair.stop_replication();
    let lost = changed(&node, &alice, Change::EndSessions).await;
    assert_eq!(lost.generation.0, 1);
    pair.take_over();
    pair.switch();
    at_last(async || node.sessions.list(alice.id, at(1)).await).await;
    // As of an app whose sign-in has taken until now.
    let late = Node::new_session(&lost, 1);
    let refused = at_last(async || node.sessions.open(late.clone(), event(EventKind::SessionCreated, 1)).await).await;
    assert!(matches!(refused, Opened::Refused), "{refused:?}");
    let after = changed(&node, &alice, Change::EndSessions).await;
    assert!(after.generation > lost.generation && after.token_generation() > lost.token_generation());
    let opened = at_last(async || node.sessions.open(late.clone(), event(EventKind::SessionCreated, 1)).await).await;
    assert!(matches!(opened, Opened::Refused), "{opened:?}");
    let next = changed(&node, &alice, roles(&["seller"])).await;
    assert_eq!(next.generation, after.generation, "from then on a change of roles ends nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_has_and_the_standby_had_too_is_kept_when_it_takes_over() {
    let (mut pair, redis) = (Replicated::start(), Redis::start());
    let node = Node::new(&url(&pair), &redis.url()).await;
    let (alice, bob) = (node.subject("alice").await, node.subject("bob").await);
    let (hers, his) = (node.sign_in(&alice).await, node.sign_in(&bob).await);
    changed(&node, &bob, roles(&["seller"])).await;
    let ended = node.sign_in(&bob).await;
    assert!(node.end(&ended).await.unwrap());
    pair.stop_replication();
    pair.take_over();
    pair.switch();
    assert!(is_live(&node, &hers).await && is_live(&node, &his).await && !is_live(&node, &ended).await);
    let begun = Instant::now();
    while node.sessions.pending() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "{} pending", node.sessions.pending());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(node.accounts.lost(), admit_store::Lost::default());
    assert!(at_last(async || node.end(&his).await).await && !is_live(&node, &his).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_is_told_every_revocation_once_when_a_standby_lacks_some() {
    let (mut pair, redis) = (Replicated::start(), Redis::start());
    let (node, other) = (Node::new(&url(&pair), &redis.url()).await, Node::new(&url(&pair), &redis.url()).await);
    let token = || TokenId::new(&OsRandom).unwrap();
    let revoke = async |node: &Node, token: &TokenId| {
        let now = SystemClock.now();
        let event = Event::new(EventKind::TokenRevoked, Actor::Anonymous, now);
        let until = now.plus(Duration::from_secs(600));
        at_last(async || node.accounts.revoke_token(*token, until, event.clone()).await).await;
    };
    pair.stop_replication();
    let revoked: Vec<_> = (0..4).map(|_| token()).collect();
    for lost in revoked.iter().skip(1) {
        revoke(&node, lost).await;
    }
    at_last(async || other.accounts.confirm(Duration::ZERO).await).await;
    let seen = other.accounts.follow(None).await.unwrap();
    assert_eq!(seen.seq, 3);
    pair.take_over();
    pair.switch();
    revoke(&node, &revoked[0]).await;
    for node in [&other, &node] {
        at_last(async || node.accounts.confirm(Duration::ZERO).await).await;
        let (position, begun) = (Position { log: seen.log, seq: seen.seq }, Instant::now());
        // Those that were lost are made again by whoever knew of them, each once.
        let anew = loop {
            let anew = node.accounts.follow(Some(position)).await.unwrap();
            let told = |token: &TokenId| anew.missed.iter().filter(|it| it.told == Told::Token(*token)).count();
            // The other node may be first to make them again; each counts what it finds lost.
            if revoked.iter().all(|token| told(token) > 0) && node.accounts.lost().signals > 0 {
                assert!(revoked.iter().skip(1).all(|lost| told(lost) == 1), "{:?}", anew.missed);
                break anew;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", anew.missed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(anew.log != seen.log && anew.seq > 1 << 40, "{}", anew.seq);
        assert_eq!(node.accounts.lost().signals, 3);
    }
}
