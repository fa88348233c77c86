//! As of when everything that was revoked is known.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::time::{Clock, Moment};
use admit_core::token::Freshness;

/// A moment on this machine's steady clock, which goes on while the machine sleeps: wall clocks, here or at the issuer, have no
/// part in it.
pub(super) struct Fresh {
    base: Moment,
    /// Milliseconds after `base`, and one more, so that 0 is "never".
    as_of: AtomicU64,
}

impl Default for Fresh {
    fn default() -> Self {
        Self { base: SystemClock.monotonic(), as_of: AtomicU64::new(0) }
    }
}

impl Fresh {
    /// Everything is known as of `moment`. Never moves back.
    pub(super) fn know(&self, moment: Moment) {
        let millis = u64::try_from(moment.since(self.base).as_millis()).unwrap_or(u64::MAX - 1);
        self.as_of.fetch_max(millis + 1, Ordering::AcqRel);
    }
}

impl Freshness for Fresh {
    fn age(&self) -> Option<Duration> {
        let as_of = self.as_of.load(Ordering::Acquire).checked_sub(1)?;
        Some(SystemClock.monotonic().since(self.base.plus(Duration::from_millis(as_of))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_ages_and_is_never_as_of_an_earlier_moment_again() {
        let fresh = Fresh::default();
        assert_eq!(fresh.age(), None);
        fresh.know(SystemClock.monotonic());
        assert!(fresh.age().is_some_and(|age| age < Duration::from_secs(1)));
        fresh.know(Moment::default());
        assert!(fresh.age().is_some_and(|age| age < Duration::from_secs(1)));
    }
}
