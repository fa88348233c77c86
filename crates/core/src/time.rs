//! Time as an argument: a [`Clock`] is passed in, never read from the side.
//!
//! Two kinds of reading: a [`Timestamp`] of the wall clock, which is written down and may be corrected in either direction, and a
//! [`Moment`], which only runs forward and measures how long something lasts inside one process.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};

/// A time further ahead of the clock than this was written under a clock that was wrong. It counts as now. Clocks of nodes
/// may differ by less.
pub const AHEAD: Duration = Duration::from_secs(60);

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// This point moved later, saturating at the end of time.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)))
    }

    /// This point moved earlier, saturating at the epoch.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Whether this is further ahead of `now` than clocks differ ([`AHEAD`]): it was written under a clock that was wrong.
    #[must_use]
    pub fn is_ahead_of(self, now: Self) -> bool {
        self > now.plus(AHEAD)
    }

    /// As it counts at `now`: what is ahead of it counts as now.
    #[must_use]
    pub fn as_of(self, now: Self) -> Self {
        if self.is_ahead_of(now) { now } else { self }
    }

    /// How long after `earlier` this is; zero when the clock went backwards.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Whether what is good for `grace` from `other` on still is. Another node may have written `other`, whose clock is ahead of
    /// this one's as far as clocks differ. Further ahead it is over: it must not be good for hours because a clock was set back.
    #[must_use]
    pub fn is_soon_after(self, other: Self, grace: Duration) -> bool {
        !other.is_ahead_of(self) && self.since(other) < grace
    }
}

static PRINTER: DateTimePrinter = DateTimePrinter::new();

/// A time as text, on the stack: three of them are in every answer about a session.
struct Text {
    bytes: [u8; 40],
    length: usize,
}

impl jiff::fmt::Write for Text {
    fn write_str(&mut self, string: &str) -> Result<(), jiff::Error> {
        let end = self.length + string.len();
        let Some(place) = self.bytes.get_mut(self.length..end) else {
            return Err(jiff::Error::from_args(format_args!("no time is longer than 40 bytes")));
        };
        place.copy_from_slice(string.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl Text {
    /// RFC 3339 in UTC, to the second when there is no fraction.
    fn of(time: Timestamp) -> Self {
        let instant = i64::try_from(time.0).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
        let mut text = Self { bytes: [0; 40], length: 0 };
        // The last time that jiff knows is written in 30 bytes.
        drop(PRINTER.print_timestamp(&instant.unwrap_or(jiff::Timestamp::MAX), &mut text));
        text
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Text::of(*self).as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Text::of(*self).as_str())
    }
}

/// A reading of a clock that nobody sets: time since some point before this process did anything. Only the difference of two
/// readings of one clock means something; it is never stored or sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Moment(Duration);

impl Moment {
    /// From the time since the clock's zero.
    #[must_use]
    pub const fn from_zero(since: Duration) -> Self {
        Self(since)
    }

    /// This moment moved later, saturating.
    #[must_use]
    pub const fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock: what is written down and compared with what others wrote. It may jump in either direction.
    fn now(&self) -> Timestamp;

    /// A clock that only runs forward, whatever is done to the wall clock: how long to wait, how old something in memory is.
    /// It goes on while the machine sleeps, where the system has such a clock (Linux, Android, macOS); not while a host pauses a
    /// whole virtual machine, which nothing inside can tell.
    fn monotonic(&self) -> Moment;
}

/// A clock for tests: it moves only when it is told to, and its wall clock can be corrected without time passing.
#[derive(Debug)]
pub struct ManualClock(Mutex<(Timestamp, Moment)>);

impl ManualClock {
    /// A clock whose wall clock shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new((now, Moment::default())))
    }

    /// Lets time pass: both clocks move.
    pub fn advance(&self, by: Duration) {
        let mut clocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *clocks = (clocks.0.plus(by), clocks.1.plus(by));
    }

    /// Sets the wall clock, as an operator or NTP does. No time passes.
    pub fn set_wall(&self, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn monotonic(&self) -> Moment {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_prints_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_seconds(1_700_000_000).to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(Timestamp::from_millis(1_700_000_000_250).to_string(), "2023-11-14T22:13:20.25Z");
    }

    #[test]
    fn a_corrected_wall_clock_moves_no_other() {
        let clock = ManualClock::at(Timestamp::from_seconds(1_000_000));
        let before = clock.monotonic();
        clock.set_wall(Timestamp::from_seconds(5));
        assert_eq!((clock.now().seconds(), clock.monotonic()), (5, before));
        clock.advance(Duration::from_secs(60));
        assert_eq!((clock.now().seconds(), clock.monotonic().since(before)), (65, Duration::from_secs(60)));
        assert_eq!(before.since(clock.monotonic()), Duration::ZERO);
    }

    #[test]
    fn a_node_whose_clock_is_behind_the_writer_s_gives_the_grace_time_too_and_a_clock_set_back_gives_no_hours() {
        let (written, grace) = (Timestamp::from_seconds(1_000_000), Duration::from_secs(10));
        for behind in [0, 1, 11, 20, AHEAD.as_secs()] {
            assert!(written.minus(Duration::from_secs(behind)).is_soon_after(written, grace), "{behind} s behind");
        }
        assert!(!written.minus(AHEAD + Duration::from_millis(1)).is_soon_after(written, grace));
        assert!(written.plus(Duration::from_millis(9_999)).is_soon_after(written, grace));
        assert!(!written.plus(grace).is_soon_after(written, grace));
    }

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(Timestamp::from_millis(u64::MAX).plus(Duration::MAX).millis(), u64::MAX);
        assert_eq!(Timestamp::from_millis(5).since(Timestamp::from_millis(9)), Duration::ZERO);
        assert!(!Timestamp::from_millis(u64::MAX).to_string().is_empty());
    }
}
