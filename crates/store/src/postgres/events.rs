//! The audit log: events are added and read. Only the count of repeated failures and events about a deleted subject are
//! ever changed; old events are deleted.

use std::time::Duration;

use admit_core::audit::{Event, EventKind, Recorded};
use admit_core::drift::GRACE;
use admit_core::id::SubjectId;
use admit_core::store::EventQuery;
use admit_core::time::Timestamp;
use serde_json::{Map, Value};
use tokio_postgres::Row;

use super::clock;
use super::column::{at, big, malformed, number, of_subject, subject_id, text, time, value};
use super::connection::{On, Value as Bound};
use super::error::Error;
use super::subjects;

/// Writes down an event, about `subject` unless it says otherwise.
pub(super) async fn insert(on: On<'_>, event: &Event, subject: Option<SubjectId>) -> Result<(), Error> {
    on.run(
        "INSERT INTO event (at, kind, actor, subject, address, request, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &at(event.at),
            &event.kind.as_str(),
            &event.actor.to_string(),
            &event.subject.or(subject).map(of_subject),
            &event.address.as_deref().map(text),
            &event.request.as_deref().map(text),
            &detail(event),
        ],
    )
    .await
    .map(drop)
}

/// Counts an event in the row of this name. Whether the row was made for it.
pub(super) async fn count_in(on: On<'_>, event: &Event, slot: &str) -> Result<bool, Error> {
    let row = on
        .one(
            "INSERT INTO event (at, kind, actor, subject, address, request, detail, slot)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (slot) WHERE slot IS NOT NULL DO UPDATE SET detail = event.detail || jsonb_build_object(
                 'count', coalesce((event.detail ->> 'count')::bigint, 1) + 1, 'last_at', $9::text)
             RETURNING detail ->> 'count' IS NULL",
            &[
                &at(event.at),
                &event.kind.as_str(),
                &event.actor.to_string(),
                &event.subject.map(of_subject),
                &event.address.as_deref().map(text),
                &event.request.as_deref().map(text),
                &detail(event),
                &text(slot),
                &event.at.to_string(),
            ],
        )
        .await?;
    value(&row, 0)
}

/// Removes personal data from the next events about a deleted subject. A slot contains an address.
pub(super) async fn strip(on: On<'_>, id: SubjectId, after: u64, limit: u32) -> Result<Option<u64>, Error> {
    if subjects::by_id(on, id).await?.is_none_or(|subject| !subject.state.is_deleted()) {
        return Ok(None);
    }
    let row = on
        .one(
            "SELECT max(seq) FROM (SELECT seq FROM event WHERE subject = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS next",
            &[&of_subject(id), &big(after), &i64::from(limit)],
        )
        .await?;
    let Some(last) = value::<Option<i64>>(&row, 0)? else { return Ok(Some(after)) };
    on.run(
        "UPDATE event SET detail = detail - '{username,from,to}'::text[], slot = NULL,
             address = CASE WHEN actor IN ('anonymous', $2) OR actor LIKE 'client:%' THEN NULL ELSE address END
         WHERE subject = $1 AND seq > $3 AND seq <= $4",
        &[&of_subject(id), &id.to_string(), &big(after), &last],
    )
    .await?;
    Ok(Some(last.unsigned_abs()))
}

/// Deletes the oldest events that were kept long enough when `ended_by` came, by the database's clock too. By their dates and
/// not by their numbers: those that a clock which was ahead wrote do not stand before the others. Of several nodes one does it.
pub(super) async fn forget(on: On<'_>, ended_by: Timestamp, keep: Duration, limit: u32) -> Result<u64, Error> {
    let mine = on.one("SELECT pg_try_advisory_xact_lock(hashtextextended('admit forget', 0))", &[]).await?;
    if !value::<bool>(&mine, 0)? {
        return Ok(0);
    }
    let before = ended_by.min(clock::theirs(on).await?.minus(GRACE)).minus(keep);
    on.run(
        "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE at < $1 ORDER BY at LIMIT $2)",
        &[&at(before), &i64::from(limit)],
    )
    .await
}

/// Writes down many by one statement, numbered in their order.
pub(super) async fn insert_all(on: On<'_>, events: &[&Event]) -> Result<(), Error> {
    let times: Vec<_> = events.iter().map(|event| at(event.at)).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    let actors: Vec<String> = events.iter().map(|event| event.actor.to_string()).collect();
    let subjects: Vec<_> = events.iter().map(|event| event.subject.map(of_subject)).collect();
    let addresses: Vec<_> = events.iter().map(|event| event.address.as_deref().map(text)).collect();
    let requests: Vec<_> = events.iter().map(|event| event.request.as_deref().map(text)).collect();
    let details: Vec<Value> = events.iter().map(|event| detail(event)).collect();
    on.run(
        "INSERT INTO event (at, kind, actor, subject, address, request, detail)
         SELECT at, kind, actor, subject, address, request, detail
         FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::jsonb[])
              WITH ORDINALITY AS it (at, kind, actor, subject, address, request, detail, place) ORDER BY place",
        &[&times, &kinds, &actors, &subjects, &addresses, &requests, &details],
    )
    .await
    .map(drop)
}

fn detail(event: &Event) -> Value {
    Value::Object(event.detail.iter().map(|(name, value)| (text(name), clean(value))).collect())
}

pub(super) fn clean(value: &Value) -> Value {
    match value {
        Value::String(plain) => Value::String(text(plain)),
        Value::Array(list) => Value::Array(list.iter().map(clean).collect()),
        Value::Object(map) => Value::Object(map.iter().map(|(name, value)| (text(name), clean(value))).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Reads the log, newest first.
pub(super) async fn read(on: On<'_>, query: &EventQuery) -> Result<Vec<Recorded>, Error> {
    let last = match query.before.filter(|_| query.is_by_time()) {
        // Of one that is not there any more its number alone is known.
        Some(seq) => {
            let row = on.opt("SELECT at FROM event WHERE seq = $1", &[&big(seq)]).await?;
            row.as_ref().map(|row| time(row, 0)).transpose()?
        }
        None => None,
    };
    let subject = query.subject.map(of_subject);
    let kind = query.kind.map(EventKind::as_str);
    let address = query.address.as_deref().map(text);
    let (from, latest, last_at) = (query.from.map(at), query.latest(last).map(at), last.map(at));
    let (before, limit) = (query.before.map(big), i64::from(query.limit));
    // Only the conditions that are asked for are written, so that each combination can use its index.
    let mut sql = String::from(
        "SELECT e.seq, e.at, e.kind, e.actor, e.subject, nullif(s.username, ''), e.address, e.request, e.detail
         FROM event e LEFT JOIN subject s ON s.id = e.subject WHERE true",
    );
    let mut values: Vec<Bound<'_>> = vec![&limit];
    if let Some(subject) = &subject {
        values.push(subject);
        sql.push_str(&format!(" AND e.subject = ${}", values.len()));
    }
    if let Some(kind) = &kind {
        values.push(kind);
        sql.push_str(&format!(" AND e.kind = ${}", values.len()));
    }
    if let Some(address) = &address {
        values.push(address);
        sql.push_str(&format!(" AND e.address = ${}", values.len()));
    }
    if let Some(from) = &from {
        values.push(from);
        sql.push_str(&format!(" AND e.at >= ${}", values.len()));
    }
    if let Some(latest) = &latest {
        values.push(latest);
        sql.push_str(&format!(" AND e.at <= ${}", values.len()));
    }
    match (&last_at, &before) {
        (Some(last), Some(before)) => {
            values.extend([last as Bound<'_>, before]);
            sql.push_str(&format!(" AND (e.at < ${} OR e.seq < ${})", values.len() - 1, values.len()));
        }
        (None, Some(before)) => {
            values.push(before);
            sql.push_str(&format!(" AND e.seq < ${}", values.len()));
        }
        (_, None) => {}
    }
    sql.push_str(if query.is_by_time() {
        " ORDER BY e.at DESC, e.seq DESC LIMIT $1"
    } else {
        " ORDER BY e.seq DESC LIMIT $1"
    });
    on.all_of(&sql, &values).await?.iter().map(recorded).collect()
}

fn recorded(row: &Row) -> Result<Recorded, Error> {
    let kind: &str = value(row, 2)?;
    let detail: Value = value(row, 8)?;
    let subject = value::<Option<uuid::Uuid>>(row, 4)?.map(|_| subject_id(row, 4)).transpose()?;
    Ok(Recorded {
        seq: number(row, 0)?,
        at: time(row, 1)?,
        kind: EventKind::parse(kind).ok_or_else(|| malformed(format!("unknown kind of event \"{kind}\"")))?,
        actor: value(row, 3)?,
        subject,
        username: value(row, 5)?,
        address: value(row, 6)?,
        request: value(row, 7)?,
        detail: serde_json::from_value::<Map<String, Value>>(detail).map_err(malformed)?,
    })
}
