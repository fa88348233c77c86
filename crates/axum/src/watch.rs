//! Watches the steps of a request and the handler, and says in words how each went. For development (`/dev/flow`).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use admit_core::credential::Presented;
use admit_core::policy::{Decision, Reason};
use admit_core::principal::Principal;
use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use tower::Service;

use crate::checks::{Compiled, Route};
use crate::gate::Asked;
use crate::handler::handle;
use crate::rejection::Rejection;
use crate::steps::{Admitted, Step, Stopped, begin, finish};
use crate::who::{OnDemand, Who};
use crate::witness::{self, Seen, State, Steps, Witness};
use admit_core::csrf::Csrf;
use admit_core::media::is_json;

/// Runs the steps and, if the request passes, its handler, and reports to the witness.
pub(crate) async fn watch<S>(
    witness: Arc<dyn Witness>,
    route: Arc<Route>,
    mut inner: S,
    mut request: Request,
) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let started = Instant::now();
    let mut seen = Seen {
        at: route.gate.0.clock.now(),
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        route: route.path.clone(),
        status: 0,
        took: std::time::Duration::ZERO,
        steps: Steps::default(),
        site: site(request.headers()),
    };
    let progress = begin(&route, &request);
    let outcome = finish(&route, &mut request, progress).await;
    seen.steps = steps(&route, &request, &outcome);
    let response = match outcome {
        Ok(admitted) => {
            let who = admitted.who.clone();
            let response = handle(&route, &mut inner, request, admitted).await;
            if let Who::OnDemand(asked) = who {
                seen.steps.authenticate = asked_for(&asked);
            }
            response
        }
        Err(stopped) => route.gate.refuse(stopped.why, Asked::of(&request)),
    };
    seen.status = response.status().as_u16();
    seen.took = started.elapsed();
    witness.saw(seen);
    response
}

/// How each step went: those before the one that stopped the request passed, those after it were not run.
fn steps(route: &Route, request: &Request, outcome: &Result<Admitted, Stopped>) -> Steps {
    // Extracting is pure, so doing it again gives the same result.
    let presented = route.extract(request.headers()).ok().flatten();
    let who = match outcome {
        Ok(Admitted { who: Who::Known { principal, .. }, .. }) => principal.as_ref(),
        Ok(Admitted { who: Who::OnDemand(_), .. }) => None,
        Err(stopped) => stopped.who.as_deref(),
    };
    let step = |step: Step, said: &dyn Fn() -> String| match outcome {
        Err(stopped) if stopped.at < step => witness::Step::default(),
        Err(stopped) if stopped.at == step => stop(&stopped.why),
        Ok(_) | Err(_) => pass(said()),
    };
    Steps {
        extract: step(Step::Extract, &|| extract_said(route, presented.as_ref())),
        csrf: step(Step::Csrf, &|| csrf_said(route, request, presented.as_ref())),
        authenticate: step(Step::Authenticate, &|| authenticate_said(who, presented.is_some())),
        authorize: step(Step::Authorize, &|| authorize_said(route, who)),
    }
}

fn pass(said: String) -> witness::Step {
    witness::Step { state: State::Passed, said }
}

fn stop(why: &Rejection) -> witness::Step {
    let problem = why.problem();
    witness::Step { state: State::Stopped, said: format!("{}: {}", problem.status().as_u16(), problem.detail()) }
}

fn extract_said(route: &Route, presented: Option<&Presented>) -> String {
    let said = match presented {
        Some(Presented::Session(_)) => "A session cookie was presented (its value is a secret and is not shown).",
        Some(Presented::Bearer(_)) => {
            "An access token was presented in Authorization: Bearer (its value is a secret and is not shown)."
        }
        None if route.terms.csrf == Csrf::Client => {
            "The client shows who it is in the call itself; nothing else is looked at."
        }
        None => "Nothing was presented: anonymous.",
    };
    said.to_owned()
}

fn csrf_said(route: &Route, request: &Request, presented: Option<&Presented>) -> String {
    if admit_core::csrf::is_safe(request.method()) {
        return format!("{} changes nothing, so there is nothing to forge.", request.method());
    }
    let said = match (presented, route.is_before_login(request.method())) {
        (_, true) if is_json(request.headers()) => {
            "No other site is named as the sender, and no form of one can send JSON."
        }
        (_, true) => "No other site is named as the sender, and the form carried its page's token.",
        (None, false) => {
            "No other site is named as the sender, and no cookie came along whose authority could be borrowed."
        }
        (Some(Presented::Session(_)), false) => {
            "No other site is named as the sender, and the token belongs to this session."
        }
        (Some(Presented::Bearer(_)), false) => {
            "No browser adds a Bearer token by itself, so there is nothing to forge."
        }
    };
    said.to_owned()
}

fn authenticate_said(principal: Option<&Principal>, presented: bool) -> String {
    let Some(principal) = principal else {
        let said =
            if presented { "The session or token is unknown or has ended: anonymous." } else { "Nobody: anonymous." };
        return said.to_owned();
    };
    let roles: Vec<&str> = principal.roles().iter().map(|role| role.as_str()).collect();
    let (name, roles) = (principal.name(), roles.join(", "));
    match (principal.client(), principal.session_id()) {
        // A token has its user's id and not the name, which may change.
        (Some(client), Some(session)) => format!("User {name} — client {client}, session {session}, roles: {roles}"),
        (Some(client), None) => format!("Client {client}, for itself — roles: {roles}"),
        (None, session) => {
            let session = session.map(|id| id.to_string()).unwrap_or_default();
            format!("{name} — session {session}, roles: {roles}")
        }
    }
}

/// What a handler of a public route found out when it asked who it is.
fn asked_for(asked: &OnDemand) -> witness::Step {
    match asked.found() {
        None => pass("The route is public and its handler does not ask who it is: nothing was looked up.".to_owned()),
        Some(Ok(principal)) => pass(authenticate_said(principal.as_ref(), true)),
        Some(Err(why)) => stop(why),
    }
}

fn authorize_said(route: &Route, who: Option<&Principal>) -> String {
    match (&route.rule, who) {
        (Compiled::Public, _) => "The route is public.".to_owned(),
        (Compiled::SignedIn, _) => "The route asks only for somebody who is signed in.".to_owned(),
        (Compiled::Require(permission, index), Some(who)) => match route.decide(permission, *index, who) {
            Decision::Allow { by } => format!("{permission}: permitted by {by}."),
            Decision::Deny(Reason::NeedsObject { .. }) => {
                format!("{permission}: decided on the object, by the handler.")
            }
            Decision::Deny(reason) => format!("{permission}: {reason}."),
        },
        (Compiled::Require(permission, _), None) => format!("{permission}: nobody asks."),
    }
}

fn site(headers: &HeaderMap) -> String {
    let show = |name: &'static str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(|value| format!("{name}: {value}"))
    };
    [show("sec-fetch-site"), show("origin")].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
