//! What the checks are made of.

use std::sync::Arc;

use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind, Recorded};
use admit_core::credential::password::PasswordHash;
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::id::{SessionId, SubjectId};
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::session::{Device, NewSession, OpenSession};
use admit_core::store::{Change, Checked, Created, EventQuery, NewSubject, Opened};
use admit_core::subject::{RoleName, SubjectState, Username};
use admit_core::time::Timestamp;

use super::{Fault, Outcome, RULES, Stores, fault};

/// A session as whoever opened it knows it.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) digest: SessionDigest,
    pub(super) id: SessionId,
}

/// So many seconds into the check.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

pub(super) fn event(kind: EventKind, seconds: u64) -> Event {
    Event::new(kind, Actor::Anonymous, at(seconds))
}

pub(super) fn digest(subject: SubjectId) -> Outcome<SessionDigest> {
    Ok(SessionToken::new_for(subject, &OsRandom)?.digest())
}

pub(super) fn roles(names: &[&str]) -> Outcome<Vec<RoleName>> {
    names.iter().map(|name| RoleName::parse(name).map_err(Fault::from)).collect()
}

/// A hash by its shape; nothing here verifies one.
pub(super) fn hash(mark: &str) -> PasswordHash {
    PasswordHash::from_phc(format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${mark}"))
}

pub(super) fn new_subject(name: &str, names: &[&str]) -> Outcome<NewSubject> {
    Ok(NewSubject {
        id: SubjectId::new(at(0), &OsRandom)?,
        username: Username::parse(name)?,
        password: hash("first"),
        roles: roles(names)?,
        created_at: at(0),
    })
}

pub(super) fn new_session(subject: &SubjectState, seconds: u64) -> Outcome<NewSession> {
    Ok(NewSession {
        id: SessionId::new(at(seconds), &OsRandom)?,
        digest: digest(subject.id)?,
        proved: Proved::vouched_for(subject, Methods::PASSWORD, at(seconds)),
        created_at: at(seconds),
        absolute_expires_at: at(seconds).plus(RULES.absolute),
        device: Device { user_agent: "Firefox".to_owned(), address: "192.0.2.1".to_owned() },
        replaces: None,
    })
}

impl Stores {
    /// A subject of this name with these roles.
    pub(super) async fn subject(&self, name: &str, names: &[&str]) -> Outcome<Arc<SubjectState>> {
        match self.accounts.create(new_subject(name, names)?, event(EventKind::SubjectCreated, 0)).await? {
            Created::Subject(subject) => Ok(subject),
            refused @ (Created::UsernameTaken | Created::LinkDead) => Err(fault(format!("{name}: {refused:?}"))),
        }
    }

    /// A session opened so many seconds into the check.
    pub(super) async fn sign_in(&self, subject: &SubjectState, seconds: u64) -> Outcome<Held> {
        self.open(new_session(subject, seconds)?).await
    }

    pub(super) async fn open(&self, new: NewSession) -> Outcome<Held> {
        let held = Held { digest: new.digest, id: new.id };
        let event = Event::new(EventKind::SessionCreated, Actor::Subject(new.proved.subject()), new.created_at);
        match self.sessions.open(new, event).await? {
            Opened::Session(checked) if checked.session.id == held.id => Ok(held),
            other @ (Opened::Session(_) | Opened::Refused) => Err(fault(format!("no session was opened: {other:?}"))),
        }
    }

    pub(super) async fn check(&self, held: &Held, seconds: u64) -> Outcome<Option<Checked>> {
        Ok(self.sessions.check(&held.digest, at(seconds)).await?)
    }

    pub(super) async fn is_live(&self, held: &Held, seconds: u64) -> Outcome<bool> {
        Ok(self.check(held, seconds).await?.is_some())
    }

    pub(super) async fn list(&self, subject: &SubjectState, seconds: u64) -> Outcome<Vec<OpenSession>> {
        Ok(self.sessions.list(subject.id, at(seconds)).await?)
    }

    /// The public names in the list of a subject.
    pub(super) async fn listed(&self, subject: &SubjectState, seconds: u64) -> Outcome<Vec<SessionId>> {
        Ok(self.list(subject, seconds).await?.iter().map(|open| open.record.id).collect())
    }

    pub(super) async fn change(
        &self,
        subject: &SubjectState,
        change: Change,
        seconds: u64,
    ) -> Outcome<Arc<SubjectState>> {
        let kind = match &change {
            Change::Roles(_) | Change::RolesIf { .. } => EventKind::RolesChanged,
            Change::Status(admit_core::subject::Status::Disabled) => EventKind::SubjectDisabled,
            Change::Status(admit_core::subject::Status::Active) => EventKind::SubjectEnabled,
            Change::Password(_) | Change::PasswordIf { .. } | Change::PasswordByLink { .. } => {
                EventKind::PasswordChanged
            }
            Change::EndSessions => EventKind::SessionsRevoked,
            Change::Name(_) => EventKind::SubjectRenamed,
            Change::Delete => EventKind::SubjectDeleted,
        };
        let after = self.accounts.change(subject.id, change, event(kind, seconds)).await?;
        after.ok_or_else(|| fault("the subject to change is not there".to_owned()))
    }

    /// The events about a subject, oldest first.
    pub(super) async fn events(&self, subject: &SubjectState) -> Outcome<Vec<Recorded>> {
        let query = EventQuery { subject: Some(subject.id), limit: 10_000, ..EventQuery::default() };
        let mut events = self.accounts.events(query).await?;
        events.reverse();
        Ok(events)
    }

    /// Their kinds.
    pub(super) async fn kinds(&self, subject: &SubjectState) -> Outcome<Vec<EventKind>> {
        Ok(self.events(subject).await?.iter().map(|event| event.kind).collect())
    }
}
