//! A cluster: each shard in one slot, wherever that is.

use std::time::{Duration, Instant};

use admit_core::store::Change;
use admit_store::conformance::{ALL, RULES, Stores, TOKENS};
use admit_store::{Postgres, PostgresAddress, RedisAddress, RedisSessions};
use admit_testkit::redis::{Cluster, Redis};

use crate::redis::node::{Held, Node, database, has_all_of};

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_of_sessions_and_attempts_pass_on_a_cluster() {
    let cluster = Cluster::start(0);
    let of_redis = |name: &str| name.contains("session") || name.contains("attempt");
    for (number, check) in ALL.iter().filter(|check| of_redis(check.name)).enumerate() {
        let (beside, url) = database();
        let accounts = Postgres::connect(&PostgresAddress::parse(&url).unwrap(), RULES, TOKENS).await.unwrap();
        let redis = RedisAddress::parse(&format!("{}?prefix=check{number}:", cluster.url())).unwrap();
        let sessions = RedisSessions::connect(&redis, &accounts, RULES).await.unwrap();
        let stores = Stores {
            accounts: accounts.clone(),
            sessions: sessions.clone(),
            families: sessions.clone(),
            signals: accounts.clone(),
            keys: accounts,
            limits: sessions,
            drops_by_itself: true,
            beside,
        };
        if let Err(fault) = (check.run)(stores).await {
            panic!("{}: {fault}", check.name);
        }
    }
}

/// Sessions of as many subjects, so that every node has some.
async fn many(node: &Node) -> Vec<Held> {
    let mut held = Vec::new();
    for number in 0..24 {
        held.push(node.sign_in(&*node.subject(&format!("user{number}")).await).await);
    }
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_node_fails_its_replica_takes_over_and_no_ended_session_comes_back() {
    let (mut cluster, (_stores, url)) = (Cluster::start(1), database());
    let (node, other) = (Node::new(&url, &cluster.url()).await, Node::new(&url, &cluster.url()).await);
    let held = many(&node).await;
    let (ended, kept) = held.split_at(12);
    let told = cluster.nodes[0].command(&["INFO", "replication"]);
    let is_its_replica = |node: &&Redis| told.contains(&format!("port={},", node.port()));
    let replica = cluster.nodes.iter().find(is_its_replica).unwrap();
    has_all_of(replica, &cluster.nodes[0]).await;
    // From here on it gets nothing more, and does not know it.
    replica.pause();
    cluster.nodes[0].command(&["CLIENT", "KILL", "TYPE", "replica"]);
    for held in ended {
        assert!(node.end(held).await.unwrap());
    }
    let replica = replica.port();
    cluster.nodes[0].kill();
    cluster.nodes.iter().find(|node| node.port() == replica).unwrap().resume();
    for node in [&other, &node] {
        for held in kept {
            let (took, live) = node.recovered(held).await;
            assert!(live && took < Duration::from_secs(15), "{live} {took:?}");
        }
        for held in ended {
            assert!(!node.recovered(held).await.1);
        }
    }
    cluster.nodes[0].restart();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_away_takes_its_own_shards_along_and_no_others() {
    let (mut cluster, (_stores, url)) = (Cluster::start(0), database());
    for each in &cluster.nodes {
        each.command(&["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
    }
    let node = Node::prompt(&url, &cluster.url()).await;
    let held = many(&node).await;
    let slot = |held: &Held| {
        let tag = format!("admit:{{{:02x}}}:f", held.subject.shard().0);
        cluster.nodes[0].command(&["CLUSTER", "KEYSLOT", &tag]).parse::<u32>().unwrap()
    };
    // As redis-cli divides them among three.
    let (away, there): (Vec<_>, Vec<_>) = held.iter().partition(|held| slot(held) > 10922);
    assert!(!away.is_empty() && !there.is_empty());
    cluster.nodes[2].kill();
    assert!(node.check(away[0]).await.is_err());
    for held in &there {
        let (took, live) = node.recovered(held).await;
        assert!(live && took < Duration::from_secs(4), "{live} {took:?}");
    }
    for held in &away {
        let since = Instant::now();
        assert!(node.check(held).await.is_err());
        assert!(since.elapsed() < Duration::from_millis(250), "{:?}", since.elapsed());
    }
    assert!(node.end(there[0]).await.unwrap() && !node.is_live(there[0]).await);
    cluster.nodes[2].restart();
    for held in &away {
        node.recovered(held).await;
    }
}

/// The id of a node, as the cluster knows it.
fn id(node: &Redis) -> String {
    node.command(&["CLUSTER", "MYID"])
}

/// The slot of a session, on its way from one server to another.
struct Move<'a> {
    slot: String,
    tag: String,
    from: &'a Redis,
    to: &'a Redis,
}

impl<'a> Move<'a> {
    fn begin(cluster: &'a Cluster, held: &Held) -> Self {
        let tag = format!("admit:{{{:02x}}}:", held.subject.shard().0);
        let slot = cluster.nodes[0].command(&["CLUSTER", "KEYSLOT", &tag]);
        let from = cluster.nodes.iter().find(|node| keys(node, &slot) > 0).unwrap();
        let to = cluster.nodes.iter().find(|node| node.port() != from.port()).unwrap();
        to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &id(from)]);
        from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &id(to)]);
        Self { slot, tag, from, to }
    }

    /// Moves one key, as an operator's tool does it; the names have bytes that a command line cannot have. `false` when there is none.
    fn one_key(&self) -> bool {
        let left = keys(self.from, &self.slot);
        if left > 0 {
            let (target, pattern) = (self.to.port().to_string(), format!("{}*", self.tag));
            let move_one = "local key = redis.call('KEYS', ARGV[1])[1] \
                            return redis.call('MIGRATE', '127.0.0.1', ARGV[2], key, 0, 1000)";
            self.from.command(&["EVAL", move_one, "0", &pattern, &target]);
            assert_eq!(keys(self.from, &self.slot), left - 1);
        }
        left > 0
    }

    fn finish(self) {
        for each in [self.to, self.from] {
            each.command(&["CLUSTER", "SETSLOT", &self.slot, "NODE", &id(self.to)]);
        }
    }
}

fn keys(node: &Redis, slot: &str) -> u32 {
    node.command(&["CLUSTER", "COUNTKEYSINSLOT", slot]).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_moves_takes_its_sessions_along_and_signs_nobody_out_on_the_way() {
    let (cluster, (_stores, url)) = (Cluster::start(0), database());
    let node = Node::prompt(&url, &cluster.url()).await;
    let held = many(&node).await[0];
    let moving = Move::begin(&cluster, &held);
    while moving.one_key() {
        let since = Instant::now();
        // An error for the moment, or the session; not that there is none.
        assert!(!matches!(node.check(&held).await, Ok(None)), "signed out");
        assert!(since.elapsed() < Duration::from_millis(250), "{:?}", since.elapsed());
    }
    moving.finish();
    let (took, live) = node.recovered(&held).await;
    assert!(live && took < Duration::from_secs(3), "{live} {took:?}");
    assert!(node.end(&held).await.unwrap() && !node.is_live(&held).await);
}

/// A session in a shard in which something was applied already.
async fn one(node: &Node) -> Held {
    let alice = node.subject("alice").await;
    let (one, two) = (node.sign_in(&alice).await, node.sign_in(&alice).await);
    assert!(node.end(&two).await.unwrap());
    one
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_found_where_its_slot_moves_to_and_no_check_fails_when_it_has() {
    let (cluster, (_stores, url)) = (Cluster::start(0), database());
    let node = Node::new(&url, &cluster.url()).await;
    let held = one(&node).await;
    let moving = Move::begin(&cluster, &held);
    assert!(node.is_live(&held).await, "nothing has moved yet");
    while moving.one_key() {}
    for _ in 0..20 {
        assert!(node.is_live(&held).await, "by ASK");
    }
    moving.finish();
    for _ in 0..20 {
        assert!(node.is_live(&held).await, "by MOVED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_a_session_while_its_slot_moves_is_in_force_before_it_is_acknowledged() {
    let (cluster, (_stores, url)) = (Cluster::start(0), database());
    let (node, other) = (Node::prompt(&url, &cluster.url()).await, Node::prompt(&url, &cluster.url()).await);
    let held = one(&node).await;
    let moving = Move::begin(&cluster, &held);
    while moving.one_key() {}
    let ended = node.change(held.subject, Change::EndSessions).await;
    assert!(ended.is_err(), "committed, and not to be written down in Redis while the slot moves");
    for _ in 0..10 {
        assert!(node.check(&held).await.is_err(), "not believed without it");
    }
    moving.finish();
    for node in [&node, &other] {
        assert!(!node.recovered(&held).await.1);
    }
}
