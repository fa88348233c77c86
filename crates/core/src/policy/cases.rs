//! A policy's own tests: who, what, expected.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::condition::duration;
use super::decide::Decision;
use super::question::{Asker, Question};
use super::resource::{Attributes, Value};
use super::source::ValueSource;
use super::{Permission, Policy};
use crate::id::SubjectId;
use crate::subject::RoleName;
use crate::time::Timestamp;

/// A file of cases: `[[case]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// The cases.
    pub case: Vec<Spanned<Case>>,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence: what it shows.
    pub name: String,
    /// The roles of the one who asks.
    #[serde(default)]
    pub roles: Vec<String>,
    /// What they want to do: `order:cancel`.
    pub action: String,
    /// The object's attributes. `owner` is `"self"` for the one who asks, `"other"` for somebody else, or a subject's id.
    pub resource: Option<BTreeMap<String, ValueSource>>,
    /// How long ago they signed in; a moment ago without.
    pub signed_in: Option<String>,
    /// When; 2026-01-05T12:00:00Z, a Monday, without.
    pub at: Option<String>,
    /// What is expected.
    pub expect: Expected,
    /// The role or the rule that must have decided it.
    pub by: Option<String>,
}

/// What a case expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// Permitted.
    Allow,
    /// Denied.
    Deny,
}

/// How a case came out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// The line in the file.
    pub line: usize,
    /// What is wrong; nothing when it came out as expected.
    pub wrong: Option<String>,
}

/// Why a file of cases cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {sentence}")]
pub struct CaseError {
    /// The line in the file.
    pub line: usize,
    /// What is wrong.
    pub sentence: String,
}

/// Who asks in a case.
const SELF: SubjectId = SubjectId::from_bytes([1; 16]);
const SOMEBODY_ELSE: SubjectId = SubjectId::from_bytes([2; 16]);
const MONDAY_NOON: u64 = 1_767_614_400;

/// An object that is written down: the attributes that it has.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Whom `owner = "self"` means.
    pub asker: Option<SubjectId>,
    /// The attributes.
    pub attributes: BTreeMap<String, ValueSource>,
}

impl Written {
    /// What no policy could tell anything of, as a sentence: an owner that is not an id, a tenant that no role can be held in.
    ///
    /// # Errors
    /// The attribute, and what to write instead.
    pub fn check(&self) -> Result<(), String> {
        for (name, value) in &self.attributes {
            let told = self.attribute(name);
            let wrong = |expected: &str| {
                let value = match value {
                    ValueSource::Text(text) => format!("{text:?}"),
                    ValueSource::Number(number) => number.to_string(),
                    ValueSource::Flag(flag) => flag.to_string(),
                };
                format!("{name}: {value} is not {expected}")
            };
            match name.as_str() {
                "owner" if told.as_ref().and_then(Value::as_subject).is_none() => {
                    return Err(wrong("an owner: write self, other, or the id of a user"));
                }
                "tenant" if told.as_ref().and_then(Value::as_tenant).is_none() => {
                    return Err(wrong("a tenant: write its name as in the role editor@acme"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Attributes for Written {
    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        let value = self.attributes.get(name)?;
        Some(match value {
            ValueSource::Text(text) if name == "owner" && text == "self" => self.asker.unwrap_or(SELF).into(),
            ValueSource::Text(text) if name == "owner" && text == "other" => SOMEBODY_ELSE.into(),
            ValueSource::Text(text) => Value::from(text.as_str()),
            ValueSource::Number(number) => Value::from(*number),
            ValueSource::Flag(flag) => Value::from(*flag),
        })
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().get(..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count() + 1
}

impl Cases {
    /// Reads a file of cases (TOML).
    ///
    /// # Errors
    /// With the line of what is wrong.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        toml::from_str(text).map_err(|error| CaseError {
            line: error.span().map_or(1, |span| line_of(text, span.start)),
            sentence: error.message().to_owned(),
        })
    }

    /// Asks the policy each of them. `text` is what they were read from, for the lines.
    #[must_use]
    pub fn run(&self, policy: &Policy, text: &str) -> Vec<Outcome> {
        let outcome = |case: &Spanned<Case>| Outcome {
            name: case.get_ref().name.clone(),
            line: line_of(text, case.span().start),
            wrong: case.get_ref().run(policy).err(),
        };
        self.case.iter().map(outcome).collect()
    }
}

impl Case {
    fn run(&self, policy: &Policy) -> Result<(), String> {
        let roles = self.roles.iter().map(|role| RoleName::parse(role).map_err(|error| error.to_string()));
        let roles = roles.collect::<Result<Vec<_>, _>>()?;
        if let Some(unknown) = roles.iter().find(|role| !policy.has_role(role)) {
            return Err(format!("\"{unknown}\" is not a role of the policy"));
        }
        let permission = Permission::parse(&self.action).map_err(|error| error.to_string())?;
        if policy.permission(&permission).is_none() {
            return Err(format!("the policy does not know the permission {permission}"));
        }
        let now = match &self.at {
            None => Timestamp::from_seconds(MONDAY_NOON),
            Some(text) => {
                let wrong = || format!("at: \"{text}\" is not a point in time: write it as in 2026-01-05T12:00:00Z");
                let instant: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
                Timestamp::from_millis(u64::try_from(instant.as_millisecond()).map_err(|_| wrong())?)
            }
        };
        let age = match &self.signed_in {
            None => std::time::Duration::ZERO,
            Some(text) => {
                duration(text).ok_or_else(|| format!("signed_in: \"{text}\" is not a duration: write it as in 5m"))?
            }
        };
        let object = self.resource.clone().map(|attributes| Written { asker: Some(SELF), attributes });
        object.as_ref().map_or(Ok(()), Written::check).map_err(|wrong| format!("resource.{wrong}"))?;
        let who = Asker { id: SELF, roles: &roles, signed_in_at: Some(now.minus(age)) };
        let on = object.as_ref().map(|object| object as &dyn Attributes);
        let explanation = policy.explain(&Question { who, permission: &permission, on, now });
        let (came, by, why) = match &explanation.decision {
            Decision::Allow { by } => (Expected::Allow, Some(name(by)), by.to_string()),
            Decision::Deny(reason) => (Expected::Deny, reason.rule().map(str::to_owned), reason.to_string()),
        };
        if came != self.expect {
            let word = if came == Expected::Allow { "allowed" } else { "denied" };
            return Err(format!("it was {word}: {why}. {}", explanation.changes.join(" ")));
        }
        match &self.by {
            Some(expected) if by.as_ref() != Some(expected) => {
                Err(format!("it was decided by another than {expected}: {why}"))
            }
            _ => Ok(()),
        }
    }
}

fn name(ground: &super::Ground) -> String {
    match ground {
        super::Ground::Role(role) => role.to_string(),
        super::Ground::Rule(rule) => rule.to_string(),
    }
}
