//! Why a decision is what it is, and what would change it.

use std::sync::Arc;

use super::condition::Condition;
use super::decide::{Decision, Ground, Reason};
use super::question::{Asker, Question};
use super::rule::{Effect, Rule, within_tenant};
use super::truth::Truth;
use super::{Policy, Special};
use crate::plural::plural;
use crate::subject::RoleName;

/// One thing that had a say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The role or the rule.
    pub ground: Ground,
    /// What it does when it applies.
    pub effect: Effect,
    /// Whether it applies.
    pub applies: Truth,
    /// Each of its conditions, and whether it holds. Those of `unless` are told as what they must not be.
    pub conditions: Vec<(String, Truth)>,
}

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was decided.
    pub decision: Decision,
    /// Everything that had a say: deny rules first, then roles, then allow rules.
    pub considered: Vec<Considered>,
    /// What would make the answer another one, as sentences.
    pub changes: Vec<String>,
}

impl Policy {
    /// Decides, and tells everything that had a say and what would change the answer.
    #[must_use]
    pub fn explain(&self, question: &Question<'_>) -> Explanation {
        let decision = self.decide(question);
        let nothing = Special::default();
        let index = self.index.get(question.permission).copied();
        let special = index.and_then(|index| self.special.get(&index)).unwrap_or(&nothing);
        let mut considered: Vec<Considered> =
            self.rules_of(Some(&special.deny)).map(|rule| self.considered(rule, question)).collect();
        let grants = |role: &&RoleName| {
            index.is_some_and(|index| self.roles.get(role.role()).is_some_and(|set| set.contains(index)))
        };
        considered.extend(question.who.roles.iter().filter(grants).map(|role| {
            Considered {
                ground: Ground::Role(role.clone()),
                effect: Effect::Allow,
                applies: within_tenant(role, question),
                conditions: role
                    .tenant()
                    .map(|tenant| (format!("the object is of the tenant {tenant}"), within_tenant(role, question)))
                    .into_iter()
                    .collect(),
            }
        }));
        considered.extend(self.rules_of(Some(&special.allow)).map(|rule| self.considered(rule, question)));
        let changes = match &decision {
            Decision::Allow { .. } => self.what_would_forbid(question, special, &considered),
            Decision::Deny(reason) => self.what_would_permit(question, index, special, reason),
        };
        Explanation { decision, considered, changes }
    }

    fn considered(&self, rule: &Rule, question: &Question<'_>) -> Considered {
        let engine = self.engine.as_deref();
        let held = |condition: &Condition| (condition.to_string(), condition.holds(question, engine));
        let kept = |condition: &Condition| (format!("not: {condition}"), condition.holds(question, engine).not());
        Considered {
            ground: Ground::Rule(Arc::clone(&rule.name)),
            effect: rule.effect,
            applies: rule.applies(question, engine),
            conditions: rule.when.iter().map(held).chain(rule.unless.iter().map(kept)).collect(),
        }
    }

    fn what_would_permit(
        &self,
        question: &Question<'_>,
        index: Option<usize>,
        special: &Special,
        reason: &Reason,
    ) -> Vec<String> {
        let permission = question.permission;
        let mut changes = Vec::new();
        match reason {
            Reason::Forbidden { rule }
            | Reason::Unclear { rule, .. }
            | Reason::Unmet { rule }
            | Reason::NeedsObject { rule } => {
                if let Some(found) = self.rules.iter().find(|found| found.name == *rule) {
                    let words = found.in_words();
                    changes.push(match (found.effect, words.is_empty()) {
                        (Effect::Deny, true) => {
                            format!("The rule \"{rule}\" forbids it always: only another policy would permit it.")
                        }
                        (Effect::Deny, false) => {
                            format!("The rule \"{rule}\" would have to not apply; it forbids {words}.")
                        }
                        (Effect::Allow, _) => format!("The rule \"{rule}\" would have to apply; it permits {words}."),
                    });
                } else {
                    changes.push(format!("The role {rule} counts only for objects of its tenant."));
                }
            }
            Reason::SignInAgain { within } => {
                changes.push(format!("A sign-in of the last {} would do.", plural(within.as_secs(), "second")));
            }
            Reason::NoRolePermits => {}
        }
        let would = |role: &RoleName| {
            let roles: Vec<RoleName> = question.who.roles.iter().cloned().chain([role.clone()]).collect();
            let asked = Question { who: Asker { roles: &roles, ..question.who }, ..*question };
            index.is_some_and(|index| self.decide_at(index, &asked).is_allow())
        };
        let roles: Vec<String> =
            self.roles().iter().filter(|role| would(role)).map(|role| role.as_str().to_owned()).collect();
        if !roles.is_empty() {
            changes.push(format!("With one of these roles it would be permitted: {}.", roles.join(", ")));
        }
        for rule in self.rules_of(Some(&special.allow)) {
            let named = changes.iter().any(|said| said.contains(&format!("\"{}\"", rule.name)));
            if !named && !question.who.roles.iter().any(|role| rule.is_about(role.role())) {
                let about = rule.roles.as_ref().map(|roles| roles.join(" or ")).unwrap_or_default();
                changes.push(format!("The rule \"{}\" permits it to {about} {}.", rule.name, rule.in_words()));
            }
        }
        if changes.is_empty() {
            changes.push(format!("No role of this policy permits {permission}: one would have to be given it."));
        }
        changes
    }

    fn what_would_forbid(&self, question: &Question<'_>, special: &Special, considered: &[Considered]) -> Vec<String> {
        let permits = |it: &&Considered| it.effect == Effect::Allow && it.applies == Truth::Yes;
        let grounds: Vec<String> = considered.iter().filter(permits).map(|it| it.ground.to_string()).collect();
        let mut changes = vec![match grounds.as_slice() {
            [one] => format!("Without {one} it would be denied."),
            several => format!("It would be denied only without all of these: {}.", several.join(", ")),
        }];
        for rule in self.rules_of(Some(&special.deny)) {
            let about = rule.roles.is_none() || question.who.roles.iter().any(|role| rule.is_about(role.role()));
            if about {
                changes.push(format!("The rule \"{}\" would forbid it {}.", rule.name, rule.in_words()));
            }
        }
        changes
    }

    /// Everything that a holder of these roles may do, with what permits it: for pages and reports.
    ///
    /// A permission that depends on the object, the time or the sign-in comes with the rules that decide.
    #[must_use]
    pub fn effective(&self, roles: &[RoleName]) -> Vec<(super::Permission, super::Holds)> {
        let held = |permission: super::Permission| {
            let holds = self.holds(roles, &permission);
            (holds != super::Holds::No).then_some((permission, holds))
        };
        self.permissions().into_iter().filter_map(held).collect()
    }
}
