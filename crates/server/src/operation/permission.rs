//! Who has a permission, and what somebody may do.

use std::sync::Arc;

use admit_core::id::SubjectId;
use admit_core::policy::{Holds, Permission, Policy};
use admit_core::store::Listed;
use admit_core::subject::{RoleName, Status};
use serde::Serialize;

use super::{ADMIN, Failure, Operations};

/// Most users that are told by name.
const MOST: usize = 1_000;
const PAGE: u32 = 100;

/// Who has a permission.
#[derive(Serialize)]
pub struct Having {
    /// The permission.
    pub permission: String,
    /// Each role that has it, and how: always, or under conditions.
    #[serde(serialize_with = "roles_in_words")]
    pub roles: Vec<(RoleName, Holds)>,
    /// Users that hold one of these roles, by name; the first 1,000.
    pub users: Vec<Holder>,
    /// Whether there are more.
    pub more: bool,
}

/// Somebody who has a permission.
#[derive(Serialize)]
pub struct Holder {
    /// Their id.
    pub id: SubjectId,
    /// Their name.
    pub username: Arc<str>,
    /// Whether they may act at all.
    pub status: Status,
    /// Their roles.
    pub roles: Arc<[RoleName]>,
    /// How they have it.
    #[serde(serialize_with = "in_words")]
    pub how: Holds,
}

fn in_words<S: serde::Serializer>(holds: &Holds, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(holds)
}

fn roles_in_words<S: serde::Serializer>(roles: &[(RoleName, Holds)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(roles.iter().map(|(role, holds)| (role, holds.to_string())))
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

    /// Who has this permission.
    ///
    /// # Errors
    /// When it is none of the policy's, or the store does not answer.
    pub async fn who_has(&self, permission: &str) -> Result<Having, Failure> {
        let policy = Arc::clone(&self.policy.now());
        let known = || policy.permissions().iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
        let permission = Permission::parse(permission)
            .ok()
            .filter(|permission| policy.permission(permission).is_some())
            .ok_or_else(|| {
                Failure::NotFound(format!("\"{permission}\" is not a permission of the policy. It has: {}.", known()))
            })?;
        let roles: Vec<(RoleName, Holds)> = policy
            .roles()
            .into_iter()
            .map(|role| (policy.holds(std::slice::from_ref(&role), &permission), role))
            .filter(|(holds, _)| *holds != Holds::No)
            .map(|(holds, role)| (role, holds))
            .collect();
        let (mut users, mut after, mut more) = (Vec::new(), None::<String>, false);
        let names: Vec<&str> = roles.iter().map(|(role, _)| role.as_str()).collect();
        while !names.is_empty() {
            let page = self.accounts.holders(&names, after.as_deref(), PAGE).await?;
            after = page.last().map(|last| last.place.clone());
            let whole = page.len() >= PAGE as usize;
            users.extend(page.iter().filter_map(|listed| holder(&policy, listed, &permission)));
            if users.len() > MOST {
                users.truncate(MOST);
                more = true;
                break;
            }
            if !whole || after.is_none() {
                break;
            }
        }
        Ok(Having { permission: permission.to_string(), roles, users, more })
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

fn holder(policy: &Policy, listed: &Listed, permission: &Permission) -> Option<Holder> {
    let subject = &listed.subject;
    let holds = policy.holds(&subject.roles, permission);
    if holds == Holds::No {
        return None;
    }
    Some(Holder {
        id: subject.id,
        username: Arc::clone(&subject.username),
        status: subject.status,
        roles: Arc::clone(&subject.roles),
        how: holds,
    })
}
