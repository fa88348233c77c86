//! Verifying a password as one attempt of somebody: what the throttle and the hashing pool have to say before it.

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::EventKind;
use admit_core::credential::password::{Password, PasswordHash};
use admit_core::throttle::{Attempt, Claimant, Stopped};
use tokio::runtime::Handle;

use super::{Cause, Failure, Operations};
use crate::hashing::{Asker, NotBegun, Verified, hold_back};

impl Operations {
    /// Verifies a password; without a stored hash, against the decoy. The attempt counts as failed until the caller says
    /// otherwise.
    ///
    /// # Errors
    /// Throttled, no room in the pool, or no answer of the store in which nodes count together: the password was not looked at, and
    /// nothing is counted.
    pub(super) async fn attempt(
        &self,
        by: &Cause,
        claimant: Claimant<'_>,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<(Verified, Attempt), Failure> {
        // Before it waits for its turn; asked again when that has come.
        if let Err(stopped) = self.throttle.check(claimant, self.clock.monotonic()) {
            return Err(self.stopped(by, claimant, stopped).await);
        }
        let (account, prefix): (Arc<str>, Arc<str>) = (claimant.account.into(), claimant.prefix.into());
        let asker = Asker::new(Arc::clone(&account), &prefix, claimant.known);
        let (throttle, clock) = (Arc::clone(&self.throttle), Arc::clone(&self.clock));
        let (known, session) = (claimant.known, claimant.session);
        let (shared, runtime) = (self.shared_limits.clone(), Handle::current());
        let begin = move || {
            let (claimant, now) = (Claimant { account: &account, prefix: &prefix, known, session }, clock.monotonic());
            let attempt = throttle.begin(claimant, now)?;
            let Some(shared) = shared else { return Ok(attempt) };
            // Only what may begin here costs the store a question.
            match shared.reserve_on(&runtime, claimant, now) {
                Ok(Ok(counted)) => Ok(attempt.also_counted(counted)),
                Ok(Err(stopped)) => {
                    attempt.not_judged();
                    Err(stopped.into())
                }
                Err(error) => {
                    attempt.not_judged();
                    Err(NotBegun::Unavailable(error))
                }
            }
        };
        match self.hasher.verify(asker, password, stored, begin).await? {
            Ok(judged) => Ok(judged),
            Err(NotBegun::Stopped(stopped)) => Err(self.stopped(by, claimant, stopped).await),
            Err(NotBegun::Unavailable(error)) => Err(error.into()),
        }
    }

    /// How long this name has to wait at this address, whoever it is: by this node's own counts, and by what the shared ones said a
    /// moment ago. No store is asked.
    pub(super) fn wait(&self, account: &str, prefix: &str) -> Option<Duration> {
        let now = self.clock.monotonic();
        let shared = self.shared_limits.as_ref().and_then(|limits| limits.wait(account, prefix, now));
        self.throttle.wait(account, prefix, now).max(shared)
    }

    /// How long strangers have to wait at this address, by the same.
    pub(super) fn wait_of_address(&self, prefix: &str) -> Option<Duration> {
        let now = self.clock.monotonic();
        let shared = self.shared_limits.as_ref().and_then(|limits| limits.wait_of_address(prefix, now));
        self.throttle.wait_of_address(prefix, now).max(shared)
    }

    /// Counts a failure that is found out afterwards.
    pub(super) async fn count_failure(&self, claimant: Claimant<'_>) {
        let now = self.clock.monotonic();
        self.throttle.failed(claimant, now);
        if let Some(limits) = &self.shared_limits
            && let Ok(Ok(counted)) = limits.reserve(claimant, now).await
        {
            counted.failed();
        }
    }

    /// The answer to an attempt that may not begin.
    pub(super) async fn stopped(&self, by: &Cause, claimant: Claimant<'_>, stopped: Stopped) -> Failure {
        match stopped {
            Stopped::Wait(wait) => self.throttled(by, claimant.account, claimant.prefix, wait).await,
            Stopped::Session => Failure::SessionEnded,
        }
    }

    /// The answer to an attempt that has to wait; without an account, all strangers at the address have to.
    ///
    /// Only the first of an episode is in the audit log: else an attacker would choose how fast the disk fills. Nobody waits for
    /// that, so how long a refusal takes does not tell which it was.
    pub(super) async fn throttled(&self, by: &Cause, account: &str, prefix: &str, wait: Duration) -> Failure {
        tracing::warn!(address = by.address, "sign-in throttled");
        if let Some(subject) = self.episodes.begins(account, prefix, self.clock.monotonic()) {
            let event = by.clone().afterwards().event(EventKind::LoginThrottled, self.clock.now());
            let event = subject.map_or_else(|| event.clone(), |subject| event.clone().about(subject));
            let accounts = Arc::clone(&self.accounts);
            tokio::spawn(async move {
                if let Err(error) = accounts.record(event).await {
                    tracing::warn!(%error, "the event login-throttled could not be recorded");
                }
            });
        }
        hold_back().await;
        Failure::Throttled(wait.as_secs() + 1)
    }
}
