//! Paths and methods that are not there, behind the same first steps as everything else.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use crate::cors::depends_on_origin;
use crate::gate::{Asked, Gate};
use crate::problem::Problem;
use crate::rejection::Rejection;

/// Answers 404 and 405 as problem documents, and 403 to whatever is forged.
pub(crate) fn with_fallbacks<S: Clone + Send + Sync + 'static>(
    router: axum::Router<S>,
    gate: &Gate,
) -> axum::Router<S> {
    let (missing, other_method) = (gate.clone(), gate.clone());
    router
        .fallback(move |request: Request| {
            let response = of_origin(&request, not_found(&missing, &request));
            async move { response }
        })
        .method_not_allowed_fallback(move |request: Request| {
            let response = of_origin(&request, not_allowed(&other_method, &request));
            async move { response }
        })
}

fn not_allowed(gate: &Gate, request: &Request) -> Response {
    if let Some(forged) = forged(gate, request) {
        return forged;
    }
    let page = gate.0.face.as_ref().and_then(|face| face.method_not_allowed(Asked::of(request)));
    page.unwrap_or_else(|| Problem::method_not_allowed(request.method()).into_response())
}

/// Whether something unsafe is forged is decided by its origin, also where nothing is.
fn of_origin(request: &Request, mut response: Response) -> Response {
    if !admit_core::csrf::is_safe(request.method()) {
        depends_on_origin(response.headers_mut());
    }
    response
}

fn not_found(gate: &Gate, request: &Request) -> Response {
    if let Some(forged) = forged(gate, request) {
        return forged;
    }
    let page = gate.0.face.as_ref().and_then(|face| face.not_found(Asked::of(request)));
    page.unwrap_or_else(|| Problem::not_found("There is nothing at this address.").into_response())
}

fn forged(gate: &Gate, request: &Request) -> Option<Response> {
    if admit_core::csrf::is_safe(request.method()) {
        return None;
    }
    let forgery = gate.0.origins.check(request.headers()).err()?;
    Some(gate.refuse(Rejection::Forged(forgery), Asked::of(request)))
}
