//! The steps one after another for the requests that have something to wait for: a body to read, a login, a watcher.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use admit_core::credential::Presented;
use admit_core::csrf::CsrfPass;
use admit_core::principal::Principal;
use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use tower::Service;

use crate::body;
use crate::layer::{handle, refuse};
use crate::rejection::Rejection;
use crate::route::Csrf;
use crate::steps::{Admitted, Route, Verdict, header_token, is_json};
use crate::who::{OnDemand, Who};
use crate::witness::{Seen, State, Step, Steps};

/// Walks a request through the steps and, if it passes, into its handler.
pub(crate) async fn walk<S>(route: Arc<Route>, mut inner: S, mut request: Request) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let watched = route.gate.0.witness.clone().map(|witness| {
        let seen = Seen {
            at: route.gate.0.clock.now(),
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            route: route.path.clone(),
            status: 0,
            took: std::time::Duration::ZERO,
            steps: Steps::default(),
            site: site(request.headers()),
        };
        (witness, seen, Instant::now())
    });
    let mut steps = Steps::default();
    let mut on_demand = None;
    let response = match pass(&route, &mut request, &mut steps).await {
        Ok(admitted) => {
            if let Who::OnDemand(asked) = &admitted.who {
                on_demand = Some(Arc::clone(asked));
            }
            handle(&route, &mut inner, request, admitted).await
        }
        Err(rejection) => refuse(&route, rejection, &request),
    };
    if let Some((witness, mut seen, started)) = watched {
        if let Some(asked) = on_demand {
            steps.authenticate = asked_for(&asked);
        }
        seen.status = response.status().as_u16();
        seen.took = started.elapsed();
        seen.steps = steps;
        witness.saw(seen);
    }
    response
}

async fn pass(route: &Arc<Route>, request: &mut Request, steps: &mut Steps) -> Result<Admitted, Rejection> {
    let presented = note(&mut steps.extract, route.extract(request.headers()), |presented| match presented {
        Some(Presented::Session(_)) => {
            "A session cookie was presented (its value is a secret and is not shown).".to_owned()
        }
        Some(Presented::Bearer(_)) => {
            "An access token was presented in Authorization: Bearer (its value is a secret and is not shown)."
                .to_owned()
        }
        None if route.terms.csrf == Csrf::Client => {
            "The client shows who it is in the call itself; nothing else is looked at.".to_owned()
        }
        None => "Nothing was presented: anonymous.".to_owned(),
    })?;
    let passed = csrf_and_body(route, request, presented.as_ref()).await;
    let (pass, verdict) = note(&mut steps.csrf, passed, |_| csrf_said(route, request, presented.as_ref()))?;

    // A public route authenticates when its handler asks, unless a live session would stop this.
    if route.is_public() && matches!(verdict, Verdict::Passes) {
        let admitted = route.open(presented, pass);
        steps.authenticate = Step { state: State::Passed, said: said_of(None, false) };
        steps.authorize = route.explain(&admitted);
        return Ok(admitted);
    }
    let found = match route.authenticate(presented.as_ref(), pass).await {
        Ok(Ok(principal)) => Ok(principal),
        // A dead token, like a dead session, does not keep its owner from signing in.
        Ok(Err(_)) if route.is_before_login(request.method()) => Ok(None),
        Ok(Err(refusal)) => Err(Rejection::InvalidToken(refusal)),
        Err(error) => Err(error.into()),
    };
    let principal = note(&mut steps.authenticate, found, |principal| said_of(principal.as_ref(), presented.is_some()))?;
    // A session that is alive needs its own token here too. Only a dead one does not keep its owner from signing in.
    let stopped = match (verdict, &principal) {
        (Verdict::Passes, _) | (Verdict::UnlessSignedIn, None) => None,
        (Verdict::UnlessSignedIn | Verdict::Refused(_), Some(_)) => Some(Rejection::SignedInAlready),
        (Verdict::Refused(rejection), None) => Some(rejection),
    };
    if let Some(rejection) = stopped {
        steps.authenticate = Step::default();
        return note(&mut steps.csrf, Err(rejection), |_: &Admitted| String::new());
    }

    let admitted = route.authorize(principal, presented);
    if let Ok(admitted) = &admitted {
        steps.authorize = route.explain(admitted);
        return Ok(admitted.clone());
    }
    note(&mut steps.authorize, admitted, |_| String::new())
}

/// The check against forgery, and the body: what is forged is refused before a byte of its body is read, as far as that can be
/// told without the body, and whoever presented nothing where somebody is asked for sends theirs in vain.
async fn csrf_and_body(
    route: &Route,
    request: &mut Request,
    presented: Option<&Presented>,
) -> Result<(CsrfPass, Verdict), Rejection> {
    let headers = request.headers();
    let is_due = body::is_due(route, request) && (presented.is_some() || route.is_public());
    if is_due && body::holds_token(route, headers, presented) {
        route.forged_by_origin(headers)?;
        let form = body::read(route, request).await?;
        let token = body::token_in(&form);
        if token.is_none() && body::is_json_as_form(&form) {
            return Err(Rejection::MediaType);
        }
        return route.forged(request.method(), request.headers(), presented, token.as_deref());
    }
    let passed = route.forged(request.method(), headers, presented, header_token(headers))?;
    if is_due {
        body::read(route, request).await?;
    }
    Ok(passed)
}

/// Who it is, in words.
fn said_of(principal: Option<&Principal>, presented: bool) -> String {
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
fn asked_for(asked: &OnDemand) -> Step {
    match asked.found() {
        None => Step {
            state: State::Passed,
            said: "The route is public and its handler does not ask who it is: nothing was looked up.".to_owned(),
        },
        Some(found) => {
            let mut step = Step::default();
            drop(note(&mut step, found.clone(), |principal| said_of(principal.as_ref(), true)));
            step
        }
    }
}

/// Writes down how a step ended.
fn note<T>(step: &mut Step, outcome: Result<T, Rejection>, said: impl FnOnce(&T) -> String) -> Result<T, Rejection> {
    *step = match &outcome {
        Ok(value) => Step { state: State::Passed, said: said(value) },
        Err(rejection) => {
            let problem = rejection.problem();
            Step { state: State::Stopped, said: format!("{}: {}", problem.status().as_u16(), problem.detail()) }
        }
    };
    outcome
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

fn site(headers: &HeaderMap) -> String {
    let show = |name: &'static str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(|value| format!("{name}: {value}"))
    };
    [show("sec-fetch-site"), show("origin")].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
