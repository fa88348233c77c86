//! What happened: one event for each change of state, written in the same transaction as the change.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::client::ClientId;
use crate::id::{SessionId, SubjectId};
use crate::standing::Standing;
use crate::throttle;
use crate::time::Timestamp;

/// The kinds of event. The names are stable: they are stored and searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A subject was made.
    SubjectCreated,
    /// A subject was brought in from another system.
    SubjectImported,
    /// A subject was banned; its sessions are dead.
    SubjectDisabled,
    /// A ban was lifted.
    SubjectEnabled,
    /// A subject was given another name.
    SubjectRenamed,
    /// A subject was deleted; its sessions have ended and its name is free.
    SubjectDeleted,
    /// The set of roles was replaced.
    RolesChanged,
    /// A password was set; earlier sessions are dead.
    PasswordChanged,
    /// A password's hash was made anew at today's cost.
    PasswordRehashed,
    /// A session began.
    SessionCreated,
    /// A session's secret was replaced.
    SessionRotated,
    /// A session was ended, by its owner or an administrator.
    SessionRevoked,
    /// A session was ended because its owner opened one more than the limit.
    SessionEvicted,
    /// Every session of a subject was ended.
    SessionsRevoked,
    /// A login failed.
    LoginFailed,
    /// Logins began to be turned away because too many before them had failed. The further ones of this episode are not
    /// written down.
    LoginThrottled,
    /// The current password, given again to change it, was wrong.
    CurrentPasswordWrong,
    /// A one-time set-up link was made.
    SetupLinkIssued,
    /// A one-time set-up link was used.
    SetupLinkUsed,
    /// A native client signed in: a family of refresh tokens began.
    TokenFamilyBegun,
    /// A family of refresh tokens was ended, by its client, its owner or an administrator.
    TokenFamilyEnded,
    /// A family was ended because its owner began one more than the limit.
    TokenFamilyEvicted,
    /// A refresh token came a second time: its family was ended.
    RefreshTokenReused,
    /// A session was exchanged for an access token.
    SessionExchanged,
    /// A service got an access token for itself.
    ClientTokenIssued,
    /// An access token was revoked by itself.
    TokenRevoked,
    /// A signing key was made.
    KeyCreated,
    /// A signing key was withdrawn; its tokens are dead.
    KeyRevoked,
    /// A server started with something that would be refused, and that a waiver answers for.
    FindingWaived,
    /// Another policy was put in force.
    PolicyReloaded,
    /// A policy was to be put in force, and was refused: the one before stays.
    PolicyRefused,
    /// Client authentication failed.
    ClientRefused,
    /// A client was removed, or may have other tokens than before: those that it had are dead.
    ClientChanged,
    /// Everything that the accounts store holds was written to a file.
    DataExported,
}

impl EventKind {
    /// Every kind, for parsing and for lists.
    pub const ALL: &'static [Self] = &[
        Self::SubjectCreated,
        Self::SubjectImported,
        Self::SubjectDisabled,
        Self::SubjectEnabled,
        Self::SubjectRenamed,
        Self::SubjectDeleted,
        Self::RolesChanged,
        Self::PasswordChanged,
        Self::PasswordRehashed,
        Self::SessionCreated,
        Self::SessionRotated,
        Self::SessionRevoked,
        Self::SessionEvicted,
        Self::SessionsRevoked,
        Self::LoginFailed,
        Self::LoginThrottled,
        Self::CurrentPasswordWrong,
        Self::SetupLinkIssued,
        Self::SetupLinkUsed,
        Self::TokenFamilyBegun,
        Self::TokenFamilyEnded,
        Self::TokenFamilyEvicted,
        Self::RefreshTokenReused,
        Self::SessionExchanged,
        Self::ClientTokenIssued,
        Self::TokenRevoked,
        Self::KeyCreated,
        Self::KeyRevoked,
        Self::FindingWaived,
        Self::PolicyReloaded,
        Self::PolicyRefused,
        Self::ClientRefused,
        Self::ClientChanged,
        Self::DataExported,
    ];

    /// Whether somebody who is not signed in can cause it as often as they like.
    #[must_use]
    pub const fn is_anybodys(self) -> bool {
        matches!(self, Self::LoginFailed | Self::LoginThrottled | Self::ClientRefused)
    }

    /// The stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SubjectCreated => "subject-created",
            Self::SubjectImported => "subject-imported",
            Self::SubjectDisabled => "subject-disabled",
            Self::SubjectEnabled => "subject-enabled",
            Self::SubjectRenamed => "subject-renamed",
            Self::SubjectDeleted => "subject-deleted",
            Self::RolesChanged => "roles-changed",
            Self::PasswordChanged => "password-changed",
            Self::PasswordRehashed => "password-rehashed",
            Self::SessionCreated => "session-created",
            Self::SessionRotated => "session-rotated",
            Self::SessionRevoked => "session-revoked",
            Self::SessionEvicted => "session-evicted",
            Self::SessionsRevoked => "sessions-revoked",
            Self::LoginFailed => "login-failed",
            Self::LoginThrottled => "login-throttled",
            Self::CurrentPasswordWrong => "current-password-wrong",
            Self::SetupLinkIssued => "setup-link-issued",
            Self::SetupLinkUsed => "setup-link-used",
            Self::TokenFamilyBegun => "token-family-begun",
            Self::TokenFamilyEnded => "token-family-ended",
            Self::TokenFamilyEvicted => "token-family-evicted",
            Self::RefreshTokenReused => "refresh-token-reused",
            Self::SessionExchanged => "session-exchanged",
            Self::ClientTokenIssued => "client-token-issued",
            Self::TokenRevoked => "token-revoked",
            Self::KeyCreated => "key-created",
            Self::KeyRevoked => "key-revoked",
            Self::FindingWaived => "finding-waived",
            Self::PolicyReloaded => "policy-reloaded",
            Self::PolicyRefused => "policy-refused",
            Self::ClientRefused => "client-refused",
            Self::ClientChanged => "client-changed",
            Self::DataExported => "data-exported",
        }
    }

    /// Reads a stored name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}

/// Who caused an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody who was signed in.
    Anonymous,
    /// A subject.
    Subject(SubjectId),
    /// A client that acts for itself.
    Client(ClientId),
    /// Somebody with the command line and the data folder.
    Operator,
    /// The server by itself.
    Server,
}

impl fmt::Display for Actor {
    /// As the log keeps it: `anonymous`, `operator`, `server`, a subject's id, or `client:` and its name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Operator => f.write_str("operator"),
            Self::Server => f.write_str("server"),
            Self::Subject(id) => write!(f, "{id}"),
            Self::Client(client) => write!(f, "client:{client}"),
        }
    }
}

/// Something that happened. Secrets have no place in it: details are names and numbers.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who caused it.
    pub actor: Actor,
    /// Whom it is about.
    pub subject: Option<SubjectId>,
    /// The client's address, when there was one.
    pub address: Option<String>,
    /// The id of the request, to find its log lines.
    pub request: Option<String>,
    /// What else is worth knowing, by name.
    pub detail: Map<String, Value>,
    /// What the actor was when it was allowed, where that has to be so still: a store that finds otherwise writes nothing.
    /// Not kept in the log. [`Principal::event`](crate::principal::Principal::event) puts it there.
    pub standing: Option<Standing>,
}

impl Event {
    /// An event without details.
    #[must_use]
    pub fn new(kind: EventKind, actor: Actor, at: Timestamp) -> Self {
        Self { at, kind, actor, subject: None, address: None, request: None, detail: Map::new(), standing: None }
    }

    /// About `subject`.
    #[must_use]
    pub fn about(mut self, subject: SubjectId) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Only if the actor still is what it was.
    #[must_use]
    pub fn standing(mut self, standing: Standing) -> Self {
        self.standing = Some(standing);
        self
    }

    /// From where at whom, for an event that anybody can cause over and over: such events are counted in one row for a
    /// while. `None` for all others, each of which is written down.
    #[must_use]
    pub fn repeats(&self) -> Option<String> {
        let address = self.address.as_deref().filter(|_| self.kind.is_anybodys() && self.actor == Actor::Anonymous)?;
        let address = address.parse().map_or_else(|_| address.to_owned(), throttle::prefix);
        let subject = self.subject.map_or_else(|| "-".to_owned(), |subject| subject.to_string());
        let client = self.detail.get("client").and_then(Value::as_str).unwrap_or("-");
        Some(format!("{address} {subject} {client}"))
    }

    /// By way of this client and this sign-in, where there is one: the details `by_client` and `by_session`.
    #[must_use]
    pub fn by_way_of(mut self, client: Option<&ClientId>, session: Option<SessionId>) -> Self {
        if let Some(client) = client {
            self = self.with("by_client", client.as_str());
        }
        if let Some(session) = session {
            self = self.with("by_session", session.to_string());
        }
        self
    }

    /// With one more detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

/// An event as read back from the log, with its place in it.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// The place in the log: rising, never reused.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// `anonymous`, `operator`, `server`, a subject's id, or `client:` and a client's name.
    pub actor: String,
    /// Whom it is about.
    pub subject: Option<SubjectId>,
    /// The name of that subject now, for people.
    pub username: Option<String>,
    /// The client's address.
    pub address: Option<String>,
    /// The id of the request.
    pub request: Option<String>,
    /// The details.
    pub detail: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_by_its_stored_name() {
        for kind in EventKind::ALL.iter().copied() {
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(EventKind::parse("nothing"), None);
    }
}
