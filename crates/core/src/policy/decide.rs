//! The decision: deny by default, deny wins, and what cannot be told denies.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::condition::Condition;
use super::engine::Engine;
use super::permission::PermissionIndex;
use super::question::{Asker, Question};
use super::rule::{Rule, within_tenant};
use super::truth::{Truth, Unknown};
use super::{Policy, Special};
use crate::plural::plural;
use crate::subject::RoleName;

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allow {
        /// What permits it.
        by: Ground,
    },
    /// No.
    Deny(Reason),
}

impl Decision {
    /// Whether it is yes.
    #[must_use]
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Allow { .. })
    }
}

/// What permits something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A role of the caller has the permission.
    Role(RoleName),
    /// A rule with conditions, which hold.
    Rule(Arc<str>),
}

/// Why something is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No role of the caller permits it, under any condition.
    NoRolePermits,
    /// A rule forbids it.
    Forbidden {
        /// The rule.
        rule: Arc<str>,
    },
    /// A rule would permit it, and its conditions do not hold.
    Unmet {
        /// The rule, the first of those that there are; the role, when its tenant is another.
        rule: Arc<str>,
    },
    /// It cannot be told.
    Unclear {
        /// The rule that asked.
        rule: Arc<str>,
        /// What it asked for.
        why: Unknown,
    },
    /// It depends on the object, and was asked without one.
    NeedsObject {
        /// The rule, or the role, that depends on it.
        rule: Arc<str>,
    },
    /// A fresh sign-in would do.
    SignInAgain {
        /// How long ago it may have been.
        within: Duration,
    },
}

impl Reason {
    /// The rule that decided, or the role whose tenant did.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Forbidden { rule }
            | Self::Unmet { rule }
            | Self::Unclear { rule, .. }
            | Self::NeedsObject { rule } => Some(rule),
            Self::NoRolePermits | Self::SignInAgain { .. } => None,
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "the role {role}"),
            Self::Rule(rule) => write!(f, "the rule \"{rule}\""),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRolePermits => f.write_str("no role of the caller permits it"),
            Self::Forbidden { rule } => write!(f, "the rule \"{rule}\" forbids it"),
            Self::Unmet { rule } => write!(f, "\"{rule}\" would permit it, but its conditions do not hold"),
            Self::Unclear { rule, why } => write!(f, "\"{rule}\" cannot be told: {why}"),
            Self::NeedsObject { rule } => write!(f, "it depends on the object (\"{rule}\"), and was asked without one"),
            Self::SignInAgain { within } => {
                write!(f, "it needs a sign-in of the last {}", plural(within.as_secs(), "second"))
            }
        }
    }
}

impl Policy {
    /// May this one do this, to this, now?
    #[must_use]
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        let Some(index) = self.index.get(question.permission).copied() else {
            return Decision::Deny(Reason::NoRolePermits);
        };
        self.decide_at(index, question)
    }

    /// The same, of a permission whose place is known.
    #[must_use]
    pub fn decide_place(&self, place: PermissionIndex, question: &Question<'_>) -> Decision {
        self.decide_at(place.0, question)
    }

    /// The role that permits this without conditions, where nothing else has a say in it: the answer to most questions, by a
    /// look-up and a bit. `None` says nothing yet.
    #[must_use]
    pub fn by_role<'r>(&self, place: PermissionIndex, roles: &'r [RoleName]) -> Option<&'r RoleName> {
        if self.ruled.contains(place.0) {
            return None;
        }
        let permits = |role: &&RoleName| self.roles.get(role.as_str()).is_some_and(|set| set.contains(place.0));
        roles.iter().find(permits)
    }

    pub(super) fn decide_at(&self, index: usize, question: &Question<'_>) -> Decision {
        let special = if self.ruled.contains(index) { self.special.get(&index) } else { None };
        let decision = self.decide_once(index, special, question);
        let (Decision::Deny(_), Some(special), Some(at)) = (&decision, special, question.who.signed_in_at) else {
            return decision;
        };
        // Whether it is only the age of the sign-in that is in the way.
        let Some(within) = self.shortest_sign_in(special).filter(|_| at != question.now) else { return decision };
        let fresh = Question { who: Asker { signed_in_at: Some(question.now), ..question.who }, ..*question };
        match self.decide_once(index, Some(special), &fresh) {
            Decision::Allow { .. } => Decision::Deny(Reason::SignInAgain { within }),
            // Known before the object is, so that nobody fills in a form in vain.
            Decision::Deny(Reason::NeedsObject { .. })
                if !matches!(decision, Decision::Deny(Reason::NeedsObject { .. })) =>
            {
                Decision::Deny(Reason::SignInAgain { within })
            }
            Decision::Deny(_) => decision,
        }
    }

    fn decide_once(&self, index: usize, special: Option<&Special>, question: &Question<'_>) -> Decision {
        let mut waiting: Option<Arc<str>> = None;
        let engine = self.engine.as_deref();
        for rule in self.rules_of(special.map(|special| special.deny.as_slice())) {
            match rule.applies(question, engine) {
                Truth::Yes => return Decision::Deny(Reason::Forbidden { rule: Arc::clone(&rule.name) }),
                Truth::No => {}
                Truth::Unknown(Unknown::NeedsObject) => drop(waiting.get_or_insert_with(|| Arc::clone(&rule.name))),
                Truth::Unknown(why) => {
                    return Decision::Deny(Reason::Unclear { rule: Arc::clone(&rule.name), why });
                }
            }
        }
        match (self.permitted(index, special, question, engine), waiting) {
            (Decision::Allow { .. }, Some(rule)) => Decision::Deny(Reason::NeedsObject { rule }),
            (decision, _) => decision,
        }
    }

    /// What the roles and the allow rules say.
    fn permitted(
        &self,
        index: usize,
        special: Option<&Special>,
        question: &Question<'_>,
        engine: Option<&dyn Engine>,
    ) -> Decision {
        let mut best = Reason::NoRolePermits;
        for role in question.who.roles {
            if !self.roles.get(role.role()).is_some_and(|set| set.contains(index)) {
                continue;
            }
            match within_tenant(role, question) {
                Truth::Yes => return Decision::Allow { by: Ground::Role(role.clone()) },
                other => best = better(best, other, || role.as_str().into()),
            }
        }
        for rule in self.rules_of(special.map(|special| special.allow.as_slice())) {
            if !question.who.roles.iter().any(|role| rule.is_about(role.role())) {
                continue;
            }
            match rule.applies(question, engine) {
                Truth::Yes => return Decision::Allow { by: Ground::Rule(Arc::clone(&rule.name)) },
                other => best = better(best, other, || Arc::clone(&rule.name)),
            }
        }
        Decision::Deny(best)
    }

    pub(super) fn rules_of(&self, places: Option<&[usize]>) -> impl Iterator<Item = &Rule> {
        places.unwrap_or_default().iter().filter_map(|place| self.rules.get(*place))
    }

    fn shortest_sign_in(&self, special: &Special) -> Option<Duration> {
        let rules = self.rules_of(Some(&special.allow)).chain(self.rules_of(Some(&special.deny)));
        let bounds = rules.flat_map(Rule::conditions).filter_map(|condition| match condition {
            Condition::SignedInWithin(bound) => Some(*bound),
            _ => None,
        });
        bounds.min()
    }
}

/// The reason that says most: that the object may yet permit it, then what could not be told, then what did not hold.
fn better(best: Reason, truth: Truth, name: impl FnOnce() -> Arc<str>) -> Reason {
    match (truth, &best) {
        (_, Reason::NeedsObject { .. }) => best,
        (Truth::Unknown(Unknown::NeedsObject), _) => Reason::NeedsObject { rule: name() },
        (_, Reason::Unclear { .. }) => best,
        (Truth::Unknown(why), _) => Reason::Unclear { rule: name(), why },
        (_, Reason::Unmet { .. }) => best,
        (Truth::No | Truth::Yes, _) => Reason::Unmet { rule: name() },
    }
}
