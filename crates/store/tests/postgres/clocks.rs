//! Clocks of nodes that are wrong, beside the database's.

use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::session::{Device, NewSession};
use admit_core::store::{Accounts, EventQuery, Opened, Sessions};
use admit_core::subject::SubjectState;
use admit_core::time::{Clock, Timestamp};

use super::{Held, node, subject};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

async fn sign_in_at(node: &admit_store::Postgres, subject: &SubjectState, at: Timestamp) -> Held {
    let new = NewSession {
        id: admit_core::id::SessionId::new(at, &OsRandom).unwrap(),
        digest: admit_core::credential::SessionToken::new_for(subject.id, &OsRandom).unwrap().digest(),
        proved: Proved::vouched_for(subject, Methods::PASSWORD, at),
        created_at: at,
        absolute_expires_at: at.plus(8 * HOUR),
        device: Device::default(),
        replaces: None,
    };
    let held = Held { digest: new.digest, id: new.id };
    match Sessions::open(node, new, Event::new(EventKind::SessionCreated, Actor::Anonymous, at)).await.unwrap() {
        Opened::Session(_) => held,
        Opened::Refused => panic!("refused"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_ahead_signs_nobody_out_at_the_others() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let (right, ahead) = (node(&url).await, node(&url).await);
    let alice = subject(&right, "alice", &[]).await;
    let now = SystemClock.now();
    let held = sign_in_at(&right, &alice, now).await;
    for by in [HOUR, 9 * HOUR] {
        assert!(ahead.check(&held.digest, now.plus(by)).await.unwrap().is_none(), "by its own clock it has ended");
        assert!(right.check(&held.digest, now).await.unwrap().is_some(), "signed out by a clock that is {by:?} ahead");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_is_a_year_ahead_deletes_no_event_too_early() {
    let server = admit_testkit::Postgres::start();
    let node = node(&server.create_database("admit")).await;
    let now = SystemClock.now();
    for at in [now.minus(3 * DAY), now.minus(DAY), now] {
        node.record(Event::new(EventKind::TokenRevoked, Actor::Anonymous, at)).await.unwrap();
    }
    assert_eq!(node.forget_events(now.plus(365 * DAY), 2 * DAY, 100).await.unwrap(), 1);
    let left = node.events(EventQuery { limit: 10, ..EventQuery::default() }).await.unwrap();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_in_the_future_are_put_right_beside_a_change_that_holds_one_of_them() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let (alice, now) = (subject(&node, "alice", &[]).await, SystemClock.now());
    let (held, free) = (sign_in_at(&node, &alice, now.plus(DAY)).await, sign_in_at(&node, &alice, now.plus(DAY)).await);
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN").await.unwrap();
    let lock = "SELECT 1 FROM admit.session WHERE digest = $1 FOR UPDATE";
    client.query_one(lock, &[&held.digest.as_bytes().as_slice()]).await.unwrap();
    let begun = Instant::now();
    assert_eq!(node.pull_back(now).await.unwrap(), 1, "the one that nobody holds");
    assert!(begun.elapsed() < Duration::from_secs(1), "it waited for {:?}", begun.elapsed());
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(node.pull_back(now).await.unwrap(), 1, "the other, when nobody holds it any more");
    for session in [&held, &free] {
        assert!(node.check(&session.digest, now.plus(DAY)).await.unwrap().is_none(), "live when the future came");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_times_in_the_future_than_one_step_takes_are_put_right_in_several() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let (alice, now) = (subject(&node, "alice", &[]).await, SystemClock.now());
    sign_in_at(&node, &alice, now.plus(DAY)).await;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let copies = "INSERT INTO admit.session (digest, id, subject_id, generation, roles_version, created_at, last_seen_at,
                      absolute_expires_at, user_agent, address)
                  SELECT sha256(n::text::bytea), gen_random_uuid(), subject_id, generation, roles_version, created_at, last_seen_at,
                      absolute_expires_at, user_agent, address FROM admit.session, generate_series(1, 1200) AS n";
    client.batch_execute(copies).await.unwrap();
    assert_eq!(node.pull_back(now).await.unwrap(), 1201);
    assert_eq!(node.pull_back(now).await.unwrap(), 0);
}
