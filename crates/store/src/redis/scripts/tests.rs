//! What a server makes of the scripts that guard it from what is old.

use std::sync::Arc;

use admit_core::id::{Shard, SubjectId};
use admit_core::signal::{LogId, Position};
use admit_core::subject::{Generation, Status, SubjectState};
use admit_testkit::Redis;
use redis::Value;

use super::super::address::RedisAddress;
use super::super::keys::Keys;
use super::super::link::{Link, Trouble};
use super::*;
use crate::truth::Versioned;

const SHARD: Shard = Shard(7);

struct Server {
    _redis: Redis,
    keys: Keys,
    link: Link,
}

impl Server {
    async fn start() -> Self {
        let redis = Redis::start();
        let link = RedisAddress::parse(&redis.url()).unwrap().dial().await.unwrap();
        Self { _redis: redis, keys: Keys::new("admit:"), link }
    }

    async fn set(&self, key: Vec<u8>, value: &str) {
        let mut set = redis::cmd("SET");
        set.arg(key).arg(value);
        self.link.send(SHARD, &set).await.unwrap();
    }

    async fn version(&self) -> Option<u64> {
        let mut get = redis::cmd("GET");
        get.arg(self.keys.state(id()));
        match self.link.send(SHARD, &get).await.unwrap() {
            Value::BulkString(state) => Some(Versioned::decode(&state).unwrap().version),
            _ => None,
        }
    }

    async fn put(&self, version: u64) {
        let mut call = STATE.call(2);
        call.arg(self.keys.state(id())).arg(self.keys.fence(SHARD)).arg(state(version).encode()).arg(60_000);
        self.link.send(SHARD, &call).await.unwrap();
    }

    /// Applies one entry, a subject's state.
    async fn apply(&self, epoch: Position, (after, seq): (u64, u64)) -> Result<Value, Trouble> {
        let mut call = APPLY.call(1);
        call.arg(self.keys.fence(SHARD)).arg(epoch.to_string()).arg(after).arg(seq).arg(60_000);
        call.arg(seq).arg("subject").arg(id().as_bytes()).arg(state(seq).encode());
        self.link.send(SHARD, &call).await
    }
}

fn id() -> SubjectId {
    SubjectId::from_bytes([7; 16])
}

fn state(version: u64) -> Versioned {
    let (generation, roles) = (Generation(0), Arc::default());
    let state = SubjectState {
        id: id(),
        username: "alice".into(),
        status: Status::Active,
        generation,
        roles_version: 0,
        roles,
    };
    Versioned { state: Arc::new(state), version }
}

#[tokio::test]
async fn a_state_read_before_the_fence_does_not_take_the_place_of_one_that_was_evicted() {
    let server = Server::start().await;
    server.set(server.keys.fence(SHARD), "9").await;
    server.put(8).await;
    assert_eq!(server.version().await, None, "entry 9 may have been about it");
    server.put(9).await;
    assert_eq!(server.version().await, Some(9));
    server.put(8).await;
    assert_eq!(server.version().await, Some(9));
    server.put(10).await;
    assert_eq!(server.version().await, Some(10));
}

#[tokio::test]
async fn a_log_of_another_epoch_than_the_fences_is_not_applied() {
    let server = Server::start().await;
    let (mine, other) = (Position { log: LogId::from_u64(1), seq: 0 }, Position { log: LogId::from_u64(2), seq: 0 });
    assert!(matches!(server.apply(mine, (0, 1)).await, Err(Trouble::Outdated(_))), "it was compared with none");
    server.set(server.keys.epoch(SHARD), &mine.to_string()).await;
    assert!(matches!(server.apply(mine, (0, 1)).await, Ok(Value::Int(1))));
    assert!(matches!(server.apply(other, (1, 2)).await, Err(Trouble::Outdated(_))));
    assert_eq!(server.version().await, Some(1));
    server.set(server.keys.epoch(SHARD), "-").await;
    assert!(matches!(server.apply(mine, (1, 2)).await, Err(Trouble::Outdated(_))), "it is being emptied");
}

#[tokio::test]
async fn a_fence_is_given_another_epoch_only_as_it_was_seen() {
    let server = Server::start().await;
    let give = async |fence: &str, seen: &str, epoch: &str| {
        let mut call = ADOPT.call(1);
        call.arg(server.keys.fence(SHARD)).arg(fence).arg(seen).arg(epoch);
        server.link.send(SHARD, &call).await.unwrap()
    };
    assert_eq!(give("", "", "1").await, Value::Int(1));
    server.set(server.keys.fence(SHARD), "5").await;
    assert_eq!(give("", "1", "2").await, Value::Int(0), "something was applied meanwhile");
    assert_eq!(give("5", "0", "2").await, Value::Int(0), "somebody else was faster");
    assert_eq!(give("5", "1", "2").await, Value::Int(1));
}
