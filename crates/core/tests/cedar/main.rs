//! Cedar as the engine of a policy: what it is told, and what it cannot permit.

#![cfg(test)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking, and so do the functions that several tests share"
)]

mod agreement;
mod answers;
mod together;
mod told;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use admit_core::id::SubjectId;
use admit_core::policy::{
    Asker, Attributes, Cedar, Decision, Demand, Engine, LivePolicy, Permission, Policy, Question, Reason, Unknown,
    Value,
};
use admit_core::subject::RoleName;
use admit_core::time::Timestamp;

const ALICE: SubjectId = SubjectId::from_bytes([7; 16]);
const BOB: SubjectId = SubjectId::from_bytes([8; 16]);

fn noon() -> Timestamp {
    Timestamp::from_seconds(1_767_582_000)
}

/// An object that remembers what it was asked for.
#[derive(Debug, Default)]
struct Object {
    told: BTreeMap<&'static str, Value<'static>>,
    asked: RefCell<Vec<String>>,
}

impl Object {
    fn with(mut self, name: &'static str, value: impl Into<Value<'static>>) -> Self {
        self.told.insert(name, value.into());
        self
    }
}

impl Attributes for Object {
    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        self.asked.borrow_mut().push(name.to_owned());
        self.told.get(name).cloned()
    }
}

fn object() -> Object {
    Object::default()
}

fn cedar(text: &str) -> Cedar {
    Cedar::read(text).unwrap_or_else(|error| panic!("{error}"))
}

fn permission(text: &str) -> Permission {
    Permission::parse(text).unwrap()
}

fn roles(names: &[&str]) -> Vec<RoleName> {
    names.iter().map(|name| RoleName::parse(name).unwrap()).collect()
}

/// Alice asks Cedar, who has just signed in, at noon.
fn ask(cedar: &Cedar, held: &[&str], what: &str, on: Option<&Object>) -> Result<bool, Unknown> {
    ask_as(cedar, Asker { id: ALICE, roles: &roles(held), signed_in_at: Some(noon()) }, what, on)
}

fn ask_as(cedar: &Cedar, who: Asker<'_>, what: &str, on: Option<&Object>) -> Result<bool, Unknown> {
    let on = on.map(|object| object as &dyn Attributes);
    cedar.permits(&Question { who, permission: &permission(what), on, now: noon() })
}

/// A policy that permits this, about anything.
fn when(condition: &str) -> Cedar {
    cedar(&format!("permit(principal, action, resource) when {{ {condition} }};"))
}

#[track_caller]
fn fails(answer: Result<bool, Unknown>, with: &str) {
    match answer {
        Err(Unknown::Engine(sentence)) => assert!(sentence.contains(with), "{sentence}"),
        other => panic!("{other:?}"),
    }
}
