//! Who can be authenticated: a subject, its name, and the state that every check of it reads.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::SubjectId;
pub use crate::username::{MAX_USERNAME_CHARS, Username, UsernameError};

/// A role as it is assigned: `editor`, or `editor@acme` for what is of the tenant acme alone. Roles are assigned in the
/// accounts database; what they permit is in the policy, which knows their names without tenants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RoleName(Arc<str>);

/// Why a text is not the name of a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a role: use 1 to 64 lower-case letters, digits, - and _, and for a role in one tenant alone @ and the \
     tenant's name of as many, as in editor@acme"
)]
pub struct RoleNameError(pub String);

impl RoleName {
    /// Reads a role name.
    ///
    /// # Errors
    /// When the role or its tenant is empty, over 64 characters, or has others than `a-z 0-9 - _`.
    pub fn parse(text: &str) -> Result<Self, RoleNameError> {
        let sound = match text.split_once('@') {
            Some((role, tenant)) => plain(role) && plain(tenant),
            None => plain(text),
        };
        if sound { Ok(Self(text.into())) } else { Err(RoleNameError(text.to_owned())) }
    }

    /// Whether a role can be limited to a tenant of this name.
    #[must_use]
    pub fn is_tenant(text: &str) -> bool {
        plain(text)
    }

    /// The role's name in the policy, without the tenant.
    #[must_use]
    pub fn role(&self) -> &str {
        self.0.split_once('@').map_or(&self.0, |(role, _)| role)
    }

    /// The tenant that it is limited to.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, tenant)| tenant)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn plain(part: &str) -> bool {
    (1..=64).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

impl std::borrow::Borrow<str> for RoleName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RoleName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Whether a subject may act at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May sign in.
    Active,
    /// May not; every session and token of it is dead.
    Disabled,
}

/// Which life of a subject's sessions this is. Raised by "log out everywhere", a password change and a ban: whatever was
/// born with an earlier one is dead, by one write, however many there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Generation(pub u32);

/// Which life of a subject's access tokens this is: the sum of its [`Generation`] and its roles version. Both only rise, so
/// whatever ends the sessions and whatever changes the roles raises it, and a token born with less is dead.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct TokenGeneration(pub u64);

/// What every check of a subject reads: kept once per subject beside the sessions, never copied into them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectState {
    /// Who.
    pub id: SubjectId,
    /// The name to show. Empty once it is deleted.
    pub username: Arc<str>,
    /// Whether it may act.
    pub status: Status,
    /// Sessions born with an earlier one are dead.
    pub generation: Generation,
    /// Raised by each role change: sessions born with an earlier one live on, with the new roles, under a new id.
    pub roles_version: u32,
    /// The roles held now, sorted, each once.
    pub roles: Arc<[RoleName]>,
}

impl SubjectState {
    /// What access tokens issued now are born with.
    #[must_use]
    pub fn token_generation(&self) -> TokenGeneration {
        TokenGeneration(u64::from(self.generation.0) + u64::from(self.roles_version))
    }

    /// What is left of it after its deletion. The store raises its counters.
    #[must_use]
    pub fn deleted(&self) -> Self {
        Self { username: "".into(), status: Status::Disabled, roles: [].into(), ..self.clone() }
    }

    /// Whether it was deleted. The id is kept, so that nobody else ever gets it and the audit log stays unambiguous.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.username.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_names_are_plain_words() {
        assert!(RoleName::parse("shop-admin_2").is_ok());
        for bad in ["", "Admin", "a b", "a:b", "*", "관리자"] {
            assert!(RoleName::parse(bad).is_err(), "{bad}");
        }
    }
}
