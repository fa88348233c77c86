//! What a policy says in vain: permissions that nobody asks for, rules that can never decide anything.

use std::collections::{BTreeMap, HashSet};

use toml::Spanned;

use super::Policy;
use super::error::PolicyError;
use super::permission::{Pattern, Permission};
use super::rule::{Effect, Rule};
use super::set::PermissionSet;
use super::source::{PermissionSource, PolicySource};
use crate::subject::RoleName;

pub(super) fn check(
    policy: &Policy,
    source: &PolicySource,
    used: &[Permission],
    own: &BTreeMap<&str, PermissionSet>,
    errors: &mut Vec<PolicyError>,
) {
    let used: HashSet<&Permission> = used.iter().collect();
    let says_who = |said: &PermissionSource| said.used_by.as_ref().is_some_and(|by| !by.trim().is_empty());
    let declared = source.permissions.iter().filter(|(_, said)| says_who(said));
    let declared: HashSet<&str> = declared.map(|(name, _)| name.get_ref().as_str()).collect();
    let asked_for = |permission: &Permission| used.contains(permission) || declared.contains(permission.as_str());
    let asked = policy.permissions.iter().filter(|permission| asked_for(permission));
    let nouns: HashSet<&str> = asked.map(Permission::noun).collect();
    let mut look = |place: String, text: &Spanned<String>| {
        let Ok(pattern) = Pattern::parse(text.get_ref()) else { return };
        let sentence = match &pattern {
            Pattern::All => return,
            Pattern::One(permission) if asked_for(permission) => return,
            Pattern::Noun(noun) if nouns.contains(noun.as_str()) => return,
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
    let mut by_roles = PermissionSet::default();
    policy.roles.values().for_each(|set| by_roles.extend(set));
    let about_somebody = |rule: &Rule| rule.roles.as_ref().map_or(!policy.roles.is_empty(), |roles| !roles.is_empty());
    let rules = |places: &[usize]| -> Vec<&Rule> { policy.rules_of(Some(places)).collect() };
    // Permissions that some rule permits somebody; of each those rules that forbid it whatever the object is.
    let mut by_rules = PermissionSet::default();
    let mut flatly: BTreeMap<usize, Vec<&Rule>> = BTreeMap::new();
    let mut of_rule = vec![PermissionSet::default(); policy.rules.len()];
    for (index, special) in &policy.special {
        if rules(&special.allow).into_iter().any(about_somebody) {
            by_rules.insert(*index);
        }
        let plain: Vec<&Rule> = rules(&special.deny).into_iter().filter(|rule| rule.is_plain()).collect();
        if !plain.is_empty() {
            flatly.insert(*index, plain);
        }
        for place in special.allow.iter().chain(&special.deny) {
            if let Some(set) = of_rule.get_mut(*place) {
                set.insert(*index);
            }
        }
    }
    let always_denied =
        |role: &str, index: usize| flatly.get(&index).is_some_and(|rules| rules.iter().any(|rule| rule.is_about(role)));
    for (rule, set) in policy.rules.iter().zip(&of_rule) {
        let kind = if rule.effect == Effect::Allow { "allow" } else { "deny" };
        let about: Vec<&str> = match &rule.roles {
            Some(roles) => roles.iter().map(|role| &**role).collect(),
            None => policy.roles.keys().map(RoleName::as_str).collect(),
        };
        let grants = |role: &&str| policy.roles.get(*role).is_some_and(|granted| set.is_within(granted));
        let sentence = match rule.effect {
            Effect::Allow if about.iter().all(grants) => {
                "it can never decide anything: those roles have the permissions already, without conditions. Take the \
                 permissions from the roles, or remove this rule"
            }
            Effect::Allow if set.iter().all(|index| about.iter().all(|role| always_denied(role, index))) => {
                "it can never permit anything: a deny rule without conditions forbids all of it. Remove one of them"
            }
            // Roles of everybody are looked at together: somebody may hold one that denies and one that permits.
            Effect::Deny if !set.iter().any(|index| by_roles.contains(index) || by_rules.contains(index)) => {
                "it can never decide anything: no role permits what it forbids. Correct its permissions, or remove it"
            }
            _ => continue,
        };
        errors.push(PolicyError::at(rule.at, format!("[[{kind}]] \"{}\": {sentence}", rule.name)));
    }
    // A grant that a deny rule without conditions takes away from everybody.
    let everybody = flatly.iter().filter(|(_, rules)| rules.iter().any(|rule| rule.roles.is_none()));
    let everybody: PermissionSet = everybody.map(|(index, _)| *index).collect();
    for (name, set) in own {
        for permission in set.common(&everybody).iter().filter_map(|index| policy.permissions.get(index)) {
            let sentence = format!(
                "[roles.{name}] permissions: {permission} can never be permitted: a deny rule without conditions forbids \
                 it to everybody. Remove one of them"
            );
            errors.push(PolicyError { at: None, line: 0, sentence });
        }
    }
}
