//! `/livez`: the process runs. `/readyz`: it can do its work.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use admit::Problem;
use admit_core::store::StoreError;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Web;
use crate::operation::Failure;

/// A store that has not answered by then is not ready: a disk may hang instead of failing.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// Asks the store whether it can read and write.
pub(super) type Probe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>> + Send + Sync>;

pub(super) async fn livez() -> &'static str {
    "alive\n"
}

pub(super) async fn readyz(State(web): State<Web>) -> Response {
    if web.operations.hasher.threads() == 0 {
        return Failure::HashingStopped.problem().into_response();
    }
    let slow = || StoreError::new(format_args!("no change was made within {} s", READY_WITHIN.as_secs()));
    let healthy = tokio::time::timeout(READY_WITHIN, (web.healthy)()).await;
    match healthy.unwrap_or_else(|_| Err(slow())) {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            let problem = Problem::unavailable("not-ready", "Not ready", "The store takes no changes.");
            problem.because(error.to_string()).into_response()
        }
    }
}
