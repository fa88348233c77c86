//! The steps as a tower layer on each route.
//!
//! A request whose answers are at hand (a session in memory, no body to read) passes without a future of its own on the
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
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::body;
use crate::cors::Consent;
use crate::gate::{Asked, Gate};
use crate::parting::{Outbox, Parting};
use crate::rejection::{Answered, Rejection};
use crate::route::Csrf;
use crate::steps::{Admitted, Compiled, Route, Terms, header_token};
use crate::walk::walk;
use crate::who::Who;

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
    pub(crate) struct GateFuture<F> {
        #[pin]
        way: Way<F>,
        consent: Consent,
    }
}

pin_project! {
    #[project = WayProjected]
    pub(crate) enum Way<F> {
        Inner { #[pin] inner: F, parting: Parting },
        Stopped { response: Option<Response> },
        Walking { walking: Pin<Box<dyn Future<Output = Response> + Send>> },
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for GateFuture<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project();
        let answered = match future.way.project() {
            WayProjected::Inner { inner, parting } => {
                inner.poll(context).map(|answer| answer.map(|response| parting.apply(response)))
            }
            WayProjected::Stopped { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            WayProjected::Walking { walking } => walking.as_mut().poll(context).map(Ok),
        };
        answered.map_ok(|mut response| {
            future.consent.write(&mut response);
            response
        })
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

    fn call(&mut self, request: Request) -> Self::Future {
        let consent = Consent::of(&self.route, request.method(), request.headers());
        GateFuture { way: self.way(request), consent }
    }
}

impl<S> GateService<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    fn way(&mut self, request: Request) -> Way<S::Future> {
        let route = &self.route;
        let headers = request.headers();
        let slow =
            route.gate.0.witness.is_some() || route.terms.csrf == Csrf::BeforeLogin || body::is_due(route, &request);
        if slow {
            let walking = Box::pin(walk(Arc::clone(route), self.inner.clone(), request));
            return Way::Walking { walking };
        }
        let presented = match route.extract(headers) {
            Ok(presented) => presented,
            Err(rejection) => return stop(route, rejection, &request),
        };
        let pass = match route.csrf(request.method(), headers, presented.as_ref(), header_token(headers)) {
            Ok(pass) => pass,
            Err(forgery) => return stop(route, Rejection::Forged(forgery), &request),
        };
        if route.is_public() {
            let admitted = route.open(presented, pass);
            return self.enter(request, admitted);
        }
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
                return Way::Walking { walking };
            }
        };
        match route.authorize(principal, presented) {
            Ok(admitted) if admitted.asked.is_some() => {
                let (route, mut inner) = (Arc::clone(route), self.inner.clone());
                let walking = Box::pin(async move { handle(&route, &mut inner, request, admitted).await });
                Way::Walking { walking }
            }
            Ok(admitted) => self.enter(request, admitted),
            Err(rejection) => stop(route, rejection, &request),
        }
    }
}

impl<S: Service<Request>> GateService<S> {
    /// Into the handler, without a future on the heap.
    fn enter(&mut self, mut request: Request, admitted: Admitted) -> Way<S::Future> {
        #[cfg(feature = "prove")]
        if let Some(response) = crate::prove::at_the_door(&request) {
            return Way::Stopped { response: Some(response) };
        }
        let parting = enter(&self.route, &mut request, admitted);
        Way::Inner { inner: self.inner.call(request), parting }
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
        let parting = enter(route, &mut request, admitted);
        let Ok(response) = inner.call(request).await;
        return parting.apply(response);
    };
    let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
    let extensions = request.extensions().clone();
    let asked = Asked { method: &method, uri: &uri, headers: &headers, extensions: &extensions };
    let parting = enter(route, &mut request, admitted);
    let Ok(response) = inner.call(request).await;
    // What it answers when it finds nothing, or cannot read the body, needs no permission; what it answers with success does.
    let succeeded = response.status().is_success() || response.status().is_redirection();
    let mistake = match (about.asked.load(Ordering::Acquire), about.refused.load(Ordering::Acquire)) {
        (false, _) => {
            Some("never asked about its object what its route requires: call principal.authorize(Action, &object)?")
        }
        (true, true) => Some(
            "was refused what its route requires: give the refusal back with ?, or leave such objects out with \
                              authorize_each",
        ),
        (true, false) => None,
    };
    let response = match mistake {
        Some(mistake) if succeeded => {
            tracing::error!(%method, path = route.path, "the handler answered with success and {mistake}");
            route.gate.refuse(Rejection::Unguarded, asked)
        }
        _ => match response.extensions().get::<Answered>() {
            Some(Answered(rejection)) => route.gate.refuse(Rejection::clone(rejection), asked),
            None => response,
        },
    };
    // Whatever the answer is: a session whose secret was replaced on the way must learn of it.
    parting.apply(response)
}

/// Hands the proofs to the extractors. The outbox is there where an extractor may have a cookie to send.
fn enter(route: &Route, request: &mut Request, mut admitted: Admitted) -> Parting {
    let may_send = match &admitted.who {
        Who::Known { principal: Some(principal), .. } => principal.needs_rotation(),
        Who::Known { principal: None, .. } | Who::OnDemand(_) => true,
    };
    admitted.outbox = may_send.then(Outbox::default);
    let parting = Parting::new(route.gate.0.cookies, !route.is_public(), admitted.outbox.clone(), &admitted.who);
    request.extensions_mut().insert(admitted);
    parting
}

fn stop<F>(route: &Route, rejection: Rejection, request: &Request) -> Way<F> {
    Way::Stopped { response: Some(refuse(route, rejection, request)) }
}

pub(crate) fn refuse(route: &Route, rejection: Rejection, request: &Request) -> Response {
    route.gate.refuse(rejection, asked(request))
}

pub(crate) fn asked(request: &Request) -> Asked<'_> {
    Asked { method: request.method(), uri: request.uri(), headers: request.headers(), extensions: request.extensions() }
}
