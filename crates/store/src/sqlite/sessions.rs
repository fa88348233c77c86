//! The session rows. Each row has its entry in memory and each entry its row: a row is written first, and an entry is
//! changed when that is committed.

use std::collections::HashMap;
use std::sync::Arc;

use admit_core::audit::{Event, EventKind};
use admit_core::credential::SessionDigest;
use admit_core::drift::AHEAD;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{Device, NewSession, OpenSession, SessionRecord, SessionRules};
use admit_core::store::{Checked, Opened, eviction};
use admit_core::subject::{Status, SubjectState};
use admit_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::column::{count, millis, of_assurance, time, time_or_none};
use super::secrets::{self, record, record_columns};
use super::writer::Done;
use super::{events, signals, subjects};
use crate::live::{Effect, Live, LiveWriter};
use crate::whole::in_whole_seconds;

/// Rows that a change deletes along with itself at most. A row costs some 30 µs when there are a million, and logging out
/// everywhere is to take no longer for a thousand sessions than for ten.
const WITH_A_CHANGE: u32 = 64;

/// The record with the last use that memory knows of: touches may still be on their way to the database.
pub(super) fn seen(
    live: &Live,
    (digest, mut record): (SessionDigest, SessionRecord),
) -> (SessionDigest, SessionRecord) {
    record.last_seen_at = match live.last_seen(&digest) {
        // Refused, and its row is about to go.
        Some(refused) if refused == Timestamp::default() => refused,
        Some(seen) => record.last_seen_at.max(seen),
        None => record.last_seen_at,
    };
    (digest, record)
}

/// Makes a session.
pub(super) fn open(
    connection: &Connection,
    live: &Live,
    rules: &SessionRules,
    new: &NewSession,
    event: &Event,
) -> Result<Done<Opened>> {
    let subject = match subjects::state_by_id(connection, new.proved.subject())? {
        Some(subject) if new.proved.is_still(&subject) => subject,
        Some(_) | None => return Ok(Done::plain(Opened::Refused)),
    };
    let mut effects = Vec::new();
    if let Some(replaced) = secrets::present(connection, new.replaces, new.created_at)?
        && let Some(Taken { id, owner, token_until, secrets }) = take(connection, &replaced)?
    {
        events::insert(connection, &new.replacement(event, owner, id), None)?;
        effects.extend(signals::session_ended(connection, id, new.created_at, token_until)?);
        effects.extend(secrets);
    }
    for (digest, evicted) in over_limit(connection, live, rules, &subject, new.created_at)? {
        if let Some(Taken { id, token_until, secrets, .. }) = take(connection, &digest)? {
            effects.extend(signals::session_ended(connection, id, new.created_at, token_until)?);
            effects.extend(secrets);
        }
        let eviction =
            eviction(EventKind::SessionEvicted, subject.id, evicted.id, new.created_at, event.request.as_deref());
        events::insert(connection, &eviction, None)?;
    }
    let record = new.record(&subject);
    insert(connection, new, &record)?;
    connection
        .prepare_cached("UPDATE subject SET last_login_at = ?2 WHERE id = ?1")?
        .execute(params![subject.id.as_bytes(), millis(new.created_at)])?;
    events::insert(connection, event, Some(subject.id))?;
    effects.push(Effect::Insert { digest: new.digest, record, subject: subject.clone() });
    let session = in_whole_seconds(record);
    Ok(Done { answer: Opened::Session(Checked { session, subject }), effects })
}

fn insert(connection: &Connection, new: &NewSession, record: &SessionRecord) -> Result<()> {
    let device = new.device.kept();
    connection
        .prepare_cached(
            "INSERT INTO session (digest, id, subject_id, generation, roles_version, created_at, last_seen_at,
             absolute_expires_at, user_agent, address, assurance) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            new.digest.as_bytes(),
            record.id.as_bytes(),
            new.proved.subject().as_bytes(),
            record.generation.0,
            record.roles_version,
            millis(record.created_at),
            millis(record.last_seen_at),
            millis(record.absolute_expires_at),
            device.user_agent,
            device.address,
            of_assurance(record.assurance),
        ])
        .map(drop)
}

/// A session that was deleted.
struct Taken {
    id: SessionId,
    owner: SubjectId,
    /// When its last access token ends.
    token_until: Timestamp,
    /// Its secrets, to be taken out of memory.
    secrets: Vec<Effect>,
}

/// Deletes the session with this present secret.
fn take(connection: &Connection, digest: &SessionDigest) -> Result<Option<Taken>> {
    connection
        .prepare_cached("DELETE FROM session WHERE digest = ?1 RETURNING id, subject_id, token_until, superseded")?
        .query_row([digest.as_bytes()], |row| {
            let superseded: Option<[u8; 32]> = row.get(3)?;
            let secrets = [Some(*digest), superseded.map(SessionDigest::from_bytes)].into_iter().flatten();
            Ok(Taken {
                id: SessionId::from_bytes(row.get(0)?),
                owner: SubjectId::from_bytes(row.get(1)?),
                token_until: time(row, 2)?,
                secrets: secrets.map(Effect::Remove).collect(),
            })
        })
        .optional()
}

/// The live sessions that must go to make room for one more, oldest first.
fn over_limit(
    connection: &Connection,
    live: &Live,
    rules: &SessionRules,
    subject: &SubjectState,
    now: Timestamp,
) -> Result<Vec<(SessionDigest, SessionRecord)>> {
    let id = subject.id.as_bytes();
    let rows = connection
        .prepare_cached("SELECT count(*) FROM session WHERE subject_id = ?1")?
        .query_row([id], |row| count(row, 0))?;
    if usize::try_from(rows).is_ok_and(|rows| rows <= rules.room()) {
        return Ok(Vec::new());
    }
    Ok(rules.evicted(live_of(connection, live, rules, subject, now)?))
}

/// The live sessions of a subject, oldest first, by what is written: memory does not have yet what the jobs before this one
/// have changed.
pub(super) fn live_of(
    connection: &Connection,
    live: &Live,
    rules: &SessionRules,
    subject: &SubjectState,
    now: Timestamp,
) -> Result<Vec<(SessionDigest, SessionRecord)>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            record_columns!(),
            " FROM session WHERE subject_id = ?1 ORDER BY created_at, id"
        ))?
        .query_map([subject.id.as_bytes()], record)?
        .map(|row| row.map(|row| seen(live, row)))
        .filter(|row| row.as_ref().map_or(true, |(_, session)| session.is_live(subject, rules, now)))
        .collect()
}

/// The live session of a subject with this public name. As for a rotation its row and `subject` decide, read in this
/// transaction: memory does not have yet what the jobs before this one have changed.
pub(super) fn live_by_id(
    connection: &Connection,
    live: &Live,
    rules: &SessionRules,
    subject: &SubjectState,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<SessionRecord>> {
    let row = connection
        .prepare_cached(concat!("SELECT ", record_columns!(), " FROM session WHERE subject_id = ?1 AND id = ?2"))?
        .query_row([subject.id.as_bytes(), id.as_bytes()], record)
        .optional()?;
    let session = row.map(|row| in_whole_seconds(seen(live, row).1));
    Ok(session.filter(|session| session.is_live(subject, rules, now)))
}

/// Ends one session of a subject by its public name.
pub(super) fn end(connection: &Connection, subject: SubjectId, id: SessionId, event: &Event) -> Result<Done<bool>> {
    let digest = connection
        .prepare_cached("SELECT digest FROM session WHERE subject_id = ?1 AND id = ?2")?
        .query_row([subject.as_bytes(), id.as_bytes()], |row| row.get(0).map(SessionDigest::from_bytes))
        .optional()?;
    let Some(digest) = digest else { return Ok(Done::plain(false)) };
    let taken = take(connection, &digest)?;
    events::insert(connection, event, Some(subject))?;
    let mut effects = Vec::new();
    if let Some(Taken { id, token_until, secrets, .. }) = taken {
        effects.extend(secrets);
        effects.extend(signals::session_ended(connection, id, event.at, token_until)?);
    }
    Ok(Done { answer: true, effects })
}

/// The session with this digest and its subject.
pub(super) fn with_owner(
    connection: &Connection,
    live: &Live,
    digest: &SessionDigest,
) -> Result<(SessionRecord, SubjectId)> {
    connection
        .prepare_cached(concat!("SELECT ", record_columns!(), ", subject_id FROM session WHERE digest = ?1"))?
        .query_row([digest.as_bytes()], |row| Ok((seen(live, record(row)?).1, SubjectId::from_bytes(row.get(8)?))))
}

/// Deletes a session that was refused because time had ended it.
pub(super) fn drop_expired(connection: &Connection, digest: SessionDigest) -> Result<Done<()>> {
    delete(connection, &digest)?;
    Ok(Done { answer: (), effects: vec![Effect::Remove(digest)] })
}

/// Deletes a row; `false` when there was none.
pub(super) fn delete(connection: &Connection, digest: &SessionDigest) -> Result<bool> {
    connection
        .prepare_cached("DELETE FROM session WHERE digest = ?1")?
        .execute([digest.as_bytes()])
        .map(|deleted| deleted == 1)
}

/// Deletes the rows of a subject whose generation was raised, up to [`WITH_A_CHANGE`].
///
/// They are dead already, by their generation, and no generation comes twice. A subject with more than that keeps the
/// rest until the next purge or start.
pub(super) fn delete_some(connection: &Connection, subject: SubjectId) -> Result<Vec<SessionDigest>> {
    let rows = connection
        .prepare_cached("SELECT digest, superseded FROM session WHERE subject_id = ?1 LIMIT ?2")?
        .query_map(params![subject.as_bytes(), WITH_A_CHANGE], |row| {
            let superseded: Option<[u8; 32]> = row.get(1)?;
            Ok((row.get(0).map(SessionDigest::from_bytes)?, superseded.map(SessionDigest::from_bytes)))
        })?
        .collect::<Result<Vec<_>>>()?;
    rows.iter().try_for_each(|(digest, _)| delete(connection, digest).map(drop))?;
    Ok(rows.into_iter().flat_map(|(digest, superseded)| [Some(digest), superseded]).flatten().collect())
}

/// Writes down a use. Not backwards, whatever the order in which touches arrive, but from a time that a wrong clock wrote.
pub(super) fn touch(connection: &Connection, digest: &SessionDigest, seen: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE session SET last_seen_at = ?2 WHERE digest = ?1 AND (last_seen_at < ?2 OR last_seen_at > ?3)",
        )?
        .execute(params![digest.as_bytes(), millis(seen), millis(seen.plus(AHEAD))])
        .map(drop)
}

/// The live sessions of a subject, newest first. Live is what memory says: a check asks there too.
pub(super) fn list(
    connection: &Connection,
    live: &Live,
    rules: &SessionRules,
    subject: SubjectId,
    now: Timestamp,
) -> Result<Vec<OpenSession>> {
    connection
        .prepare_cached(
            "SELECT digest, user_agent, address FROM session WHERE subject_id = ?1 ORDER BY created_at DESC, id DESC",
        )?
        .query_map([subject.as_bytes()], |row| {
            let digest = SessionDigest::from_bytes(row.get(0)?);
            let device = Device { user_agent: row.get(1)?, address: row.get(2)? };
            Ok(live.peek(&digest, now, rules).map(|record| OpenSession { record, device }))
        })?
        .filter_map(Result::transpose)
        .collect()
}

/// Puts every session into memory, at the start. Rows that are dead by their generation or their subject's ban, left over
/// from a change that ended very many, are deleted instead.
pub(super) fn load(connection: &Connection, live: &mut LiveWriter) -> Result<()> {
    let mut subjects: HashMap<SubjectId, Arc<SubjectState>> = HashMap::new();
    connection
        .prepare(concat!(
            "SELECT ",
            subjects::state_columns!(),
            " FROM subject s WHERE EXISTS (SELECT 1 FROM session WHERE subject_id = s.id)"
        ))?
        .query_map([], subjects::state)?
        .try_for_each(|state| state.map(|state| drop(subjects.insert(state.id, state))))?;
    let mut select = connection.prepare(concat!(
        "SELECT ",
        record_columns!(),
        ", subject_id, superseded, superseded_at FROM session"
    ))?;
    let mut rows = select.query([])?;
    let mut dead = Vec::new();
    while let Some(row) = rows.next()? {
        let (digest, record) = record(row)?;
        match subjects.get(&SubjectId::from_bytes(row.get(8)?)) {
            Some(subject) if subject.status == Status::Active && subject.generation == record.generation => {
                live.apply(Effect::Insert { digest, record, subject: subject.clone() });
                let superseded: Option<[u8; 32]> = row.get(9)?;
                if let (Some(old), at @ Some(_)) = (superseded, time_or_none(row, 10)?) {
                    let record = SessionRecord { superseded_at: at, ..record };
                    let digest = SessionDigest::from_bytes(old);
                    live.apply(Effect::Insert { digest, record, subject: subject.clone() });
                }
            }
            Some(_) | None => dead.push(digest),
        }
    }
    drop(rows);
    let transaction = connection.unchecked_transaction()?;
    dead.iter().try_for_each(|digest| delete(connection, digest).map(drop))?;
    transaction.commit()
}
