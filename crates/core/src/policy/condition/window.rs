//! The time of the day and the day of the week, at a fixed offset from UTC.

use std::fmt;

use crate::time::Timestamp;

const DAY: i64 = 24 * 3600;

/// Seconds east of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::policy) struct Zone(pub(super) i64);

impl Zone {
    /// Reads `UTC`, `+09:00`, `-03:30`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if matches!(text, "UTC" | "Z") {
            return Some(Self(0));
        }
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let seconds = of_day(rest)?;
        (seconds <= 14 * 3600).then_some(Self(sign * seconds))
    }

    /// Days since the epoch, and seconds since midnight, there.
    fn day(self, now: Timestamp) -> (i64, i64) {
        let local = i64::try_from(now.seconds()).unwrap_or(i64::MAX).saturating_add(self.0);
        (local.div_euclid(DAY), local.rem_euclid(DAY))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("UTC"),
            seconds => {
                let sign = if seconds < 0 { '-' } else { '+' };
                write!(f, "{sign}{}", clock(seconds.abs()))
            }
        }
    }
}

/// Seconds since midnight of `08:30`; `24:00` is the end of the day.
fn of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<i64>().ok()).flatten()
    };
    let seconds = number(hours)? * 3600 + number(minutes).filter(|minutes| *minutes < 60)? * 60;
    (seconds <= DAY).then_some(seconds)
}

fn clock(seconds: i64) -> String {
    format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

/// From one time of the day to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Hours {
    from: i64,
    to: i64,
    zone: Zone,
}

impl Hours {
    /// Reads `08:00-18:00`. Over midnight when the end comes first; empty is none.
    pub(super) fn parse(text: &str, zone: Zone) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (from, to) = (of_day(from.trim())?, of_day(to.trim())?);
        (from != to && from < DAY).then_some(Self { from, to, zone })
    }

    pub(super) fn hold(self, now: Timestamp) -> bool {
        let (_, seconds) = self.zone.day(now);
        match self.from < self.to {
            true => self.from <= seconds && seconds < self.to,
            false => self.from <= seconds || seconds < self.to,
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} ({})", clock(self.from), clock(self.to), self.zone)
    }
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) struct Days {
    on: [bool; 7],
    zone: Zone,
}

impl Days {
    /// Reads `mon`, …, `sun`; the one that is no day otherwise.
    pub(super) fn parse(names: &[String], zone: Zone) -> Result<Self, &str> {
        let mut on = [false; 7];
        for name in names {
            match on.iter_mut().zip(NAMES).find(|(_, day)| day == name) {
                Some((on, _)) => *on = true,
                None => return Err(name),
            }
        }
        Ok(Self { on, zone })
    }

    pub(super) fn hold(self, now: Timestamp) -> bool {
        // The epoch was a Thursday.
        let day = (self.zone.day(now).0 + 3).rem_euclid(7);
        usize::try_from(day).ok().and_then(|day| self.on.get(day)).copied().unwrap_or(false)
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.on.iter().zip(NAMES).filter(|(on, _)| **on).map(|(_, name)| name).collect();
        write!(f, "{} ({})", names.join(", "), self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().unwrap();
        Timestamp::from_seconds(u64::try_from(instant.as_second()).unwrap())
    }

    #[test]
    fn hours_begin_and_end_at_the_minute_in_their_own_zone() {
        let seoul = Zone::parse("+09:00").unwrap();
        let office = Hours::parse("08:00-18:00", seoul).unwrap();
        for (time, inside) in [
            ("2026-03-02T22:59:59Z", false),
            ("2026-03-02T23:00:00Z", true),
            ("2026-03-03T08:59:59Z", true),
            ("2026-03-03T09:00:00Z", false),
        ] {
            assert_eq!(office.hold(at(time)), inside, "{time}");
        }
        let night = Hours::parse("22:00-06:00", Zone::default()).unwrap();
        assert!(night.hold(at("2026-03-02T23:30:00Z")) && night.hold(at("2026-03-02T05:59:59Z")));
        assert!(!night.hold(at("2026-03-02T06:00:00Z")) && !night.hold(at("2026-03-02T21:59:59Z")));
        assert!(Hours::parse("00:00-24:00", Zone::default()).unwrap().hold(at("2026-03-02T23:59:59Z")));
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let monday = Days::parse(&names(&["mon"]), Zone::parse("-05:00").unwrap()).unwrap();
        // 2026-03-02 is a Monday.
        assert!(!monday.hold(at("2026-03-02T04:59:59Z")) && monday.hold(at("2026-03-02T05:00:00Z")));
        assert!(monday.hold(at("2026-03-03T04:59:59Z")) && !monday.hold(at("2026-03-03T05:00:00Z")));
        assert_eq!(Days::parse(&names(&["mon", "monday"]), Zone::default()), Err("monday"));
    }

    #[test]
    fn what_is_not_a_time_is_none() {
        for text in
            ["", "8:00-18:00", "08:00", "08:00-08:00", "25:00-26:00", "08:60-09:00", "24:00-08:00", "aa:bb-cc:dd"]
        {
            assert_eq!(Hours::parse(text, Zone::default()), None, "{text}");
        }
        for text in ["", "9", "+9", "+15:00", "KST", "+09:60", "09:00", "é"] {
            assert_eq!(Zone::parse(text), None, "{text}");
        }
    }
}
