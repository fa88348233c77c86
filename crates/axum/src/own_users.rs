//! Signing in the users of an app's own table.
//!
//! The app verifies the credential; the store of sessions has to know who a session is of, and with which roles. So the
//! subject is made there at the first sign-in. Later sign-ins give it the roles of the app's table only where nobody else has
//! changed them since the sign-in began: a sign-in takes as long as a hash, and the row that it has read is that old.

use std::sync::Arc;

use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::SessionDigest;
use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::proved::Proved;
use admit_core::session::Device;
use admit_core::store::{Accounts, Change, Imported, ImportedSubject, NewSubject};
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
    methods: Methods,
    before: Option<Arc<SubjectState>>,
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
        Ok(Self { id, username: Username::existing(username)?, roles, methods: Methods::PASSWORD, before: None })
    }

    /// Sets what the app has verified, if it was not just a password.
    #[must_use]
    pub fn proved_by(mut self, methods: Methods) -> Self {
        self.methods = methods;
        self
    }

    /// With the subject as it was **before** the app read its own table: `accounts.by_id(id)`, asked first of all. Then the
    /// roles of the table are put in force at a sign-in, if nobody has changed the subject's since, and a sign-in that was under
    /// way when all of the user's sessions were ended is refused.
    #[must_use]
    pub fn as_of(mut self, before: Option<Arc<SubjectState>>) -> Self {
        self.before = before.filter(|before| before.id == self.id);
        self
    }
}

impl Gate {
    /// Begins a session for a user of the app's own table, under a new id whatever the browser had.
    ///
    /// At the first sign-in the user gets the roles that the table gives. From then on they are set by a call of their own,
    /// `accounts.change(id, Change::Roles(..), event)`, made when the table is changed; a ban likewise. A sign-in changes them
    /// only with [`OwnUser::as_of`], for tables that are changed without the app.
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
        let (id, methods, before) = (user.id, user.methods, user.before.clone());
        let Some(subject) = known(accounts, user, now).await? else { return Ok(None) };
        let event = Event::new(EventKind::SessionCreated, Actor::Subject(id), now);
        // By the generation of before the credential was verified, where it is known.
        let generation = before.map_or(subject.generation, |before| before.generation);
        let subject = SubjectState { generation, ..SubjectState::clone(&subject) };
        self.begin_session(&Proved::vouched_for(&subject, methods, now), device, replaces, event).await
    }
}

/// The subject as the app's table has it.
async fn known(accounts: &dyn Accounts, user: OwnUser, now: Timestamp) -> Result<Option<Arc<SubjectState>>, Rejection> {
    let id = user.id;
    if let Some(account) = accounts.by_id(id).await? {
        if *account.subject.roles == *user.roles {
            return Ok(Some(account.subject));
        }
        let Some(before) = user.before else {
            tracing::warn!(
                user = %id,
                "the app's table gives this user other roles than those in force: change them with accounts.change(id, \
                 Change::Roles(..), event), or sign in with OwnUser::as_of"
            );
            return Ok(Some(account.subject));
        };
        let event = Event::new(EventKind::RolesChanged, Actor::Server, now).about(id);
        let change = Change::RolesIf { version: before.roles_version, roles: user.roles };
        if let Some(changed) = accounts.change(id, change, event).await? {
            return Ok(Some(changed));
        }
        // Somebody has changed them since: what they set is newer than the row that this sign-in has read.
        return Ok(accounts.by_id(id).await?.map(|account| account.subject));
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
    let imported = accounts.import(vec![ImportedSubject { subject, status: Status::Active, event }], true).await?;
    match accounts.by_id(id).await?.map(|account| account.subject) {
        Some(made) => Ok(Some(made)),
        // Deleted here: nobody gets the id of somebody who was.
        None if imported == [Imported::IdTaken] => Ok(None),
        None => Err(Rejection::Unavailable("the username belongs to another user".to_owned())),
    }
}
