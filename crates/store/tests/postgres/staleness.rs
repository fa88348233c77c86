//! Routes that allow an answer to be a little old.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::audit::EventKind::SessionRevoked;
use admit_core::store::{Accounts, Change, Sessions, Signals};
use admit_core::time::Clock;

use super::{at, event, node, sign_in, subject};

const BOUND: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_from_memory_is_never_older_than_the_route_allows_and_past_that_there_is_none() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let (here, there) = (node(&url).await, node(&url).await);
    let memory = there.within(Arc::clone(&there) as Arc<dyn Sessions>);
    let alice = subject(&here, "alice", &[]).await;
    for round in 0..10 {
        let (held, other) = (sign_in(&here, &alice).await, sign_in(&here, &alice).await);
        for known in [&held, &other] {
            assert!(memory.check_within(&known.digest, at(2), BOUND).await.unwrap().is_some());
        }
        if round % 2 == 0 {
            assert!(Sessions::end(&*here, alice.id, held.id, event(SessionRevoked)).await.unwrap());
        } else {
            here.change(alice.id, Change::EndSessions, event(SessionRevoked)).await.unwrap();
        }
        let ended = Instant::now();
        while memory.check_within(&held.digest, at(2), BOUND).await.unwrap().is_some() {
            assert!(ended.elapsed() <= BOUND, "round {round}: the end was not heard of in time");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if round % 2 == 0 {
            let other = memory.check_within(&other.digest, at(2), BOUND).await.unwrap();
            assert!(other.is_some(), "round {round}: another session has ended too");
        } else {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_memory_answers_until_its_bound_and_then_nobody() {
    let server = admit_testkit::Postgres::start();
    let node = node(&server.create_database("admit")).await;
    let memory = node.within(Arc::clone(&node) as Arc<dyn Sessions>);
    let alice = subject(&node, "alice", &[]).await;
    let held = sign_in(&node, &alice).await;
    assert!(memory.check_within(&held.digest, at(2), BOUND).await.unwrap().is_some());
    server.pause();
    let paused = Instant::now();
    let mut last = Duration::ZERO;
    while let Ok(answer) = memory.check_within(&held.digest, at(2), BOUND).await {
        assert!(answer.is_some());
        last = paused.elapsed();
        assert!(last <= BOUND + Duration::from_millis(300), "older than allowed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(last > Duration::from_millis(100), "memory was of no use");
    assert!(memory.check(&held.digest, at(2)).await.is_err(), "a strict check asks the database");
    let expired = memory.check_within(&held.digest, at(9 * 3600), Duration::from_secs(3600)).await;
    assert!(expired.is_err(), "an expired session is asked about again, not answered from memory: {expired:?}");
    server.resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_the_database_claims_no_moment_after_its_last_question_to_it() {
    let server = admit_testkit::Postgres::start();
    let node = node(&server.create_database("admit")).await;
    let following = node.follow(None).await.unwrap();
    let asked = SystemClock.monotonic();
    assert!(following.coming.known_as_of(Duration::ZERO).await.unwrap() >= asked);
    server.pause();
    let (paused, began) = (SystemClock.monotonic(), Instant::now());
    while began.elapsed() < Duration::from_secs(1) {
        // However old it may be, it is what was proved last; what is newer cannot be had.
        assert!(following.coming.known_as_of(Duration::from_secs(60)).await.unwrap() <= paused);
        assert!(following.coming.known_as_of(Duration::ZERO).await.is_err());
    }
    server.resume();
    let resumed = SystemClock.monotonic();
    while !following.coming.known_as_of(Duration::ZERO).await.is_ok_and(|known| known >= resumed) {
        assert!(SystemClock.monotonic().since(resumed) < Duration::from_secs(5), "it does not ask again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(node);
    while following.coming.known_as_of(Duration::from_secs(60)).await.is_ok() {
        assert!(SystemClock.monotonic().since(resumed) < Duration::from_secs(5), "a closed store knows nothing");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
