//! Another secret for a session. The one before stays good beside it for some seconds, in the same row: whatever ends the
//! session ends both.

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::SubjectId;
use admit_core::session::{SessionRecord, SessionRules, is_good_beside};
use admit_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::column::{millis, time_or_none};
use super::secrets::{Successor, record, record_columns, superseded};
use super::sessions::seen;
use super::writer::Done;
use super::{events, subjects};
use crate::live::{Effect, Live};

/// Gives a live session a new secret and the subject's present roles version.
pub(super) fn rotate(
    connection: &Connection,
    live: &Live,
    rules: &SessionRules,
    old: SessionDigest,
    new: SessionDigest,
    event: &Event,
) -> Result<Done<bool>> {
    let row = connection
        .prepare_cached(concat!(
            "SELECT ",
            record_columns!(),
            ", subject_id, superseded, superseded_at FROM session WHERE digest = ?1"
        ))?
        .query_row([old.as_bytes()], |row| {
            let superseded: Option<[u8; 32]> = row.get(9)?;
            let before = superseded.map(SessionDigest::from_bytes).zip(time_or_none(row, 10)?);
            Ok((record(row)?, SubjectId::from_bytes(row.get(8)?), before))
        })
        .optional()?;
    let Some((row, owner, before)) = row else {
        return is_successor(connection, rules, &old, &new, event.at).map(Done::plain);
    };
    if before.is_some_and(|(_, at)| is_good_beside(at, event.at)) {
        return Ok(Done::plain(false));
    }
    let (_, session) = seen(live, row);
    let subject = match subjects::state_by_id(connection, owner)? {
        Some(subject) if session.is_live(&subject, rules, event.at) => subject,
        Some(_) | None => return Ok(Done::plain(false)),
    };
    connection
        .prepare_cached(
            "UPDATE session SET digest = ?2, roles_version = ?3, last_seen_at = ?4, superseded = ?1, superseded_at = ?5
             WHERE digest = ?1",
        )?
        .execute(params![
            old.as_bytes(),
            new.as_bytes(),
            subject.roles_version,
            millis(session.last_seen_at),
            millis(event.at)
        ])?;
    events::insert(connection, event, Some(owner))?;
    let mut effects = vec![Effect::Rotate { old, new, roles_version: subject.roles_version, at: event.at }];
    effects.extend(before.map(|(oldest, _)| Effect::Remove(oldest)));
    Ok(Done { answer: true, effects })
}

/// Whether `new` took the place of `old` a moment ago, in a session that is live.
fn is_successor(
    connection: &Connection,
    rules: &SessionRules,
    old: &SessionDigest,
    new: &SessionDigest,
    now: Timestamp,
) -> Result<bool> {
    let Some(Successor { digest, record, owner, at }) = superseded(connection, old)? else { return Ok(false) };
    let Some(subject) = subjects::state_by_id(connection, owner)? else { return Ok(false) };
    let record = SessionRecord { superseded_at: Some(at), ..record };
    Ok(digest == *new && record.is_live(&subject, rules, now))
}

/// Forgets a secret of before that is over at `now`, or whose time a wrong clock wrote into the future: it is refused by now, and
/// is not to be good when the clock is set back or that time comes.
pub(super) fn forget_dead(connection: &Connection, secret: &SessionDigest, now: Timestamp) -> Result<Option<Effect>> {
    if superseded(connection, secret)?.is_none_or(|successor| is_good_beside(successor.at, now)) {
        return Ok(None);
    }
    connection
        .prepare_cached("UPDATE session SET superseded = NULL, superseded_at = NULL WHERE superseded = ?1")?
        .execute([secret.as_bytes()])?;
    Ok(Some(Effect::Remove(*secret)))
}
