//! The life of a session: idle and absolute expiry, and the generation it was born with.

use std::time::Duration;

use serde::Serialize;

use crate::credential::SessionDigest;
use crate::id::{SessionId, SubjectId};
use crate::subject::{Generation, Status, SubjectState};
use crate::time::Timestamp;

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
}

impl SessionRecord {
    /// When the session ends if it is not used again.
    #[must_use]
    pub fn idle_expires_at(&self, rules: &SessionRules) -> Timestamp {
        self.last_seen_at.plus(rules.idle).min(self.absolute_expires_at)
    }

    /// Whether a check at `now` lets this session of this subject through.
    ///
    /// Equality of generations, not order: a session from a generation that the subject does not have (a restored
    /// backup) is dead too.
    #[must_use]
    pub fn is_live(&self, subject: &SubjectState, rules: &SessionRules, now: Timestamp) -> bool {
        subject.status == Status::Active && self.generation == subject.generation && !self.is_expired(rules, now)
    }

    /// Whether time alone has ended this session.
    #[must_use]
    pub fn is_expired(&self, rules: &SessionRules, now: Timestamp) -> bool {
        now >= self.absolute_expires_at || now.since(self.last_seen_at) >= rules.idle
    }

    /// Whether this use is to be written down.
    #[must_use]
    pub fn needs_touch(&self, rules: &SessionRules, now: Timestamp) -> bool {
        now.since(self.last_seen_at) >= rules.touch_every
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
    /// Whose it is.
    pub subject: SubjectId,
    /// The generation that the login saw. A ban or password change in the meantime makes the store refuse.
    pub generation: Generation,
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

    proptest! {
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
