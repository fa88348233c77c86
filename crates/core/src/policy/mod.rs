//! Authorization: may this principal do this?
//!
//! Roles are assigned in the accounts database; what a role permits is in the policy file, reviewed like code. A policy
//! is compiled once: each role's permissions, inherited ones included, become one bit set, and a decision without conditions
//! is a look-up of the role's name and one bit test a role. Rules with conditions are asked only where a permission has some.
//!
//! Deny by default; a deny rule wins over whatever permits; what is unknown, or cannot be told, denies.

mod cases;
#[cfg(feature = "cedar")]
mod cedar;
mod check;
mod compile;
mod condition;
mod decide;
mod diff;
mod engine;
mod error;
mod explain;
mod inherit;
mod live;
mod permission;
mod question;
mod resource;
mod rule;
mod set;
mod source;
mod truth;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

pub use cases::{Case, CaseError, Cases, Expected, Outcome, Written};
#[cfg(feature = "cedar")]
pub use cedar::{Cedar, CedarError};
pub use condition::duration;
pub use decide::{Decision, Ground, Reason};
pub use diff::{Change, Clause, Holds};
pub use engine::Engine;
pub use error::{PolicyError, PolicyErrors};
pub use explain::{Considered, Explanation};
pub use live::{Demand, LivePolicy, Unfit};
pub use permission::{Permission, PermissionError, PermissionIndex};
pub use question::{Asker, Question};
pub use resource::{Attributes, Resource, Value};
pub use rule::Effect;
pub use set::PermissionSet;
pub use source::{
    ConditionsSource, PermissionSource, PolicySource, RoleSource, RuleSource, TestSource, ValueSource, WithinSource,
};
pub use truth::{Truth, Unknown};

use crate::subject::RoleName;
use rule::Rule;

/// A compiled policy. The default one permits nobody anything.
#[derive(Default)]
pub struct Policy {
    /// Those of routes first: `used` of them.
    permissions: Vec<Permission>,
    used: usize,
    index: HashMap<Permission, usize>,
    roles: HashMap<RoleName, PermissionSet>,
    rules: Vec<Rule>,
    /// Permissions of which more is said than which roles have them.
    special: BTreeMap<usize, Special>,
    /// Permissions that rules are about.
    ruled: PermissionSet,
    engine: Option<Arc<dyn Engine>>,
}

/// What is said of one permission beside the roles that have it.
#[derive(Clone, Debug, Default)]
struct Special {
    allow: Vec<usize>,
    deny: Vec<usize>,
    max_staleness: Option<Duration>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("roles", &self.roles).field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Policy {
    /// Compiles a policy. `used` are the permissions that routes ask for: what wildcards range over, together with
    /// those that the policy names.
    ///
    /// # Errors
    /// Every mistake at once: unknown or circular inheritance, malformed names, permissions that nobody asks for, rules that
    /// can never decide anything.
    pub fn compile(source: &PolicySource, used: &[Permission]) -> Result<Self, PolicyErrors> {
        let policy = compile::compile(source, used)?;
        match policy.engine_needed() {
            Some(rule) => Err(PolicyErrors(vec![no_engine(rule)])),
            None => Ok(policy),
        }
    }

    /// Reads a policy file's text (TOML) and compiles it.
    ///
    /// # Errors
    /// A sentence for each mistake, with its line.
    pub fn read(text: &str, used: &[Permission]) -> Result<Self, PolicyErrors> {
        let policy = Self::read_for_engine(text, used)?;
        match policy.engine_needed() {
            Some(rule) => Err(PolicyErrors(vec![no_engine(rule)]).located(text)),
            None => Ok(policy),
        }
    }

    /// Reads a policy some of whose rules leave the decision to an engine: give it one with [`Self::with_engine`]. Without,
    /// those rules never permit.
    ///
    /// # Errors
    /// A sentence for each mistake, with its line.
    pub fn read_for_engine(text: &str, used: &[Permission]) -> Result<Self, PolicyErrors> {
        let source = PolicySource::parse(text).map_err(|error| {
            let at = error.span().map(|span| span.start);
            PolicyErrors(vec![PolicyError { at, line: 0, sentence: error.message().to_owned() }]).located(text)
        })?;
        compile::compile(&source, used).map_err(|errors| errors.located(text))
    }

    /// With an engine for the rules that have `engine = true`.
    #[must_use]
    pub fn with_engine(mut self, engine: Arc<dyn Engine>) -> Self {
        self.engine = Some(engine);
        self
    }

    fn engine_needed(&self) -> Option<&Rule> {
        let asks = |rule: &&Rule| rule.conditions().any(|it| matches!(it, condition::Condition::Engine(_)));
        self.rules.iter().find(asks).filter(|_| self.engine.is_none())
    }

    /// The place of a permission; `None` when neither the policy nor a route names it.
    #[must_use]
    pub fn permission(&self, permission: &Permission) -> Option<PermissionIndex> {
        self.index.get(permission).copied().map(PermissionIndex)
    }

    /// Every permission that the policy or a route names, by name.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        let mut all = self.permissions.clone();
        all.sort();
        all
    }

    /// Whether the policy knows this role, whatever its tenant.
    #[must_use]
    pub fn has_role(&self, role: &RoleName) -> bool {
        self.roles.contains_key(role.role())
    }

    /// The roles, by name.
    #[must_use]
    pub fn roles(&self) -> Vec<RoleName> {
        let mut names: Vec<_> = self.roles.keys().cloned().collect();
        names.sort();
        names
    }

    /// What a role permits without conditions, inherited permissions included, by name. A deny rule may still forbid it.
    #[must_use]
    pub fn permissions_of(&self, role: &RoleName) -> Vec<Permission> {
        let Some(set) = self.roles.get(role.role()) else { return Vec::new() };
        let held = self.permissions.iter().enumerate().filter(|(index, _)| set.contains(*index));
        let mut held: Vec<_> = held.map(|(_, permission)| permission.clone()).collect();
        held.sort();
        held
    }

    /// How old the knowledge of ended sessions and revoked tokens may be where this is asked for, if the policy says so.
    #[must_use]
    pub fn max_staleness(&self, permission: &Permission) -> Option<Duration> {
        self.special.get(self.index.get(permission)?)?.max_staleness
    }

    /// The same, of a permission whose place is known.
    #[must_use]
    pub fn max_staleness_at(&self, place: PermissionIndex) -> Option<Duration> {
        if self.special.is_empty() { None } else { self.special.get(&place.0)?.max_staleness }
    }

    /// The attributes of an object that its rules ask for, with the rule that asks. A role in one tenant asks for the tenant,
    /// of whatever it is about; that is not among them.
    pub(crate) fn attributes_of(&self, permission: &Permission) -> Vec<(String, &str)> {
        let special = self.index.get(permission).and_then(|index| self.special.get(index));
        let Some(special) = special else { return Vec::new() };
        let rules = self.rules_of(Some(&special.allow)).chain(self.rules_of(Some(&special.deny)));
        let asks = |rule: &'_ Rule| {
            rule.conditions().filter_map(condition::Condition::attribute).map(str::to_owned).collect::<Vec<_>>()
        };
        rules.flat_map(|rule| asks(rule).into_iter().map(|name| (name, &*rule.name))).collect()
    }

    /// The rule by which the engine decides this and has to see the object for it.
    pub(crate) fn engine_sees_object(&self, permission: &Permission) -> Option<&str> {
        let special = self.index.get(permission).and_then(|index| self.special.get(index))?;
        self.engine.as_ref().filter(|engine| engine.sees_object(permission))?;
        let asks = |rule: &&Rule| rule.conditions().any(|it| matches!(it, condition::Condition::Engine(_)));
        let mut rules = self.rules_of(Some(&special.allow)).chain(self.rules_of(Some(&special.deny)));
        rules.find(asks).map(|rule| &*rule.name)
    }
}

fn no_engine(rule: &Rule) -> PolicyError {
    let sentence = format!(
        "\"{}\" has engine = true, and there is no policy engine here: give the policy one, or write the condition out",
        rule.name
    );
    PolicyError { at: Some(rule.at), line: 0, sentence }
}

#[cfg(test)]
mod tests;
