//! Which kinds of value a Cedar policy compares with which attribute of the object, found in its JSON form
//! (<https://docs.cedarpolicy.com/policies/json-format.html>).
//!
//! To Cedar a text and a number are unequal, and that is no error: `forbid … when { resource.owner == principal }` would not
//! hold for an owner that is a username. So each comparison says what it expects, and the object is held to that.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::policy::resource::Value;

/// A set of kinds of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    const TEXT: Self = Self(1);
    const NUMBER: Self = Self(2);
    const FLAG: Self = Self(4);
    const ENTITY: Self = Self(8);

    pub(super) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Text(_) => Self::TEXT,
            Value::Number(_) => Self::NUMBER,
            Value::Flag(_) => Self::FLAG,
            Value::Subject(_) => Self::ENTITY,
        }
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What one policy compares.
#[derive(Clone, Debug, Default)]
pub(super) struct Compared {
    /// An attribute, with values of these kinds.
    with: BTreeMap<String, Kinds>,
    /// One attribute with another.
    pairs: Vec<(String, String)>,
}

/// One side of a comparison.
enum Side {
    Attribute(String),
    Of(Kinds),
}

impl Compared {
    pub(super) fn of(policy: &Json) -> Self {
        let mut compared = Self::default();
        let mut left = vec![policy];
        while let Some(value) = left.pop() {
            match value {
                Json::Object(fields) => {
                    for (operator, operands) in fields {
                        compared.add(operator, operands);
                    }
                    left.extend(fields.values());
                }
                Json::Array(values) => left.extend(values),
                _ => {}
            }
        }
        compared
    }

    fn add(&mut self, operator: &str, operands: &Json) {
        let (Some(left), Some(right)) = (operands.get("left"), operands.get("right")) else { return };
        let (left, right) = match operator {
            "==" | "!=" => (side(left), side(right)),
            "contains" => (elements(left).map(Side::Of), side(right)),
            _ => return,
        };
        match (left, right) {
            (Some(Side::Attribute(name)), Some(Side::Of(kinds)))
            | (Some(Side::Of(kinds)), Some(Side::Attribute(name))) => {
                self.with.entry(name).and_modify(|known| *known = known.or(kinds)).or_insert(kinds);
            }
            (Some(Side::Attribute(one)), Some(Side::Attribute(other))) => self.pairs.push((one, other)),
            _ => {}
        }
    }

    /// An attribute that is of no kind it is compared with. One that the object does not tell is an error to Cedar itself.
    pub(super) fn misfit(&self, of: impl Fn(&str) -> Option<Kinds>) -> Option<&str> {
        let alone = self.with.iter().find(|(name, wanted)| of(name).is_some_and(|kind| !wanted.meets(kind)));
        let apart =
            |(one, other): &&(String, String)| of(one).zip(of(other)).is_some_and(|(one, other)| !one.meets(other));
        alone.map(|(name, _)| name.as_str()).or_else(|| self.pairs.iter().find(apart).map(|(one, _)| one.as_str()))
    }
}

/// What an expression is, where its text alone tells.
fn side(expression: &Json) -> Option<Side> {
    let (operator, operand) = expression.as_object().filter(|fields| fields.len() == 1)?.iter().next()?;
    let variable =
        |of: &Json| of.get("left").and_then(|left| left.get("Var")).and_then(Json::as_str).map(str::to_owned);
    Some(match operator.as_str() {
        "Value" => Side::Of(literal(operand)?),
        "Var" if operand != "context" => Side::Of(Kinds::ENTITY),
        "." => match variable(operand)?.as_str() {
            "resource" => Side::Attribute(operand.get("attr")?.as_str()?.to_owned()),
            // The time, and that of the sign-in.
            "context" => Side::Of(Kinds::NUMBER),
            _ => return None,
        },
        "+" | "-" | "*" | "neg" => Side::Of(Kinds::NUMBER),
        "==" | "!=" | "<" | "<=" | ">" | ">=" | "!" | "&&" | "||" | "in" | "has" | "is" | "like" | "contains"
        | "containsAll" | "containsAny" | "isEmpty" => Side::Of(Kinds::FLAG),
        _ => return None,
    })
}

fn literal(value: &Json) -> Option<Kinds> {
    match value {
        Json::String(_) => Some(Kinds::TEXT),
        Json::Number(_) => Some(Kinds::NUMBER),
        Json::Bool(_) => Some(Kinds::FLAG),
        Json::Object(fields) => fields.contains_key("__entity").then_some(Kinds::ENTITY),
        _ => None,
    }
}

/// What the elements of a set are.
fn elements(set: &Json) -> Option<Kinds> {
    let all = |kinds: Vec<Option<Kinds>>| kinds.into_iter().reduce(|one, other| Some(one?.or(other?))).flatten();
    if let Some(values) = set.get("Set").and_then(Json::as_array) {
        return all(values
            .iter()
            .map(|value| match side(value) {
                Some(Side::Of(kinds)) => Some(kinds),
                _ => None,
            })
            .collect());
    }
    if let Some(values) = set.get("Value").and_then(Json::as_array) {
        return all(values.iter().map(literal).collect());
    }
    let read = set.get(".")?;
    let of_caller = read.get("left").and_then(|left| left.get("Var")).is_some_and(|variable| variable == "principal");
    let texts = read.get("attr").and_then(Json::as_str).is_some_and(|name| matches!(name, "roles" | "tenants"));
    (of_caller && texts).then_some(Kinds::TEXT)
}
