//! The steps of a request, told to whoever watches: what `/dev/flow` shows.
//!
//! No secret is in it: what was presented is told by kind, never by value.

use std::time::Duration;

use admit_core::time::Timestamp;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The request went on.
    Passed,
    /// The request ended here.
    Stopped,
    /// An earlier step had ended it.
    Skipped,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// How it ended.
    pub state: State,
    /// What it found, as a sentence.
    pub said: String,
}

impl Default for Step {
    fn default() -> Self {
        Self { state: State::Skipped, said: String::new() }
    }
}

/// The four steps of one request.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// What was presented.
    pub extract: Step,
    /// Whether it looked forged.
    pub csrf: Step,
    /// Who it is.
    pub authenticate: Step,
    /// Whether they may.
    pub authorize: Step,
}

/// A request that the gate has seen through.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// The route that it matched.
    pub route: String,
    /// How it was answered.
    pub status: u16,
    /// How long that took.
    pub took: Duration,
    /// The steps.
    pub steps: Steps,
    /// `Sec-Fetch-Site` and `Origin`, as far as they were sent.
    pub site: String,
}

/// Watches requests. For development: it costs an allocation or ten a request.
pub trait Witness: Send + Sync + 'static {
    /// One request has been answered.
    fn saw(&self, seen: Seen);
}
