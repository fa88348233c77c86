//! What is asked of a policy.

use super::Permission;
use super::resource::Attributes;
use crate::id::SubjectId;
use crate::principal::Principal;
use crate::subject::RoleName;
use crate::time::Timestamp;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Their id.
    pub id: SubjectId,
    /// Their roles; `editor@acme` is the role editor for what is of the tenant acme.
    pub roles: &'a [RoleName],
    /// When they signed in, if that is known.
    pub signed_in_at: Option<Timestamp>,
}

impl<'a> Asker<'a> {
    /// The tenants in which they have a role.
    pub fn tenants(self) -> impl Iterator<Item = &'a str> {
        self.roles.iter().filter_map(RoleName::tenant)
    }
}

impl<'a> From<&'a Principal> for Asker<'a> {
    fn from(principal: &'a Principal) -> Self {
        Self { id: principal.id(), roles: principal.roles(), signed_in_at: principal.signed_in_at() }
    }
}

/// May this one do this, to this, now?
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who.
    pub who: Asker<'a>,
    /// What.
    pub permission: &'a Permission,
    /// To what; `None` while the object has not been loaded.
    pub on: Option<&'a dyn Attributes>,
    /// When.
    pub now: Timestamp,
}
