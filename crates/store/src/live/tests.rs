//! What checks find in memory.

use super::*;
use admit_core::random::OsRandom;
use admit_core::subject::Status;

const RULES: SessionRules = SessionRules {
    idle: std::time::Duration::from_secs(1800),
    absolute: std::time::Duration::from_secs(8 * 3600),
    limit: 20,
    touch_every: std::time::Duration::from_secs(60),
};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

fn state(generation: u32) -> Arc<SubjectState> {
    Arc::new(SubjectState {
        id: SubjectId::from_bytes([1; 16]),
        username: "alice".into(),
        status: Status::Active,
        generation: Generation(generation),
        roles_version: 0,
        roles: [].into(),
    })
}

fn record() -> SessionRecord {
    SessionRecord {
        id: SessionId::new(at(0), &OsRandom).unwrap(),
        created_at: at(0),
        last_seen_at: at(0),
        absolute_expires_at: at(8 * 3600),
        generation: Generation(0),
        roles_version: 0,
        superseded_at: None,
        assurance: Assurance::of_before(at(0)),
    }
}

fn digest(byte: u8) -> SessionDigest {
    SessionDigest::from_bytes([byte; 32])
}

#[test]
fn a_session_and_its_key_take_eighty_eight_bytes() {
    assert_eq!(size_of::<(SessionDigest, Entry)>(), 88);
}

#[test]
fn of_many_checks_at_once_one_writes_down_that_the_session_was_seen() {
    let (live, mut writer) = Live::new(Feed::default());
    writer.apply(Effect::Insert { digest: digest(1), record: record(), subject: state(0) });
    let touches: usize = std::thread::scope(|scope| {
        let checks: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..100)
                        .filter(|_| matches!(live.check(&digest(1), at(61), &RULES), Some(Found::Live(_, true))))
                        .count()
                })
            })
            .collect();
        checks.into_iter().map(|check| check.join().unwrap()).sum()
    });
    assert_eq!(touches, 1);
    assert_eq!(live.last_seen(&digest(1)), Some(at(61)));
    assert!(matches!(live.check(&digest(1), at(5), &RULES), Some(Found::Live(_, false))), "a clock set back");
    assert_eq!(live.last_seen(&digest(1)), Some(at(61)));
}

#[test]
fn a_session_that_was_refused_as_idle_stays_so_when_the_clock_goes_back() {
    let (live, mut writer) = Live::new(Feed::default());
    writer.apply(Effect::Insert { digest: digest(1), record: record(), subject: state(0) });
    assert!(matches!(live.check(&digest(1), at(1800), &RULES), Some(Found::Expired)));
    for seconds in [1800, 1799, 1, 0] {
        assert!(live.check(&digest(1), at(seconds), &RULES).is_none(), "told once, and refused at {seconds} s");
        assert!(live.peek(&digest(1), at(seconds), &RULES).is_none());
    }
    assert_eq!(live.dead(at(1), &RULES), [digest(1)]);
}

#[test]
fn a_purge_of_what_ended_two_hours_ago_leaves_a_secret_the_seconds_beside_the_one_after_it() {
    let (live, mut writer) = Live::new(Feed::default());
    let now = 3 * 3600;
    let used = SessionRecord { last_seen_at: at(now), ..record() };
    writer.apply(Effect::Insert { digest: digest(1), record: used, subject: state(0) });
    writer.apply(Effect::Rotate { old: digest(1), new: digest(2), roles_version: 1, at: at(now - 1) });
    assert_eq!(live.dead(at(now - 7200), &RULES), []);
    assert!(!live.is_dead(&digest(1), at(now - 7200), &RULES) && live.peek(&digest(1), at(now), &RULES).is_some());
    assert_eq!(live.dead(at(now + 8), &RULES), []);
    assert_eq!(live.dead(at(now + 9), &RULES), [digest(1)]);
    assert!(live.is_dead(&digest(3), at(0), &RULES), "nobody's");
}

#[test]
fn a_superseded_secret_that_was_refused_stays_so_when_the_clock_goes_back_or_its_time_comes() {
    for refused in [1 + 10, 1 + 900] {
        let (live, mut writer) = Live::new(Feed::default());
        writer.apply(Effect::Insert { digest: digest(1), record: record(), subject: state(0) });
        writer.apply(Effect::Rotate { old: digest(1), new: digest(2), roles_version: 1, at: at(1) });
        assert!(matches!(live.check(&digest(1), at(refused), &RULES), Some(Found::Expired)));
        assert!(live.check(&digest(1), at(1), &RULES).is_none(), "set back after {refused} s");
        assert!(matches!(live.check(&digest(2), at(refused), &RULES), Some(Found::Live(..))));
    }
    let (live, mut writer) = Live::new(Feed::default());
    writer.apply(Effect::Insert { digest: digest(1), record: record(), subject: state(0) });
    writer.apply(Effect::Rotate { old: digest(1), new: digest(2), roles_version: 1, at: at(900) });
    assert_eq!(live.misdated(at(0)), [digest(1)]);
    assert!(live.check(&digest(1), at(0), &RULES).is_some() && live.check(&digest(1), at(900), &RULES).is_none());
}

#[test]
fn a_time_from_the_future_counts_as_now_and_is_written_down_so() {
    let (live, mut writer) = Live::new(Feed::default());
    let day = 24 * 3600;
    let ahead =
        SessionRecord { created_at: at(day), last_seen_at: at(day), absolute_expires_at: at(day + 28_800), ..record() };
    writer.apply(Effect::Insert { digest: digest(1), record: ahead, subject: state(0) });
    assert_eq!(live.misdated(at(0)), [digest(1)]);
    assert!(matches!(live.check(&digest(1), at(0), &RULES), Some(Found::Live(_, true))));
    assert_eq!(live.last_seen(&digest(1)), Some(at(0)));
    assert!(matches!(live.check(&digest(1), at(1800), &RULES), Some(Found::Expired)));
    assert!(live.check(&digest(1), at(day), &RULES).is_none());
}

#[test]
fn a_raised_generation_ends_every_session_at_once_and_the_last_one_takes_the_subject_along() {
    let (live, mut writer) = Live::new(Feed::default());
    for byte in 0..9 {
        writer.apply(Effect::Insert { digest: digest(byte), record: record(), subject: state(0) });
    }
    writer.apply(Effect::Rotate { old: digest(0), new: digest(100), roles_version: 7, at: at(1) });
    let old = |seconds| live.peek(&digest(0), at(seconds), &RULES).is_some();
    assert!(old(10) && !old(11));
    let rotated = live.peek(&digest(100), at(1), &RULES);
    assert_eq!(rotated.map(|session| session.roles_version), Some(7));
    writer.apply(Effect::Subject(state(1)));
    assert_eq!(live.dead(at(1), &RULES).len(), 10, "both secrets of one of them");
    for dead in live.dead(at(1), &RULES) {
        assert!(live.peek(&dead, at(1), &RULES).is_none());
        writer.apply(Effect::Remove(dead));
        writer.apply(Effect::Remove(dead));
    }
    assert_eq!((live.len(), live.subjects.len()), (0, 0));
}

#[test]
fn a_session_never_lives_longer_than_it_says() {
    let (live, mut writer) = Live::new(Feed::default());
    let expires = Timestamp::from_millis(at(100).millis() + 999);
    let record = SessionRecord { absolute_expires_at: expires, ..record() };
    writer.apply(Effect::Insert { digest: digest(1), record, subject: state(0) });
    assert!(live.peek(&digest(1), at(99), &RULES).is_some());
    assert!(live.peek(&digest(1), expires, &RULES).is_none());
    assert!(live.peek(&digest(1), Timestamp::from_millis(u64::MAX), &RULES).is_none());
}
