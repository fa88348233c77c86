//! Sessions by their secrets: the current one and the previous one.

use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{SessionRecord, is_good_beside};
use admit_core::subject::Generation;
use admit_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::column::{assurance, time};

macro_rules! record_columns {
    () => {
        "digest, id, created_at, last_seen_at, absolute_expires_at, generation, roles_version, assurance"
    };
}
pub(super) use record_columns;

pub(super) fn record(row: &Row<'_>) -> Result<(SessionDigest, SessionRecord)> {
    let created_at = time(row, 2)?;
    let record = SessionRecord {
        id: SessionId::from_bytes(row.get(1)?),
        created_at,
        last_seen_at: time(row, 3)?,
        absolute_expires_at: time(row, 4)?,
        generation: Generation(row.get(5)?),
        roles_version: row.get(6)?,
        superseded_at: None,
        assurance: assurance(row, 7, created_at)?,
    };
    Ok((SessionDigest::from_bytes(row.get(0)?), record))
}

/// The secret that has taken the place of this one, while this one is good; otherwise this one.
pub(super) fn present(
    connection: &Connection,
    secret: Option<SessionDigest>,
    now: Timestamp,
) -> Result<Option<SessionDigest>> {
    let Some(secret) = secret else { return Ok(None) };
    let successor = superseded(connection, &secret)?;
    let good = successor.filter(|successor| is_good_beside(successor.at, now));
    Ok(Some(good.map_or(secret, |successor| successor.digest)))
}

/// What took the place of a secret.
pub(super) struct Successor {
    pub(super) digest: SessionDigest,
    pub(super) record: SessionRecord,
    pub(super) owner: SubjectId,
    pub(super) at: Timestamp,
}

/// The session whose previous secret this was.
pub(super) fn superseded(connection: &Connection, old: &SessionDigest) -> Result<Option<Successor>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            record_columns!(),
            ", subject_id, superseded_at FROM session WHERE superseded = ?1"
        ))?
        .query_row([old.as_bytes()], |row| {
            let ((digest, record), at) = (record(row)?, time(row, 9)?);
            Ok(Successor { digest, record, owner: SubjectId::from_bytes(row.get(8)?), at })
        })
        .optional()
}
