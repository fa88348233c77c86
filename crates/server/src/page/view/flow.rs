//! The request-flow page of development mode: what each step of each request decided. It must stay out of production.

use askama::Template;

use super::Chrome;
use crate::page::text::Lang;

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// It let the request on.
    Passed,
    /// It ended the request.
    Stopped,
    /// The request did not come so far.
    Skipped,
}

impl StepState {
    /// The name in the style sheet and of the icon.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Stopped => "stopped",
            Self::Skipped => "skipped",
        }
    }
}

/// One step of one request.
#[derive(Clone, Debug)]
pub struct FlowStep {
    /// `extract`, `csrf`, `authenticate` or `authorize`.
    pub name: &'static str,
    /// How it ended.
    pub state: StepState,
    /// What it saw and why it decided so; never a secret. May be empty.
    pub said: String,
}

/// One request.
#[derive(Clone, Debug)]
pub struct FlowRow {
    /// When it came.
    pub at: String,
    /// Its method.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// The status of its answer.
    pub status: u16,
    /// Its steps, in order.
    pub steps: [FlowStep; 4],
    /// How long it took, with the unit.
    pub took: String,
}

impl FlowRow {
    fn class(&self) -> &'static str {
        match self.status {
            100..=299 => "passed",
            300..=399 => "moved",
            _ => "stopped",
        }
    }
}

/// A line to run in a terminal, and the status that it shows.
#[derive(Clone, Debug)]
pub struct FlowTry {
    /// The status of the answer.
    pub status: u16,
    /// What it tries, in words.
    pub said: String,
    /// The command.
    pub command: String,
}

impl FlowTry {
    /// The lines that work on every installation, for a server that answers at `origin` (no slash at the end).
    #[must_use]
    pub fn usual(origin: &str, lang: Lang) -> Vec<Self> {
        let text = lang.text().flow;
        vec![
            Self { status: 200, said: text.try_public.to_owned(), command: format!("curl -i {origin}/") },
            Self { status: 401, said: text.try_anonymous.to_owned(), command: format!("curl -i {origin}/account") },
            Self {
                status: 403,
                said: text.try_forged.to_owned(),
                command: format!("curl -i -X POST -H 'Sec-Fetch-Site: cross-site' {origin}/logout"),
            },
        ]
    }
}

/// The request-flow page. Its script fetches `fragment_href` every two seconds and shows the [`FlowRows`] in it, so its
/// Content-Security-Policy needs `connect-src 'self'`; without that (or a script at all) there is the refresh link.
#[derive(Clone, Debug, Template)]
#[template(path = "flow.html")]
pub struct Flow {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The requests, latest first.
    pub requests: Vec<FlowRow>,
    /// Whether only refused requests are listed.
    pub refused_only: bool,
    /// The list of all requests.
    pub all_href: String,
    /// The list of refused requests.
    pub refused_href: String,
    /// The [`FlowRows`] of the list that is shown, e.g. `/dev/flow?fragment=1`.
    pub fragment_href: String,
    /// Lines to try.
    pub tries: Vec<FlowTry>,
}

/// The list of requests alone, as the script fetches it.
#[derive(Clone, Debug, Template)]
#[template(path = "flow_rows.html")]
pub struct FlowRows {
    /// The language of the page.
    pub lang: Lang,
    /// The requests, latest first.
    pub requests: Vec<FlowRow>,
}
