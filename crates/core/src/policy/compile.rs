//! From a policy as written to one that decides: inheritance becomes bit sets, patterns become permissions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use toml::Spanned;

use super::condition::{self, Condition};
use super::error::{PolicyError, PolicyErrors};
use super::permission::{Pattern, Permission};
use super::rule::{Effect, Rule};
use super::set::PermissionSet;
use super::source::{ConditionsSource, PolicySource, RuleSource};
use super::{Policy, check};
use crate::subject::RoleName;

pub(super) fn compile(source: &PolicySource, used: &[Permission]) -> Result<Policy, PolicyErrors> {
    let mut errors = Vec::new();
    let permissions = universe(source, used, &mut errors);
    let index = permissions.iter().enumerate().map(|(place, permission)| (permission.clone(), place)).collect();
    let own = grants(source, &permissions, &mut errors);
    let ancestors = inheritance(source, &mut errors);
    let mut roles = HashMap::new();
    for (name, above) in &ancestors {
        let mut set = PermissionSet::default();
        for role in above {
            set.extend(own.get(role).unwrap_or(&PermissionSet::default()));
        }
        if let Some(name) = role_name(name) {
            roles.insert(name, set);
        }
    }
    let routes: BTreeSet<&Permission> = used.iter().collect();
    let mut policy = Policy { permissions, used: routes.len(), index, roles, ..Policy::default() };
    let written = source.allow.iter().map(|rule| (Effect::Allow, rule));
    let written = written.chain(source.deny.iter().map(|rule| (Effect::Deny, rule)));
    for (effect, rule) in written {
        add(&mut policy, effect, rule, &ancestors, &mut errors);
    }
    said(&mut policy, source, &mut errors);
    // What follows from mistakes is not told with them.
    if errors.is_empty() {
        check::check(&policy, source, used, &own, &mut errors);
    }
    if errors.is_empty() { Ok(policy) } else { Err(PolicyErrors(errors)) }
}

fn role_name(text: &str) -> Option<RoleName> {
    RoleName::parse(text).ok().filter(|name| name.tenant().is_none())
}

/// Every permission that a route or the policy names, each once: those of routes first, so that their places stay the same
/// when a policy is read anew.
fn universe(source: &PolicySource, used: &[Permission], errors: &mut Vec<PolicyError>) -> Vec<Permission> {
    let mut all: Vec<Permission> = used.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
    let mut named = BTreeSet::new();
    let mut take = |place: &str, text: &Spanned<String>, patterns: bool| match Pattern::parse(text.get_ref()) {
        Ok(Pattern::One(permission)) => drop(named.insert(permission)),
        Ok(_) if patterns => {}
        Ok(_) => errors.push(PolicyError::at(text.span().start, format!("{place}: name one permission, without *"))),
        Err(error) => errors.push(PolicyError::at(
            text.span().start,
            format!("{place}: {error}, product:* for every verb, or * for everything"),
        )),
    };
    for (name, role) in &source.roles {
        let place = format!("[roles.{}] permissions", name.get_ref());
        role.permissions.iter().for_each(|text| take(&place, text, true));
    }
    for (kind, rules) in [("allow", &source.allow), ("deny", &source.deny)] {
        for rule in rules {
            let place = format!("[[{kind}]] \"{}\" permissions", rule.name.get_ref());
            rule.permissions.iter().for_each(|text| take(&place, text, true));
        }
    }
    source.permissions.keys().for_each(|text| take("[permissions]", text, false));
    all.extend(named.into_iter().filter(|permission| !used.contains(permission)));
    all
}

/// What each role permits by itself.
fn grants<'s>(
    source: &'s PolicySource,
    permissions: &[Permission],
    errors: &mut Vec<PolicyError>,
) -> BTreeMap<&'s str, PermissionSet> {
    let mut own = BTreeMap::new();
    for (name, role) in &source.roles {
        if role_name(name.get_ref()).is_none() {
            errors.push(PolicyError::at(
                name.span().start,
                format!(
                    "[roles]: \"{}\" is not a role name: use 1 to 64 lower-case letters, digits, - and _",
                    name.get_ref()
                ),
            ));
        }
        own.insert(name.get_ref().as_str(), matching(&role.permissions, permissions));
    }
    own
}

fn matching(patterns: &[Spanned<String>], permissions: &[Permission]) -> PermissionSet {
    let mut set = PermissionSet::default();
    for pattern in patterns.iter().filter_map(|text| Pattern::parse(text.get_ref()).ok()) {
        for (place, _) in permissions.iter().enumerate().filter(|(_, permission)| pattern.matches(permission)) {
            set.insert(place);
        }
    }
    set
}

/// Of each role: itself and whatever it inherits, near or far.
fn inheritance<'s>(source: &'s PolicySource, errors: &mut Vec<PolicyError>) -> BTreeMap<&'s str, BTreeSet<&'s str>> {
    let written: BTreeMap<&str, &super::source::RoleSource> =
        source.roles.iter().map(|(name, role)| (name.get_ref().as_str(), role)).collect();
    for (name, role) in &written {
        for parent in role.inherits.iter().filter(|parent| !written.contains_key(parent.get_ref().as_str())) {
            errors.push(PolicyError::at(
                parent.span().start,
                format!(
                    "[roles.{name}] inherits \"{parent}\", which is not a role of this policy: add [roles.{parent}] or remove it",
                    parent = parent.get_ref()
                ),
            ));
        }
    }
    let mut all = BTreeMap::new();
    for name in written.keys() {
        let mut seen = BTreeSet::from([*name]);
        let mut next = vec![(*name, vec![*name])];
        while let Some((role, path)) = next.pop() {
            for parent in written.get(role).map(|role| role.inherits.as_slice()).unwrap_or_default() {
                let inherited = parent.get_ref().as_str();
                if inherited == *name {
                    let sentence =
                        format!("[roles.{name}] inherits itself through {}: remove one of them", path.join(" → "));
                    errors.push(PolicyError::at(parent.span().start, sentence));
                } else if seen.insert(inherited) {
                    next.push((inherited, path.iter().copied().chain([inherited]).collect()));
                }
            }
        }
        all.insert(*name, seen);
    }
    all
}

fn add(
    policy: &mut Policy,
    effect: Effect,
    source: &RuleSource,
    ancestors: &BTreeMap<&str, BTreeSet<&str>>,
    errors: &mut Vec<PolicyError>,
) {
    let (name, at) = (source.name.get_ref(), source.name.span().start);
    let kind = if effect == Effect::Allow { "allow" } else { "deny" };
    let mut wrong =
        |at: usize, sentence: &str| errors.push(PolicyError::at(at, format!("[[{kind}]] \"{name}\": {sentence}")));
    if name.is_empty() || name.len() > 64 || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
        wrong(at, "name it with 1 to 64 letters, digits and hyphens, as in own-orders");
    }
    if policy.rules.iter().any(|rule| *rule.name == **name) {
        wrong(at, "there is another rule of this name: give each its own");
    }
    if source.permissions.is_empty() {
        wrong(at, "it names no permission: add permissions = [\"order:cancel\"]");
    }
    if source.roles.is_empty() && effect == Effect::Allow {
        wrong(at, "it names no role: add roles = [\"customer\"]");
    }
    for role in source.roles.iter().filter(|role| !ancestors.contains_key(role.get_ref().as_str())) {
        let sentence = format!(
            "\"{role}\" is not a role of this policy: add [roles.{role}] or correct its spelling",
            role = role.get_ref()
        );
        wrong(role.span().start, &sentence);
    }
    if effect == Effect::Allow && source.when.is_none() && source.unless.is_none() {
        wrong(at, "it has no condition: give the permissions to the roles themselves, or write when or unless");
    }
    let mut read = |key: &str, written: &Option<Spanned<ConditionsSource>>| -> Vec<Condition> {
        let Some(written) = written else { return Vec::new() };
        condition::parse(written.get_ref()).unwrap_or_else(|sentences| {
            sentences.iter().for_each(|sentence| wrong(written.span().start, &format!("{key}.{sentence}")));
            Vec::new()
        })
    };
    let (when, unless) = (read("when", &source.when), read("unless", &source.unless));
    let named: BTreeSet<&str> = source.roles.iter().map(|role| role.get_ref().as_str()).collect();
    let heirs = ancestors.iter().filter(|(_, above)| above.iter().any(|role| named.contains(role)));
    let roles = (!named.is_empty()).then(|| heirs.map(|(name, _)| (*name).to_owned()).collect());
    let rule = Rule { name: Arc::from(name.as_str()), effect, roles, when, unless, at };
    let place = policy.rules.len();
    let set = matching(&source.permissions, &policy.permissions);
    for index in (0..policy.permissions.len()).filter(|index| set.contains(*index)) {
        let special = policy.special.entry(index).or_default();
        match effect {
            Effect::Allow => special.allow.push(place),
            Effect::Deny => special.deny.push(place),
        }
        policy.ruled.insert(index);
    }
    policy.rules.push(rule);
}

/// What the policy says of permissions themselves.
fn said(policy: &mut Policy, source: &PolicySource, errors: &mut Vec<PolicyError>) {
    for (name, said) in &source.permissions {
        let Some(text) = &said.max_staleness else { continue };
        let Some(place) =
            Permission::parse(name.get_ref()).ok().and_then(|permission| policy.index.get(&permission).copied())
        else {
            continue;
        };
        match condition::duration(text.get_ref()) {
            Some(bound) => policy.special.entry(place).or_default().max_staleness = Some(bound),
            None => errors.push(PolicyError::at(
                text.span().start,
                format!(
                    "[permissions.\"{}\"] max_staleness: \"{}\" is not a duration: write it as in 0s, 500ms or 5s",
                    name.get_ref(),
                    text.get_ref()
                ),
            )),
        }
    }
}
