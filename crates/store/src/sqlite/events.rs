//! The audit log: events are added and read. None is changed but the count of failures that repeat; old ones are deleted.

use admit_core::audit::{Event, EventKind, Recorded};
use admit_core::id::SubjectId;
use admit_core::store::EventQuery;
use admit_core::time::Timestamp;
use rusqlite::types::ToSql;
use rusqlite::{Connection, Error, Result, Row, params};

use super::column::{count, malformed, millis, time};

/// Writes down an event, about `subject` unless it says otherwise.
pub(super) fn insert(connection: &Connection, event: &Event, subject: Option<SubjectId>) -> Result<()> {
    let subject = event.subject.or(subject);
    connection
        .prepare_cached(
            "INSERT INTO event (at, kind, actor, subject, address, request, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            millis(event.at),
            event.kind.as_str(),
            event.actor.to_string(),
            subject.as_ref().map(SubjectId::as_bytes),
            event.address,
            event.request,
            detail(event)?,
        ])?;
    Ok(())
}

/// Counts an event in the row of this name. Whether the row was made for it.
pub(super) fn count_in(connection: &Connection, event: &Event, slot: &str) -> Result<bool> {
    connection
        .prepare_cached(
            "INSERT INTO event (at, kind, actor, subject, address, request, detail, slot)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (slot) WHERE slot IS NOT NULL DO UPDATE SET detail = json_set(
                 detail, '$.count', coalesce(json_extract(detail, '$.count'), 1) + 1, '$.last_at', ?9)
             RETURNING json_extract(detail, '$.count') IS NULL",
        )?
        .query_row(
            params![
                millis(event.at),
                event.kind.as_str(),
                event.actor.to_string(),
                event.subject.as_ref().map(SubjectId::as_bytes),
                event.address,
                event.request,
                detail(event)?,
                slot,
                event.at.to_string(),
            ],
            |row| row.get(0),
        )
}

fn detail(event: &Event) -> Result<String> {
    serde_json::to_string(&event.detail).map_err(|error| Error::ToSqlConversionFailure(error.into()))
}

/// Deletes the oldest events from before this time. By their dates and not by their numbers: those that a clock which was ahead
/// wrote do not stand before the others.
pub(super) fn forget(connection: &Connection, before: Timestamp, limit: u32) -> Result<u64> {
    let forgotten = connection
        .prepare_cached("DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE at < ?1 ORDER BY at LIMIT ?2)")?
        .execute(params![millis(before), limit])?;
    Ok(forgotten as u64)
}

/// Reads the log, newest first.
pub(super) fn read(connection: &Connection, query: &EventQuery) -> Result<Vec<Recorded>> {
    // Only the conditions that are asked for are written, so that each combination can use its index.
    let mut sql = String::from(
        "SELECT e.seq, e.at, e.kind, e.actor, e.subject, s.username, e.address, e.request, e.detail
         FROM event e LEFT JOIN subject s ON s.id = e.subject WHERE 1",
    );
    let subject = query.subject.as_ref().map(SubjectId::as_bytes);
    let kind = query.kind.map(EventKind::as_str);
    let before = query.before.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let mut values: Vec<(&str, &dyn ToSql)> = vec![(":limit", &query.limit)];
    if subject.is_some() {
        sql.push_str(" AND e.subject = :subject");
        values.push((":subject", &subject));
    }
    if kind.is_some() {
        sql.push_str(" AND e.kind = :kind");
        values.push((":kind", &kind));
    }
    if before.is_some() {
        sql.push_str(" AND e.seq < :before");
        values.push((":before", &before));
    }
    sql.push_str(" ORDER BY e.seq DESC LIMIT :limit");
    connection.prepare_cached(&sql)?.query_map(values.as_slice(), recorded)?.collect()
}

fn recorded(row: &Row<'_>) -> Result<Recorded> {
    let kind: String = row.get(2)?;
    let detail: String = row.get(8)?;
    Ok(Recorded {
        seq: count(row, 0)?,
        at: time(row, 1)?,
        kind: EventKind::parse(&kind).ok_or_else(|| malformed(2, format!("unknown kind of event \"{kind}\"")))?,
        actor: row.get(3)?,
        subject: row.get::<_, Option<[u8; 16]>>(4)?.map(SubjectId::from_bytes),
        username: row.get(5)?,
        address: row.get(6)?,
        request: row.get(7)?,
        detail: serde_json::from_str(&detail).map_err(|error| malformed(8, error))?,
    })
}
