//! What can be done to subjects, said once: for the JSON API, the pages and the command line alike.

mod account;
mod attempt;
mod device;
mod episodes;
mod failures;
mod import;
mod key;
mod limits;
mod link;
mod permission;
mod policy;
mod restore;
mod revoke;
mod sign_in;
mod strangers;
mod token;
mod user;

use std::sync::Arc;

use admit::{Problem, Rejection};
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::ClientId;
use admit_core::credential::password::Password;
use admit_core::credential::rules::{PasswordRules, Refused};
use admit_core::id::{SessionId, SubjectId};
use admit_core::plural::plural;
use admit_core::policy::LivePolicy;
use admit_core::random::{Random, RandomError};
use admit_core::session::SessionRules;
use admit_core::standing::{LostStanding, Standing};
use admit_core::store::{Account, Accounts, Families, Keys, Sessions, Signals, StoreError};
use admit_core::subject::{RoleName, SubjectState, Username, UsernameError};
use admit_core::throttle::{Throttle, prefix};
use admit_core::time::{Clock, Timestamp};
use http::StatusCode;

use crate::config::client::Clients;
use crate::hashing::{Asker, Hasher, HasherError};
use crate::issuer::Issuer;

pub use account::PasswordChange;
pub use device::SignedIn;
pub use episodes::Episodes;
pub use failures::FailedSignIn;
pub use limits::SharedLimits;
pub use link::{IssuedLink, LiveLink};
pub use permission::{Having, Holder, How, RoleHolder};
pub use policy::{fits, fits_with, knows};
pub use restore::Restored;
pub use sign_in::SignIn;
pub use strangers::Strangers;
pub use token::{Denied, Tokens};
pub use user::UserBody;

/// The role that may administer the server itself.
pub const ADMIN: &str = "admin";

/// Who asks for something, for the audit log.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub request: Option<String>,
    /// By way of which client.
    pub client: Option<ClientId>,
    /// In which sign-in.
    pub session: Option<SessionId>,
    /// What the actor was when it was allowed: the store makes the change only if it still is.
    pub standing: Option<Standing>,
}

impl Cause {
    /// Somebody with the command line.
    #[must_use]
    pub fn operator() -> Self {
        Self::of(Actor::Operator)
    }

    /// The prefix of the address; empty when there is none.
    fn prefix(&self) -> String {
        self.address.as_deref().and_then(|address| address.parse().ok()).map(prefix).unwrap_or_default()
    }

    /// Whose share of the hashing pool is used by what this asks for.
    fn asker(&self) -> Asker {
        Asker::new(format!("{:?}", self.actor), &self.prefix(), true)
    }

    /// The server by itself.
    #[must_use]
    pub fn server() -> Self {
        Self::of(Actor::Server)
    }

    fn of(actor: Actor) -> Self {
        Self { actor, address: None, request: None, client: None, session: None, standing: None }
    }

    /// An event that this caused.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: Timestamp) -> Event {
        let event = Event {
            address: self.address.clone(),
            request: self.request.clone(),
            standing: self.standing.clone(),
            ..Event::new(kind, self.actor.clone(), at)
        };
        event.by_way_of(self.client.as_ref(), self.session)
    }

    /// For what anybody may do to their own account: a change of roles in the meantime does not stop it.
    #[must_use]
    pub fn whatever_its_roles(mut self) -> Self {
        self.standing = self.standing.map(Standing::whatever_its_roles);
        self
    }

    /// For what follows from a change that was made: it has no say in that any more what the actor is by then.
    #[must_use]
    pub fn afterwards(mut self) -> Self {
        self.standing = None;
        self
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A field is wrong.
    #[error("{sentence}")]
    Field {
        /// Its name.
        field: &'static str,
        /// What is wrong and how to mend it.
        sentence: String,
    },
    /// A username that is none.
    #[error("{0}")]
    Username(#[from] UsernameError),
    /// A username that another has.
    #[error("The username {0} is taken. Choose another.")]
    UsernameTaken(Username),
    /// A password that the rules refuse.
    #[error("{refused}")]
    Password {
        /// The field it came in.
        field: &'static str,
        /// The rule.
        refused: Refused,
    },
    /// A password that is empty or over the limit.
    #[error("The password is empty or longer than 1,024 bytes. Choose one between the two.")]
    PasswordLength {
        /// The field it came in.
        field: &'static str,
    },
    /// The current password, given again, is wrong.
    #[error("The current password is wrong.")]
    CurrentPassword,
    /// A set-up link that cannot be used (any more).
    #[error(
        "This link has been used, replaced or has expired. Ask whoever gave it to you for a new one; for the first administrator \
         `admit admin link` prints one."
    )]
    LinkDead,
    /// A link for the account of whoever asks for it.
    #[error("This is your own account: change your password at /account, with the current one.")]
    OwnAccount,
    /// A link for an account that is disabled.
    #[error("The account {0} is disabled. Enable it first.")]
    Disabled(Arc<str>),
    /// The change would leave no active administrator.
    #[error("This is the last active administrator. Give another user the admin role first.")]
    LastAdmin,
    /// The roles are not those any more that the asker saw.
    #[error("Somebody changed these roles after the page was shown. Look at them again, then save.")]
    RolesOutdated,
    /// There is no such subject or session.
    #[error("{0}")]
    NotFound(String),
    /// It contradicts what is there.
    #[error("{sentence}")]
    Conflict {
        /// Its stable name.
        kind: &'static str,
        /// What is wrong and how to mend it.
        sentence: String,
    },
    /// It is never given to whoever asks, and why.
    #[error("{sentence}")]
    Refused {
        /// Its stable name.
        kind: &'static str,
        /// Why, and what to do instead.
        sentence: String,
    },
    /// Name or password are wrong, or the subject may not sign in. One answer for all of them.
    #[error("The username or the password is wrong.")]
    Credentials,
    /// Too many failures before.
    #[error("Too many attempts. Try again in {}.", plural(*.0, "second"))]
    Throttled(u64),
    /// The hashing pool is full.
    #[error("Many people are signing in at this moment. Try again in a second.")]
    Busy,
    /// The store was told to make a change, and did not confirm it.
    #[error("The database did not confirm the change. Check whether it was made before you try again.")]
    OutcomeUnknown,
    /// Others are making lists.
    #[error("Too many lists and searches are running right now. Try again in a second.")]
    TooManyLists,
    /// A list was stopped.
    #[error("This list took too long and was stopped. Ask for a smaller one, or try again shortly.")]
    ListTooSlow,
    /// Whoever asked is no longer what they were when they were allowed to. Nothing was changed.
    #[error("{0}")]
    StandingLost(LostStanding),
    /// Other passwords of the same account are being checked.
    #[error("Too many passwords are being checked for this account at once. Try again in a second.")]
    AccountBusy,
    /// Other passwords from the same address are being checked.
    #[error("Too many passwords are being checked for your address at once. Try again in a second.")]
    AddressBusy,
    /// No thread is left that checks passwords.
    #[error("The server cannot check passwords until it is restarted.")]
    HashingStopped,
    /// A password could not be checked or hashed.
    #[error("The server could not check the password: {0}")]
    Hashing(String),
    /// Too many wrong passwords were given in this session, and it was ended.
    #[error("The current password was wrong too often, so this session was ended. Sign in again.")]
    SessionEnded,
    /// The store or the random source failed.
    #[error("The server cannot do this right now: {0}")]
    Unavailable(String),
}

impl Failure {
    fn field(field: &'static str, sentence: impl Into<String>) -> Self {
        Self::Field { field, sentence: sentence.into() }
    }

    /// Its problem document.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let sentence = self.to_string();
        match self {
            Self::Field { field, .. } | Self::Password { field, .. } | Self::PasswordLength { field } => {
                Problem::field(field, sentence)
            }
            Self::Username(_) => Problem::field("username", sentence),
            Self::CurrentPassword => Problem::field("current_password", sentence),
            Self::UsernameTaken(_) => {
                Problem::conflict("username-taken", "The username is taken", sentence).with("field", "username")
            }
            Self::LastAdmin => Problem::conflict("last-admin", "The last administrator", sentence),
            Self::RolesOutdated => Problem::conflict("roles-outdated", "The roles have changed", sentence),
            Self::OwnAccount => Problem::conflict("own-account", "Your own account", sentence),
            Self::Disabled(_) => Problem::conflict("account-disabled", "The account is disabled", sentence),
            Self::LinkDead => Problem::conflict("link-dead", "The link is no longer valid", sentence),
            Self::NotFound(_) => Problem::not_found(sentence),
            Self::Conflict { kind, .. } => Problem::conflict(kind, "It contradicts what is there", sentence),
            Self::Refused { kind, .. } => Problem::new(StatusCode::FORBIDDEN, kind, "Not for this client", sentence),
            Self::Credentials => {
                Problem::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "Wrong credentials", sentence)
                    .header(http::header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Cookie realm=\"admit\""))
            }
            Self::Throttled(seconds) => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many attempts", sentence)
                    .retry_after(*seconds)
            }
            Self::Busy => Problem::unavailable("hashing-pool-full", "Busy", sentence),
            Self::OutcomeUnknown => {
                Problem::unavailable("outcome-unknown", "It is not known whether the change was made", sentence)
            }
            Self::TooManyLists => Problem::unavailable("too-many-lists", "Too many lists at once", sentence),
            Self::ListTooSlow => Problem::unavailable("list-too-slow", "The list took too long", sentence),
            Self::StandingLost(lost) => Rejection::from(*lost).problem(),
            Self::AccountBusy => too_many_at_once("account-busy", sentence),
            Self::AddressBusy => too_many_at_once("address-busy", sentence),
            Self::HashingStopped => {
                Problem::unavailable("hashing-stopped", "Passwords cannot be checked", sentence).retry_after(60)
            }
            Self::Hashing(cause) => {
                let sentence = "The server could not check the password, and has logged why. Try again shortly.";
                Problem::unavailable("hashing-failed", "The password could not be checked", sentence).because(cause)
            }
            Self::SessionEnded => {
                Problem::new(StatusCode::UNAUTHORIZED, "session-ended", "The session was ended", sentence)
                    .header(http::header::WWW_AUTHENTICATE, http::HeaderValue::from_static("Cookie realm=\"admit\""))
            }
            Self::Unavailable(cause) => Problem::unavailable(
                "store-unavailable",
                "Cannot tell right now",
                "The store did not answer. Try again shortly.",
            )
            .because(cause),
        }
    }
}

fn too_many_at_once(kind: &'static str, sentence: String) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, kind, "Too many at once", sentence).retry_after(1)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::StandingLost(lost) => Self::StandingLost(lost),
            StoreError::Unavailable(_) => Self::Unavailable(error.to_string()),
            StoreError::OutcomeUnknown => Self::OutcomeUnknown,
            StoreError::TooManyLists => Self::TooManyLists,
            StoreError::ListTooSlow => Self::ListTooSlow,
        }
    }
}

impl From<RandomError> for Failure {
    fn from(error: RandomError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<HasherError> for Failure {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Full => Self::Busy,
            HasherError::Account => Self::AccountBusy,
            HasherError::Address => Self::AddressBusy,
            HasherError::Stopped => Self::HashingStopped,
            HasherError::Panicked | HasherError::Hash(_) => Self::Hashing(error.to_string()),
        }
    }
}

/// Everything that operations need.
pub struct Operations {
    /// Subjects, credentials, roles, the audit log.
    pub accounts: Arc<dyn Accounts>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Families of refresh tokens.
    pub families: Arc<dyn Families>,
    /// What makes tokens dead.
    pub signals: Arc<dyn Signals>,
    /// Signing keys.
    pub keys: Arc<dyn Keys>,
    /// What makes tokens. The command line has none unless it was given the server's secret.
    pub issuer: Option<Arc<Issuer>>,
    /// The clients that are configured.
    pub clients: Clients,
    /// What roles permit, as it is now.
    pub policy: LivePolicy,
    /// Lifetimes of sessions.
    pub rules: SessionRules,
    /// What a new password must be.
    pub passwords: PasswordRules,
    /// Where passwords are hashed.
    pub hasher: Hasher,
    /// Failures of the recent past.
    pub throttle: Arc<Throttle>,
    /// The same of all nodes together, where several share the stores.
    pub shared_limits: Option<Arc<SharedLimits>>,
    /// The same of clients that did not show who they are.
    pub client_throttle: Arc<Throttle>,
    /// Addresses from which nobody has signed in.
    pub strangers: Strangers,
    /// Where sign-ins are being turned away.
    pub episodes: Episodes,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Operations {
    fn username(typed: &str) -> Result<Username, Failure> {
        Ok(Username::parse(typed)?)
    }

    fn new_password(&self, field: &'static str, typed: &str, username: &Username) -> Result<Password, Failure> {
        let password = Password::new(typed).ok_or(Failure::PasswordLength { field })?;
        self.passwords.check(&password, username).map_err(|refused| Failure::Password { field, refused })?;
        Ok(password)
    }

    fn roles(&self, names: &[String]) -> Result<Vec<RoleName>, Failure> {
        let policy = self.policy.now();
        let known = || policy.roles().iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ");
        let mut roles = names
            .iter()
            .map(|name| {
                let unknown =
                    || Failure::field("roles", format!("\"{name}\" is not a role of the policy. It has: {}.", known()));
                RoleName::parse(name).ok().filter(|role| policy.has_role(role)).ok_or_else(unknown)
            })
            .collect::<Result<Vec<_>, _>>()?;
        roles.sort();
        roles.dedup();
        Ok(roles)
    }

    /// The subject of this id.
    ///
    /// # Errors
    /// When there is none, or the store does not answer.
    pub async fn subject(&self, id: SubjectId) -> Result<Arc<SubjectState>, Failure> {
        Ok(self.account_of(id).await?.subject)
    }

    /// The same with what is known besides.
    ///
    /// # Errors
    /// When there is none, or the store does not answer.
    pub async fn account_of(&self, id: SubjectId) -> Result<Account, Failure> {
        let account = self.accounts.by_id(id).await?;
        account.ok_or_else(|| Failure::NotFound(format!("There is no user {id}.")))
    }
}
