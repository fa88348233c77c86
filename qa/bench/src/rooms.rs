//! The pairs of stores, each of its own servers.

use std::path::{Path, PathBuf};

use admit_core::assurance::Methods;
use admit_core::id::SubjectId;
use admit_core::proved::Proved;
use admit_core::session::SessionRules;
use admit_core::subject::{Generation, Status, SubjectState};
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;
use admit_store::{PostgresAddress, RedisAddress, Stores};
use admit_testkit::{Folder, Postgres, redis::Redis};

/// A pair of stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
    Postgres,
    PostgresRedis,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Memory, Self::Sqlite, Self::Postgres, Self::PostgresRedis];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::PostgresRedis => "redis",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).expect("a pair of stores")
    }
}

/// The servers of a pair, and where they keep their data. As in production what is acknowledged is on the disk.
pub(crate) struct Room {
    pub(crate) kind: Kind,
    pub(crate) folder: Folder,
    pub(crate) postgres: Option<Postgres>,
    pub(crate) redis: Option<Redis>,
    /// The accounts: a path or a URL.
    pub(crate) accounts: String,
    /// The sessions, where they are elsewhere.
    pub(crate) sessions: String,
}

impl Room {
    pub(crate) fn new(kind: Kind) -> Self {
        let folder = admit_testkit::folder();
        let postgres = matches!(kind, Kind::Postgres | Kind::PostgresRedis).then(|| Postgres::with().durable().start());
        let redis = (kind == Kind::PostgresRedis).then(|| Redis::with().set("appendonly", "yes").start());
        let accounts = match &postgres {
            Some(server) => server.create_database("admit"),
            None => folder.path().join("admit.db").display().to_string(),
        };
        let sessions = redis.as_ref().map(Redis::url).unwrap_or_default();
        Self { kind, folder, postgres, redis, accounts, sessions }
    }
}

/// Opens a pair.
pub(crate) async fn open(kind: Kind, accounts: &str, sessions: &str, rules: SessionRules) -> Stores {
    let tokens = TokenRules::default();
    let path: &Path = &PathBuf::from(accounts);
    match kind {
        Kind::Memory => Stores::memory(path, rules, tokens).expect("a database"),
        Kind::Sqlite => Stores::sqlite(path, rules, tokens).expect("a database"),
        Kind::Postgres => {
            let address = PostgresAddress::parse(accounts).expect("an address");
            Stores::postgres(&address, rules, tokens).await.expect("a database")
        }
        Kind::PostgresRedis => {
            let address = PostgresAddress::parse(accounts).expect("an address");
            let redis = RedisAddress::parse(sessions).expect("an address");
            Stores::postgres_and_redis(&address, &redis, rules, tokens).await.expect("a pair")
        }
    }
}

/// A user as created, signed in with a password.
pub(crate) fn proved(id: SubjectId, now: Timestamp) -> Proved {
    let (username, status, generation) = ("".into(), Status::Active, Generation(0));
    let subject = SubjectState { id, username, status, generation, roles_version: 0, roles: [].into() };
    Proved::vouched_for(&subject, Methods::PASSWORD, now)
}
