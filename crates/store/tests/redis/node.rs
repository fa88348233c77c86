//! What the tests are made of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::id::{SessionId, SubjectId};
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::session::{Device, NewSession};
use admit_core::store::{Accounts, Change, Checked, Created, NewSubject, Opened, Sessions, StoreError};
use admit_core::subject::{RoleName, SubjectState, Username};
use admit_core::time::Timestamp;
use admit_store::conformance::{RULES, TOKENS};
use admit_store::{Postgres, PostgresAddress, RedisAddress, RedisError, RedisSessions};
use admit_testkit::{Pair, Redis, Stores};

/// One process of admit, as far as its stores go.
pub(crate) struct Node {
    pub(crate) accounts: Arc<Postgres>,
    pub(crate) sessions: Arc<RedisSessions>,
}

/// A session as whoever opened it knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) subject: SubjectId,
    pub(crate) digest: SessionDigest,
    pub(crate) id: SessionId,
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

pub(crate) fn event(kind: EventKind, seconds: u64) -> Event {
    Event::new(kind, Actor::Anonymous, at(seconds))
}

pub(crate) fn digest(subject: SubjectId) -> SessionDigest {
    SessionToken::new_for(subject, &OsRandom).unwrap().digest()
}

/// The URL of a new, empty database.
pub(crate) fn database() -> (Arc<Stores>, String) {
    let stores = Stores::new(Pair::Postgres);
    let url = stores.environment()[0].1.to_owned();
    (stores, url)
}

impl Node {
    pub(crate) async fn connect(database: &str, redis: &str) -> Result<Self, RedisError> {
        let accounts = Postgres::connect(&PostgresAddress::parse(database).unwrap(), RULES, TOKENS).await.unwrap();
        let sessions = RedisSessions::connect(&RedisAddress::parse(redis).unwrap(), &accounts, RULES).await?;
        Ok(Self { accounts, sessions })
    }

    /// One that waits longer than users do, for a busy machine.
    pub(crate) async fn new(database: &str, redis: &str) -> Self {
        let mark = if redis.contains('?') { '&' } else { '?' };
        Self::connect(database, &format!("{redis}{mark}deadline=5000")).await.unwrap()
    }

    /// One with the deadline that users have.
    pub(crate) async fn prompt(database: &str, redis: &str) -> Self {
        Self::connect(database, redis).await.unwrap()
    }

    pub(crate) async fn subject(&self, name: &str) -> Arc<SubjectState> {
        let new = NewSubject {
            id: SubjectId::new(at(0), &OsRandom).unwrap(),
            username: Username::parse(name).unwrap(),
            password: PasswordHash::from_phc("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$first".to_owned()),
            roles: vec![RoleName::parse("customer").unwrap()],
            created_at: at(0),
        };
        match self.accounts.create(new, event(EventKind::SubjectCreated, 0)).await.unwrap() {
            Created::Subject(subject) => subject,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn new_session(subject: &SubjectState, seconds: u64) -> NewSession {
        NewSession {
            id: SessionId::new(at(seconds), &OsRandom).unwrap(),
            digest: digest(subject.id),
            proved: Proved::vouched_for(subject, Methods::PASSWORD, at(seconds)),
            created_at: at(seconds),
            absolute_expires_at: at(seconds).plus(RULES.absolute),
            device: Device { user_agent: "Firefox".to_owned(), address: "192.0.2.1".to_owned() },
            replaces: None,
        }
    }

    pub(crate) async fn sign_in(&self, subject: &SubjectState) -> Held {
        self.open(Self::new_session(subject, 0)).await.unwrap()
    }

    pub(crate) async fn open(&self, new: NewSession) -> Result<Held, StoreError> {
        let held = Held { subject: new.proved.subject(), digest: new.digest, id: new.id };
        match self.sessions.open(new, event(EventKind::SessionCreated, 0)).await? {
            Opened::Session(_) => Ok(held),
            Opened::Refused => panic!("refused"),
        }
    }

    pub(crate) async fn check(&self, held: &Held) -> Result<Option<Checked>, StoreError> {
        self.sessions.check(&held.digest, at(1)).await
    }

    pub(crate) async fn is_live(&self, held: &Held) -> bool {
        self.check(held).await.unwrap().is_some()
    }

    pub(crate) async fn end(&self, held: &Held) -> Result<bool, StoreError> {
        self.sessions.end(held.subject, held.id, event(EventKind::SessionRevoked, 1)).await
    }

    pub(crate) async fn change(
        &self,
        subject: SubjectId,
        change: Change,
    ) -> Result<Option<Arc<SubjectState>>, StoreError> {
        self.accounts.change(subject, change, event(EventKind::SessionsRevoked, 1)).await
    }

    /// Waits until checks are answered again; how long that took.
    pub(crate) async fn recovered(&self, held: &Held) -> (Duration, bool) {
        let since = Instant::now();
        loop {
            match self.check(held).await {
                Ok(answer) => return (since.elapsed(), answer.is_some()),
                Err(error) => assert!(since.elapsed() < Duration::from_secs(20), "still: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Waits until a replica has all that was written to its primary by now. `WAIT` would ask for what its own connection wrote.
pub(crate) async fn has_all_of(replica: &Redis, primary: &Redis) {
    let offset = |of: &Redis, name: &str| {
        let told = of.command(&["INFO", "replication"]);
        told.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap()
    };
    let written = offset(primary, "master_repl_offset:");
    let begun = Instant::now();
    while offset(replica, "slave_repl_offset:") < written {
        assert!(begun.elapsed() < Duration::from_secs(10), "the replica does not follow");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
