//! Addresses from which nobody has signed in. Past the limit of such an address every name is a stranger's, and is refused without
//! being looked up: a flood costs the store nothing, and how long a refusal takes says nothing about the name.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admit_core::time::Moment;

/// How long the store's answer is believed. Whoever signs in there meanwhile by another node is taken for a stranger that long.
const BELIEVED: Duration = Duration::from_secs(5);

/// How many addresses are remembered.
const MOST: usize = 4096;

#[derive(Default)]
struct Heard {
    prefixes: HashSet<Box<str>>,
    since: Moment,
}

/// Addresses from which nobody has signed in, by the store's answer of a moment ago.
#[derive(Default)]
pub struct Strangers(Mutex<Heard>);

impl Strangers {
    pub(super) fn are_all_at(&self, prefix: &str, now: Moment) -> bool {
        let heard = self.heard();
        now.since(heard.since) < BELIEVED && heard.prefixes.contains(prefix)
    }

    pub(super) fn note(&self, prefix: &str, now: Moment) {
        let mut heard = self.heard();
        if now.since(heard.since) >= BELIEVED || heard.prefixes.len() >= MOST {
            *heard = Heard { prefixes: HashSet::new(), since: now };
        }
        heard.prefixes.insert(prefix.into());
    }

    /// Somebody has signed in there.
    pub(super) fn forget(&self, prefix: &str) {
        self.heard().prefixes.remove(prefix);
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_zero(Duration::from_secs(100 + seconds))
    }

    #[test]
    fn an_address_is_one_of_strangers_for_some_seconds_or_until_somebody_signs_in() {
        let strangers = Strangers::default();
        assert!(!strangers.are_all_at("a", at(0)));
        strangers.note("a", at(0));
        strangers.note("b", at(4));
        assert!(strangers.are_all_at("a", at(4)) && strangers.are_all_at("b", at(4)));
        strangers.forget("a");
        assert!(!strangers.are_all_at("a", at(4)) && strangers.are_all_at("b", at(4)));
        assert!(!strangers.are_all_at("b", at(5)), "the answer is too old");
        strangers.note("c", at(6));
        assert!(strangers.are_all_at("c", at(6)) && !strangers.are_all_at("b", at(6)));
    }

    #[test]
    fn no_more_addresses_are_remembered_than_there_is_room_for() {
        let strangers = Strangers::default();
        (0..MOST * 2 + 1).for_each(|number| strangers.note(&number.to_string(), at(0)));
        assert!(strangers.heard().prefixes.len() <= MOST && strangers.are_all_at(&(MOST * 2).to_string(), at(0)));
    }
}
