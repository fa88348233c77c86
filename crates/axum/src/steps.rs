//! The order of the four steps: extract, csrf, authenticate, authorize. Each takes what only the previous one gives.
//!
//! A request whose answers are at hand (a session in memory, no body to read) goes through them in one call. Any other request
//! stops where it has to wait, and [`finish`] continues from there.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use admit_core::credential::Presented;
use admit_core::csrf::{CsrfPass, Verdict};
use admit_core::policy::Permission;
use admit_core::principal::{Identity, Principal};
use admit_core::store::{Reply, StoreError};
use axum::extract::Request;
use http::Method;

use crate::body;
use crate::checks::{Compiled, Route, header_token};
use crate::gate::Gate;
use crate::parting::Outbox;
use crate::rejection::Rejection;
use crate::who::{OnDemand, Who};

/// How far the steps of a request have come.
pub(crate) enum Progress {
    /// They have ended: the request has passed or was stopped.
    Ended(Result<Admitted, Stopped>),
    /// The body has to be read. Has what step 2 said, unless the token that it looks for is in the body.
    AtBody(Option<Presented>, Option<(CsrfPass, Verdict)>),
    /// A store across a network still has to answer who it is.
    AtStore(Reply<Identity>, Option<Presented>, Verdict),
}

/// A request that does not pass.
pub(crate) struct Stopped {
    pub(crate) at: Step,
    pub(crate) why: Rejection,
    /// Who it is, if that is already known.
    pub(crate) who: Option<Box<Principal>>,
}

/// The four steps, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Extract,
    Csrf,
    Authenticate,
    Authorize,
}

impl Step {
    fn stops(self, why: Rejection) -> Stopped {
        Stopped { at: self, why, who: None }
    }
}

/// What a request has proved, for the extractors.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) gate: Gate,
    pub(crate) who: Who,
    pub(crate) allowed: Option<Permission>,
    pub(crate) outbox: Option<Outbox>,
    /// Whether the handler has asked about its object, where its route leaves that to it.
    pub(crate) asked: Option<Due>,
}

/// Whether a handler has asked about its object what its route requires, and was refused. Another permission is another
/// question.
#[derive(Clone)]
pub(crate) struct Due {
    pub(crate) permission: Permission,
    pub(crate) asked: Arc<AtomicBool>,
    pub(crate) refused: Arc<AtomicBool>,
}

/// Runs the steps as far as they go without waiting.
pub(crate) fn begin(route: &Arc<Route>, request: &Request) -> Progress {
    let (method, headers) = (request.method(), request.headers());
    let presented = match route.extract(headers) {
        Ok(presented) => presented,
        Err(why) => return Progress::Ended(Err(Step::Extract.stops(why))),
    };
    // Nothing was presented and the route requires a caller: no body can change the answer.
    if body::is_due(route, request) && (presented.is_some() || route.is_public()) {
        // What is forged is refused before a byte of its body is read, as far as that can be told without the body.
        let checked = match body::holds_token(route, headers, presented.as_ref()) {
            true => route.csrf_by_origin(headers).map(|()| None),
            false => route.csrf(method, headers, presented.as_ref(), header_token(headers)).map(Some),
        };
        return match checked {
            Ok(checked) => Progress::AtBody(presented, checked),
            Err(why) => Progress::Ended(Err(Step::Csrf.stops(why))),
        };
    }
    let checked = route.csrf(method, headers, presented.as_ref(), header_token(headers));
    authenticate(route, method, presented, checked)
}

/// Runs the remaining steps, and waits where needed.
pub(crate) async fn finish(
    route: &Arc<Route>,
    request: &mut Request,
    mut progress: Progress,
) -> Result<Admitted, Stopped> {
    loop {
        progress = match progress {
            Progress::Ended(outcome) => return outcome,
            Progress::AtBody(presented, checked) => {
                let form = body::read(route, request).await.map_err(|why| Step::Csrf.stops(why))?;
                let checked = match checked {
                    Some(checked) => Ok(checked),
                    None => body::token(&form).and_then(|token| {
                        route.csrf(request.method(), request.headers(), presented.as_ref(), token.as_deref())
                    }),
                };
                authenticate(route, request.method(), presented, checked)
            }
            Progress::AtStore(answer, presented, verdict) => {
                let found = answer.await;
                Progress::Ended(authorize(route, request.method(), presented, verdict, found))
            }
        };
    }
}

/// Step 3, by what step 2 said: who it is.
fn authenticate(
    route: &Arc<Route>,
    method: &Method,
    presented: Option<Presented>,
    checked: Result<(CsrfPass, Verdict), Rejection>,
) -> Progress {
    let (pass, verdict) = match checked {
        Ok(checked) => checked,
        Err(why) => return Progress::Ended(Err(Step::Csrf.stops(why))),
    };
    // A public route authenticates when its handler asks, unless a live session would stop this.
    if route.is_public() && matches!(verdict, Verdict::Passes) {
        let who = match presented {
            Some(presented) => Who::OnDemand(OnDemand::new(Arc::clone(route), presented, pass)),
            None => Who::Known { principal: None, token: None },
        };
        return Progress::Ended(Ok(Admitted {
            gate: route.gate.clone(),
            who,
            allowed: None,
            outbox: None,
            asked: None,
        }));
    }
    match route.authenticate(presented.as_ref(), pass) {
        Reply::Ready(found) => Progress::Ended(authorize(route, method, presented, verdict, found)),
        answer @ Reply::Pending(_) => Progress::AtStore(answer, presented, verdict),
    }
}

/// Step 4: whether they may.
fn authorize(
    route: &Route,
    method: &Method,
    presented: Option<Presented>,
    verdict: Verdict,
    found: Result<Identity, StoreError>,
) -> Result<Admitted, Stopped> {
    let principal = match found {
        Ok(Ok(principal)) => principal,
        // A dead token, like a dead session, does not keep its owner from signing in.
        Ok(Err(_)) if route.is_before_login(method) => None,
        Ok(Err(refusal)) => return Err(Step::Authenticate.stops(Rejection::InvalidToken(refusal))),
        Err(error) => return Err(Step::Authenticate.stops(error.into())),
    };
    // A session that is alive needs its own token here too. Only a dead one does not keep its owner from signing in.
    match (verdict, &principal) {
        (Verdict::Passes, _) | (Verdict::UnlessSignedIn, None) => {}
        (Verdict::UnlessSignedIn | Verdict::Refused(_), Some(_)) => {
            return Err(Step::Csrf.stops(Rejection::SignedInAlready));
        }
        (Verdict::Refused(why), None) => return Err(Step::Csrf.stops(why.into())),
    }
    let allowed = match route.authorize(principal.as_ref(), presented.is_some()) {
        Ok(allowed) => allowed,
        Err(why) => return Err(Stopped { at: Step::Authorize, why, who: principal.map(Box::new) }),
    };
    let token = match presented {
        Some(Presented::Session(token)) => Some(token),
        Some(Presented::Bearer(_)) | None => None,
    };
    let asked = match &route.rule {
        Compiled::Require(permission, _) if route.terms.on_object => {
            Some(Due { permission: permission.clone(), asked: Arc::default(), refused: Arc::default() })
        }
        Compiled::Require(..) | Compiled::Public | Compiled::SignedIn => None,
    };
    let who = Who::Known { principal, token };
    Ok(Admitted { gate: route.gate.clone(), who, allowed, outbox: None, asked })
}
