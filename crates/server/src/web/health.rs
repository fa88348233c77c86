//! `/livez`: the process runs. `/readyz`: it can do its work.

use std::pin::Pin;
use std::sync::Arc;

use admit::Problem;
use admit_core::store::StoreError;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Web;

/// Asks the store whether it can read and write.
pub(super) type Probe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>> + Send + Sync>;

pub(super) async fn livez() -> &'static str {
    "alive\n"
}

pub(super) async fn readyz(State(web): State<Web>) -> Response {
    match (web.healthy)().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            let problem = Problem::unavailable("not-ready", "Not ready", "The store does not answer.");
            problem.because(error.to_string()).into_response()
        }
    }
}
