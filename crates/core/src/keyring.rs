//! The life of signing keys: published before use, in use, kept until its last token is dead, gone.
//!
//! Little is written down of a key: when it was made, and from when it signs. Everything else follows from that and from
//! the key after it, so there is no state that could contradict itself after a crash.

use std::time::Duration;

use serde::Serialize;

use crate::drift::AHEAD;
use crate::jws::{Algorithm, KeyId, Sealed};
use crate::time::Timestamp;
use crate::token::{LEEWAY, MAX_LIFETIME};

/// A signing key as it is kept.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// Its name.
    pub kid: KeyId,
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// The private part, sealed.
    pub sealed: Sealed,
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// When it was withdrawn, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Published, so that verifiers know it when its time comes.
    Next,
    /// Signs.
    Active,
    /// Signs no more. Published until its last token is dead.
    Retiring,
    /// Its last token is dead.
    Gone,
    /// Withdrawn: its tokens are dead at once.
    Revoked,
}

/// When keys are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The algorithm of new keys.
    pub algorithm: Algorithm,
    /// A key signs for this long.
    pub rotate_every: Duration,
    /// A key is published this long before it signs: as long as others may keep an old copy of the set.
    pub publish_before: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::default(),
            rotate_every: Duration::from_secs(30 * 24 * 3600),
            publish_before: Duration::from_secs(3600),
        }
    }
}

/// What the schedule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A new key that signs from then.
    Make {
        /// From when it signs.
        signs_from: Timestamp,
    },
    /// A key that nobody needs any more is to be deleted.
    Delete(KeyId),
}

/// How long a key outlives its last signature in the published set.
const KEPT: Duration = Duration::from_secs(MAX_LIFETIME.as_secs() + LEEWAY.as_secs());

/// Where the key called `kid` stands among `keys` at `now`.
#[must_use]
pub fn stage(keys: &[KeyRecord], kid: &KeyId, now: Timestamp) -> Option<Stage> {
    let key = keys.iter().find(|key| key.kid == *kid)?;
    if key.revoked_at.is_some() {
        return Some(Stage::Revoked);
    }
    if key.signs_from > now {
        return Some(Stage::Next);
    }
    // The first that takes over after it, whether or not that one was withdrawn since.
    let order = |key: &KeyRecord| (key.signs_from, key.created_at, key.kid.clone());
    let after = keys.iter().filter(|other| order(other) > order(key) && other.signs_from <= now).map(order).min();
    Some(match after {
        None => Stage::Active,
        // When the one that had taken over is withdrawn, the key before it does not come back: a new one is made.
        Some((since, ..)) if now < since.plus(KEPT) => Stage::Retiring,
        Some(_) => Stage::Gone,
    })
}

/// The key that signs at `now`.
#[must_use]
pub fn active(keys: &[KeyRecord], now: Timestamp) -> Option<&KeyRecord> {
    keys.iter().find(|key| stage(keys, &key.kid, now) == Some(Stage::Active))
}

/// The keys to publish at `now`: those that may sign soon, sign, or have signed a token that may be alive.
#[must_use]
pub fn published(keys: &[KeyRecord], now: Timestamp) -> Vec<&KeyRecord> {
    let is =
        |key: &&KeyRecord| matches!(stage(keys, &key.kid, now), Some(Stage::Next | Stage::Active | Stage::Retiring));
    keys.iter().filter(is).collect()
}

/// What is to be done at `now`.
#[must_use]
pub fn due(keys: &[KeyRecord], schedule: &Schedule, now: Timestamp) -> Vec<Due> {
    let mut due = Vec::new();
    let gone = |key: &&KeyRecord| match key.revoked_at {
        Some(at) => now >= at.plus(KEPT),
        None => stage(keys, &key.kid, now) == Some(Stage::Gone),
    };
    due.extend(keys.iter().filter(gone).map(|key| Due::Delete(key.kid.clone())));
    // One that was made under a clock that was ahead is not waited for: the key in use would sign until then.
    let latest = now.plus(schedule.publish_before + AHEAD);
    let next = keys.iter().any(|key| key.revoked_at.is_none() && key.signs_from > now && key.signs_from <= latest);
    match active(keys, now) {
        None => due.push(Due::Make { signs_from: now }),
        Some(_) if next => {}
        Some(key) => {
            let ends = key.signs_from.plus(schedule.rotate_every);
            if key.algorithm != schedule.algorithm {
                due.push(Due::Make { signs_from: now.plus(schedule.publish_before) });
            } else if now.plus(schedule.publish_before) >= ends {
                due.push(Due::Make { signs_from: ends.max(now.plus(schedule.publish_before)) });
            }
        }
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;
    use proptest::prelude::*;

    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000 + seconds)
    }

    fn key(name: &str, created: u64, signs: u64) -> KeyRecord {
        KeyRecord {
            kid: KeyId::from_text(name),
            algorithm: Algorithm::EdDsa,
            sealed: Sealed::from_bytes(Vec::new()),
            created_at: at(created),
            signs_from: at(signs),
            revoked_at: None,
        }
    }

    fn stages(keys: &[KeyRecord], seconds: u64) -> Vec<Stage> {
        keys.iter().map(|key| stage(keys, &key.kid, at(seconds)).unwrap()).collect()
    }

    #[test]
    fn a_key_is_published_before_it_signs_and_until_its_last_token_is_dead() {
        let keys = [key("a", 0, 0), key("b", 29 * DAY, 30 * DAY)];
        assert_eq!(stages(&keys, 29 * DAY), [Stage::Active, Stage::Next]);
        assert_eq!(stages(&keys, 30 * DAY), [Stage::Retiring, Stage::Active]);
        assert_eq!(stages(&keys, 30 * DAY + HOUR + 9), [Stage::Retiring, Stage::Active]);
        assert_eq!(stages(&keys, 30 * DAY + HOUR + 10), [Stage::Gone, Stage::Active]);
        assert_eq!(published(&keys, at(31 * DAY)).len(), 1);
    }

    #[test]
    fn a_withdrawn_key_signs_no_more_and_the_one_before_it_does_not_come_back() {
        let mut keys = [key("a", 0, 0), key("b", DAY, 2 * DAY)];
        keys[1].revoked_at = Some(at(3 * DAY));
        assert_eq!(stages(&keys, 3 * DAY), [Stage::Gone, Stage::Revoked]);
        assert_eq!(due(&keys, &Schedule::default(), at(3 * DAY)).last(), Some(&Due::Make { signs_from: at(3 * DAY) }));
        let quick = [key("a", 0, 0), KeyRecord { revoked_at: Some(at(60)), ..key("b", 50, 50) }];
        assert_eq!(stages(&quick, 60), [Stage::Retiring, Stage::Revoked], "tokens of the first are still good");
    }

    #[test]
    fn the_schedule_asks_for_the_next_key_in_time_and_once() {
        let schedule = Schedule::default();
        assert_eq!(due(&[], &schedule, at(0)), [Due::Make { signs_from: at(0) }]);
        let one = [key("a", 0, 0)];
        assert_eq!(due(&one, &schedule, at(30 * DAY - HOUR - 1)), []);
        assert_eq!(due(&one, &schedule, at(30 * DAY - HOUR)), [Due::Make { signs_from: at(30 * DAY) }]);
        assert_eq!(due(&one, &schedule, at(90 * DAY)), [Due::Make { signs_from: at(90 * DAY + HOUR) }], "it was off");
        let two = [key("a", 0, 0), key("b", 30 * DAY - HOUR, 30 * DAY)];
        assert_eq!(due(&two, &schedule, at(30 * DAY - 1)), []);
        assert_eq!(due(&two, &schedule, at(31 * DAY)), [Due::Delete(KeyId::from_text("a"))]);
        let other = Schedule { algorithm: Algorithm::Es256, ..schedule };
        assert_eq!(due(&one, &other, at(5)), [Due::Make { signs_from: at(5 + HOUR) }]);
    }

    #[test]
    fn a_key_from_a_clock_that_was_a_year_ahead_does_not_keep_the_others_from_being_replaced() {
        let keys = [key("a", 0, 0), key("ahead", 365 * DAY, 365 * DAY)];
        let schedule = Schedule::default();
        assert_eq!(stages(&keys, DAY), [Stage::Active, Stage::Next]);
        assert_eq!(due(&keys, &schedule, at(30 * DAY - HOUR)), [Due::Make { signs_from: at(30 * DAY) }]);
        let three = [keys[0].clone(), keys[1].clone(), key("b", 30 * DAY - HOUR, 30 * DAY)];
        assert_eq!(due(&three, &schedule, at(30 * DAY - 60)), [], "asked for once");
        assert_eq!(due(&keys[1..], &schedule, at(DAY)), [Due::Make { signs_from: at(DAY) }]);
    }

    /// Days, or as little as a token lives: else no token of the key before is alive when the next one signs.
    fn step() -> impl Strategy<Value = u64> {
        prop_oneof![0..3 * DAY, 0..HOUR]
    }

    proptest! {
        /// Whatever the clock does and whichever keys are withdrawn: after the schedule was followed one key signs, and a
        /// key that signed within the longest life of a token is published unless it was withdrawn.
        #[test]
        fn there_is_always_a_key_that_signs_and_no_live_token_is_without_its_key(
            steps in proptest::collection::vec((step(), proptest::option::weighted(0.2, 0_usize..4)), 1..40),
            rotate_every in prop_oneof![Just(30 * DAY), 3 * HOUR..12 * HOUR]
        ) {
            let schedule = Schedule { rotate_every: Duration::from_secs(rotate_every), ..Schedule::default() };
            let (mut keys, mut now): (Vec<KeyRecord>, u64) = (Vec::new(), 0);
            let mut signed: Vec<(u64, KeyId)> = Vec::new();
            for (forward, revoke) in steps {
                now += forward;
                if let Some(index) = revoke
                    && let Some(key) = keys.get_mut(index)
                {
                    key.revoked_at.get_or_insert(at(now));
                }
                for due in due(&keys, &schedule, at(now)) {
                    match due {
                        Due::Delete(kid) => keys.retain(|key| key.kid != kid),
                        Due::Make { signs_from } => keys.push(KeyRecord {
                            kid: KeyId::new(&OsRandom).unwrap(),
                            created_at: at(now),
                            signs_from,
                            ..key("", 0, 0)
                        }),
                    }
                }
                let active: Vec<&KeyRecord> =
                    keys.iter().filter(|key| stage(&keys, &key.kid, at(now)) == Some(Stage::Active)).collect();
                prop_assert_eq!(active.len(), 1);
                signed.push((now, active[0].kid.clone()));
                for (when, kid) in signed.iter().filter(|(when, _)| now < when + MAX_LIFETIME.as_secs()) {
                    let found = published(&keys, at(now)).iter().any(|key| key.kid == *kid);
                    let revoked = keys.iter().any(|key| key.kid == *kid && key.revoked_at.is_some());
                    prop_assert!(found || revoked, "signed at {}, now {}", when, now);
                }
            }
        }
    }
}
