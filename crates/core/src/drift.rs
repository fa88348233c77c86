//! Whether the wall clock can be trusted to delete by, as far as one process can tell.
//!
//! A clock that is set an hour ahead for a minute makes a revocation look as if no token needed it any more. If it is deleted then, the
//! token is good again when the clock is put right. So what is deleted has been over for longer than a token lives ([`GRACE`]), and
//! nothing is deleted for as long as a token lives ([`HOLD`]) after the wall clock moved apart from the monotonic one.

use std::time::Duration;

pub use crate::time::AHEAD;
use crate::time::{Clock, Moment, Timestamp};
use crate::token::MAX_LIFETIME;

/// How long something stays after its end before it is deleted: twice as long as any access token lives.
pub const GRACE: Duration = Duration::from_secs(2 * MAX_LIFETIME.as_secs());

/// How long nothing is deleted after the wall clock was set, and after the start, when nobody knows what was before: every token that
/// was out then has ended by itself.
pub const HOLD: Duration = MAX_LIFETIME;

/// A difference that is more than the discipline of a clock (NTP slews half a millisecond a second at most).
const STEP: Duration = Duration::from_secs(2);

/// The wall clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// By how much.
    pub by: Duration,
    /// Whether it went ahead.
    pub ahead: bool,
}

/// Both clocks as they were looked at last.
#[derive(Clone, Copy, Debug)]
pub struct Drift {
    wall: Timestamp,
    moment: Moment,
    held_since: Moment,
}

impl Drift {
    /// Begins to look.
    #[must_use]
    pub fn new(clock: &dyn Clock) -> Self {
        let moment = clock.monotonic();
        Self { wall: clock.now(), moment, held_since: moment }
    }

    /// Looks again: whether the wall clock was set since.
    pub fn look(&mut self, clock: &dyn Clock) -> Option<Jump> {
        let (wall, moment) = (clock.now(), clock.monotonic());
        let expected = self.wall.plus(moment.since(self.moment));
        let (by, ahead) = (wall.since(expected).max(expected.since(wall)), wall > expected);
        (self.wall, self.moment) = (wall, moment);
        (by > STEP).then(|| {
            self.held_since = moment;
            Jump { by, ahead }
        })
    }

    /// What had ended at this time may be deleted; `None` while nothing may be.
    #[must_use]
    pub fn ended_by(&self) -> Option<Timestamp> {
        (self.moment.since(self.held_since) >= HOLD).then(|| self.wall.minus(GRACE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ManualClock;
    use proptest::prelude::*;

    const T: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[test]
    fn nothing_is_deleted_for_as_long_as_a_token_lives_after_the_clock_was_set() {
        let clock = ManualClock::at(T);
        let mut drift = Drift::new(&clock);
        clock.advance(HOLD);
        assert_eq!(drift.look(&clock), None);
        assert_eq!(drift.ended_by(), Some(T.plus(HOLD).minus(GRACE)));
        // An hour ahead for 66 seconds, then back.
        clock.set_wall(T.plus(HOLD * 2));
        assert_eq!(drift.look(&clock), Some(Jump { by: HOLD, ahead: true }));
        assert_eq!(drift.ended_by(), None);
        for _ in 0..66 {
            clock.advance(Duration::from_secs(1));
            assert_eq!((drift.look(&clock), drift.ended_by()), (None, None));
        }
        clock.set_wall(clock.now().minus(HOLD));
        assert_eq!(drift.look(&clock), Some(Jump { by: HOLD, ahead: false }));
        clock.advance(HOLD - Duration::from_secs(1));
        assert_eq!((drift.look(&clock), drift.ended_by()), (None, None));
        clock.advance(Duration::from_secs(1));
        assert_eq!(drift.look(&clock), None);
        assert!(drift.ended_by().is_some());
    }

    proptest! {
        /// Whatever is done to the clock: what a token of up to an hour needs is there for as long as the token is good, by any
        /// clock that was never wrong.
        #[test]
        fn no_excursion_of_the_clock_deletes_what_a_live_token_needs(
            steps in proptest::collection::vec((1_u64..1800, -100_000_i64..100_000), 1..40), life in 1_u64..3600
        ) {
            let clock = ManualClock::at(T);
            let mut drift = Drift::new(&clock);
            clock.advance(HOLD);
            let (mut real, needed_until) = (T.plus(HOLD), T.plus(HOLD).plus(Duration::from_secs(life)));
            for (seconds, set) in steps {
                let by = Duration::from_secs(set.unsigned_abs());
                clock.set_wall(if set < 0 { real.minus(by) } else { real.plus(by) });
                drift.look(&clock);
                let deleted = drift.ended_by().is_some_and(|ended_by| needed_until <= ended_by);
                prop_assert!(!deleted || real >= needed_until, "deleted {:?} early", needed_until.since(real));
                clock.advance(Duration::from_secs(seconds));
                real = real.plus(Duration::from_secs(seconds));
                drift.look(&clock);
                let deleted = drift.ended_by().is_some_and(|ended_by| needed_until <= ended_by);
                prop_assert!(!deleted || real >= needed_until, "deleted {:?} early", needed_until.since(real));
            }
        }
    }
}
