//! What a policy says in vain: permissions that nobody asks for, rules that can never decide anything.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Policy;
use super::error::PolicyError;
use super::permission::{Pattern, Permission};
use super::rule::{Effect, Rule};
use super::set::PermissionSet;
use super::source::PolicySource;

pub(super) fn check(
    policy: &Policy,
    source: &PolicySource,
    used: &[Permission],
    own: &BTreeMap<&str, PermissionSet>,
    errors: &mut Vec<PolicyError>,
) {
    let declared = |permission: &Permission| {
        let said = source.permissions.iter().find(|(name, _)| name.get_ref() == permission.as_str());
        said.is_some_and(|(_, said)| said.used_by.as_ref().is_some_and(|by| !by.trim().is_empty()))
    };
    let asked_for = |permission: &Permission| used.contains(permission) || declared(permission);
    let mut look = |place: String, text: &Spanned<String>| {
        let Ok(pattern) = Pattern::parse(text.get_ref()) else { return };
        let sentence = match &pattern {
            Pattern::All => return,
            Pattern::One(permission) if asked_for(permission) => return,
            pattern if policy.permissions.iter().any(|it| asked_for(it) && pattern.matches(it)) => return,
            Pattern::One(permission) => format!(
                "{place}: no route requires {permission}: correct its spelling, or say who asks for it: \
                 [permissions.\"{permission}\"] used_by = \"the shop\""
            ),
            Pattern::Noun(noun) => {
                format!("{place}: no route requires a permission of {noun}: correct its spelling or remove {noun}:*")
            }
        };
        errors.push(PolicyError::at(text.span().start, sentence));
    };
    for (name, role) in &source.roles {
        role.permissions.iter().for_each(|text| look(format!("[roles.{}] permissions", name.get_ref()), text));
    }
    for (kind, rules) in [("allow", &source.allow), ("deny", &source.deny)] {
        for rule in rules {
            let place = format!("[[{kind}]] \"{}\" permissions", rule.name.get_ref());
            rule.permissions.iter().for_each(|text| look(place.clone(), text));
        }
    }
    for (name, _) in source
        .permissions
        .iter()
        .filter(|(name, _)| Permission::parse(name.get_ref()).is_ok_and(|permission| !asked_for(&permission)))
    {
        let sentence = format!(
            "[permissions.\"{name}\"]: no route requires it: correct its spelling, or say who asks for it: used_by = \"the shop\"",
            name = name.get_ref()
        );
        errors.push(PolicyError::at(name.span().start, sentence));
    }
    unreachable(policy, own, errors);
}

/// Rules that can never make a difference: a reader would think that they do.
fn unreachable(policy: &Policy, own: &BTreeMap<&str, PermissionSet>, errors: &mut Vec<PolicyError>) {
    let roles: Vec<&str> = policy.roles.keys().map(|role| role.as_str()).collect();
    let grants =
        |role: &str, index: usize| policy.roles.iter().any(|(name, set)| name.as_str() == role && set.contains(index));
    let about = |rule: &Rule| -> Vec<&str> { roles.iter().copied().filter(|role| rule.is_about(role)).collect() };
    let always_denied = |role: &str, index: usize| {
        let denies = policy.special.get(&index).map(|special| special.deny.as_slice()).unwrap_or_default();
        denies.iter().filter_map(|place| policy.rules.get(*place)).any(|rule| rule.is_plain() && rule.is_about(role))
    };
    for (place, rule) in policy.rules.iter().enumerate() {
        let kind = if rule.effect == Effect::Allow { "allow" } else { "deny" };
        let of = |special: &super::Special| match rule.effect {
            Effect::Allow => special.allow.contains(&place),
            Effect::Deny => special.deny.contains(&place),
        };
        let indexes: Vec<usize> =
            policy.special.iter().filter(|(_, special)| of(special)).map(|(index, _)| *index).collect();
        let pairs = || about(rule).into_iter().flat_map(|role| indexes.iter().map(move |index| (role, *index)));
        let permitted_by_another = |role: &str, index: usize| {
            let allows = policy.special.get(&index).map(|special| special.allow.as_slice()).unwrap_or_default();
            grants(role, index)
                || allows.iter().filter_map(|place| policy.rules.get(*place)).any(|rule| rule.is_about(role))
        };
        let sentence = match rule.effect {
            Effect::Allow if pairs().all(|(role, index)| grants(role, index)) => {
                "it can never decide anything: those roles have the permissions already, without conditions. Take the \
                 permissions from the roles, or remove this rule"
            }
            Effect::Allow if pairs().all(|(role, index)| always_denied(role, index)) => {
                "it can never permit anything: a deny rule without conditions forbids all of it. Remove one of them"
            }
            // Roles of everybody are looked at together: somebody may hold one that denies and one that permits.
            Effect::Deny
                if !indexes.iter().any(|index| roles.iter().any(|role| permitted_by_another(role, *index))) =>
            {
                "it can never decide anything: no role permits what it forbids. Correct its permissions, or remove it"
            }
            _ => continue,
        };
        errors.push(PolicyError::at(rule.at, format!("[[{kind}]] \"{}\": {sentence}", rule.name)));
    }
    // A grant that a deny rule without conditions takes away from everybody.
    for (name, set) in own {
        for (index, permission) in policy.permissions.iter().enumerate().filter(|(index, _)| set.contains(*index)) {
            let everybody = policy.special.get(&index).is_some_and(|special| {
                special
                    .deny
                    .iter()
                    .filter_map(|place| policy.rules.get(*place))
                    .any(|rule| rule.is_plain() && rule.roles.is_none())
            });
            if everybody {
                let sentence = format!(
                    "[roles.{name}] permissions: {permission} can never be permitted: a deny rule without conditions forbids \
                     it to everybody. Remove one of them"
                );
                errors.push(PolicyError { at: None, line: 0, sentence });
            }
        }
    }
}
