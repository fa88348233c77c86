//! The conformance suite with each call at another of three nodes: what one does, the next sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use admit_core::audit::{Event, Recorded};
use admit_core::client::ClientId;
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{OneTimeTokenDigest, Purpose, SessionDigest};
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession};
use admit_core::store::{
    Account, Accounts, Change, Checked, Created, EventQuery, Exchanged, Families, FamilyBegun, Imported,
    ImportedSubject, Kept, Limits, Listed, NewFamily, NewSubject, OpenFamily, Opened, Redeemed, Redemption, Renamed,
    Reply, Sessions,
};
use admit_core::subject::{RoleName, SubjectState, TokenGeneration, Username};
use admit_core::throttle::{Counter, Reserved, Settlement};
use admit_core::time::Timestamp;
use admit_store::conformance::{self, RULES, TOKENS};
use admit_store::{PostgresAddress, RedisAddress, Stores};
use admit_testkit::Pair;

/// Each call goes to the next of them.
struct Nodes {
    nodes: Vec<Stores>,
    turn: AtomicUsize,
}

impl Nodes {
    fn next(&self) -> &Stores {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.nodes.get(turn % self.nodes.len()).unwrap()
    }
}

/// Every method, handed on to the next node.
macro_rules! at_the_next_node {
    ($trait:ident by $field:ident: $(own { $($own:tt)* })? $(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl $trait for Nodes {
            $($($own)*)?
            $(fn $name(&self, $($argument: $type),*) -> Reply<$answer> {
                $trait::$name(&*self.next().$field, $($argument),*)
            })*
        }
    };
}

at_the_next_node! { Sessions by sessions:
    own {
        /// What a node has seen it writes down behind the check, within milliseconds. Here half an hour may pass until the next one.
        fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>> {
            let (sessions, digest) = (Arc::clone(&self.next().sessions), *digest);
            Reply::pending(async move {
                let Some(checked) = sessions.check(&digest, now).await? else { return Ok(None) };
                let (used, subject) = (checked.session.last_seen_at, checked.subject.id);
                for _ in 0..1000 {
                    let listed = sessions.list(subject, now).await?;
                    let mut others = listed.iter().filter(|open| open.record.id == checked.session.id);
                    if others.all(|open| open.record.last_seen_at >= used) {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Ok(Some(checked))
            })
        }
    }
    fn check_within(digest: &SessionDigest, now: Timestamp, bound: Duration) -> Option<Checked>;
    fn open(new: NewSession, event: Event) -> Opened;
    fn rotate(old: SessionDigest, new: SessionDigest, event: Event) -> bool;
    fn end(subject: SubjectId, session: SessionId, event: Event) -> bool;
    fn list(subject: SubjectId, now: Timestamp) -> Vec<OpenSession>;
    fn purge(ended_by: Timestamp) -> u64;
    fn pull_back(now: Timestamp) -> u64;
}

at_the_next_node! { Accounts by accounts:
    fn create(new: NewSubject, event: Event) -> Created;
    fn create_with_link(new: NewSubject, link: OneTimeTokenDigest, events: Vec<Event>) -> Created;
    fn import(subjects: Vec<ImportedSubject>, keep: bool) -> Vec<Imported>;
    fn keep_link(link: OneTimeTokenDigest, purpose: Purpose, expires_at: Timestamp, event: Event) -> bool;
    fn live_link(link: &OneTimeTokenDigest, now: Timestamp) -> Option<Purpose>;
    fn anyone_holds(role: &RoleName) -> bool;
    fn by_username(username: &Username) -> Option<Account>;
    fn by_id(id: SubjectId) -> Option<Account>;
    fn search(query: &str, after: Option<&str>, limit: u32) -> Vec<Listed>;
    fn holders(roles: &[&str], after: Option<&str>, limit: u32) -> Vec<Listed>;
    fn change(id: SubjectId, change: Change, event: Event) -> Option<Arc<SubjectState>>;
    fn change_keeping(id: SubjectId, change: Change, keep: RoleName, event: Event) -> Kept;
    fn rename(id: SubjectId, username: Username, event: Event) -> Renamed;
    fn rehash(id: SubjectId, old: PasswordHash, new: PasswordHash, event: Event) -> bool;
    fn knows_address(id: SubjectId, prefix: &str, since: Timestamp) -> bool;
    fn knows_anyone_at(prefix: &str, since: Timestamp) -> bool;
    fn learn_address(id: SubjectId, prefix: String, now: Timestamp) -> ();
    fn record(event: Event) -> ();
    fn events(query: EventQuery) -> Vec<Recorded>;
    fn strip_events(id: SubjectId, after: u64, limit: u32) -> Option<u64>;
    fn forget_events(ended_by: Timestamp, keep: Duration, limit: u32) -> u64;
}

at_the_next_node! { Families by families:
    fn begin(new: NewFamily, event: Event) -> FamilyBegun;
    fn redeem(redemption: Redemption, event: Event) -> Redeemed;
    fn end_by_client(family: SessionId, client: ClientId, event: Event) -> bool;
    fn end_family(subject: SubjectId, family: SessionId, event: Event) -> bool;
    fn end_others(subject: SubjectId, keep: Option<SessionId>, event: Event) -> u64;
    fn families(subject: SubjectId, now: Timestamp) -> Vec<OpenFamily>;
    fn exchange(
        subject: SubjectId, session: SessionId, seen: TokenGeneration, until: Timestamp, event: Event
    ) -> Exchanged;
    fn use_assertion(client: ClientId, id: String, until: Timestamp, now: Timestamp) -> bool;
}

/// As [`at_the_next_node`], of a store that may be absent.
impl Limits for Nodes {
    fn reserve(&self, counters: Vec<Counter>, at: Option<Timestamp>) -> Reply<Reserved> {
        self.next().limits.as_ref().unwrap().reserve(counters, at)
    }

    fn settle(&self, settlements: Vec<Settlement>, at: Option<Timestamp>) -> Reply<()> {
        self.next().limits.as_ref().unwrap().settle(settlements, at)
    }

    fn purge(&self, at: Option<Timestamp>) -> Reply<u64> {
        self.next().limits.as_ref().unwrap().purge(at)
    }
}

/// Checks that look at one node's own memory of revoked tokens: a node that has not been asked may be behind.
fn looks_into_memory(name: &str) -> bool {
    ["told", "token", "signal", "follow", "key", "list_without_gaps", "position", "assertion_was"]
        .iter()
        .any(|word| name.contains(word))
}

async fn every_check(pair: Pair) {
    let mut run = 0;
    for check in conformance::ALL.iter().filter(|check| !looks_into_memory(check.name)) {
        let made = admit_testkit::Stores::new(pair);
        let url =
            |name: &str| made.environment().iter().find(|(known, _)| *known == name).map(|(_, url)| (*url).to_owned());
        let accounts = PostgresAddress::parse(&url("ADMIT_ACCOUNTS__URL").unwrap()).unwrap();
        let mut nodes = Vec::new();
        for _ in 0..3 {
            nodes.push(match url("ADMIT_SESSIONS__URL") {
                None => Stores::postgres(&accounts, RULES, TOKENS).await.unwrap(),
                Some(redis) => {
                    let sessions = RedisAddress::parse(&redis).unwrap();
                    Stores::postgres_and_redis(&accounts, &sessions, RULES, TOKENS).await.unwrap()
                }
            });
        }
        let (signals, keys) = (nodes.first().unwrap().signals.clone(), nodes.first().unwrap().keys.clone());
        let nodes = Arc::new(Nodes { nodes, turn: AtomicUsize::new(0) });
        let stores = conformance::Stores {
            accounts: nodes.clone(),
            sessions: nodes.clone(),
            families: nodes.clone(),
            limits: nodes,
            signals,
            keys,
            drops_by_itself: pair == Pair::PostgresRedis,
            beside: made,
        };
        if let Err(fault) = (check.run)(stores).await {
            panic!("{}: {fault}", check.name);
        }
        run += 1;
    }
    assert!(run > 45, "only {run} checks were run");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_nodes_on_postgresql_are_as_one() {
    every_check(Pair::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_nodes_on_postgresql_and_redis_are_as_one() {
    every_check(Pair::PostgresRedis).await;
}
