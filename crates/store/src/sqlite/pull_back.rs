//! Times that a clock which was ahead wrote: written down as now, once they are seen. What was good for seconds beside its successor is over.

use std::sync::Arc;

use admit_core::credential::{Purpose, SessionDigest};
use admit_core::drift::AHEAD;
use admit_core::id::SubjectId;
use admit_core::session::SessionRecord;
use admit_core::store::Reply;
use admit_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::column::{millis, of_assurance};
use super::purge::found;
use super::writer::{Done, Queue};
use super::{rotation, sessions, subjects};
use crate::live::{Effect, Live};

/// Sessions changed in one step, so that logins get their turn in between.
const STEP: usize = 500;

pub(super) fn pull_back(live: Arc<Live>, queue: Queue, now: Timestamp) -> Reply<u64> {
    Reply::pending(async move {
        let mut total = queue.submit(move |connection, _| others(connection, now).map(Done::plain)).await?;
        for step in found(live.clone(), move |live| live.misdated(now)).await?.chunks(STEP) {
            let step = step.to_vec();
            total += queue.submit(move |connection, live| of_sessions(connection, live, &step, now)).await?;
        }
        Ok(total)
    })
}

fn of_sessions(connection: &Connection, live: &Live, digests: &[SessionDigest], now: Timestamp) -> Result<Done<u64>> {
    let (mut pulled, mut effects) = (0, Vec::new());
    for digest in digests {
        effects.extend(rotation::forget_dead(connection, digest, now)?);
        let row: Option<(SessionRecord, SubjectId)> = sessions::with_owner(connection, live, digest).optional()?;
        let Some((record, owner)) = row.filter(|(record, _)| record.is_ahead_of(now)) else { continue };
        let Some(subject) = subjects::state_by_id(connection, owner)? else { continue };
        let record = record.as_of(now);
        connection
            .prepare_cached(
                "UPDATE session SET created_at = ?2, last_seen_at = ?3, absolute_expires_at = ?4, assurance = ?5
                 WHERE digest = ?1",
            )?
            .execute(params![
                digest.as_bytes(),
                millis(record.created_at),
                millis(record.last_seen_at),
                millis(record.absolute_expires_at),
                of_assurance(record.assurance),
            ])?;
        effects.push(Effect::Insert { digest: *digest, record, subject });
        pulled += 1;
    }
    Ok(Done { answer: pulled, effects })
}

/// Families, addresses and one-time tokens. A link is made anew in a moment; a token whose end nobody can tell is deleted.
fn others(connection: &Connection, now: Timestamp) -> Result<u64> {
    let (now, latest) = (millis(now), millis(now.plus(AHEAD)));
    let families = connection.execute(
        "UPDATE token_family SET
             absolute_expires_at = CASE WHEN created_at > ?2 THEN absolute_expires_at - created_at + ?1
                                        ELSE absolute_expires_at END,
             created_at = CASE WHEN created_at > ?2 THEN ?1 ELSE created_at END,
             last_used_at = CASE WHEN last_used_at > ?2 THEN ?1 ELSE last_used_at END,
             assurance = CASE WHEN (assurance >> 8) * 1000 > ?2 THEN ((?1 / 1000) << 8) | (assurance & 255)
                              ELSE assurance END
         WHERE created_at > ?2 OR last_used_at > ?2 OR (assurance >> 8) * 1000 > ?2",
        [now, latest],
    )?;
    // One that is not there gives its successor to nobody: what was refused since is not good again when its time comes.
    connection.execute("DELETE FROM spent_refresh WHERE at > ?1", [latest])?;
    connection.execute("UPDATE known_address SET last_at = ?1 WHERE last_at > ?2", [now, latest])?;
    let lifetime = i64::try_from(Purpose::MAX_LIFETIME.as_millis()).unwrap_or(i64::MAX);
    connection.execute("DELETE FROM one_time_token WHERE expires_at > ?1", [latest.saturating_add(lifetime)])?;
    Ok(families as u64)
}
