//! What happened, as the clients saw it: every request with its start, its end and its answer.
//!
//! One process records it, so one clock orders it. No secret is in it: credentials and subjects are numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Nanoseconds since the run began.
pub type Nanos = u64;

/// The number of a subject.
pub type Subject = usize;

/// The number of a sign-in: a session or a token family. Its place in [`History::sign_ins`].
pub type SignIn = usize;

/// The number of a credential. Its place in [`History::credentials`].
pub type CredentialId = usize;

/// The number of a client's assertion.
pub type Assertion = usize;

/// A set of role names.
pub type Roles = BTreeSet<String>;

/// One sign-in of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignInRecord {
    /// Whose.
    pub subject: Subject,
    /// Its public name, as the audit log has it.
    pub name: String,
    /// A token family and not a session.
    pub app: bool,
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The secret of a session.
    Secret,
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
}

/// Something that opens doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// Of which sign-in.
    pub sign_in: SignIn,
    /// What it is.
    pub form: Form,
}

/// How an operation ended, for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Answered with success.
    Ok,
    /// Answered with this status below 500: nothing was done.
    Refused(u16),
    /// Answered 500 or above: it may have been done, now or later.
    Error(u16),
    /// Never answered: likewise.
    Lost,
}

impl Outcome {
    /// Of an answer with this status.
    #[must_use]
    pub fn of(status: u16) -> Self {
        match status {
            200..400 => Self::Ok,
            400..500 => Self::Refused(status),
            _ => Self::Error(status),
        }
    }

    /// Whether it may have been done.
    #[must_use]
    pub fn may_have_happened(self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}

/// What is asked of a guarded route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// `GET /session`: shows the roles, and gives a session whose roles have changed a new secret.
    Session,
    /// `PUT /demo/api/products/{id}`: for a role alone.
    Edit,
    /// The same at a service that checks access tokens by itself, and follows a node to know what was revoked.
    Verifier,
    /// `POST /oauth/introspect`: a service asks whether an access token is good. That it is not counts as 401.
    Introspection,
}

impl Route {
    /// Whether a node answers it, by what the stores say now.
    #[must_use]
    pub fn is_at_a_node(self) -> bool {
        self != Self::Verifier
    }
}

/// How one sign-in was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// `POST /logout`. Success too when it had ended before.
    Logout,
    /// `DELETE /sessions/{id}`.
    Name,
    /// `POST /oauth/revoke`. Success too when it had ended before.
    Client,
}

/// How all sign-ins of a subject were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllEndedBy {
    /// `POST /logout/all`.
    Owner,
    /// `POST /admin/api/users/{id}/sessions/revoke`.
    Admin,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Deed {
    /// A subject is made.
    Create {
        /// Whose number it has.
        subject: Subject,
        /// Its roles.
        roles: Roles,
    },
    /// A password is shown.
    SignIn {
        /// Whose.
        subject: Subject,
        /// Which of the subject's passwords, counted from 0.
        password: u32,
        /// The credentials that were given.
        gave: Vec<CredentialId>,
        /// The session that the same browser showed, which ends with it.
        replaces: Option<SignIn>,
    },
    /// A guarded route is asked for.
    Check {
        /// Which.
        route: Route,
        /// The roles that the answer showed.
        saw: Option<Roles>,
        /// The secret that takes the place of the one shown.
        renewed: Option<CredentialId>,
        /// How old the answer may be, by the route's rule.
        within: Nanos,
    },
    /// A refresh token is redeemed.
    Redeem {
        /// The credentials that were given.
        gave: Vec<CredentialId>,
    },
    /// `POST /session/token`: a service shows a session for an access token.
    Exchange {
        /// The credential that was given.
        gave: Vec<CredentialId>,
    },
    /// A page of the users or of the audit log.
    List,
    /// A wrong password is shown for a name that nobody has, from an address that belongs to it. 401: it was looked at.
    Guess {
        /// The number of the name.
        name: usize,
    },
    /// A service asks for a token, and signs that.
    Call {
        /// By which signature.
        assertion: Assertion,
    },
    /// One sign-in is ended.
    End {
        /// Which.
        sign_in: SignIn,
        /// How.
        by: EndedBy,
    },
    /// Every sign-in of a subject is ended.
    EndAll {
        /// Whose.
        subject: Subject,
        /// How.
        by: AllEndedBy,
    },
    /// A subject changes its password, which ends every sign-in and begins one.
    Password {
        /// Whose.
        subject: Subject,
        /// The number of the new password.
        to: u32,
        /// The credentials that were given.
        gave: Vec<CredentialId>,
    },
    /// A ban.
    Disable {
        /// Whose.
        subject: Subject,
    },
    /// The end of a ban.
    Enable {
        /// Whose.
        subject: Subject,
    },
    /// Other roles.
    SetRoles {
        /// Whose.
        subject: Subject,
        /// Which.
        roles: Roles,
    },
}

impl Deed {
    /// Its name in a report.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::SignIn { replaces: Some(_), .. } => "sign-in-over",
            Self::SignIn { .. } => "sign-in",
            Self::Exchange { .. } => "exchange",
            Self::List => "list",
            Self::Guess { .. } => "guess",
            Self::Call { .. } => "signed-call",
            Self::Check { route: Route::Introspection, .. } => "introspect",
            Self::Check { route: Route::Session, .. } => "check",
            Self::Check { route: Route::Edit, .. } => "check-role",
            Self::Check { route: Route::Verifier, .. } => "check-verifier",
            Self::Redeem { .. } => "redeem",
            Self::End { by: EndedBy::Logout, .. } => "logout",
            Self::End { by: EndedBy::Name, .. } => "revoke-one",
            Self::End { by: EndedBy::Client, .. } => "revoke-family",
            Self::EndAll { by: AllEndedBy::Owner, .. } => "logout-everywhere",
            Self::EndAll { by: AllEndedBy::Admin, .. } => "revoke-all",
            Self::Password { .. } => "change-password",
            Self::Disable { .. } => "disable",
            Self::Enable { .. } => "enable",
            Self::SetRoles { .. } => "set-roles",
        }
    }

    /// The credentials that its answer gave.
    #[must_use]
    pub fn gave(&self) -> &[CredentialId] {
        match self {
            Self::SignIn { gave, .. }
            | Self::Redeem { gave }
            | Self::Exchange { gave }
            | Self::Password { gave, .. } => gave,
            Self::Check { renewed, .. } => renewed.as_slice(),
            _ => &[],
        }
    }
}

impl Failover {
    /// Whether what an operation did may have been lost by it: the whole of it, and nothing else.
    #[must_use]
    pub fn may_have_lost(&self, operation: &Operation) -> bool {
        operation.start <= self.killed && operation.end >= self.stopped
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// Who sent it.
    pub client: usize,
    /// To which node; to a verifier, to that of this number, which follows the node of the same number.
    pub node: usize,
    /// When it was about to be sent.
    pub start: Nanos,
    /// Before this it had certainly not been done: its last byte was sent after this, or somebody looked and did not find it.
    pub not_before: Nanos,
    /// When the whole answer was there, or the client gave up.
    pub end: Nanos,
    /// The credential that it showed.
    pub shown: Option<CredentialId>,
    /// What it asked for.
    #[serde(flatten)]
    pub deed: Deed,
    /// How it ended.
    pub outcome: Outcome,
    /// The id that the server gave the request.
    pub request: Option<String>,
}

/// What the nemesis did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What.
    pub kind: String,
    /// The nodes that it struck themselves; empty when it struck a store.
    pub nodes: Vec<usize>,
    /// The node that has to answer again while it lasts: it struck one of several connections of that node.
    pub survived_by: Option<usize>,
    /// Whether a store of sessions may have lost some by it.
    pub loses_sessions: bool,
    /// Whether counts of attempts may have been lost by it.
    pub loses_counts: bool,
    /// When it began.
    pub start: Nanos,
    /// When it was over.
    pub end: Nanos,
}

/// A standby took over that lacked the last commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Failover {
    /// What was acknowledged before this is there.
    pub stopped: Nanos,
    /// The old primary was dead. What was sent after this was done on the new one, if it was done.
    pub killed: Nanos,
    /// The new one was reached. What it lacks is undone from here on.
    pub over: Nanos,
}

/// A time in which nothing was broken and nothing was pending, at the end of which whatever had been asked for before its
/// start had been done or never will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Calm {
    /// When everything had been mended.
    pub mended: Nanos,
    /// When every node had said that it was ready.
    pub start: Nanos,
    /// When it was sure.
    pub end: Nanos,
}

/// An event of the audit log, as it was read at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logged {
    /// Its place in the log.
    pub seq: u64,
    /// Its kind.
    pub kind: String,
    /// The id of the request that caused it.
    pub request: Option<String>,
    /// The sign-in that it is about, by its public name.
    pub sign_in: Option<String>,
}

/// What an access token is called, and which generation of its subject it is of: what a feed names it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenName {
    /// `jti`.
    pub id: String,
    /// `gen`.
    pub generation: u64,
}

/// What a verifier was told by the node that it follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FeedEvent {
    /// The tokens of a sign-in are revoked.
    SignIn {
        /// Its public name.
        name: String,
    },
    /// The tokens of a subject of a lower generation are.
    Subject {
        /// Whose.
        subject: Subject,
        /// The first generation that is good.
        generation: u64,
    },
    /// One token is.
    Token {
        /// Its name.
        id: String,
    },
    /// A heartbeat: everything that was acknowledged before this moment has been told.
    KnownAsOf {
        /// When the verifier asked, and so much later as the node says.
        moment: Nanos,
    },
}

/// One event on its way to a verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// To which.
    pub verifier: usize,
    /// When it was passed on.
    pub at: Nanos,
    /// What.
    #[serde(flatten)]
    pub event: FeedEvent,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// The sign-ins.
    pub sign_ins: Vec<SignInRecord>,
    /// The credentials.
    pub credentials: Vec<Credential>,
    /// The names of the access tokens among them.
    pub tokens: BTreeMap<CredentialId, TokenName>,
    /// What the verifiers were told, in the order in which each of them was.
    pub heard: Vec<Heard>,
    /// The requests, in any order.
    pub operations: Vec<Operation>,
    /// What was broken meanwhile.
    pub faults: Vec<Fault>,
    /// When a standby took over.
    pub failovers: Vec<Failover>,
    /// When it was whole.
    pub calms: Vec<Calm>,
    /// From when on everything was whole for good.
    pub healed: Option<Nanos>,
    /// The audit log, oldest first, when it was read.
    pub log: Option<Vec<Logged>>,
}
