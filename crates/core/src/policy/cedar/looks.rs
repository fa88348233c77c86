//! What Cedar policies look at: found in their JSON form (<https://docs.cedarpolicy.com/policies/json-format.html>).

use std::collections::BTreeSet;

use serde_json::Value;

use super::kinds::{Compared, Kinds};

/// The attributes that policies read or test for.
#[derive(Clone, Debug, Default)]
pub(super) struct Looks {
    /// Of what is, or may be, the resource.
    resource: BTreeSet<String>,
    /// Of anything. What is named nowhere cannot be seen.
    anything: BTreeSet<String>,
    /// What each policy compares the object's with.
    compared: Vec<Compared>,
}

impl Looks {
    /// Those of a policy in JSON. Too many rather than too few: one that is asked for in vain changes no answer.
    pub(super) fn of(policy: &Value) -> Self {
        let mut looks = Self { compared: vec![Compared::of(policy)], ..Self::default() };
        let mut left = vec![policy];
        while let Some(value) = left.pop() {
            match value {
                Value::Object(fields) => {
                    for access in [".", "has"].into_iter().filter_map(|operator| fields.get(operator)) {
                        looks.add(access);
                    }
                    left.extend(fields.values());
                }
                Value::Array(values) => left.extend(values),
                _ => {}
            }
        }
        looks
    }

    /// One `{"left": …, "attr": "status"}`; `has` may have a path, `["owner", "roles"]`.
    fn add(&mut self, access: &Value) {
        let (Some(base), Some(attr)) = (access.get("left"), access.get("attr")) else { return };
        let path: Vec<&str> = match attr {
            Value::Array(path) => path.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if let Some(first) = path.first().filter(|_| may_be_resource(base)) {
            self.resource.insert((*first).to_owned());
        }
        self.anything.extend(path.into_iter().map(str::to_owned));
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.resource.extend(other.resource.iter().cloned());
        self.anything.extend(other.anything.iter().cloned());
        self.compared.extend(other.compared.iter().cloned());
    }

    /// An attribute of the object that is of no kind a policy compares it with. `of`: the kind of an attribute, if it is told.
    pub(super) fn misfit(&self, of: impl Fn(&str) -> Option<Kinds>) -> Option<&str> {
        self.compared.iter().find_map(|compared| compared.misfit(&of))
    }

    /// What to ask the object for.
    pub(super) fn of_object(&self) -> impl Iterator<Item = &str> {
        self.resource.iter().map(String::as_str)
    }

    /// Whether the object is needed.
    pub(super) fn ask_object(&self) -> bool {
        !self.resource.is_empty()
    }

    /// Whether anything at all is asked for an attribute of this name.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.anything.contains(name)
    }
}

/// Whether the value of this expression may be the resource: it is in there as the variable, or written out as an entity, and not
/// only to read an attribute of it. No attribute has the resource as its value.
fn may_be_resource(base: &Value) -> bool {
    let mut left = vec![base];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                if fields.get("Var").and_then(Value::as_str) == Some("resource") || fields.contains_key("__entity") {
                    return true;
                }
                // What is read from one of the four variables is an attribute of it.
                let reads_variable =
                    fields.get(".").and_then(|read| read.get("left")).is_some_and(|left| left.get("Var").is_some());
                if !reads_variable {
                    left.extend(fields.values());
                }
            }
            Value::Array(values) => left.extend(values),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(condition: &str) -> Vec<String> {
        let text = format!("permit(principal, action, resource) when {{ {condition} }};");
        let policy: cedar_policy::Policy = text.parse().unwrap();
        Looks::of(&policy.to_json().unwrap()).of_object().map(str::to_owned).collect()
    }

    #[test]
    fn the_attributes_of_the_resource_are_found_and_no_others() {
        assert_eq!(asked("resource.owner == principal"), ["owner"]);
        assert_eq!(asked("resource has status && [\"paid\"].contains(resource.status)"), ["status"]);
        assert_eq!(asked("resource[\"a b\"] == 1 || !(resource.total > 3)"), ["a b", "total"]);
        assert_eq!(asked("principal.roles.contains(\"editor\") && context.now > 3").len(), 0);
        assert_eq!(asked("context has signed_in_at && principal has x").len(), 0);
        assert_eq!(asked("resource.owner.roles.contains(\"editor\")"), ["owner"]);
        assert_eq!(asked("resource has owner.roles"), ["owner"]);
        assert_eq!(asked("resource == Order::\"x\" && resource is Order && resource in Role::\"a\"").len(), 0);
    }

    #[test]
    fn a_resource_in_disguise_is_asked_too() {
        assert_eq!(asked("(if context.now > 1 then resource else principal).status == 1"), ["status"]);
        assert_eq!(asked("{it: resource}.it.status == 1"), ["it", "status"]);
        assert_eq!(asked("Order::\"the object\".status == 1"), ["status"]);
        assert_eq!(asked("{\".\": resource}[\".\"].status == 1"), [".", "status"]);
    }
}
