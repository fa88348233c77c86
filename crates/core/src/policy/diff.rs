//! Who has what, and what another policy would change of that.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::decide::Ground;
use super::rule::Rule;
use super::{Permission, Policy};
use crate::subject::RoleName;

/// Whether holders of some roles have a permission, as far as that can be said without an object and a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Never.
    No,
    /// Always.
    Yes {
        /// What permits it: roles.
        by: Vec<RoleName>,
    },
    /// It depends on the object, the time or the sign-in.
    Depends {
        /// What permits it: roles, those in one tenant with that condition, and rules with theirs.
        permitted: Vec<Clause>,
        /// What forbids it.
        forbidden: Vec<Clause>,
    },
}

/// A role or a rule with its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Which.
    pub ground: Ground,
    /// Its conditions, in words (`when the object is the caller's own`); empty when there are none.
    pub conditions: String,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.ground, self.conditions.as_str()) {
            (Ground::Role(role), "") => write!(f, "by {role}"),
            (Ground::Role(role), conditions) => write!(f, "by {role} {conditions}"),
            (Ground::Rule(rule), "") => write!(f, "(\"{rule}\")"),
            (Ground::Rule(rule), conditions) => write!(f, "{conditions} (\"{rule}\")"),
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("no"),
            Self::Yes { by } => {
                let names: Vec<&str> = by.iter().map(RoleName::as_str).collect();
                write!(f, "yes, by {}", names.join(", "))
            }
            Self::Depends { permitted, forbidden } => {
                let list =
                    |clauses: &[Clause], by: &str| clauses.iter().map(ToString::to_string).collect::<Vec<_>>().join(by);
                f.write_str(&list(permitted, "; or "))?;
                if forbidden.is_empty() { Ok(()) } else { write!(f, "; never {}", list(forbidden, "; never ")) }
            }
        }
    }
}

/// What another policy changes for one role and one permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The role.
    pub role: RoleName,
    /// The permission.
    pub permission: Permission,
    /// What it was.
    pub before: Holds,
    /// What it becomes.
    pub after: Holds,
}

impl Policy {
    /// Whether holders of these roles have this permission.
    #[must_use]
    pub fn holds(&self, roles: &[RoleName], permission: &Permission) -> Holds {
        let Some(index) = self.index.get(permission).copied() else { return Holds::No };
        let special = self.special.get(&index);
        let about = |rule: &&Rule| rule.roles.is_none() || roles.iter().any(|role| rule.is_about(role.role()));
        let denies: Vec<&Rule> = self.rules_of(special.map(|special| special.deny.as_slice())).filter(about).collect();
        // A rule about a role that is held in one tenant alone forbids in that tenant alone.
        let everywhere = |rule: &Rule| {
            rule.roles.is_none() || roles.iter().any(|role| role.tenant().is_none() && rule.is_about(role.role()))
        };
        if denies.iter().any(|rule| rule.is_plain() && everywhere(rule)) {
            return Holds::No;
        }
        let grants: Vec<&RoleName> =
            roles.iter().filter(|role| self.roles.get(role.role()).is_some_and(|set| set.contains(index))).collect();
        let whole: Vec<RoleName> =
            grants.iter().filter(|role| role.tenant().is_none()).map(|role| (*role).clone()).collect();
        if !whole.is_empty() && denies.is_empty() {
            return Holds::Yes { by: whole };
        }
        let mut permitted: Vec<Clause> = grants
            .iter()
            .map(|role| Clause {
                ground: Ground::Role((*role).clone()),
                conditions: role
                    .tenant()
                    .map(|tenant| format!("when the object is of the tenant {tenant}"))
                    .unwrap_or_default(),
            })
            .collect();
        let allows = self.rules_of(special.map(|special| special.allow.as_slice())).filter(about);
        permitted.extend(allows.map(clause));
        match permitted.is_empty() {
            true => Holds::No,
            false => Holds::Depends { permitted, forbidden: denies.into_iter().map(clause).collect() },
        }
    }

    /// What `after` changes: every role and permission of either that are not as they were.
    #[must_use]
    pub fn changes_to(&self, after: &Self) -> Vec<Change> {
        let roles: BTreeSet<RoleName> = self.roles().into_iter().chain(after.roles()).collect();
        let permissions: BTreeSet<Permission> = self.permissions().into_iter().chain(after.permissions()).collect();
        let pairs = roles.iter().flat_map(|role| permissions.iter().map(move |permission| (role, permission)));
        let change = |(role, permission): (&RoleName, &Permission)| {
            let held = std::slice::from_ref(role);
            let (before, after) = (self.holds(held, permission), after.holds(held, permission));
            let change = || Change {
                role: role.clone(),
                permission: permission.clone(),
                before: before.clone(),
                after: after.clone(),
            };
            (before != after).then(change)
        };
        pairs.filter_map(change).collect()
    }
}

fn clause(rule: &Rule) -> Clause {
    Clause { ground: Ground::Rule(Arc::clone(&rule.name)), conditions: rule.in_words() }
}
