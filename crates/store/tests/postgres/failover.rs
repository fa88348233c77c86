//! A database that is not what it was.

use std::process::{Command, Stdio};
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::ClientId;
use admit_core::signal::{Signal, Told};
use admit_core::store::{Accounts, Change, Exchanged, Families, Sessions, Signals};
use admit_core::subject::RoleName;
use admit_core::time::Clock;
use admit_testkit::Replicated;
use tokio_postgres::NoTls;

use crate::postgres::{at, at_last, event, is_live, node, sign_in, subject};

pub(crate) async fn hand(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_took_over_gives_no_number_before_its_epoch_has_begun() {
    let mut pair = Replicated::start();
    let first = node(&pair.url()).await;
    let alice = subject(&first, "alice", &[]).await;
    first.change(alice.id, Change::EndSessions, event(EventKind::SessionsRevoked)).await.unwrap();
    pair.stop_replication();
    pair.take_over();
    let hand = hand(&pair.primary.url("admit")).await;
    // As a node of the release before would.
    for sql in ["UPDATE admit.shard SET head = head + 1 WHERE id = 0", "UPDATE admit.signal_head SET seq = seq + 1"] {
        let refused = hand.execute(sql, &[]).await.unwrap_err();
        assert_eq!(refused.code().map(|code| code.code()), Some("AD001"), "{refused}");
    }
    let there = pair.primary.url("admit");
    let nodes = tokio::join!(node(&there), node(&there));
    let row =
        hand.query_one("SELECT (SELECT count(*) FROM admit.epoch), min(head) FROM admit.shard", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 2, "of two that begin one at once, one does");
    assert!(row.get::<_, i64>(1) > 1 << 40);
    hand.execute("UPDATE admit.shard SET head = head + 1 WHERE id = 0", &[]).await.unwrap();
    drop(nodes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_that_is_put_back_begins_a_new_epoch() {
    let server = admit_testkit::Postgres::start();
    let (there, back) = (server.create_database("there"), server.create_database("back"));
    drop(node(&there).await);
    let mut dump =
        Command::new(admit_testkit::postgres_program("pg_dump")).arg(&there).stdout(Stdio::piped()).spawn().unwrap();
    let put = Command::new(admit_testkit::postgres_program("psql"))
        .args(["-q", "-X", &back])
        .stdin(dump.stdout.take().unwrap())
        .stdout(Stdio::null())
        .status();
    assert!(put.unwrap().success() && dump.wait().unwrap().success());
    let before = node(&there).await.follow(None).await.unwrap();
    let after = node(&back).await.follow(None).await.unwrap();
    assert!(before.log != after.log && before.seq == 0 && after.seq > 1 << 40, "{} {}", before.seq, after.seq);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_is_told_when_the_note_of_its_token_was_lost() {
    let mut pair = Replicated::start();
    let first = node(&pair.url()).await;
    let alice = subject(&first, "alice", &[]).await;
    let held = sign_in(&first, &alice).await;
    pair.stop_replication();
    let client = ClientId::parse("web").unwrap();
    let exchanged = first.exchange(
        alice.id,
        held.id,
        alice.token_generation(),
        at(600),
        event(EventKind::SessionExchanged).with("client", client.as_str()),
    );
    assert!(matches!(exchanged.await.unwrap(), Exchanged::Session(_)));
    pair.take_over();
    pair.switch();
    at_last(async || first.confirm(Duration::ZERO).await).await;
    assert!(is_live(&first, &held).await);
    assert!(at_last(async || first.end(alice.id, held.id, event(EventKind::SessionRevoked)).await).await);
    let told = first.follow(None).await.unwrap().missed;
    assert_eq!(told.iter().map(|signal| signal.told.clone()).collect::<Vec<_>>(), [Told::Session(held.id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_are_set_to_what_survived_end_the_tokens_that_say_what_was_lost() {
    let mut pair = Replicated::start();
    let first = node(&pair.url()).await;
    let alice = subject(&first, "alice", &["customer"]).await;
    pair.stop_replication();
    let now = SystemClock.now();
    let roles = |name: &str| Change::Roles(vec![RoleName::parse(name).unwrap()]);
    let told = |kind| Event::new(kind, Actor::Anonymous, now);
    let lost = first.change(alice.id, roles("admin"), told(EventKind::RolesChanged)).await.unwrap().unwrap();
    pair.take_over();
    pair.switch();
    let change = async || first.change(alice.id, roles("customer"), told(EventKind::RolesChanged)).await;
    let after = at_last(change).await.unwrap();
    assert!(after.token_generation() > lost.token_generation());
    let signals = first.follow(None).await.unwrap().missed;
    let generation = |signal: &Signal| matches!(signal.told, Told::Subject { generation, .. } if generation > lost.token_generation());
    assert!(signals.iter().any(generation), "{signals:?}");
    let again = at_last(change).await.unwrap();
    assert_eq!(again.token_generation(), after.token_generation(), "once is enough");
}
