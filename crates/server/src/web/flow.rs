//! `/dev/flow`: the last requests, step by step. Development mode only.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use admit::witness::{Seen, State as Ended, Step, Witness};
use admit::{CsrfToken, Problem, Viewer};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::error::Error;
use super::reply::Page;
use super::{Context, Web};
use crate::page::view::{Flow, FlowRow, FlowRows, FlowStep, FlowTry, StepState};

const KEPT: usize = 200;
const SHOWN: usize = 50;

/// The requests of the recent past.
#[derive(Default)]
pub struct FlowLog(Mutex<VecDeque<Seen>>);

impl Witness for FlowLog {
    fn saw(&self, seen: Seen) {
        // The page that shows the requests, and style sheets, would soon show nothing but themselves.
        if seen.path == "/dev/flow" || seen.path.ends_with(".css") {
            return;
        }
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_front(seen);
        log.truncate(KEPT);
    }
}

impl FlowLog {
    /// What is kept, latest first.
    #[must_use]
    pub fn recent(&self) -> Vec<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

pub(super) async fn show(
    State(web): State<Web>,
    context: Context,
    Viewer(principal): Viewer,
    csrf_token: CsrfToken,
) -> Result<Response, Error> {
    let only_dev = || Problem::not_found("The request flow is shown in development mode only.");
    let log = web.flow.as_ref().ok_or_else(only_dev)?;
    let refused_only = context.query("refused").is_some();
    let wanted = |seen: &Seen| !refused_only || seen.status >= 400;
    let requests: Vec<FlowRow> = log.recent().into_iter().filter(wanted).take(SHOWN).map(row).collect();
    let page = Page::begin(&web, &context)?.may_fetch();
    if context.query("fragment").is_some() {
        return Ok(page.finish(StatusCode::OK, &FlowRows { lang: context.lang, requests }));
    }
    let fragment = if refused_only { "/dev/flow?fragment=1&refused=1" } else { "/dev/flow?fragment=1" };
    let view = Flow {
        chrome: page.chrome(context.lang.text().flow.title, principal.as_deref(), Some(&csrf_token)),
        requests,
        refused_only,
        all_href: "/dev/flow".to_owned(),
        refused_href: "/dev/flow?refused=1".to_owned(),
        fragment_href: fragment.to_owned(),
        tries: FlowTry::usual(web.public.as_str(), context.lang),
    };
    Ok(page.finish(StatusCode::OK, &view))
}

fn row(seen: Seen) -> FlowRow {
    let step = |name, step: Step| FlowStep {
        name,
        state: match step.state {
            Ended::Passed => StepState::Passed,
            Ended::Stopped => StepState::Stopped,
            Ended::Skipped => StepState::Skipped,
        },
        said: step.said,
    };
    let csrf = Step { said: format!("{} {}", seen.steps.csrf.said, seen.site).trim().to_owned(), ..seen.steps.csrf };
    FlowRow {
        at: seen.at.to_string().get(11..19).unwrap_or_default().to_owned(),
        method: seen.method,
        path: seen.path,
        status: seen.status,
        steps: [
            step("extract", seen.steps.extract),
            step("csrf", csrf),
            step("authenticate", seen.steps.authenticate),
            step("authorize", seen.steps.authorize),
        ],
        took: format!("{:.1} ms", seen.took.as_secs_f64() * 1000.0),
    }
}
