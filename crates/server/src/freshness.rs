//! What is known of revocations at a node that is not the only one.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use admit_core::store::{Reply, Signals, StoreError};
use admit_core::token::Freshness;

use crate::issuer::Issuer;

/// Asks the store that all nodes share: nothing is known for certain before.
pub struct Confirmed {
    signals: Arc<dyn Signals>,
    /// What looks after the keys. It has the verifier that this is a part of, so it comes later, and is not owned.
    issuer: OnceLock<Weak<Issuer>>,
}

impl Confirmed {
    /// Over these signals.
    #[must_use]
    pub fn new(signals: Arc<dyn Signals>) -> Arc<Self> {
        Arc::new(Self { signals, issuer: OnceLock::new() })
    }

    /// Learns new keys through this issuer from now on.
    pub fn learns_keys_of(&self, issuer: &Arc<Issuer>) {
        // The first one stays; there is no second.
        drop(self.issuer.set(Arc::downgrade(issuer)));
    }
}

impl Freshness for Confirmed {
    fn age(&self) -> Option<Duration> {
        None
    }

    fn renew(&self, max_staleness: Duration) -> Reply<bool> {
        match self.signals.confirm(max_staleness) {
            Reply::Ready(answer) => Reply::Ready(answer.map(|()| true)),
            Reply::Pending(answer) => Reply::pending(async move { answer.await.map(|()| true) }),
        }
    }

    fn renew_keys(&self) -> Reply<bool> {
        let Some(issuer) = self.issuer.get().and_then(Weak::upgrade) else { return Reply::ready(Ok(false)) };
        Reply::pending(async move { issuer.refresh_keys().await.map_err(StoreError::new) })
    }
}
