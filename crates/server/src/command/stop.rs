//! The end of a server: one signal lets requests under way finish, a second one does not.

use admit_core::store::StoreError;
use admit_store::Part;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

use crate::log::Logging;

/// The exit code after a second signal: requests under way were cut off.
const CUT_OFF: i32 = 1;

/// SIGTERM and SIGINT.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on they do not end the process by themselves.
    ///
    /// # Errors
    /// When the system lets nobody receive them.
    pub(super) fn receive() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// At the first, tells `stopping` and `stop`. At the second, ends the process wherever it is: a request that does not
    /// finish and a disk that hangs cannot hold it. What was acknowledged is on the disk by then.
    pub(super) async fn obey(mut self, stopping: watch::Sender<bool>, stop: oneshot::Sender<()>, logging: Logging) {
        self.next().await;
        // Whoever follows the revocations would do so for ever; everything else is left to finish.
        stopping.send_replace(true);
        // Nobody listens when the server ends for another reason.
        let _ = stop.send(());
        self.next().await;
        tracing::warn!("a second signal came: the server ends at once, without waiting for requests under way");
        logging.finish();
        std::process::exit(CUT_OFF);
    }
}

/// Comes when one of the stores can never work again in this process, with the reason.
pub(super) async fn ended(parts: &[Part]) -> StoreError {
    let (tell, mut told) = mpsc::channel(1);
    for part in parts {
        let (tell, ended) = (tell.clone(), part.health.ended());
        tokio::spawn(async move { drop(tell.send(ended.await).await) });
    }
    match told.recv().await {
        Some(cause) => cause,
        None => std::future::pending().await,
    }
}
