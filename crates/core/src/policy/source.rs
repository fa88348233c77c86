//! The policy as written, and its compilation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;

use super::{Permission, PermissionError, PermissionSet, Policy};
use crate::subject::{RoleName, RoleNameError};

/// A policy file: `[roles.NAME]` tables.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySource {
    /// The roles by name.
    #[serde(default)]
    pub roles: BTreeMap<String, RoleSource>,
}

/// One role as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSource {
    /// Roles whose permissions this one has too.
    #[serde(default)]
    pub inherits: Vec<String>,
    /// Permissions: `product:update`, `product:*`, or `*` for all.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// A mistake in a policy, as a sentence that names it and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A malformed role name.
    #[error("[roles]: {0}")]
    Role(#[from] RoleNameError),
    /// A malformed permission.
    #[error("[roles.{role}] permissions: {error}, product:* for every verb, or * for everything")]
    Permission {
        /// The role.
        role: String,
        /// What is wrong.
        error: PermissionError,
    },
    /// A role that inherits one that is not there.
    #[error(
        "[roles.{role}] inherits \"{parent}\", which is not a role of this policy: add [roles.{parent}] or remove it"
    )]
    UnknownParent {
        /// The role.
        role: String,
        /// What it inherits.
        parent: String,
    },
    /// A role that inherits itself.
    #[error("[roles.{role}] inherits itself through {}: remove one of them", .through.join(" → "))]
    Cycle {
        /// The role.
        role: String,
        /// The way round.
        through: Vec<String>,
    },
}

pub(super) fn compile(source: &PolicySource, used: &[Permission]) -> Result<Policy, Vec<PolicyError>> {
    let mut errors = Vec::new();
    let permissions = universe(source, used, &mut errors);
    let mut own: BTreeMap<&str, PermissionSet> = BTreeMap::new();
    for (name, role) in &source.roles {
        if let Err(error) = RoleName::parse(name) {
            errors.push(error.into());
        }
        for parent in role.inherits.iter().filter(|parent| !source.roles.contains_key(*parent)) {
            errors.push(PolicyError::UnknownParent { role: name.clone(), parent: parent.clone() });
        }
        let mut set = PermissionSet::default();
        for (index, permission) in permissions.iter().enumerate() {
            if role.permissions.iter().any(|pattern| matches(pattern, permission)) {
                set.insert(index);
            }
        }
        own.insert(name, set);
    }
    let mut roles = HashMap::new();
    for name in source.roles.keys() {
        let mut set = PermissionSet::default();
        let mut seen = BTreeSet::new();
        collect(source, &own, name, &mut vec![name.clone()], &mut seen, &mut set, &mut errors);
        if let Ok(name) = RoleName::parse(name) {
            roles.insert(name, set);
        }
    }
    if errors.is_empty() { Ok(Policy { permissions, roles }) } else { Err(errors) }
}

/// Every permission that the policy or a route names, sorted, each once.
fn universe(source: &PolicySource, used: &[Permission], errors: &mut Vec<PolicyError>) -> Vec<Permission> {
    let mut all: BTreeSet<Permission> = used.iter().cloned().collect();
    for (name, role) in &source.roles {
        for text in role.permissions.iter().filter(|text| *text != "*") {
            // A wildcard must have the shape of a permission with some verb in the place of the star.
            let shape = text.strip_suffix(":*").map(|noun| format!("{noun}:x"));
            match Permission::parse(shape.as_deref().unwrap_or(text)) {
                Ok(permission) if shape.is_none() => drop(all.insert(permission)),
                Ok(_) => {}
                Err(_) => {
                    errors.push(PolicyError::Permission { role: name.clone(), error: PermissionError(text.clone()) });
                }
            }
        }
    }
    all.into_iter().collect()
}

fn matches(pattern: &str, permission: &Permission) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => permission.as_str().starts_with(prefix),
        None => permission.as_str() == pattern,
    }
}

fn collect(
    source: &PolicySource,
    own: &BTreeMap<&str, PermissionSet>,
    name: &str,
    path: &mut Vec<String>,
    seen: &mut BTreeSet<String>,
    set: &mut PermissionSet,
    errors: &mut Vec<PolicyError>,
) {
    if let Some(mine) = own.get(name) {
        set.extend(mine);
    }
    for parent in source.roles.get(name).map(|role| role.inherits.as_slice()).unwrap_or_default() {
        if path.first() == Some(parent) {
            errors.push(PolicyError::Cycle { role: parent.clone(), through: path.clone() });
        } else if seen.insert(parent.clone()) {
            path.push(parent.clone());
            collect(source, own, parent, path, seen, set, errors);
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Decision;
    use proptest::prelude::*;

    fn role(inherits: &[&str], permissions: &[&str]) -> RoleSource {
        let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        RoleSource { inherits: own(inherits), permissions: own(permissions) }
    }

    fn source(roles: &[(&str, RoleSource)]) -> PolicySource {
        PolicySource { roles: roles.iter().map(|(name, role)| ((*name).to_owned(), role.clone())).collect() }
    }

    fn allows(policy: &Policy, role: &str, permission: &str) -> bool {
        let index = policy.permission(&Permission::parse(permission).unwrap()).unwrap();
        matches!(policy.decide_roles(&[RoleName::parse(role).unwrap()], index), Decision::Allow { .. })
    }

    #[test]
    fn a_role_has_its_own_the_inherited_and_the_wildcard_permissions_and_no_others() {
        let used = [Permission::parse("order:cancel").unwrap()];
        let policy = Policy::compile(
            &source(&[
                ("customer", role(&[], &["product:read"])),
                ("editor", role(&["customer"], &["product:update"])),
                ("clerk", role(&[], &["order:*"])),
                ("admin", role(&["editor", "clerk"], &[])),
            ]),
            &used,
        )
        .unwrap();
        assert!(allows(&policy, "customer", "product:read") && !allows(&policy, "customer", "product:update"));
        assert!(allows(&policy, "editor", "product:read") && !allows(&policy, "editor", "order:cancel"));
        assert!(allows(&policy, "admin", "order:cancel") && allows(&policy, "admin", "product:read"));
        assert!(!allows(&policy, "stranger", "product:read"));
    }

    #[test]
    fn a_permission_is_not_the_beginning_of_another_and_a_wildcard_stays_with_its_noun() {
        let used = ["product:update", "product:update-all", "product-draft:update", "order:cancel"];
        let used = used.map(|text| Permission::parse(text).unwrap());
        let roles = [("editor", role(&[], &["product:update"])), ("clerk", role(&[], &["product:*"]))];
        let policy = Policy::compile(&source(&roles), &used).unwrap();
        assert!(allows(&policy, "editor", "product:update") && !allows(&policy, "editor", "product:update-all"));
        assert!(allows(&policy, "clerk", "product:update") && allows(&policy, "clerk", "product:update-all"));
        assert!(!allows(&policy, "clerk", "product-draft:update") && !allows(&policy, "clerk", "order:cancel"));
    }

    #[test]
    fn every_mistake_is_named_with_its_remedy() {
        let errors = Policy::compile(
            &source(&[
                ("a", role(&["b"], &["Product:update"])),
                ("b", role(&["a"], &[])),
                ("c", role(&["ghost"], &["*:read"])),
                ("Big", role(&[], &[])),
            ]),
            &[],
        )
        .unwrap_err();
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        let has = |part: &str| assert!(text.iter().any(|line| line.contains(part)), "{part} in {text:#?}");
        has("[roles.a] permissions: \"Product:update\" is not a permission");
        has("[roles.c] permissions: \"*:read\" is not a permission");
        has("[roles.c] inherits \"ghost\"");
        has("[roles.a] inherits itself through a → b");
        has("\"Big\" is not a role name");
    }

    proptest! {
        /// The compiled policy against a slow evaluator that walks the inheritance for each question.
        #[test]
        fn a_compiled_policy_and_a_slow_one_never_disagree(
            inherits in proptest::collection::vec(proptest::collection::vec(0_usize..8, 0..3), 8),
            grants in proptest::collection::vec(proptest::collection::vec(0_usize..70, 0..12), 8),
        ) {
            // Inheritance only from lower numbers: no cycles.
            let roles: Vec<(String, RoleSource)> = (0..8).map(|i| (format!("r{i}"), RoleSource {
                inherits: inherits[i].iter().filter(|p| **p < i).map(|p| format!("r{p}")).collect(),
                permissions: grants[i].iter().map(|p| format!("p{p}:do")).collect(),
            })).collect();
            let used: Vec<Permission> = (0..70).map(|p| Permission::parse(&format!("p{p}:do")).unwrap()).collect();
            let policy = Policy::compile(&PolicySource { roles: roles.iter().cloned().collect() }, &used).unwrap();
            fn slow(roles: &[(String, RoleSource)], role: &str, permission: &str) -> bool {
                roles.iter().filter(|(name, _)| name == role).any(|(_, role)| {
                    role.permissions.iter().any(|p| p == permission) || role.inherits.iter().any(|parent| slow(roles, parent, permission))
                })
            }
            for r in 0..8 {
                for p in 0..70 {
                    let (role, permission) = (format!("r{r}"), format!("p{p}:do"));
                    prop_assert_eq!(allows(&policy, &role, &permission), slow(&roles, &role, &permission));
                }
            }
        }
    }
}
