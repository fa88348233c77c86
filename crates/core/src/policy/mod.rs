//! Authorization: may this principal do this?
//!
//! Roles are assigned in the accounts database; what a role permits is in the policy file, reviewed like code. A policy
//! is compiled once: each role's permissions, inherited ones included, become one bit set, and a decision is a look-up
//! of the role's name and one bit test a role. Deny by default; whatever is unknown denies.

mod set;
mod source;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

pub use set::PermissionSet;
pub use source::{PolicyError, PolicySource, RoleSource};

use crate::principal::Principal;
use crate::subject::RoleName;

/// A permission as routes and policies write it: `product:update`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Arc<str>);

/// Why a text is not a permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a permission: write noun:verb in lower-case letters, digits, - and _, as in product:update")]
pub struct PermissionError(pub String);

impl Permission {
    /// Reads `noun:verb`.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn parse(text: &str) -> Result<Self, PermissionError> {
        let word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
        };
        match text.split_once(':') {
            Some((noun, verb)) if word(noun) && word(verb) && text.len() <= 128 => Ok(Self(text.into())),
            _ => Err(PermissionError(text.to_owned())),
        }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A permission's place in the bit sets of one [`Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionIndex(usize);

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes: this role of the principal permits it.
    Allow {
        /// The role that was found first.
        by: RoleName,
    },
    /// No.
    Deny(Reason),
}

/// Why something is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No role of the principal permits it.
    NoRolePermits,
}

/// A compiled policy. The default one permits nobody anything.
#[derive(Debug, Default)]
pub struct Policy {
    permissions: Vec<Permission>,
    roles: HashMap<RoleName, PermissionSet>,
}

impl Policy {
    /// Compiles a policy. `used` are the permissions that routes ask for: what wildcards range over, together with
    /// those that the policy names.
    ///
    /// # Errors
    /// Every mistake at once: unknown or circular inheritance, malformed names.
    pub fn compile(source: &PolicySource, used: &[Permission]) -> Result<Self, Vec<PolicyError>> {
        source::compile(source, used)
    }

    /// Reads a policy file's text (TOML) and compiles it.
    ///
    /// # Errors
    /// A sentence for each mistake, those of TOML with line and column.
    pub fn read(text: &str, used: &[Permission]) -> Result<Self, String> {
        let source: PolicySource = toml::from_str(text).map_err(|error| error.to_string())?;
        Self::compile(&source, used)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    /// The place of a permission; `None` when neither the policy nor a route names it.
    #[must_use]
    pub fn permission(&self, permission: &Permission) -> Option<PermissionIndex> {
        self.permissions.binary_search(permission).ok().map(PermissionIndex)
    }

    /// Whether the policy knows this role.
    #[must_use]
    pub fn has_role(&self, role: &RoleName) -> bool {
        self.roles.contains_key(role)
    }

    /// The roles, by name.
    #[must_use]
    pub fn roles(&self) -> Vec<RoleName> {
        let mut names: Vec<_> = self.roles.keys().cloned().collect();
        names.sort();
        names
    }

    /// What a role permits, inherited permissions included, by name.
    #[must_use]
    pub fn permissions_of(&self, role: &RoleName) -> Vec<Permission> {
        let Some(set) = self.roles.get(role) else { return Vec::new() };
        self.permissions
            .iter()
            .enumerate()
            .filter(|(index, _)| set.contains(*index))
            .map(|(_, permission)| permission.clone())
            .collect()
    }

    /// May this principal do this?
    #[must_use]
    pub fn decide(&self, principal: &Principal, permission: PermissionIndex) -> Decision {
        self.decide_roles(principal.roles(), permission)
    }

    /// May somebody with these roles do this?
    #[must_use]
    pub fn decide_roles(&self, roles: &[RoleName], permission: PermissionIndex) -> Decision {
        let permits = |role: &&RoleName| self.roles.get(*role).is_some_and(|set| set.contains(permission.0));
        match roles.iter().find(permits) {
            Some(role) => Decision::Allow { by: role.clone() },
            None => Decision::Deny(Reason::NoRolePermits),
        }
    }
}
