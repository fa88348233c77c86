//! A rule, compiled: whom it is about, and when it applies.

use std::sync::Arc;

use super::condition::{self, Condition};
use super::engine::Engine;
use super::question::Question;
use super::truth::{Truth, Unknown};
use crate::subject::RoleName;

/// What a rule does when it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It permits.
    Allow,
    /// It forbids, whatever else permits.
    Deny,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) name: Arc<str>,
    pub(super) effect: Effect,
    /// The roles that it is about, with those that inherit them, sorted; `None` for everybody.
    pub(super) roles: Option<Arc<[Arc<str>]>>,
    pub(super) when: Vec<Condition>,
    /// Empty: there is nothing that keeps it from applying.
    pub(super) unless: Vec<Condition>,
    /// Where it stands in the text.
    pub(super) at: usize,
}

impl Rule {
    /// Whether it is about this role of the policy.
    pub(super) fn is_about(&self, role: &str) -> bool {
        self.roles.as_ref().is_none_or(|roles| roles.binary_search_by(|own| (**own).cmp(role)).is_ok())
    }

    /// Whether it applies: somebody it is about asks, and its conditions hold.
    pub(super) fn applies(&self, question: &Question<'_>, engine: Option<&dyn Engine>) -> Truth {
        self.is_about_asker(question).and(|| self.holds(question, engine))
    }

    fn is_about_asker(&self, question: &Question<'_>) -> Truth {
        if self.roles.is_none() {
            return Truth::Yes;
        }
        let about = |role: &&RoleName| self.is_about(role.role());
        let held = question.who.roles.iter().filter(about);
        held.fold(Truth::No, |found, role| found.or(|| within_tenant(role, question)))
    }

    pub(super) fn holds(&self, question: &Question<'_>, engine: Option<&dyn Engine>) -> Truth {
        condition::all(&self.when, question, engine).and(|| match self.unless.is_empty() {
            true => Truth::Yes,
            false => condition::all(&self.unless, question, engine).not(),
        })
    }

    /// Its conditions, those of `unless` too.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.when.iter().chain(&self.unless)
    }

    /// Whether it applies without looking at anything but roles.
    pub(super) fn is_plain(&self) -> bool {
        self.when.is_empty() && self.unless.is_empty()
    }

    /// Its conditions as a sentence's part; empty when there are none.
    pub(super) fn in_words(&self) -> String {
        let list =
            |conditions: &[Condition]| conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and ");
        match (self.when.is_empty(), self.unless.is_empty()) {
            (true, true) => String::new(),
            (false, true) => format!("when {}", list(&self.when)),
            (true, false) => format!("unless {}", list(&self.unless)),
            (false, false) => format!("when {}, unless {}", list(&self.when), list(&self.unless)),
        }
    }
}

/// Whether a role as it is held counts for the object: one without a tenant always does.
pub(super) fn within_tenant(role: &RoleName, question: &Question<'_>) -> Truth {
    let Some(own) = role.tenant() else { return Truth::Yes };
    let Some(object) = question.on else { return Truth::Unknown(Unknown::NeedsObject) };
    let Some(tenant) = object.attribute("tenant") else {
        return Truth::Unknown(Unknown::NoAttribute("tenant".to_owned()));
    };
    match tenant.as_tenant() {
        Some(tenant) if tenant == own => Truth::Yes,
        Some(_) => Truth::No,
        None => Truth::Unknown(Unknown::OtherKind("tenant".to_owned())),
    }
}
