//! The audit log: events are added and read. Only the count of repeated failures and events about a deleted subject are
//! ever changed; old events are deleted.

use admit_core::audit::{Event, EventKind, Recorded};
use admit_core::id::SubjectId;
use admit_core::store::EventQuery;
use admit_core::time::Timestamp;
use rusqlite::types::ToSql;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};

use super::column::{count, malformed, millis, time};
use super::subjects;

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

/// Removes personal data from the next events about a deleted subject. A slot contains an address.
pub(super) fn strip(connection: &Connection, id: SubjectId, after: u64, limit: u32) -> Result<Option<u64>> {
    if subjects::state_by_id(connection, id)?.is_none_or(|subject| !subject.is_deleted()) {
        return Ok(None);
    }
    let last: Option<i64> = connection
        .prepare_cached(
            "SELECT max(seq) FROM (SELECT seq FROM event WHERE subject = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3)",
        )?
        .query_row(params![id.as_bytes(), number(after), limit], |row| row.get(0))?;
    let Some(last) = last else { return Ok(Some(after)) };
    connection
        .prepare_cached(
            "UPDATE event SET detail = json_remove(detail, '$.username', '$.from', '$.to'), slot = NULL,
                 address = CASE WHEN actor IN ('anonymous', ?2) OR actor LIKE 'client:%' THEN NULL ELSE address END
             WHERE subject = ?1 AND seq > ?3 AND seq <= ?4",
        )?
        .execute(params![id.as_bytes(), id.to_string(), number(after), last])?;
    Ok(Some(last.unsigned_abs()))
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
    let last = match query.before.filter(|_| query.is_by_time()) {
        // Of one that is not there any more its number alone is known.
        Some(seq) => time_of(connection, seq)?,
        None => None,
    };
    let subject = query.subject.as_ref().map(SubjectId::as_bytes);
    let kind = query.kind.map(EventKind::as_str);
    let before = query.before.map(number);
    let (from, latest, last_at) = (query.from.map(millis), query.latest(last).map(millis), last.map(millis));
    let all: [(&str, &dyn ToSql, bool); 7] = [
        (":subject", &subject, subject.is_some()),
        (":kind", &kind, kind.is_some()),
        (":address", &query.address, query.address.is_some()),
        (":from", &from, from.is_some()),
        (":latest", &latest, latest.is_some()),
        (":last", &last_at, last_at.is_some()),
        (":before", &before, before.is_some()),
    ];
    let given = all.iter().filter(|(_, _, given)| *given).map(|(name, value, _)| (*name, *value));
    let values: Vec<(&str, &dyn ToSql)> = given.chain([(":limit", &query.limit as &dyn ToSql)]).collect();
    connection.prepare_cached(&statement(query, last.is_some()))?.query_map(values.as_slice(), recorded)?.collect()
}

/// When the event of this number was.
fn time_of(connection: &Connection, seq: u64) -> Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT at FROM event WHERE seq = ?1")?
        .query_row([number(seq)], |row| time(row, 0))
        .optional()
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// Only the conditions that are asked for are written, so that each combination can use its index. `last`: whether the time of the last event
/// before this part is known.
fn statement(query: &EventQuery, last: bool) -> String {
    let by_time = query.is_by_time();
    let mut sql = String::from(
        "SELECT e.seq, e.at, e.kind, e.actor, e.subject, nullif(s.username, ''), e.address, e.request, e.detail
         FROM event e LEFT JOIN subject s ON s.id = e.subject WHERE 1",
    );
    let before = query.before.is_some();
    for (asked, condition) in [
        (query.subject.is_some(), " AND e.subject = :subject"),
        (query.kind.is_some(), " AND e.kind = :kind"),
        (query.address.is_some(), " AND e.address = :address"),
        (query.from.is_some(), " AND e.at >= :from"),
        (by_time && (last || query.until.is_some()), " AND e.at <= :latest"),
        (last, " AND (e.at < :last OR e.seq < :before)"),
        (before && !last, " AND e.seq < :before"),
    ] {
        if asked {
            sql.push_str(condition);
        }
    }
    sql.push_str(if by_time {
        " ORDER BY e.at DESC, e.seq DESC LIMIT :limit"
    } else {
        " ORDER BY e.seq DESC LIMIT :limit"
    });
    sql
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

#[cfg(test)]
mod tests {
    use admit_core::random::OsRandom;

    use super::*;
    use crate::sqlite::schema;

    #[test]
    fn the_log_is_read_by_an_index_whatever_is_asked_for() {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection).unwrap();
        let at = Timestamp::from_seconds(1_700_000_000);
        let someone = Some(SubjectId::new(at, &OsRandom).unwrap());
        let (kind, address) = (Some(EventKind::LoginFailed), Some("192.0.2.1".to_owned()));
        let all = EventQuery { limit: 50, ..EventQuery::default() };
        let in_time = EventQuery { from: Some(at), until: Some(at), before: Some(7), ..all.clone() };
        for (query, index) in [
            (all.clone(), ""),
            (EventQuery { subject: someone, ..all.clone() }, "event_by_subject"),
            (EventQuery { kind, before: Some(7), ..all.clone() }, "event_by_kind"),
            (EventQuery { address: address.clone(), ..all.clone() }, "event_by_address_and_time"),
            (in_time.clone(), "event_by_age"),
            (EventQuery { until: Some(at), ..all }, "event_by_age"),
            (EventQuery { subject: someone, ..in_time.clone() }, "event_by_subject_and_time"),
            (EventQuery { kind, ..in_time.clone() }, "event_by_kind_and_time"),
            (EventQuery { address, ..in_time }, "event_by_address_and_time"),
        ] {
            let mut explain = connection
                .prepare(&format!(
                    "EXPLAIN QUERY PLAN {}",
                    statement(&query, query.is_by_time() && query.before.is_some())
                ))
                .unwrap();
            let plan: Vec<String> = explain.raw_query().mapped(|row| row.get(3)).collect::<Result<_>>().unwrap();
            let plan = plan.join("\n");
            let by = if index.is_empty() { "SCAN e".to_owned() } else { format!("INDEX {index} (") };
            assert!(plan.contains(&by) && !plan.contains("TEMP B-TREE"), "{query:?}: {plan}");
            assert!(index.is_empty() || !plan.contains("SCAN e"), "{query:?}: {plan}");
        }
    }
}
