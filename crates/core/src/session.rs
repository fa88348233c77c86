//! The life of a session: idle and absolute expiry, and the generation it was born with.

use std::time::Duration;

use serde::Serialize;

use crate::assurance::Assurance;
use crate::credential::SessionDigest;
use crate::id::SessionId;
use crate::proved::Proved;
use crate::subject::{Generation, Status, SubjectState};
use crate::time::Timestamp;

/// How long a secret of a session is good beside the one that took its place, with the same rights: requests that were sent
/// with it arrive, and an answer that was lost can be given again. A session has at most two good secrets, because within
/// this time it gets no third.
pub const SUPERSEDED_GRACE: Duration = Duration::from_secs(10);

/// Whether a secret is still good at `now` that another took the place of at `superseded_at`. While it is, its session gets no third.
#[must_use]
pub fn is_good_beside(superseded_at: Timestamp, now: Timestamp) -> bool {
    now.is_soon_after(superseded_at, SUPERSEDED_GRACE)
}

/// How long sessions live, how many a subject may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// A session unused for this long is dead.
    pub idle: Duration,
    /// A session this old is dead, however busy.
    pub absolute: Duration,
    /// Live sessions a subject may have; one more ends the oldest.
    pub limit: u32,
    /// `last_seen_at` is written at most once in this time, so idle expiry may come that much early.
    pub touch_every: Duration,
}

impl Default for SessionRules {
    /// OWASP Session Management Cheat Sheet: 30 minutes idle for low-risk use, 8 hours for an office day.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(8 * 3600),
            limit: 20,
            touch_every: Duration::from_secs(60),
        }
    }
}

/// What a store keeps of a session for its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The public name.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within [`SessionRules::touch_every`].
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub absolute_expires_at: Timestamp,
    /// The subject's generation at login.
    pub generation: Generation,
    /// The subject's roles version when this session's secret was made.
    pub roles_version: u32,
    /// When another secret took the place of the one by which this was found; `None` for the present one.
    pub superseded_at: Option<Timestamp>,
    /// What was proved when it was opened.
    pub assurance: Assurance,
}

impl SessionRecord {
    /// When the session ends if it is not used again.
    #[must_use]
    pub fn idle_expires_at(&self, rules: &SessionRules) -> Timestamp {
        self.last_seen_at.plus(rules.idle).min(self.absolute_expires_at)
    }

    /// As it counts at `now`: times that a wrong clock wrote into the future count as now, so that it lives no longer than a session
    /// of now. A store that sees one writes this down ([`crate::store::Sessions::pull_back`]), or it would go on counting as now.
    #[must_use]
    pub fn as_of(&self, now: Timestamp) -> Self {
        let absolute_expires_at = match self.created_at.is_ahead_of(now) {
            true => self.absolute_expires_at.min(now.plus(self.absolute_expires_at.since(self.created_at))),
            false => self.absolute_expires_at,
        };
        Self {
            created_at: self.created_at.as_of(now),
            last_seen_at: self.last_seen_at.as_of(now),
            absolute_expires_at,
            assurance: self.assurance.as_of(now),
            ..*self
        }
    }

    /// Whether a wrong clock wrote it.
    #[must_use]
    pub fn is_ahead_of(&self, now: Timestamp) -> bool {
        [self.created_at, self.last_seen_at, self.assurance.proved_at()].iter().any(|at| at.is_ahead_of(now))
    }

    /// Whether a check at `now` lets this session of this subject through.
    ///
    /// Equality of generations, not order: a session from a generation that the subject does not have (a restored
    /// backup) is dead too.
    #[must_use]
    pub fn is_live(&self, subject: &SubjectState, rules: &SessionRules, now: Timestamp) -> bool {
        subject.status == Status::Active
            && self.generation == subject.generation
            && !self.is_expired(rules, now)
            && self.superseded_at.is_none_or(|at| is_good_beside(at, now))
    }

    /// Whether time alone has ended this session. A store that has refused one for it ends it: refused once is refused, whatever
    /// the clock says next.
    #[must_use]
    pub fn is_expired(&self, rules: &SessionRules, now: Timestamp) -> bool {
        let counted = self.as_of(now);
        now >= counted.absolute_expires_at || now.since(counted.last_seen_at) >= rules.idle
    }

    /// Whether it was over at `by`, which is long ago: what was may be deleted. A superseded secret is not over before its time
    /// beside the other one is.
    #[must_use]
    pub fn was_over(&self, subject: &SubjectState, rules: &SessionRules, by: Timestamp) -> bool {
        subject.status != Status::Active
            || self.generation != subject.generation
            || self.is_expired(rules, by)
            || self.superseded_at.is_some_and(|at| at.plus(SUPERSEDED_GRACE) <= by)
    }

    /// Whether this use is to be written down.
    #[must_use]
    pub fn needs_touch(&self, rules: &SessionRules, now: Timestamp) -> bool {
        let is_due = self.is_ahead_of(now) || now.since(self.last_seen_at) >= rules.touch_every;
        self.superseded_at.is_none() && is_due
    }

    /// Whether this session is due for a new secret, or its caller for the one that there is: the roles have changed since
    /// the one that was presented was made.
    #[must_use]
    pub fn needs_rotation(&self, subject: &SubjectState) -> bool {
        self.superseded_at.is_some() || self.roles_version != subject.roles_version
    }
}

/// Where a session was opened from, for its owner to recognize it by. Shown, never decided upon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Device {
    /// The `User-Agent` header, cut to 256 characters.
    pub user_agent: String,
    /// The client's address, as text.
    pub address: String,
}

impl Device {
    /// The longest `User-Agent` and address kept, in characters.
    const CHARS: usize = 256;

    /// As every store keeps it: cut, and with U+FFFD for NUL, which not every database can hold and no header has.
    #[must_use]
    pub fn kept(&self) -> Self {
        let kept = |text: &str| {
            text.chars().take(Self::CHARS).map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect()
        };
        Self { user_agent: kept(&self.user_agent), address: kept(&self.address) }
    }
}

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its public name.
    pub id: SessionId,
    /// The digest of its secret.
    pub digest: SessionDigest,
    /// Whose it is, and what was proved.
    pub proved: Proved,
    /// When.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub absolute_expires_at: Timestamp,
    /// Where from.
    pub device: Device,
    /// The session that the same browser had before, ended in the same step.
    pub replaces: Option<SessionDigest>,
}

/// A session as its owner sees it in the list of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub record: SessionRecord,
    /// Where it was opened from.
    pub device: Device,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SubjectId;
    use crate::random::OsRandom;
    use proptest::prelude::*;

    fn subject(generation: u32, status: Status) -> SubjectState {
        let id = SubjectId::new(Timestamp::default(), &OsRandom).unwrap();
        SubjectState {
            id,
            username: "a".into(),
            status,
            generation: Generation(generation),
            roles_version: 0,
            roles: [].into(),
        }
    }

    fn record(created: u64, seen: u64, expires: u64) -> SessionRecord {
        SessionRecord {
            id: SessionId::new(Timestamp::default(), &OsRandom).unwrap(),
            created_at: Timestamp::from_seconds(created),
            last_seen_at: Timestamp::from_seconds(seen),
            absolute_expires_at: Timestamp::from_seconds(expires),
            generation: Generation(3),
            roles_version: 0,
            superseded_at: None,
            assurance: Assurance::of_before(Timestamp::from_seconds(created)),
        }
    }

    #[test]
    fn a_session_ends_at_its_idle_and_at_its_absolute_expiry_to_the_second() {
        let rules = SessionRules { idle: Duration::from_secs(100), ..SessionRules::default() };
        let active = subject(3, Status::Active);
        let session = record(0, 50, 1000);
        let live = |seconds| session.is_live(&active, &rules, Timestamp::from_seconds(seconds));
        assert!(live(149));
        assert!(!live(150));
        let busy = record(0, 990, 1000);
        assert!(busy.is_live(&active, &rules, Timestamp::from_seconds(999)));
        assert!(!busy.is_live(&active, &rules, Timestamp::from_seconds(1000)));
        assert_eq!(busy.idle_expires_at(&rules), Timestamp::from_seconds(1000));
    }

    #[test]
    fn a_session_of_a_clock_that_was_a_day_ahead_lives_no_longer_than_one_of_now() {
        let (rules, day) = (SessionRules::default(), 24 * 3600);
        let active = subject(3, Status::Active);
        let session = record(day + 100, day + 100, day + 100 + 8 * 3600);
        let now = Timestamp::from_seconds(100);
        let counted = session.as_of(now);
        assert_eq!((counted.created_at, counted.last_seen_at), (now, now));
        assert_eq!(counted.absolute_expires_at, now.plus(rules.absolute));
        assert!(session.is_live(&active, &rules, now) && session.needs_touch(&rules, now));
        assert!(!counted.is_live(&active, &rules, now.plus(rules.idle)), "idle since the clock was put right");
        assert!(!counted.is_live(&active, &rules, Timestamp::from_seconds(day + 100)));
    }

    #[test]
    fn a_superseded_secret_is_good_for_ten_seconds_and_never_beyond_its_session() {
        let active = subject(3, Status::Active);
        let superseded = SessionRecord { superseded_at: Some(Timestamp::from_seconds(100)), ..record(0, 90, 105) };
        let live = |seconds| superseded.is_live(&active, &SessionRules::default(), Timestamp::from_seconds(seconds));
        assert!(live(100) && live(104) && live(91) && live(40) && !live(105) && !live(39));
        let superseded = SessionRecord { absolute_expires_at: Timestamp::from_seconds(1000), ..superseded };
        let live = |of: &SubjectState, seconds| {
            superseded.is_live(of, &SessionRules::default(), Timestamp::from_seconds(seconds))
        };
        assert!(live(&active, 109) && !live(&active, 110) && !live(&active, 0));
        assert!(!live(&subject(4, Status::Active), 101) && !live(&subject(3, Status::Disabled), 101));
        assert!(superseded.needs_rotation(&active), "its caller is to learn of the new one");
    }

    proptest! {
        #[test]
        fn no_time_from_the_future_makes_a_session_live_longer_than_the_rules_allow(
            created in 0_u64..400_000, seen in 0_u64..400_000, life in 1_u64..30_000, now in 0_u64..400_000
        ) {
            let (rules, now) = (SessionRules::default(), Timestamp::from_seconds(now));
            let session = record(created, seen, created + life);
            let counted = session.as_of(now);
            prop_assert!(counted.idle_expires_at(&rules) <= now.plus(rules.idle + crate::drift::AHEAD));
            prop_assert!(counted.absolute_expires_at <= now.plus(Duration::from_secs(life) + crate::drift::AHEAD));
            prop_assert_eq!(counted.as_of(now), counted);
            prop_assert_eq!(session.is_expired(&rules, now), counted.is_expired(&rules, now));
            prop_assert!(!counted.is_ahead_of(now));
            if !session.is_ahead_of(now) {
                prop_assert_eq!(counted, session);
            }
        }

        #[test]
        fn a_session_of_a_banned_subject_or_another_generation_is_never_live(
            generation in 0_u32..6, disabled: bool, seen in 0_u64..2000, expires in 0_u64..2000, now in 0_u64..4000
        ) {
            let status = if disabled { Status::Disabled } else { Status::Active };
            let live = record(0, seen, expires).is_live(&subject(generation, status), &SessionRules::default(), Timestamp::from_seconds(now));
            prop_assert!(!live || (generation == 3 && !disabled && now < expires));
        }
    }
}
