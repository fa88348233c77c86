//! What Redis loses ends sessions at most; nothing that it loses brings one back.

use std::time::Duration;

use admit_core::audit::EventKind;
use admit_core::session::SUPERSEDED_GRACE;
use admit_core::store::{Change, Opened, Sessions};
use admit_core::subject::{RoleName, Status};
use admit_store::conformance::{RULES, TOKENS};
use admit_store::{Postgres, PostgresAddress};
use admit_testkit::Redis;

use crate::redis::node::{Held, Node, at, database, digest, event};

/// Sessions of five subjects, of which some are about to change.
struct Changed {
    ended: Held,
    banned: Held,
    rotated: Held,
    renewed: Held,
    promoted: Held,
    kept: Held,
}

impl Changed {
    async fn sign_in(node: &Node) -> Self {
        let mut held = Vec::new();
        for name in ["ended", "banned", "rotated", "promoted", "kept"] {
            held.push(node.sign_in(&*node.subject(name).await).await);
        }
        let [ended, banned, rotated, promoted, kept] = held.try_into().unwrap();
        let renewed = Held { digest: digest(rotated.subject), ..rotated };
        Self { ended, banned, rotated, renewed, promoted, kept }
    }

    /// Changes them, and each change is acknowledged.
    async fn change(&self, node: &Node) {
        assert!(node.end(&self.ended).await.unwrap());
        node.change(self.banned.subject, Change::Status(Status::Disabled)).await.unwrap().unwrap();
        let rotate =
            node.sessions.rotate(self.rotated.digest, self.renewed.digest, event(EventKind::SessionRotated, 1));
        assert!(rotate.await.unwrap());
        let admin = vec![RoleName::parse("admin").unwrap()];
        node.change(self.promoted.subject, Change::Roles(admin)).await.unwrap().unwrap();
    }

    /// What every node must say from then on, whatever Redis has lost since.
    async fn is_obeyed_by(&self, node: &Node) {
        for (what, dead) in [("ended", &self.ended), ("banned", &self.banned)] {
            assert!(!node.is_live(dead).await, "the {what} session came back");
        }
        let late = at(1).plus(SUPERSEDED_GRACE);
        assert!(node.sessions.check(&self.rotated.digest, late).await.unwrap().is_none(), "the old secret came back");
        // It may have been lost: then somebody signs in again, and has the new role.
        if let Some(checked) = node.check(&self.promoted).await.unwrap() {
            assert_eq!(checked.subject.roles.first().map(RoleName::as_str), Some("admin"), "the old role came back");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_redis_signs_everybody_out_and_lets_nobody_in() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let changed = Changed::sign_in(&node).await;
    changed.change(&node).await;
    redis.command(&["FLUSHALL"]);
    changed.is_obeyed_by(&node).await;
    for lost in [&changed.kept, &changed.renewed, &changed.promoted] {
        assert!(!node.is_live(lost).await);
    }
    let again = node.sign_in(&*node.subject("again").await).await;
    assert!(node.is_live(&again).await);
    assert!(node.end(&again).await.unwrap() && !node.is_live(&again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_redis_keeps_what_its_append_only_file_has_and_without_one_signs_everybody_out() {
    for durable in [true, false] {
        let starting = if durable { Redis::with().durable() } else { Redis::with() };
        let (mut redis, (_stores, url)) = (starting.start(), database());
        let node = Node::new(&url, &redis.url()).await;
        let changed = Changed::sign_in(&node).await;
        changed.change(&node).await;
        redis.restart();
        let (took, live) = node.recovered(&changed.kept).await;
        assert!(took < Duration::from_secs(5), "{took:?}");
        assert_eq!(live, durable);
        assert_eq!(node.is_live(&changed.renewed).await, durable);
        changed.is_obeyed_by(&node).await;
        changed.is_obeyed_by(&Node::new(&url, &redis.url()).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_as_it_was_earlier_brings_no_ended_session_back() {
    let (mut redis, (_stores, url)) = (Redis::start(), database());
    let (node, other) = (Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await);
    let changed = Changed::sign_in(&node).await;
    redis.command(&["SAVE"]);
    changed.change(&node).await;
    redis.restart();
    let obeys = async |node: &Node| {
        assert!(node.recovered(&changed.kept).await.1, "what was not changed is there");
        changed.is_obeyed_by(node).await;
        assert!(node.is_live(&changed.renewed).await, "the log gives the new secret again");
        assert!(node.check(&changed.promoted).await.unwrap().is_some());
    };
    obeys(&other).await;
    obeys(&node).await;
    // One that starts applies the log first, so it comes last.
    obeys(&Node::new(&url, &redis.url()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_are_lost_without_a_connection_being_lost_are_noticed_by_every_node() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let (node, other) = (Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await);
    let changed = Changed::sign_in(&node).await;
    redis.command(&["SAVE"]);
    changed.change(&node).await;
    // The other node hears of it from the accounts.
    tokio::time::sleep(Duration::from_millis(600)).await;
    redis.command(&["DEBUG", "RELOAD", "NOSAVE"]);
    for node in [&other, &node] {
        changed.is_obeyed_by(node).await;
        assert!(node.is_live(&changed.kept).await && node.check(&changed.promoted).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_ends_a_session_or_is_made_anew_and_brings_none_back() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let lose = |held: &Held, kind: &str| {
        // Keys have bytes in them that a command line cannot have: found by their place.
        let shard = held.subject.shard().0;
        let script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end return 1";
        redis.command(&["EVAL", script, "0", &format!("admit:{{{shard:02x}}}:{kind}*")]);
    };
    let alice = node.subject("alice").await;
    let (one, two) = (node.sign_in(&alice).await, node.sign_in(&alice).await);
    assert!(node.end(&two).await.unwrap());
    lose(&one, "u");
    assert!(node.is_live(&one).await, "the state is read from the accounts");
    lose(&one, "f");
    assert!(node.is_live(&one).await && !node.is_live(&two).await, "the log is applied anew");
    assert!(node.sessions.list(alice.id, at(1)).await.unwrap().len() == 1);
    lose(&one, "u");
    assert!(node.sessions.list(alice.id, at(1)).await.unwrap().len() == 1);
    lose(&one, "i");
    assert!(!node.is_live(&one).await, "one that could not be ended any more");
    let three = node.sign_in(&alice).await;
    lose(&three, "s");
    assert!(!node.is_live(&three).await);
    assert!(node.sessions.list(alice.id, at(1)).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_while_redis_was_away_is_in_force_before_the_first_answer() {
    let (mut redis, (_stores, url)) = (Redis::with().durable().start(), database());
    let (node, other) = (Node::new(&url, &redis.url()).await, Node::new(&url, &redis.url()).await);
    let alice = node.subject("alice").await;
    let held = node.sign_in(&alice).await;
    redis.kill();
    assert!(node.change(alice.id, Change::EndSessions).await.is_err(), "it is not in force, so it is not acknowledged");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(node.sessions.pending() >= 1, "it is told to be pending");
    redis.restart();
    for node in [&other, &node] {
        assert!(!node.recovered(&held).await.1, "a session that was ended while Redis was away was let in");
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while node.sessions.pending() > 0 {
        assert!(std::time::Instant::now() < deadline, "{} pending", node.sessions.pending());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_is_not_believed_before_the_accounts_have_been_asked() {
    let (mut redis, postgres) = (Redis::start(), admit_testkit::Postgres::start());
    let url = postgres.create_database("admit");
    let node = Node::new(&url, &redis.url()).await;
    let changed = Changed::sign_in(&node).await;
    redis.command(&["SAVE"]);
    changed.change(&node).await;
    postgres.pause();
    redis.restart();
    for _ in 0..20 {
        assert!(node.check(&changed.kept).await.is_err(), "it was believed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    postgres.resume();
    assert!(node.recovered(&changed.kept).await.1);
    changed.is_obeyed_by(&node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_further_than_the_accounts_forgets_the_shards_in_which_it_is() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let alice = node.subject("alice").await;
    let mut bob = node.subject("bob").await;
    while bob.id.shard() == alice.id.shard() {
        bob = node.subject(&format!("bob{}", bob.username)).await;
    }
    let (hers, his) = (node.sign_in(&alice).await, node.sign_in(&bob).await);
    // As it is after the accounts were put back to before its last entries.
    redis.command(&["SET", &format!("admit:{{{:02x}}}:f", alice.id.shard().0), "1000"]);
    for node in [&node, &Node::new(&url, &redis.url()).await] {
        redis.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        assert!(!node.recovered(&hers).await.1, "its end might have the number that Redis has applied already");
        assert!(node.is_live(&his).await);
    }
    let again = node.sign_in(&alice).await;
    assert!(node.is_live(&again).await && node.end(&again).await.unwrap() && !node.is_live(&again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_deployments_under_one_prefix_are_refused_with_the_remedy() {
    let (redis, (_stores, url), (_others, other)) = (Redis::start(), database(), database());
    let node = Node::new(&url, &redis.url()).await;
    let held = node.sign_in(&*node.subject("alice").await).await;
    let error = Node::connect(&other, &redis.url()).await.err().unwrap().to_string();
    assert!(error.contains("give each deployment a prefix of its own"), "{error}");
    let second = Node::new(&other, &format!("{}?prefix=other:", redis.url())).await;
    assert!(!second.is_live(&held).await && node.is_live(&held).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_in_the_database_do_not_live_again_after_a_time_in_redis() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let address = PostgresAddress::parse(&url).unwrap();
    let node = Node::new(&url, &redis.url()).await;
    let alice = node.subject("alice").await;
    drop(node);
    let beside = Postgres::connect(&address, RULES, TOKENS).await.unwrap();
    let new = Node::new_session(&alice, 0);
    let opened = Sessions::open(&*beside, new.clone(), event(EventKind::SessionCreated, 0)).await.unwrap();
    assert!(matches!(opened, Opened::Session(_)) && beside.check(&new.digest, at(1)).await.unwrap().is_some());
    drop(Node::new(&url, &redis.url()).await);
    let again = Postgres::connect(&address, RULES, TOKENS).await.unwrap();
    assert!(again.check(&new.digest, at(1)).await.unwrap().is_none(), "nobody could have ended it meanwhile");
}
