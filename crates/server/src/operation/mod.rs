//! What can be done to subjects, said once: for the JSON API, the pages and the command line alike.

mod account;
mod attempt;
mod cause;
mod device;
mod episodes;
mod failure;
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

use admit_core::credential::password::Password;
use admit_core::credential::rules::PasswordRules;
use admit_core::id::SubjectId;
use admit_core::policy::LivePolicy;
use admit_core::random::Random;
use admit_core::session::SessionRules;
use admit_core::store::{Account, Accounts, Families, Keys, Sessions, Signals};
use admit_core::subject::{RoleName, SubjectState, Username};
use admit_core::throttle::Throttle;
use admit_core::time::Clock;

use crate::config::client::Clients;
use crate::hashing::Hasher;
use crate::issuer::Issuer;

pub use account::PasswordChange;
pub use cause::Cause;
pub use device::SignedIn;
pub use episodes::Episodes;
pub use failure::Failure;
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
