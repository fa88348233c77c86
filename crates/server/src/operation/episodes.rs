//! Times in which sign-ins were turned away, so that each is one event however many tries it had.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admit_core::id::SubjectId;
use admit_core::time::Moment;

/// An episode is over when nobody was turned away for so long: as long as the longest wait.
const QUIET: Duration = Duration::from_secs(15 * 60);

/// How long it is remembered whose account a failure was at: as long as failures count.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// How many accounts and addresses are known at once. Past that all are forgotten, and what goes on is written down anew.
const MOST: usize = 4096;

/// By account and address.
type All = HashMap<(Box<str>, Box<str>), Known>;

struct Known {
    /// Whose account it is, when a failure was at one.
    subject: Option<SubjectId>,
    /// When somebody was last turned away.
    turned_away: Option<Moment>,
    at: Moment,
}

/// The episodes that go on. No store is asked whose account it is: what a refusal costs must not depend
/// on the name.
#[derive(Default)]
pub struct Episodes(Mutex<All>);

impl Episodes {
    /// Notes that a sign-in failed at somebody's account.
    pub(super) fn failed(&self, account: &str, prefix: &str, subject: SubjectId, now: Moment) {
        self.with(account, prefix, now, |known| known.subject = Some(subject));
    }

    /// Notes that somebody was turned away. When that begins an episode: at whose account. All names at which nobody's failure was are one: else
    /// whoever makes up names would begin an episode with each.
    pub(super) fn begins(&self, account: &str, prefix: &str, now: Moment) -> Option<Option<SubjectId>> {
        let is_somebody_s =
            self.known().get(&(account.into(), prefix.into())).is_some_and(|known| known.subject.is_some());
        self.with(if is_somebody_s { account } else { "" }, prefix, now, |known| {
            let before = known.turned_away.replace(now);
            before.is_none_or(|before| now.since(before) >= QUIET).then_some(known.subject)
        })
    }

    /// Somebody has signed in: what is turned away after that is another episode.
    pub(super) fn end(&self, account: &str, prefix: &str) {
        self.known().remove(&(account.into(), prefix.into()));
    }

    fn with<T>(&self, account: &str, prefix: &str, now: Moment, change: impl FnOnce(&mut Known) -> T) -> T {
        let mut all = self.known();
        let is_new = !all.contains_key(&(account.into(), prefix.into()));
        if is_new && all.len() >= MOST {
            all.retain(|_, known| now.since(known.at) < REMEMBERED);
        }
        if is_new && all.len() >= MOST {
            all.clear();
        }
        let known = Known { subject: None, turned_away: None, at: now };
        let known = all.entry((account.into(), prefix.into())).or_insert(known);
        known.at = now;
        change(known)
    }

    fn known(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: SubjectId = SubjectId::from_bytes([7; 16]);

    fn at(seconds: u64) -> Moment {
        Moment::from_zero(Duration::from_secs(seconds))
    }

    #[test]
    fn an_episode_begins_once_and_is_over_when_nobody_was_turned_away_for_long_or_the_owner_came() {
        let episodes = Episodes::default();
        episodes.failed("alice", "a", ALICE, at(0));
        assert_eq!(episodes.begins("alice", "a", at(0)), Some(Some(ALICE)));
        assert_eq!(episodes.begins("alice", "b", at(0)), Some(None), "nobody failed from there at an account");
        assert_eq!(episodes.begins("nobody", "a", at(0)), Some(None));
        assert_eq!(episodes.begins("nobody else", "a", at(0)), None, "names that are made up are one");
        for minute in 1..60 {
            episodes.failed("alice", "a", ALICE, at(minute * 60));
            assert_eq!(episodes.begins("alice", "a", at(minute * 60)), None, "minute {minute}");
        }
        assert_eq!(episodes.begins("alice", "a", at(59 * 60 + 900)), Some(Some(ALICE)));
        episodes.end("alice", "a");
        episodes.failed("alice", "a", ALICE, at(59 * 60 + 901));
        assert_eq!(episodes.begins("alice", "a", at(59 * 60 + 901)), Some(Some(ALICE)));
        assert_eq!(episodes.begins("alice", "a", at(59 * 60 + 902)), None);
    }

    #[test]
    fn no_more_episodes_are_known_than_there_is_room_for() {
        let episodes = Episodes::default();
        for number in 0..MOST * 3 {
            episodes.failed(&number.to_string(), "a", ALICE, at(0));
            assert_eq!(episodes.begins(&number.to_string(), "a", at(0)), Some(Some(ALICE)));
        }
        assert!(episodes.known().len() <= MOST);
    }
}
