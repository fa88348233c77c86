//! What the nodes stand on: stores of their own, and between each node and each store a way that can be cut.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admit_testkit::{Postgres, Redis};
use serde::Serialize;

use crate::pair::Pair;
use crate::proxy::{Proxy, Way};

/// Which stores, and how many nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Accounts and sessions in SQLite; one node.
    Sqlite,
    /// Accounts in SQLite, sessions in memory; one node.
    Memory,
    /// Accounts and sessions in PostgreSQL; several nodes.
    Postgres,
    /// Accounts in PostgreSQL, sessions in Redis; several nodes.
    PostgresRedis,
    /// As `Postgres`, with a standby that takes over without what it has not heard.
    Standby,
    /// As `PostgresRedis`, with such a standby of PostgreSQL.
    StandbyRedis,
}

impl Topology {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Sqlite, Self::Memory, Self::Postgres, Self::PostgresRedis, Self::Standby, Self::StandbyRedis];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Memory => "memory",
            Self::Postgres => "postgres",
            Self::PostgresRedis => "postgres-redis",
            Self::Standby => "standby",
            Self::StandbyRedis => "standby-redis",
        }
    }

    /// Whether nodes share its stores.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        !matches!(self, Self::Sqlite | Self::Memory)
    }

    /// Whether its sessions are in Redis.
    #[must_use]
    pub const fn has_redis(self) -> bool {
        matches!(self, Self::PostgresRedis | Self::StandbyRedis)
    }

    /// Whether a standby may take over.
    #[must_use]
    pub const fn has_standby(self) -> bool {
        matches!(self, Self::Standby | Self::StandbyRedis)
    }

    /// How many nodes it has, when so many are wanted where there can be more than one.
    #[must_use]
    pub const fn nodes(self, wanted: usize) -> usize {
        if self.is_shared() { wanted } else { 1 }
    }
}

/// A store that several nodes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// PostgreSQL.
    Postgres,
    /// Redis.
    Redis,
}

/// The ways of one node.
struct Ways {
    postgres: Option<Proxy>,
    redis: Option<Proxy>,
}

/// The stores of a run.
pub struct Stores {
    topology: Topology,
    postgres: Option<Mutex<Pair>>,
    redis: Option<Mutex<Redis>>,
    ways: Vec<Ways>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stores {
    /// Starts them, empty, for so many nodes.
    ///
    /// # Errors
    /// When a proxy gets no port.
    pub async fn start(topology: Topology, nodes: usize) -> std::io::Result<Self> {
        let shared = topology.is_shared();
        // The servers are killed and never the machine, so the disk need not be flushed: a kill takes nothing from what the
        // kernel has.
        let postgres = shared.then(|| Pair::start(topology.has_standby()));
        let redis = topology.has_redis().then(|| Redis::with().set("appendonly", "yes").start());
        let mut ways = Vec::new();
        for _ in 0..nodes {
            let to = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
            let postgres = match &postgres {
                Some(postgres) => Some(Proxy::start(to(postgres.port())).await?),
                None => None,
            };
            let redis = match &redis {
                Some(redis) => Some(Proxy::start(to(redis.port())).await?),
                None => None,
            };
            ways.push(Ways { postgres, redis });
        }
        Ok(Self { topology, postgres: postgres.map(Mutex::new), redis: redis.map(Mutex::new), ways })
    }

    /// The variables that make a node use them.
    #[must_use]
    pub fn environment(&self, node: usize) -> Vec<(String, String)> {
        let ways = &self.ways[node];
        let mut urls = match self.topology {
            Topology::Sqlite => vec![],
            Topology::Memory => vec![("ADMIT_SESSIONS__URL", "memory:".to_owned())],
            Topology::Postgres | Topology::Standby => vec![("ADMIT_SESSIONS__URL", "accounts:".to_owned())],
            Topology::PostgresRedis | Topology::StandbyRedis => vec![],
        };
        if let Some(way) = &ways.postgres {
            urls.push(("ADMIT_ACCOUNTS__URL", format!("postgres://admit@{}/admit", way.address)));
        }
        if let Some(way) = &ways.redis {
            urls.push(("ADMIT_SESSIONS__URL", format!("redis://{}", way.address)));
        }
        urls.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Sets how the way between a node and a store is.
    pub fn set(&self, node: usize, store: Store, way: Way) {
        let ways = &self.ways[node];
        let proxy = match store {
            Store::Postgres => &ways.postgres,
            Store::Redis => &ways.redis,
        };
        if let Some(proxy) = proxy {
            proxy.set(way);
        }
    }

    fn primary(&self, act: impl Fn(&mut Postgres)) {
        self.postgres.iter().for_each(|pair| act(locked(pair).primary()));
    }

    /// Does something with the primary and the standby.
    pub(crate) fn pair<T>(&self, act: impl FnOnce(&mut Pair) -> T) -> Option<T> {
        self.postgres.as_ref().map(|pair| act(&mut locked(pair)))
    }

    /// Kills a store.
    pub fn kill(&self, store: Store) {
        match store {
            Store::Postgres => self.primary(Postgres::kill),
            Store::Redis => self.redis.iter().for_each(|redis| locked(redis).kill()),
        }
    }

    /// Starts a killed store again.
    pub fn restart(&self, store: Store) {
        match store {
            Store::Postgres => self.primary(Postgres::restart),
            Store::Redis => self.redis.iter().for_each(|redis| locked(redis).restart()),
        }
    }

    /// Lets a store stand still.
    pub fn pause(&self, store: Store) {
        match store {
            Store::Postgres => self.primary(|primary| primary.pause()),
            Store::Redis => self.redis.iter().for_each(|redis| locked(redis).pause()),
        }
    }

    /// Lets it go on.
    pub fn resume(&self, store: Store) {
        match store {
            Store::Postgres => self.primary(|primary| primary.resume()),
            Store::Redis => self.redis.iter().for_each(|redis| locked(redis).resume()),
        }
    }

    /// Empties Redis. `false` when it did not say that it has.
    #[must_use]
    pub fn flush(&self) -> bool {
        let Some(port) = self.redis.as_ref().map(|redis| locked(redis).port()) else { return false };
        let flush = || {
            let within = Duration::from_secs(2);
            let mut stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), within)?;
            stream.set_read_timeout(Some(within))?;
            stream.write_all(b"FLUSHALL\r\n")?;
            let mut said = [0; 5];
            stream.read_exact(&mut said)?;
            std::io::Result::Ok(said == *b"+OK\r\n")
        };
        flush().unwrap_or(false)
    }
}
