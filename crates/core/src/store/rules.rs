//! Decisions that are the same in every store; the stores carry them out.

use crate::audit::{Actor, Event, EventKind};
use crate::id::{SessionId, SubjectId};
use crate::session::{NewSession, SessionRecord, SessionRules};
use crate::signal::SubjectChange;
use crate::subject::{RoleName, Status, SubjectState};
use crate::time::Timestamp;
use crate::token::TokenRules;

use super::Change;

impl Change {
    /// What it means for those who check the subject's tokens.
    #[must_use]
    pub fn reason(&self) -> SubjectChange {
        match self {
            Self::Roles(_) | Self::RolesIf { .. } | Self::Name(_) => SubjectChange::ClaimsChange,
            Self::Status(_) | Self::Delete => SubjectChange::AccountDisabled,
            Self::Password(_) | Self::PasswordIf { .. } | Self::PasswordByLink { .. } => {
                SubjectChange::CredentialChange
            }
            Self::EndSessions => SubjectChange::SessionsRevoked,
        }
    }

    /// Whether it takes this role from an active holder, or disables or deletes that holder. A store refuses it for the last one.
    #[must_use]
    pub fn takes_away(&self, role: &RoleName, subject: &SubjectState) -> bool {
        let loses = match self {
            Self::Roles(roles) | Self::RolesIf { roles, .. } => !roles.contains(role),
            Self::Status(status) => *status == Status::Disabled,
            Self::Delete => true,
            Self::Password(_)
            | Self::PasswordIf { .. }
            | Self::PasswordByLink { .. }
            | Self::EndSessions
            | Self::Name(_) => false,
        };
        loses && subject.status == Status::Active && subject.roles.contains(role)
    }
}

impl NewSession {
    /// The record of it when it begins.
    #[must_use]
    pub fn record(&self, subject: &SubjectState) -> SessionRecord {
        SessionRecord {
            id: self.id,
            created_at: self.created_at,
            last_seen_at: self.created_at,
            absolute_expires_at: self.absolute_expires_at,
            generation: subject.generation,
            roles_version: subject.roles_version,
            superseded_at: None,
            assurance: self.proved.assurance(),
        }
    }

    /// The event that ends the session which it replaces; `opening` is its own event.
    #[must_use]
    pub fn replacement(&self, opening: &Event, owner: SubjectId, replaced: SessionId) -> Event {
        let ended = Event::new(EventKind::SessionRevoked, opening.actor.clone(), self.created_at)
            .about(owner)
            .with("session", replaced.to_string())
            .with("replaced_by", self.id.to_string());
        Event { address: opening.address.clone(), request: opening.request.clone(), ..ended }
    }
}

impl SessionRules {
    /// Which of a subject's live sessions, oldest first, have to end to make room for one more. The new session always counts as
    /// within the limit.
    #[must_use]
    pub fn evicted<T>(&self, live: Vec<T>) -> Vec<T> {
        over(self.limit, live)
    }

    /// How many live sessions a subject can have beside a new one.
    #[must_use]
    pub fn room(&self) -> usize {
        room(self.limit)
    }
}

impl TokenRules {
    /// Which of a subject's live families, oldest first, have to end to make room for one more.
    #[must_use]
    pub fn evicted<T>(&self, live: Vec<T>) -> Vec<T> {
        over(self.limit, live)
    }
}

fn over<T>(limit: u32, mut live: Vec<T>) -> Vec<T> {
    live.truncate(live.len().saturating_sub(room(limit)));
    live
}

fn room(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(1)
}

/// The event of a session or family that ends to make room for one that this request opens.
#[must_use]
pub fn eviction(
    kind: EventKind,
    subject: SubjectId,
    session: SessionId,
    at: Timestamp,
    request: Option<&str>,
) -> Event {
    let event = Event::new(kind, Actor::Server, at).about(subject);
    Event { request: request.map(str::to_owned), ..event.with("session", session.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::password::PasswordHash;
    use crate::subject::{Generation, Username};

    fn subject(status: Status, roles: &[&str]) -> SubjectState {
        SubjectState {
            id: SubjectId::from_bytes([1; 16]),
            username: "ada".into(),
            status,
            generation: Generation(2),
            roles_version: 3,
            roles: roles.iter().map(|role| RoleName::parse(role).unwrap()).collect(),
        }
    }

    #[test]
    fn a_role_is_taken_away_by_other_roles_and_by_disabling_its_active_holder() {
        let admin = RoleName::parse("admin").unwrap();
        let (holder, hash) = (subject(Status::Active, &["admin", "editor"]), PasswordHash::from_phc("x".to_owned()));
        let others = vec![RoleName::parse("editor").unwrap()];
        let takes = |change: Change| change.takes_away(&admin, &holder);
        assert!(takes(Change::Roles(others.clone())));
        assert!(takes(Change::RolesIf { version: 3, roles: Vec::new() }));
        assert!(takes(Change::Status(Status::Disabled)));
        assert!(takes(Change::Delete));
        assert!(!takes(Change::Roles(vec![admin.clone()])));
        assert!(!takes(Change::Status(Status::Active)));
        assert!(!takes(Change::Password(hash)));
        assert!(!takes(Change::EndSessions));
        assert!(!takes(Change::Name(Username::parse("eve").unwrap())));
        for other in [subject(Status::Disabled, &["admin"]), subject(Status::Active, &["editor"])] {
            assert!(!Change::Roles(others.clone()).takes_away(&admin, &other));
        }
    }

    #[test]
    fn the_oldest_sessions_make_room_for_the_one_that_is_opened() {
        let rules = |limit| SessionRules { limit, ..SessionRules::default() };
        assert_eq!(rules(3).evicted(vec![1, 2, 3, 4]), [1, 2]);
        assert_eq!(rules(3).evicted(vec![1, 2]), [0; 0]);
        assert_eq!(rules(1).evicted(vec![1, 2]), [1, 2]);
        assert_eq!(rules(0).evicted(vec![1, 2]), [1, 2]);
    }

    #[test]
    fn the_event_of_an_evicted_session_names_the_request_that_opened_the_new_one() {
        let (owner, ended) = (SubjectId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
        let evicted = eviction(EventKind::SessionEvicted, owner, ended, Timestamp::from_seconds(9), Some("r1"));
        assert_eq!(
            (evicted.kind, evicted.subject, evicted.request.as_deref()),
            (EventKind::SessionEvicted, Some(owner), Some("r1"))
        );
        assert_eq!(evicted.actor, Actor::Server);
        assert_eq!(evicted.detail.get("session").and_then(|id| id.as_str()), Some(ended.to_string().as_str()));
    }
}
