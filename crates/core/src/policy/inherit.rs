//! Which role has the permissions of which: inheritance, walked once however deep it is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::error::PolicyError;
use super::set::PermissionSet;
use super::source::{PolicySource, RoleSource};

/// Circles that are reported: a policy that is one large circle would otherwise be reported once for each of its roles.
const CIRCLES: usize = 20;

/// The roles of a policy, by name, and who inherits from whom.
pub(super) struct Roles<'s> {
    places: BTreeMap<&'s str, usize>,
    names: Vec<Arc<str>>,
    parents: Vec<Vec<usize>>,
    children: Vec<Vec<usize>>,
}

impl<'s> Roles<'s> {
    pub(super) fn read(source: &'s PolicySource, errors: &mut Vec<PolicyError>) -> Self {
        let written: BTreeMap<&str, &RoleSource> =
            source.roles.iter().map(|(name, role)| (name.get_ref().as_str(), role)).collect();
        let places: BTreeMap<&str, usize> = written.keys().enumerate().map(|(place, name)| (*name, place)).collect();
        let names = places.keys().map(|name| Arc::from(*name)).collect();
        let (mut parents, mut children) = (Vec::new(), vec![Vec::new(); places.len()]);
        for (place, (name, role)) in written.iter().enumerate() {
            let mut own = Vec::new();
            for parent in &role.inherits {
                let Some(above) = places.get(parent.get_ref().as_str()).copied() else {
                    errors.push(PolicyError::at(
                        parent.span().start,
                        format!(
                            "[roles.{name}] inherits \"{parent}\", which is not a role of this policy: add [roles.{parent}] or \
                             remove it",
                            parent = parent.get_ref()
                        ),
                    ));
                    continue;
                };
                own.push(above);
                if let Some(below) = children.get_mut(above) {
                    Vec::push(below, place);
                }
            }
            parents.push(own);
        }
        let roles = Self { places, names, parents, children };
        let unordered = roles.unordered();
        if !unordered.is_empty() {
            circles(&written, &unordered, errors);
        }
        roles
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// What each role permits, with what it inherits, near or far.
    pub(super) fn with_inherited(&self, own: &BTreeMap<&'s str, PermissionSet>) -> Vec<(&'s str, PermissionSet)> {
        let mut sets: Vec<PermissionSet> =
            self.places.keys().map(|name| own.get(name).cloned().unwrap_or_default()).collect();
        for place in self.parents_first() {
            let Some(mut set) = sets.get_mut(place).map(std::mem::take) else { continue };
            for parent in self.parents.get(place).into_iter().flatten() {
                if let Some(above) = sets.get(*parent) {
                    set.extend(above);
                }
            }
            if let Some(empty) = sets.get_mut(place) {
                *empty = set;
            }
        }
        self.places.keys().copied().zip(sets).collect()
    }

    /// These roles and all that inherit from them, near or far, by name.
    pub(super) fn heirs(&self, named: &BTreeSet<&str>) -> Arc<[Arc<str>]> {
        let mut next: Vec<usize> = named.iter().filter_map(|name| self.places.get(name).copied()).collect();
        let mut found: BTreeSet<usize> = next.iter().copied().collect();
        while let Some(place) = next.pop() {
            let below = self.children.get(place).into_iter().flatten();
            next.extend(below.copied().filter(|child| found.insert(*child)));
        }
        found.into_iter().filter_map(|place| self.names.get(place).cloned()).collect()
    }

    /// Every role after those that it inherits from (Kahn's algorithm). Those in a circle, and below one, are left out.
    fn parents_first(&self) -> Vec<usize> {
        let mut waits: Vec<usize> = self.parents.iter().map(Vec::len).collect();
        let mut order: Vec<usize> =
            waits.iter().enumerate().filter(|(_, parents)| **parents == 0).map(|(place, _)| place).collect();
        let mut done = 0;
        while let Some(place) = order.get(done).copied() {
            done += 1;
            for child in self.children.get(place).into_iter().flatten() {
                if let Some(waits) = waits.get_mut(*child) {
                    *waits -= 1;
                    if *waits == 0 {
                        order.push(*child);
                    }
                }
            }
        }
        order
    }

    fn unordered(&self) -> Vec<&'s str> {
        let order: BTreeSet<usize> = self.parents_first().into_iter().collect();
        self.places.iter().filter(|(_, place)| !order.contains(place)).map(|(name, _)| *name).collect()
    }
}

/// Says which roles inherit from themselves, and through which others.
fn circles(written: &BTreeMap<&str, &RoleSource>, suspects: &[&str], errors: &mut Vec<PolicyError>) {
    let mut found = 0;
    for name in suspects {
        // Each role that is reached, with the one through which it was.
        let mut through: HashMap<&str, &str> = HashMap::new();
        let mut next = vec![*name];
        while let Some(role) = next.pop() {
            for parent in written.get(role).map(|role| role.inherits.as_slice()).unwrap_or_default() {
                let inherited = parent.get_ref().as_str();
                if inherited == *name {
                    let mut path = vec![role];
                    while let Some(before) = path.last().and_then(|role| through.get(role)) {
                        path.push(before);
                    }
                    path.reverse();
                    let sentence =
                        format!("[roles.{name}] inherits itself through {}: remove one of them", path.join(" → "));
                    errors.push(PolicyError::at(parent.span().start, sentence));
                    found += 1;
                } else if !through.contains_key(inherited) {
                    through.insert(inherited, role);
                    next.push(inherited);
                }
            }
        }
        if found >= CIRCLES {
            return;
        }
    }
}
