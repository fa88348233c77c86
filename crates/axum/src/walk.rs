//! The steps one after another for the requests that have something to wait for: a form to read, a login, a watcher.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use admit_core::credential::Presented;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower::Service;

use crate::layer::{handle, refuse};
use crate::rejection::Rejection;
use crate::route::Csrf;
use crate::steps::{Admitted, Route, header_token, is_form, is_json};
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
    let response = match pass(&route, &mut request, &mut steps).await {
        Ok(admitted) => handle(&route, &mut inner, request, admitted).await,
        Err(rejection) => refuse(&route, rejection, &request),
    };
    if let Some((witness, mut seen, started)) = watched {
        seen.status = response.status().as_u16();
        seen.took = started.elapsed();
        seen.steps = steps;
        witness.saw(seen);
    }
    response
}

async fn pass(route: &Route, request: &mut Request, steps: &mut Steps) -> Result<Admitted, Rejection> {
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

    let form_token = note(&mut steps.csrf, form_token(route, request).await, |_| String::new())?;
    let headers = request.headers();
    let token = header_token(headers).or(form_token.as_deref());
    let before_login = route.terms.csrf == Csrf::BeforeLogin && !admit_core::csrf::is_safe(request.method());
    // Before login an ordinary pass is enough only for somebody with a session; a form without one has its own token.
    let ordinary = route.csrf(request.method(), headers, presented.as_ref(), token);
    let (pass, forged_if_live) = match ordinary {
        Ok(_) if before_login && presented.is_none() => (route.csrf_before_login(headers, token), None),
        Ok(pass) => (Ok(pass), None),
        Err(forgery) if before_login => (route.csrf_before_login(headers, token), Some(forgery)),
        Err(forgery) => (Err(Rejection::Forged(forgery)), None),
    };
    let pass = note(&mut steps.csrf, pass, |_| csrf_said(request, presented.as_ref(), before_login))?;

    let found = match route.authenticate(presented.as_ref(), pass).await {
        Ok(Ok(principal)) => Ok(principal),
        // A dead token, like a dead session, does not keep its owner from signing in.
        Ok(Err(_)) if before_login => Ok(None),
        Ok(Err(refusal)) => Err(Rejection::InvalidToken(refusal)),
        Err(error) => Err(error.into()),
    };
    let principal = note(&mut steps.authenticate, found, |principal| match principal {
        Some(principal) => {
            let roles: Vec<&str> = principal.roles().iter().map(|role| role.as_str()).collect();
            let (name, roles) = (principal.name(), roles.join(", "));
            match (principal.client(), principal.session_id()) {
                // A token has its user's id and not the name, which may change.
                (Some(client), Some(session)) => {
                    format!("User {name} — client {client}, session {session}, roles: {roles}")
                }
                (Some(client), None) => format!("Client {client}, for itself — roles: {roles}"),
                (None, session) => {
                    let session = session.map(|id| id.to_string()).unwrap_or_default();
                    format!("{name} — session {session}, roles: {roles}")
                }
            }
        }
        None if presented.is_some() => "The session or token is unknown or has ended: anonymous.".to_owned(),
        None => "Nobody: anonymous.".to_owned(),
    })?;
    // A session that is alive needs its own token here too. Only a dead one does not keep its owner from signing in.
    if let (Some(forgery), Some(_)) = (forged_if_live, &principal) {
        steps.authenticate = Step::default();
        return note(&mut steps.csrf, Err(Rejection::Forged(forgery)), |_: &Admitted| String::new());
    }

    let admitted = route.authorize(principal, presented);
    if let Ok(admitted) = &admitted {
        steps.authorize = route.explain(admitted);
        return Ok(admitted.clone());
    }
    note(&mut steps.authorize, admitted, |_| String::new())
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

fn csrf_said(request: &Request, presented: Option<&Presented>, before_login: bool) -> String {
    if admit_core::csrf::is_safe(request.method()) {
        return format!("{} changes nothing, so there is nothing to forge.", request.method());
    }
    let said = match (presented, before_login) {
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

/// The CSRF token of a form that carries none in a header. The body is put back for the handler.
async fn form_token(route: &Route, request: &mut Request) -> Result<Option<String>, Rejection> {
    if header_token(request.headers()).is_some()
        || route.terms.csrf == Csrf::Client
        || admit_core::csrf::is_safe(request.method())
        || !is_form(request.headers())
    {
        return Ok(None);
    }
    // A form that already shows itself forged by its origin is not even read.
    if route.terms.csrf != Csrf::AnyOrigin {
        route.gate.0.origins.check(request.headers()).map_err(Rejection::Forged)?;
    }
    let body = std::mem::take(request.body_mut());
    let read = Limited::new(body, route.gate.0.form_limit).collect().await.map_err(|error| {
        let too_large = error.is::<LengthLimitError>();
        Rejection::Body(if too_large { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST })
    })?;
    let bytes = read.to_bytes();
    let mut tokens = form_urlencoded::parse(&bytes).filter(|(name, _)| name == "csrf_token");
    let token = tokens.next().map(|(_, value)| value.into_owned());
    // Two tokens are none: whoever wrote the second did not write the page.
    let token = if tokens.next().is_some() { Some(String::new()) } else { token };
    *request.body_mut() = Body::from(bytes);
    Ok(token)
}

fn site(headers: &HeaderMap) -> String {
    let show = |name: &'static str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(|value| format!("{name}: {value}"))
    };
    [show("sec-fetch-site"), show("origin")].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
