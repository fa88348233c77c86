//! The steps as a tower layer on each route.
//!
//! A request whose answers are at hand (a session in memory, no body to read) passes without a future of its own on the
//! heap.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::checks::{Compiled, Route};
use crate::cors::Consent;
use crate::gate::{Asked, Gate};
use crate::handler::{enter, handle};
use crate::parting::Parting;
use crate::steps::{Progress, begin, finish};
use crate::terms::Terms;
use crate::watch::watch;

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
    fn way(&mut self, mut request: Request) -> Way<S::Future> {
        let route = &self.route;
        if let Some(witness) = route.gate.0.witness.clone() {
            let walking = Box::pin(watch(witness, Arc::clone(route), self.inner.clone(), request));
            return Way::Walking { walking };
        }
        match begin(route, &request) {
            Progress::Ended(Ok(admitted)) if admitted.asked.is_none() => {
                #[cfg(feature = "prove")]
                if let Some(response) = crate::door::at_the_door(&request) {
                    return Way::Stopped { response: Some(response) };
                }
                let parting = enter(route, &mut request, admitted);
                Way::Inner { inner: self.inner.call(request), parting }
            }
            Progress::Ended(Err(stopped)) => {
                Way::Stopped { response: Some(route.gate.refuse(stopped.why, Asked::of(&request))) }
            }
            progress => {
                let (route, mut inner) = (Arc::clone(route), self.inner.clone());
                let walking = Box::pin(async move {
                    match finish(&route, &mut request, progress).await {
                        Ok(admitted) => handle(&route, &mut inner, request, admitted).await,
                        Err(stopped) => route.gate.refuse(stopped.why, Asked::of(&request)),
                    }
                });
                Way::Walking { walking }
            }
        }
    }
}
