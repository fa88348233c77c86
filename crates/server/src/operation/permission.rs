//! Who has a permission, and what somebody may do.

use std::sync::Arc;

use admit_core::id::SubjectId;
use admit_core::policy::{Clause, Ground, Holds, Permission, Policy};
use admit_core::store::Listed;
use admit_core::subject::{RoleName, Status};
use serde::Serialize;

use super::{ADMIN, Failure, Operations, UserBody};

/// Users that are read at once.
const STEP: u32 = 100;

/// Who has a permission.
pub struct Having {
    /// The permission.
    pub permission: String,
    /// Each role that has it, by name.
    pub roles: Vec<RoleHolder>,
    /// Users that hold one of these roles, by name, as many as were asked for.
    pub users: Vec<Holder>,
    /// The canonical name of the last of them, if there may be more.
    pub last: Option<String>,
}

/// A role that has a permission.
#[derive(Serialize)]
pub struct RoleHolder {
    /// The role.
    pub role: RoleName,
    /// How it has it.
    #[serde(serialize_with = "as_object")]
    pub how: Holds,
}

/// Somebody who has a permission.
pub struct Holder {
    /// Who.
    pub user: Listed,
    /// How they have it.
    pub how: Holds,
}

/// How a permission is held, for programs: the parts, and the sentence that people get.
#[derive(Serialize)]
pub struct How {
    /// Whether it is held whatever the object, the time and the sign-in.
    always: bool,
    /// What permits it.
    permitted_by: Vec<Part>,
    /// What forbids it all the same.
    forbidden_by: Vec<Part>,
    /// The same in words.
    summary: String,
}

/// A role or a rule of the policy, under its conditions.
#[derive(Serialize)]
struct Part {
    /// `role` or `rule`.
    kind: &'static str,
    name: String,
    /// In words; `null` when there are none.
    conditions: Option<String>,
}

impl From<&Holds> for How {
    fn from(holds: &Holds) -> Self {
        let role = |role: &RoleName| Part { kind: "role", name: role.to_string(), conditions: None };
        let parts = |clauses: &[Clause]| clauses.iter().map(Part::from).collect();
        let (permitted_by, forbidden_by) = match holds {
            Holds::No => (Vec::new(), Vec::new()),
            Holds::Yes { by } => (by.iter().map(role).collect(), Vec::new()),
            Holds::Depends { permitted, forbidden } => (parts(permitted), parts(forbidden)),
        };
        Self { always: matches!(holds, Holds::Yes { .. }), permitted_by, forbidden_by, summary: holds.to_string() }
    }
}

impl From<&Clause> for Part {
    fn from(clause: &Clause) -> Self {
        let (kind, name) = match &clause.ground {
            Ground::Role(role) => ("role", role.to_string()),
            Ground::Rule(rule) => ("rule", rule.to_string()),
        };
        Self { kind, name, conditions: Some(clause.conditions.clone()).filter(|text| !text.is_empty()) }
    }
}

fn as_object<S: serde::Serializer>(holds: &Holds, serializer: S) -> Result<S::Ok, S::Error> {
    How::from(holds).serialize(serializer)
}

impl Serialize for Holder {
    /// The user as everywhere, and `how`.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(flatten)]
            user: UserBody,
            #[serde(serialize_with = "as_object")]
            how: &'a Holds,
        }
        Body { user: UserBody::from(&self.user), how: &self.how }.serialize(serializer)
    }
}

impl Operations {
    /// Whether somebody with these roles alone could change users, their own account included.
    #[must_use]
    pub fn lets_administer(&self, roles: &[String]) -> bool {
        let roles: Vec<RoleName> = roles.iter().filter_map(|role| RoleName::parse(role).ok()).collect();
        let changes_users = |permission: &Permission| permission.as_str() == "user:update";
        self.may_do(&roles).iter().any(|(permission, holds)| changes_users(permission) && !matches!(holds, Holds::No))
    }

    /// Whether there is no other active administrator, as far as the first fifty tell. The change itself makes sure of it.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn is_last_admin(&self, id: SubjectId) -> Result<bool, Failure> {
        let listed = self.accounts.holders(&[ADMIN], None, 50).await?;
        let is_another = |listed: &Listed| listed.subject.id != id && listed.subject.status == Status::Active;
        Ok(listed.len() < 50 && !listed.iter().any(is_another))
    }

    /// Who has this permission: the first `limit` users behind the canonical name `after`.
    ///
    /// # Errors
    /// When it is none of the policy's, or the store does not answer.
    pub async fn who_has(&self, permission: &str, after: Option<String>, limit: u32) -> Result<Having, Failure> {
        let policy = Arc::clone(&self.policy.now());
        let known = || policy.permissions().iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
        let permission = Permission::parse(permission)
            .ok()
            .filter(|permission| policy.permission(permission).is_some())
            .ok_or_else(|| {
                Failure::NotFound(format!("\"{permission}\" is not a permission of the policy. It has: {}.", known()))
            })?;
        let held = |role: RoleName| RoleHolder { how: policy.holds(std::slice::from_ref(&role), &permission), role };
        let roles: Vec<RoleHolder> =
            policy.roles().into_iter().map(held).filter(|held| held.how != Holds::No).collect();
        let names: Vec<&str> = roles.iter().map(|held| held.role.as_str()).collect();
        let (mut users, mut after, mut last) = (Vec::new(), after, None);
        'steps: while !names.is_empty() {
            let page = self.accounts.holders(&names, after.as_deref(), STEP).await?;
            after = page.last().map(|listed| listed.place.clone());
            let whole = page.len() >= STEP as usize;
            for listed in page {
                if users.len() >= limit as usize {
                    last = users.last().map(|holder: &Holder| holder.user.place.clone());
                    break 'steps;
                }
                users.extend(holder(&policy, listed, &permission));
            }
            if !whole {
                break;
            }
        }
        Ok(Having { permission: permission.to_string(), roles, users, last })
    }

    /// Roles of the policy that nobody holds.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn idle_roles(&self) -> Result<Vec<RoleName>, Failure> {
        let mut idle = Vec::new();
        let roles = self.policy.now().roles();
        for role in roles {
            if self.accounts.holders(&[role.as_str()], None, 1).await?.is_empty() {
                idle.push(role);
            }
        }
        Ok(idle)
    }

    /// Everything that holders of these roles may do, and how.
    #[must_use]
    pub fn may_do(&self, roles: &[RoleName]) -> Vec<(Permission, Holds)> {
        self.policy.now().effective(roles)
    }
}

fn holder(policy: &Policy, user: Listed, permission: &Permission) -> Option<Holder> {
    let how = policy.holds(&user.subject.roles, permission);
    (how != Holds::No).then_some(Holder { user, how })
}
