//! The door of a handler: what a proof's request gets instead of being handled.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower::Service;

use super::Answered;

/// On a request of a proof: whether it came to the handler's door.
#[derive(Clone, Default)]
struct Knock(Arc<AtomicBool>);

/// The answer at the door, for a request of a proof; `None` for every other.
pub(crate) fn at_the_door(request: &Request) -> Option<Response> {
    let Knock(came) = request.extensions().get()?;
    came.store(true, Ordering::Release);
    Some(StatusCode::NO_CONTENT.into_response())
}

/// Sends a request as far as the handler's door.
pub(super) async fn knock(site: &axum::Router, mut request: http::Request<Body>) -> Answered {
    let knock = Knock::default();
    request.extensions_mut().insert(knock.clone());
    let answer: Result<Response, Infallible> = site.clone().call(request).await;
    let Ok(response) = answer;
    if knock.0.load(Ordering::Acquire) { Answered::Passed } else { Answered::Stopped(response.status()) }
}
