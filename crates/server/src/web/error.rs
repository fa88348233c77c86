//! The error of a handler, and the one place that turns it into a page or a problem document.

use std::pin::Pin;
use std::sync::Arc;

use admit::{Asked, Problem};
use admit_core::standing::LostStanding;
use admit_core::store::StoreError;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};

use super::face::{Said, problem_page};
use super::reply::see_other;
use super::say::say;
use super::{Context, Web};
use crate::accept::wants_page;
use crate::operation::Failure;

/// Why a handler failed.
#[derive(Debug)]
pub(super) enum Error {
    /// The operation failed.
    Failure(Failure),
    /// The request itself is wrong.
    Problem(Problem),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Failure(error.into())
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Error {
    fn problem(&self) -> Problem {
        match self {
            Self::Failure(failure) => failure.into(),
            Self::Problem(problem) => problem.clone(),
        }
    }

    fn page(&self, web: &Web, context: &Context) -> Response {
        let said = match self {
            Self::Failure(Failure::StandingLost(LostStanding::Session)) => {
                return see_other("/login?notice=session-ended");
            }
            Self::Failure(failure) => Said::detail(say(failure, context.lang)),
            Self::Problem(_) => Said::default(),
        };
        problem_page(web, context, &self.problem(), said)
    }
}

impl IntoResponse for Error {
    /// The problem document that programs get. [`ForPeople`] takes the error from the response and makes a page.
    fn into_response(self) -> Response {
        let mut response = self.problem().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// A handler whose errors become pages where a page is wanted. It runs inside the gate, which inspects the final answer.
#[derive(Clone)]
pub(super) struct ForPeople<H>(pub(super) H);

impl<H: Handler<T, Web>, T: 'static> Handler<T, Web> for ForPeople<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, web: Web) -> Self::Future {
        let (method, uri, headers, extensions) =
            (request.method(), request.uri(), request.headers(), request.extensions());
        let context = wants_page(headers).then(|| Context::of(&web, Asked { method, uri, headers, extensions }));
        let answering = self.0.call(request, web.clone());
        Box::pin(async move {
            let mut response = answering.await;
            match (context, response.extensions_mut().remove::<Arc<Error>>()) {
                (Some(context), Some(error)) => error.page(&web, &context),
                _ => response,
            }
        })
    }
}
