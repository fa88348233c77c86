//! The steps as a tower layer on each route.
//!
//! A request whose answers are at hand (a session in memory, no form to read) passes without a future of its own on the
//! heap; the others take the way through [`walk`].

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use admit_core::store::Reply;
use axum::extract::Request;
use axum::response::Response;
use http::HeaderValue;
use http::header::SET_COOKIE;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::gate::{Asked, Gate};
use crate::rejection::{Answered, Rejection};
use crate::route::Csrf;
use crate::steps::{Admitted, Compiled, Outbox, Route, Terms, header_token, is_form};
use crate::walk::walk;

/// Puts a gate in front of one route.
#[derive(Clone)]
pub(crate) struct GateLayer(Arc<Route>);

impl GateLayer {
    pub(crate) fn new(gate: Gate, rule: Compiled, terms: Terms, path: &str) -> Self {
        Self(Arc::new(Route::new(gate, rule, terms, path)))
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService { inner, route: Arc::clone(&self.0) }
    }
}

#[derive(Clone)]
pub(crate) struct GateService<S> {
    inner: S,
    route: Arc<Route>,
}

pin_project! {
    #[project = GateFutureProjected]
    pub(crate) enum GateFuture<F> {
        Inner { #[pin] inner: F, outbox: Option<Outbox> },
        Stopped { response: Option<Response> },
        Walking { walking: Pin<Box<dyn Future<Output = Response> + Send>> },
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for GateFuture<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            GateFutureProjected::Inner { inner, outbox } => inner.poll(context).map(|answer| {
                answer.map(|response| match outbox.take() {
                    Some(outbox) => post(response, &outbox),
                    None => response,
                })
            }),
            GateFutureProjected::Stopped { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            GateFutureProjected::Walking { walking } => walking.as_mut().poll(context).map(Ok),
        }
    }
}

impl<S> Service<Request> for GateService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = GateFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let route = &self.route;
        let headers = request.headers();
        let slow = route.gate.0.witness.is_some()
            || route.terms.csrf == Csrf::BeforeLogin
            || (route.terms.csrf != Csrf::Client
                && header_token(headers).is_none()
                && !admit_core::csrf::is_safe(request.method())
                && is_form(headers));
        if slow {
            let walking = Box::pin(walk(Arc::clone(route), self.inner.clone(), request));
            return GateFuture::Walking { walking };
        }
        let presented = match route.extract(headers) {
            Ok(presented) => presented,
            Err(rejection) => return stop(route, rejection, &request),
        };
        let pass = match route.csrf(request.method(), headers, presented.as_ref(), header_token(headers)) {
            Ok(pass) => pass,
            Err(forgery) => return stop(route, Rejection::Forged(forgery), &request),
        };
        let principal = match route.authenticate(presented.as_ref(), pass) {
            Reply::Ready(Ok(Ok(principal))) => principal,
            Reply::Ready(Ok(Err(refusal))) => return stop(route, Rejection::InvalidToken(refusal), &request),
            Reply::Ready(Err(error)) => return stop(route, error.into(), &request),
            Reply::Pending(answer) => {
                let (route, mut inner) = (Arc::clone(route), self.inner.clone());
                let walking = Box::pin(async move {
                    let admitted = match answer.await {
                        Ok(Ok(principal)) => route.authorize(principal, presented),
                        Ok(Err(refusal)) => Err(Rejection::InvalidToken(refusal)),
                        Err(error) => Err(error.into()),
                    };
                    match admitted {
                        Ok(admitted) => handle(&route, &mut inner, request, admitted).await,
                        Err(rejection) => refuse(&route, rejection, &request),
                    }
                });
                return GateFuture::Walking { walking };
            }
        };
        match route.authorize(principal, presented) {
            Ok(admitted) if admitted.asked.is_some() => {
                let (route, mut inner) = (Arc::clone(route), self.inner.clone());
                let walking = Box::pin(async move { handle(&route, &mut inner, request, admitted).await });
                GateFuture::Walking { walking }
            }
            Ok(admitted) => {
                #[cfg(feature = "prove")]
                if let Some(response) = crate::prove::at_the_door(&request) {
                    return GateFuture::Stopped { response: Some(response) };
                }
                let outbox = enter(&mut request, admitted);
                GateFuture::Inner { inner: self.inner.call(request), outbox }
            }
            Err(rejection) => stop(route, rejection, &request),
        }
    }
}

/// Runs the handler, and looks at whether it asked about its object where its route leaves that to it.
pub(crate) async fn handle<S>(route: &Route, inner: &mut S, mut request: Request, admitted: Admitted) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    #[cfg(feature = "prove")]
    if let Some(response) = crate::prove::at_the_door(&request) {
        return response;
    }
    let Some(about) = admitted.asked.clone() else {
        let outbox = enter(&mut request, admitted);
        return deliver(inner.call(request).await, outbox);
    };
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let extensions = request.extensions().clone();
    let asked = Asked { method: &method, uri: &uri, headers: &headers, extensions: &extensions };
    let outbox = enter(&mut request, admitted);
    let Ok(response) = inner.call(request).await;
    // What it answers when it finds nothing, or cannot read the body, needs no permission; what it answers with success does.
    let succeeded = response.status().is_success() || response.status().is_redirection();
    let response = if succeeded && !about.asked.load(Ordering::Acquire) {
        tracing::error!(
            %method,
            path = route.path,
            "the handler answered with success and never asked about its object what its route requires: call \
             principal.authorize(Action, &object)?"
        );
        route.gate.refuse(Rejection::Unguarded, asked)
    } else {
        match response.extensions().get::<Answered>() {
            Some(Answered(rejection)) => route.gate.refuse(Rejection::clone(rejection), asked),
            None => response,
        }
    };
    // Whatever the answer is: a session whose secret was replaced on the way must learn of it.
    deliver(Ok(response), outbox)
}

/// Hands the proofs to the extractors. The outbox is there where an extractor may have a cookie to send.
pub(crate) fn enter(request: &mut Request, mut admitted: Admitted) -> Option<Outbox> {
    let may_send = match &admitted.principal {
        Some(principal) => principal.needs_rotation(),
        None => true,
    };
    admitted.outbox = may_send.then(Outbox::default);
    let outbox = admitted.outbox.clone();
    request.extensions_mut().insert(admitted);
    outbox
}

pub(crate) fn deliver(answer: Result<Response, Infallible>, outbox: Option<Outbox>) -> Response {
    let Ok(response) = answer;
    match outbox {
        Some(outbox) => post(response, &outbox),
        None => response,
    }
}

/// Adds the cookie that an extractor left, unless the handler has set the same one itself: a session that began in this
/// very request (a new password) must not be replaced by the one that it has ended.
fn post(mut response: Response, outbox: &Outbox) -> Response {
    let Some(cookie) = outbox.0.get() else { return response };
    let name = |cookie: &HeaderValue| cookie.as_bytes().split(|byte| *byte == b'=').next().map(<[u8]>::to_vec);
    let set = response.headers().get_all(SET_COOKIE).iter().any(|set| name(set) == name(cookie));
    if !set {
        response.headers_mut().append(SET_COOKIE, HeaderValue::clone(cookie));
    }
    response
}

fn stop<F>(route: &Route, rejection: Rejection, request: &Request) -> GateFuture<F> {
    GateFuture::Stopped { response: Some(refuse(route, rejection, request)) }
}

pub(crate) fn refuse(route: &Route, rejection: Rejection, request: &Request) -> Response {
    route.gate.refuse(rejection, asked(request))
}

pub(crate) fn asked(request: &Request) -> Asked<'_> {
    Asked { method: request.method(), uri: request.uri(), headers: request.headers(), extensions: request.extensions() }
}
