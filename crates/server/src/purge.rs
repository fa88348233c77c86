//! Deleting what time has ended, as far as this machine's clock can be trusted; and putting right what it wrote while it was wrong.

use std::sync::Arc;
use std::time::Duration;

use admit_core::drift::Drift;
use admit_core::time::Timestamp;

use crate::config::audit::Keep;
use crate::operation::Operations;

/// How often the clocks are compared. Times that a wrong clock wrote count as now until they are written down so.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Of so many looks one deletes.
const LOOKS: u32 = 60;

/// Each time so many steps of so many old events are deleted at most: ten times what strangers can cause meanwhile.
const FORGOTTEN_AT_ONCE: (u32, u32) = (20, 500);

/// Goes on until it is aborted. `keep`: how long the audit log is kept.
pub async fn run(operations: Arc<Operations>, keep: Keep) {
    let clock = &*operations.clock;
    let mut drift = Drift::new(clock);
    // What was written before the start may be of a clock that has been put right since.
    pull_back(&operations).await;
    for look in 1_u32.. {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Some(jump) = drift.look(clock) {
            let direction = if jump.ahead { "ahead" } else { "back" };
            tracing::warn!(
                seconds = jump.by.as_secs(),
                direction,
                "the clock of this machine was set: nothing is deleted for an hour, so that no revocation is forgotten"
            );
            if !jump.ahead {
                pull_back(&operations).await;
            }
        }
        if look % LOOKS != 0 {
            continue;
        }
        pull_back(&operations).await;
        let Some(ended_by) = drift.ended_by() else { continue };
        if let Keep::For(keep) = keep {
            forget_events(&operations, ended_by, keep).await;
        }
        if let Some(limits) = &operations.shared_limits
            && let Err(error) = limits.purge().await
        {
            tracing::warn!(%error, "counts of attempts that are over could not be deleted");
        }
        match operations.sessions.purge(ended_by).await {
            Ok(0) => {}
            Ok(deleted) => tracing::debug!(deleted, "expired sessions deleted"),
            Err(error) => tracing::warn!(%error, "expired sessions could not be deleted; they stay expired"),
        }
    }
}

/// Deletes old events of the audit log, in small steps: sign-ins get their turn in between.
async fn forget_events(operations: &Operations, ended_by: Timestamp, keep: Duration) {
    for _ in 0..FORGOTTEN_AT_ONCE.0 {
        match operations.accounts.forget_events(ended_by, keep, FORGOTTEN_AT_ONCE.1).await {
            Ok(forgotten) if forgotten >= u64::from(FORGOTTEN_AT_ONCE.1) => tokio::task::yield_now().await,
            Ok(_) => return,
            Err(error) => return tracing::warn!(%error, "old events of the audit log could not be deleted"),
        }
    }
}

async fn pull_back(operations: &Operations) {
    match operations.sessions.pull_back(operations.clock.now()).await {
        Ok(0) => {}
        Ok(sign_ins) => {
            tracing::warn!(
                sign_ins,
                "sign-ins were dated in the future by a clock that was ahead; they now count as starting now"
            );
        }
        Err(error) => tracing::warn!(%error, "timestamps in the future could not be corrected; they count as now"),
    }
}
