//! From a policy as written to one that decides: inheritance becomes bit sets, patterns become permissions.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use toml::Spanned;

use super::condition::{self, Condition};
use super::error::{PolicyError, PolicyErrors};
use super::inherit::Roles;
use super::permission::{Pattern, Permission};
use super::rule::{Effect, Rule};
use super::set::PermissionSet;
use super::source::{ConditionsSource, PolicySource, RuleSource};
use super::{Policy, check};
use crate::subject::RoleName;

pub(super) fn compile(source: &PolicySource, used: &[Permission]) -> Result<Policy, PolicyErrors> {
    let mut errors = Vec::new();
    let universe = Universe::of(source, used, &mut errors);
    let own = grants(source, &universe, &mut errors);
    let inheritance = Roles::read(source, &mut errors);
    let whole = inheritance.with_inherited(&own).into_iter();
    let roles = whole.filter_map(|(name, set)| role_name(name).map(|name| (name, set))).collect();
    let index = universe.all.iter().enumerate().map(|(place, permission)| (permission.clone(), place)).collect();
    let policy = Policy { used: universe.of_routes, index, roles, ..Policy::default() };
    let mut rules = Rules { policy, universe: &universe, inheritance: &inheritance, heirs: HashMap::new() };
    let mut names = HashSet::new();
    let written = source.allow.iter().map(|rule| (Effect::Allow, rule));
    let written = written.chain(source.deny.iter().map(|rule| (Effect::Deny, rule)));
    for (effect, rule) in written {
        let again = !names.insert(rule.name.get_ref().as_str());
        rules.add(effect, rule, again, &mut errors);
    }
    let mut policy = rules.policy;
    policy.permissions = universe.all;
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
/// when a policy is read anew. Both parts are sorted, so the permissions of a noun are neighbours in each.
struct Universe {
    all: Vec<Permission>,
    of_routes: usize,
}

impl Universe {
    fn of(source: &PolicySource, used: &[Permission], errors: &mut Vec<PolicyError>) -> Self {
        let routes: BTreeSet<&Permission> = used.iter().collect();
        let named = named(source, errors);
        let others = named.into_iter().filter(|permission| !routes.contains(permission));
        let all = routes.iter().copied().cloned().chain(others).collect();
        Self { all, of_routes: routes.len() }
    }

    /// What patterns stand for.
    fn matching(&self, patterns: &[Spanned<String>]) -> PermissionSet {
        let mut set = PermissionSet::default();
        let (routes, others) = self.all.split_at_checked(self.of_routes).unwrap_or_default();
        for pattern in patterns.iter().filter_map(|text| Pattern::parse(text.get_ref()).ok()) {
            for (part, first) in [(routes, 0), (others, self.of_routes)] {
                let places = pattern.places(part);
                set.insert_all(first + places.start..first + places.end);
            }
        }
        set
    }
}

/// Every permission that the policy names.
fn named(source: &PolicySource, errors: &mut Vec<PolicyError>) -> BTreeSet<Permission> {
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
    named
}

/// What each role permits by itself.
fn grants<'s>(
    source: &'s PolicySource,
    universe: &Universe,
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
        own.insert(name.get_ref().as_str(), universe.matching(&role.permissions));
    }
    own
}

/// A policy while its rules are added.
struct Rules<'a> {
    policy: Policy,
    universe: &'a Universe,
    inheritance: &'a Roles<'a>,
    /// Whom a rule is about, by the roles that it names: kept once for all the rules that name the same.
    heirs: HashMap<BTreeSet<&'a str>, Arc<[Arc<str>]>>,
}

impl<'a> Rules<'a> {
    fn add(&mut self, effect: Effect, source: &'a RuleSource, again: bool, errors: &mut Vec<PolicyError>) {
        let (name, at) = (source.name.get_ref(), source.name.span().start);
        let kind = if effect == Effect::Allow { "allow" } else { "deny" };
        let mut wrong =
            |at: usize, sentence: &str| errors.push(PolicyError::at(at, format!("[[{kind}]] \"{name}\": {sentence}")));
        if name.is_empty() || name.len() > 64 || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
            wrong(at, "name it with 1 to 64 letters, digits and hyphens, as in own-orders");
        }
        if again {
            wrong(at, "there is another rule of this name: give each its own");
        }
        if source.permissions.is_empty() {
            wrong(at, "it names no permission: add permissions = [\"order:cancel\"]");
        }
        if source.roles.is_empty() && effect == Effect::Allow {
            wrong(at, "it names no role: add roles = [\"customer\"]");
        }
        for role in source.roles.iter().filter(|role| !self.inheritance.contains(role.get_ref())) {
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
        let roles = (!named.is_empty()).then(|| {
            let heirs = self.heirs.entry(named);
            Arc::clone(heirs.or_insert_with_key(|named| self.inheritance.heirs(named)))
        });
        let rule = Rule { name: Arc::from(name.as_str()), effect, roles, when, unless, at };
        let place = self.policy.rules.len();
        for index in self.universe.matching(&source.permissions).iter() {
            let special = self.policy.special.entry(index).or_default();
            match effect {
                Effect::Allow => special.allow.push(place),
                Effect::Deny => special.deny.push(place),
            }
            self.policy.ruled.insert(index);
        }
        self.policy.rules.push(rule);
    }
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
