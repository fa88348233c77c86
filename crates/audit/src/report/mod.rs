//! What an audit found, and the forms in which it is told.

mod html;
mod json;
mod sarif;
mod text;
mod waiver;

use admit_rules::{Rule, Severity, Tier, Waiver};
use admit_words::Words;
use jiff::Timestamp;
use url::Url;

use crate::http::{Redactor, Trouble};
use crate::outcome::{Outcome, State};

pub use text::Style;
pub(crate) use waiver::sound;
pub use waiver::{Baseline, Waived};

/// One check with its answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What was asked.
    pub rule: &'static Rule,
    /// What was found.
    pub outcome: Outcome,
    /// Why a finding does not count, when it does not.
    pub waived: Option<Waived>,
}

impl Answered {
    pub(crate) fn new(rule: &'static Rule, outcome: Outcome) -> Self {
        Self { rule, outcome, waived: None }
    }

    /// Whether it is a failure that counts.
    #[must_use]
    pub fn fails(&self, least: Severity) -> bool {
        self.outcome.state == State::Fail && self.waived.is_none() && self.rule.severity >= least
    }
}

/// What an audit found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The site.
    pub start: Url,
    /// What was asked for.
    pub tier: Tier,
    /// When it began.
    pub begun: Timestamp,
    /// The answers, in the order of the checks.
    pub answers: Vec<Answered>,
    /// Why it ended before its end, when it did: the report is partial then.
    pub ended: Option<Trouble>,
    /// What the audit changed and could not set back.
    pub left_behind: Vec<Words>,
    /// How many requests were sent.
    pub requests: u32,
    /// What of the texts is not to be shown.
    pub redactor: Redactor,
    /// Waivers whose time is over, and those that waived nothing.
    pub stale: Vec<Waiver>,
}

impl Report {
    pub(crate) fn new(start: Url, tier: Tier) -> Self {
        Self {
            start,
            tier,
            begun: Timestamp::now(),
            answers: Vec::new(),
            ended: None,
            left_behind: Vec::new(),
            requests: 0,
            redactor: Redactor::default(),
            stale: Vec::new(),
        }
    }

    /// Whether a check was not run because its tier was not asked for.
    #[must_use]
    pub fn is_unasked(&self, answered: &Answered) -> bool {
        answered.rule.tier > self.tier
    }

    /// How many answers have a state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.answers.iter().filter(|answered| answered.outcome.state == state).count()
    }

    /// Whether any failure of at least this severity counts.
    #[must_use]
    pub fn fails(&self, least: Severity) -> bool {
        self.answers.iter().any(|answered| answered.fails(least))
    }

    /// The ids of findings that count, failures and warnings.
    #[must_use]
    pub fn found(&self) -> Vec<&'static str> {
        let counts = |answered: &&Answered| answered.outcome.state.is_finding() && answered.waived.is_none();
        self.answers.iter().filter(counts).map(|answered| answered.rule.id).collect()
    }
}
