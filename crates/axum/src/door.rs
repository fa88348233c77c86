//! The door of a handler: what a proof's request gets instead of being handled.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower::Service;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// At the handler.
    Passed,
    /// Before it, with this status.
    Stopped(StatusCode),
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("a call of the handler"),
            Self::Stopped(status) => write!(f, "{}", status.as_u16()),
        }
    }
}

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
pub(crate) async fn knock(site: &axum::Router, mut request: http::Request<Body>) -> Answered {
    let knock = Knock::default();
    request.extensions_mut().insert(knock.clone());
    let answer: Result<Response, Infallible> = site.clone().call(request).await;
    let Ok(response) = answer;
    if knock.0.load(Ordering::Acquire) { Answered::Passed } else { Answered::Stopped(response.status()) }
}
