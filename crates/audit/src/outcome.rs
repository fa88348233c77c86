//! What a check found.

use std::sync::Arc;

use admit_words::Words;
use serde::Serialize;

use crate::http::{Exchange, Trouble};

/// The states of an answer. Only `Pass` is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is not so.
    Fail,
    /// It is not as it should be, and by itself not yet an attack; or it may be meant.
    Warn,
    /// It could not be found out. Never counted as a pass.
    Untested,
    /// A person has to look.
    Manual,
    /// The site has nothing that the check is about.
    NotApplicable,
    /// It is so, and was seen.
    Pass,
}

impl State {
    /// As it is written in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Untested => "untested",
            Self::Manual => "manual",
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
        }
    }

    /// As it is said to people.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Fail => Words::fixed("fail", "실패"),
            Self::Warn => Words::fixed("warn", "주의"),
            Self::Untested => Words::fixed("could not test", "확인 못 함"),
            Self::Manual => Words::fixed("look yourself", "직접 확인"),
            Self::NotApplicable => Words::fixed("not applicable", "해당 없음"),
            Self::Pass => Words::fixed("pass", "통과"),
        }
    }

    /// Whether somebody has something to mend.
    #[must_use]
    pub fn is_finding(self) -> bool {
        matches!(self, Self::Fail | Self::Warn)
    }
}

/// One answer: a state, the sentence that says what was seen, and the requests that showed it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The state.
    pub state: State,
    /// What was seen.
    pub told: Words,
    /// The requests that showed it, the decisive one last.
    pub evidence: Vec<Arc<Exchange>>,
}

impl Outcome {
    fn new(state: State, told: Words) -> Self {
        Self { state, told, evidence: Vec::new() }
    }

    pub(crate) fn pass(told: Words) -> Self {
        Self::new(State::Pass, told)
    }

    pub(crate) fn fail(told: Words) -> Self {
        Self::new(State::Fail, told)
    }

    pub(crate) fn warn(told: Words) -> Self {
        Self::new(State::Warn, told)
    }

    pub(crate) fn manual(told: Words) -> Self {
        Self::new(State::Manual, told)
    }

    pub(crate) fn not_applicable(told: Words) -> Self {
        Self::new(State::NotApplicable, told)
    }

    pub(crate) fn untested(told: Words) -> Self {
        Self::new(State::Untested, told)
    }

    /// With a request that showed it.
    pub(crate) fn seen(mut self, exchange: &Arc<Exchange>) -> Self {
        self.evidence.push(Arc::clone(exchange));
        self
    }

    /// With several.
    pub(crate) fn seen_all<'a>(mut self, exchanges: impl IntoIterator<Item = &'a Arc<Exchange>>) -> Self {
        self.evidence.extend(exchanges.into_iter().map(Arc::clone));
        self
    }
}

/// Why a check ends before it has an answer.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The site could not be asked.
    Trouble(Trouble),
    /// Something that the check needs is not there: it is known what the outcome is.
    Known(Outcome),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Outcome> for Stop {
    fn from(outcome: Outcome) -> Self {
        Self::Known(outcome)
    }
}

/// What a check returns.
pub(crate) type Answer = Result<Outcome, Stop>;
