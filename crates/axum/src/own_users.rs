//! Signing in the users of an app's own table.
//!
//! The app verifies the credential; the store of sessions has to know who a session is of, and with which roles. So the
//! subject is made there at the first sign-in, and follows the app's table at each later one.

use std::sync::Arc;

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::SessionDigest;
use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::session::Device;
use admit_core::store::{Accounts, Change, ImportedSubject, NewSubject};
use admit_core::subject::{RoleName, RoleNameError, Status, SubjectState, Username, UsernameError};
use admit_core::time::Timestamp;

use crate::gate::Gate;
use crate::rejection::Rejection;
use crate::session::Begun;

/// A user of the app's own table, whose credential the app has verified.
#[derive(Clone, Debug)]
pub struct OwnUser {
    id: SubjectId,
    username: Username,
    roles: Vec<RoleName>,
}

/// Why somebody cannot be a user here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnUserError {
    /// The name.
    #[error(transparent)]
    Username(#[from] UsernameError),
    /// A role.
    #[error(transparent)]
    Role(#[from] RoleNameError),
}

impl OwnUser {
    /// A user by id, name and roles. The id is for good: never give one to another user.
    ///
    /// # Errors
    /// When the name or a role has a form that is not taken.
    pub fn new<'r>(
        id: SubjectId,
        username: &str,
        roles: impl IntoIterator<Item = &'r str>,
    ) -> Result<Self, OwnUserError> {
        let mut roles = roles.into_iter().map(RoleName::parse).collect::<Result<Vec<_>, _>>()?;
        roles.sort();
        roles.dedup();
        Ok(Self { id, username: Username::parse(username)?, roles })
    }
}

impl Gate {
    /// Begins a session for a user of the app's own table, under a new id whatever the browser had.
    ///
    /// The roles that the table gives are in force for this and every other session of the user, at once. To take a role away
    /// between sign-ins, or to ban somebody, change the subject: `accounts.change(id, Change::Roles(..), event)`.
    /// `replaces` is the session that the same browser presented (`PresentedToken`); it ends in the same step. `None` when the
    /// subject is banned here.
    ///
    /// # Errors
    /// When the store or the random source does not answer, or the name is another user's.
    pub async fn sign_in(
        &self,
        accounts: &dyn Accounts,
        user: OwnUser,
        device: Device,
        replaces: Option<SessionDigest>,
    ) -> Result<Option<Begun>, Rejection> {
        let now = self.0.clock.now();
        let id = user.id;
        let Some(subject) = known(accounts, user, now).await? else { return Ok(None) };
        let event = Event::new(EventKind::SessionCreated, Actor::Subject(id), now);
        self.begin_session(&subject, device, replaces, event).await
    }
}

/// The subject as the app's table has it.
async fn known(accounts: &dyn Accounts, user: OwnUser, now: Timestamp) -> Result<Option<Arc<SubjectState>>, Rejection> {
    let id = user.id;
    if let Some(account) = accounts.by_id(id).await? {
        if *account.subject.roles == *user.roles {
            return Ok(Some(account.subject));
        }
        let event = Event::new(EventKind::RolesChanged, Actor::Server, now).about(id);
        return Ok(accounts.change(id, Change::Roles(user.roles), event).await?);
    }
    let subject = NewSubject {
        id,
        username: user.username,
        // No password is ever verified against it: the app verifies its own.
        password: PasswordHash::from_phc(String::new()),
        roles: user.roles,
        created_at: now,
    };
    let event = Event::new(EventKind::SubjectImported, Actor::Server, now).about(id);
    accounts.import(vec![ImportedSubject { subject, status: Status::Active, event }], true).await?;
    let made = accounts.by_id(id).await?.map(|account| account.subject);
    made.map(Some).ok_or_else(|| Rejection::Unavailable("the username belongs to another user".to_owned()))
}
