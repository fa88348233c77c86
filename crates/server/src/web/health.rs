//! `/livez`: the process runs. `/readyz`: it can do its work.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use admit::Problem;
use admit_core::store::StoreError;
use axum::extract::State;

use super::Web;
use crate::operation::Failure;

/// A store that has not answered by then is not ready: a disk may hang instead of failing.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// Asks the store whether it can read and write.
pub(super) type Probe = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>> + Send + Sync>;

pub(super) async fn livez() -> &'static str {
    "alive\n"
}

pub(super) async fn readyz(State(web): State<Web>) -> Result<&'static str, Problem> {
    if web.operations.hasher.threads() == 0 {
        return Err(Failure::HashingStopped.into());
    }
    let slow = || StoreError::new(format_args!("no change was made within {} s", READY_WITHIN.as_secs()));
    let healthy = tokio::time::timeout(READY_WITHIN, (web.healthy)()).await;
    healthy.unwrap_or_else(|_| Err(slow())).map_err(|error| {
        let problem = Problem::unavailable("not-ready", "Not ready", "The store takes no changes.");
        problem.because(error.to_string())
    })?;
    Ok("ready\n")
}
