//! PostgreSQL beside the conformance suite: outages, several nodes, migrations, encryption.

mod clocks;
mod defaults;
mod failover;
mod hanging;
mod late;
mod limits;
mod lists;
mod migrations;
mod names;
mod nodes;
mod outage;
mod pooler;
mod purge;
mod secured;
mod staleness;
mod uses;

use std::sync::Arc;

use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::id::{SessionId, SubjectId};
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::session::{Device, NewSession, SessionRules};
use admit_core::store::{Accounts, Created, NewSubject, Opened, Sessions};
use admit_core::subject::{RoleName, SubjectState, Username};
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;
use admit_store::{Postgres, PostgresAddress};

/// A session as whoever opened it knows it.
#[derive(Clone, Copy)]
struct Held {
    digest: SessionDigest,
    id: SessionId,
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn event(kind: EventKind) -> Event {
    Event::new(kind, Actor::Anonymous, at(1))
}

/// A node on this database.
async fn node(url: &str) -> Arc<Postgres> {
    let address = PostgresAddress::parse(url).unwrap();
    Postgres::connect(&address, SessionRules::default(), TokenRules::default()).await.unwrap()
}

async fn subject(node: &Postgres, name: &str, roles: &[&str]) -> Arc<SubjectState> {
    let new = NewSubject {
        id: SubjectId::new(at(0), &OsRandom).unwrap(),
        username: Username::parse(name).unwrap(),
        password: PasswordHash::from_phc("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$first".to_owned()),
        roles: roles.iter().map(|role| RoleName::parse(role).unwrap()).collect(),
        created_at: at(0),
    };
    match node.create(new, event(EventKind::SubjectCreated)).await.unwrap() {
        Created::Subject(subject) => subject,
        other => panic!("{other:?}"),
    }
}

fn new_session(subject: &SubjectState) -> NewSession {
    NewSession {
        id: SessionId::new(at(0), &OsRandom).unwrap(),
        digest: SessionToken::new_for(subject.id, &OsRandom).unwrap().digest(),
        proved: Proved::vouched_for(subject, Methods::PASSWORD, at(0)),
        created_at: at(0),
        absolute_expires_at: at(8 * 3600),
        device: Device::default(),
        replaces: None,
    }
}

async fn sign_in(node: &Postgres, subject: &SubjectState) -> Held {
    let new = new_session(subject);
    let held = Held { digest: new.digest, id: new.id };
    match Sessions::open(node, new, event(EventKind::SessionCreated)).await.unwrap() {
        Opened::Session(_) => held,
        Opened::Refused => panic!("refused"),
    }
}

async fn is_live(node: &Postgres, held: &Held) -> bool {
    node.check(&held.digest, at(2)).await.unwrap().is_some()
}

/// Tries again while connections are made anew.
async fn at_last<T, E: std::fmt::Display>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let since = std::time::Instant::now();
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => assert!(since.elapsed().as_secs() < 20, "still: {error}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
