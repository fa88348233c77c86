//! Whether changes are taken, as the last ones have shown.
//!
//! A full disk, a read-only file system or a database that only answers questions is not seen by reading. So a change that
//! failed is remembered, and a store that has not taken one for a while is asked to.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use admit_core::store::StoreError;

/// How long a change that succeeded stands for the next one.
const PROVED: Duration = Duration::from_secs(5);

/// How long one that failed does, and how often a store is asked to take another.
const AGAIN: Duration = Duration::from_secs(1);

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Writable(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    proved: Option<Instant>,
    failed: Option<(Instant, StoreError)>,
    tried: Option<Instant>,
}

/// What to do about a question for health.
#[derive(Debug)]
pub(crate) enum Look {
    /// A change was taken a moment ago, or another caller is finding out.
    Fine,
    /// One failed, and it is too early to try another.
    Failed(StoreError),
    /// Make one, and say how it went with [`Writable::tried`].
    Try,
}

impl Writable {
    /// A change was made. One that failed before is not forgotten for it: it may have been smaller.
    pub(crate) fn made(&self, now: Instant) {
        self.known().proved = Some(now);
    }

    /// A change failed for a reason that will stop others too.
    pub(crate) fn failed(&self, error: &StoreError, now: Instant) {
        self.known().failed = Some((now, error.clone()));
    }

    /// What came of the change that [`Look::Try`] asked for.
    pub(crate) fn tried(&self, outcome: &Result<(), StoreError>, now: Instant) {
        let mut known = self.known();
        match outcome {
            Ok(()) => (known.proved, known.failed) = (Some(now), None),
            Err(error) => known.failed = Some((now, error.clone())),
        }
    }

    /// What to do about a question for health. Strangers may ask it: however often they do, a store makes one change a
    /// second for them at most.
    pub(crate) fn look(&self, now: Instant) -> Look {
        let mut known = self.known();
        let within = |then: Instant, bound| now.saturating_duration_since(then) < bound;
        let waits = known.tried.is_some_and(|then| within(then, AGAIN));
        if let Some((then, error)) = &known.failed
            && (waits || within(*then, AGAIN))
        {
            return Look::Failed(error.clone());
        }
        if known.failed.is_none() && (waits || known.proved.is_some_and(|then| within(then, PROVED))) {
            return Look::Fine;
        }
        known.tried = Some(now);
        Look::Try
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_change_is_remembered_until_one_that_was_asked_for_succeeds() {
        let (writable, start) = (Writable::default(), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        let full = StoreError::new("the disk is full");
        assert!(matches!(writable.look(at(0)), Look::Try), "nothing is known yet");
        assert!(matches!(writable.look(at(1)), Look::Fine), "another caller is finding out");
        writable.tried(&Ok(()), at(10));
        assert!(matches!(writable.look(at(4_000)), Look::Fine));
        writable.failed(&full, at(4_100));
        assert!(matches!(writable.look(at(4_200)), Look::Failed(_)));
        writable.made(at(4_300));
        assert!(matches!(writable.look(at(5_000)), Look::Failed(_)), "a smaller change was taken, perhaps");
        assert!(matches!(writable.look(at(5_200)), Look::Try));
        assert!(matches!(writable.look(at(5_300)), Look::Failed(_)), "one caller tries; the others hear what is known");
        writable.tried(&Err(full), at(5_400));
        assert!(matches!(writable.look(at(6_000)), Look::Failed(_)));
        assert!(matches!(writable.look(at(6_500)), Look::Try));
        writable.tried(&Ok(()), at(6_600));
        assert!(matches!(writable.look(at(6_700)), Look::Fine));
    }

    #[test]
    fn a_store_that_has_taken_nothing_for_a_while_is_asked_to() {
        let (writable, start) = (Writable::default(), Instant::now());
        writable.made(start);
        assert!(matches!(writable.look(start + Duration::from_millis(4_900)), Look::Fine));
        assert!(matches!(writable.look(start + Duration::from_millis(5_100)), Look::Try));
    }
}
