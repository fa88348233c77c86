//! What goes on beside the requests: connecting again, and applying what is pending.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use admit_core::id::Shard;
use admit_core::random::{OsRandom, spread};
use admit_core::store::StoreError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::broken::Broken;
use super::core::Core;
use super::link::Link;
use super::log::FORCE;
use super::reconnect::reconnect;

/// The pause before the second attempt to connect; it doubles up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(25);
/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_millis(500);
/// How often it is looked for what is pending.
const LOOK: Duration = Duration::from_millis(500);

/// Reconnects the line whenever it breaks, as long as the store exists.
pub(super) async fn keep_up(core: Weak<Core>, mut broken: mpsc::UnboundedReceiver<Broken>) {
    while let Some(cause) = broken.recv().await {
        mend(core.clone(), cause).await;
    }
}

/// Connects again, however long it takes.
async fn mend(core: Weak<Core>, cause: Broken) {
    let mut pause = SHORTEST;
    let mut warned = false;
    let since = Instant::now();
    loop {
        let Some(core) = core.upgrade() else { return };
        match reconnect(&core.address, &core.keys, &*core.truth, &core.known).await {
            Ok(link) => {
                let link = Arc::new(link);
                core.line.put_up(link.clone());
                core.pending.notify_one();
                if let Some(missing) = link.missing() {
                    tracing::warn!(%missing, "a part of the sessions in Redis is out of reach");
                    tokio::spawn(complete(core.me.clone(), link.clone()));
                }
                let seconds = since.elapsed().as_secs_f32();
                if warned {
                    tracing::info!(seconds, "the sessions in Redis are within reach again");
                } else {
                    tracing::info!(seconds, %cause, "the connection to Redis broke and was made anew");
                }
                return;
            }
            Err(broken) => {
                if !warned {
                    tracing::warn!(%cause, %broken, "the sessions in Redis are out of reach: {} cannot be used", core.address);
                    warned = true;
                }
                core.line.stay_down(broken);
            }
        }
        drop(core);
        sleep(spread(pause, &OsRandom)).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Tries to reach the rest of a cluster, until these connections are in use no more.
async fn complete(core: Weak<Core>, mut partial: Arc<Link>) {
    loop {
        sleep(spread(LONGEST, &OsRandom)).await;
        let Some(core) = core.upgrade() else { return };
        if core.line.link_now().is_none_or(|link| !Arc::ptr_eq(&link, &partial)) {
            return;
        }
        let Ok(link) = reconnect(&core.address, &core.keys, &*core.truth, &core.known).await else { continue };
        let better = link.servers().count() > partial.servers().count();
        let link = Arc::new(link);
        if (link.missing().is_none() || better) && core.line.replace(&partial, &link) {
            core.pending.notify_one();
            if link.missing().is_none() {
                tracing::info!("all sessions in Redis are within reach again");
                return;
            }
            partial = link;
        }
    }
}

/// Applies what requests left pending, and counts it.
pub(super) async fn replay(core: Weak<Core>) {
    let mut warned: Option<Instant> = None;
    let mut pause = SHORTEST;
    // What was known when it was last looked: an entry that has come since may be on its way.
    let mut due = [0; 256];
    loop {
        let Some(strong) = core.upgrade() else { return };
        let mut behind = strong.behind(&due);
        // What this process knows of Redis may be old: most often another node has applied it.
        if !behind.is_empty() && strong.look_at_fences().await.is_ok() {
            behind = strong.behind(&due);
        }
        if !behind.is_empty() {
            let pending = strong.unapplied();
            strong.counted.store(pending, Ordering::Relaxed);
            if warned.is_none() {
                warned = Some(Instant::now());
                tracing::warn!(
                    pending,
                    shards = behind.len(),
                    "changes are pending: they are not in force in Redis yet"
                );
            }
            if let Err(error) = bring_up_to_date(&strong, &behind).await {
                tracing::debug!(%error, "Redis could not be brought up to date yet");
            }
        }
        if strong.behind(&due).is_empty() {
            strong.counted.store(0, Ordering::Relaxed);
            pause = SHORTEST;
            if let Some(since) = warned.take() {
                tracing::info!(
                    seconds = since.elapsed().as_secs_f32(),
                    "nothing is pending any more: all is in force in Redis"
                );
            }
        } else {
            pause = (pause * 2).min(LONGEST);
        }
        due = strong.known.all();
        let notify = strong.pending.clone();
        drop(strong);
        sleep(pause).await;
        drop(timeout(LOOK, notify.notified()).await);
    }
}

impl Core {
    /// At the start: applies all that is committed.
    pub(super) async fn catch_up(self: &Arc<Self>) -> Result<(), StoreError> {
        // Others may have committed something after the first look, before this store was told of it.
        for (shard, head) in Shard::all().zip(self.truth.heads().await?.numbers) {
            self.known.raise(shard, head);
        }
        let behind = self.behind(&[u64::MAX; 256]);
        if !behind.is_empty() {
            let pending = self.unapplied();
            tracing::info!(pending, shards = behind.len(), "Redis is being brought up to date with the accounts");
        }
        bring_up_to_date(self, &behind).await
    }
}

/// Applies the logs of these shards.
async fn bring_up_to_date(core: &Arc<Core>, shards: &[Shard]) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for shard in shards {
        // A part of a cluster that is away is not in the way of the rest.
        let applied = core.apply_until(*shard, core.known.at(*shard), Instant::now() + FORCE).await.map(drop);
        if applied.is_err() && core.line.link_now().is_none() {
            return applied;
        }
        outcome = outcome.and(applied);
    }
    outcome
}
