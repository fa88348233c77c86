//! Dropping what time has ended. Expiry never waits for this: it is decided at each check.
//!
//! It is done in small steps, each a transaction of its own that passes by what others hold. However much there is, each step ends in
//! time, and what one purge leaves is for the next.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use admit_core::session::SessionRules;
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;
use tokio_postgres::types::{FromSql, ToSql};
use uuid::Uuid;

use super::column::{at, number, value};
use super::connection::On;
use super::db::Db;
use super::error::Error;
use crate::records::{EXPIRY, Expiry, expiry};

/// Rows that a step deletes at most, so that logins get their turn in between. Where no index leads to what has ended, also the
/// rows that it looks at.
const STEP: u32 = 500;

/// Steps that a purge makes in a table at most. With one a minute that is more than can be made to end in the long run.
const STEPS: u32 = 100;

/// Where in the tables that are gone through from end to end the last purge has come to.
#[derive(Default)]
pub(super) struct Walk {
    sessions: Mutex<Vec<u8>>,
    families: Mutex<Uuid>,
}

/// No index leads to dead sessions: to keep one would cost each use of a session more than going through all of them does.
const SESSIONS: &str = "
    WITH slice AS MATERIALIZED (SELECT digest FROM session WHERE digest > $1 ORDER BY digest LIMIT $2),
         gone AS (DELETE FROM session WHERE digest = ANY (ARRAY(
             SELECT x.digest FROM session x JOIN subject s ON s.id = x.subject_id
             WHERE x.digest IN (SELECT digest FROM slice) AND (x.absolute_expires_at <= $3 OR x.last_seen_at <= $4
                OR s.generation <> x.generation OR s.status <> 'active')
             FOR UPDATE OF x SKIP LOCKED)) RETURNING 1)
    SELECT (SELECT count(*) FROM gone), (SELECT digest FROM slice ORDER BY digest OFFSET $2 - 1)";

/// Those that are used until their absolute end.
const FAMILIES: &str = "
    WITH slice AS MATERIALIZED (SELECT id FROM token_family WHERE id > $1 ORDER BY id LIMIT $2),
         gone AS (DELETE FROM token_family WHERE id = ANY (ARRAY(
             SELECT id FROM token_family WHERE id IN (SELECT id FROM slice) AND (absolute_expires_at <= $3 OR last_used_at <= $4)
             FOR UPDATE SKIP LOCKED)) RETURNING 1)
    SELECT (SELECT count(*) FROM gone), (SELECT id FROM slice ORDER BY id OFFSET $2 - 1)";

const SPENT: Expiry = expiry!("spent_refresh", "digest", "at <= $1", Duration::ZERO);
const SIGNALS: Expiry = expiry!("signal", "seq", "until <= $1", Duration::ZERO);
const LOG: Expiry = expiry!("log_entry", "shard, seq", "until <= $1", Duration::ZERO);
const EXCHANGED: Expiry = expiry!("exchanged_session", "id", "token_until <= $1", Duration::ZERO);
const UNUSED: Expiry = expiry!("token_family", "id", "last_used_at <= $1", Duration::ZERO);

/// Deletes dead sessions and families, dead links, old addresses, signals and log entries. Answers how many sign-ins went. What
/// cannot be deleted in one table is no reason to leave the others.
pub(super) async fn purge(
    db: &Db,
    walk: &Walk,
    rules: SessionRules,
    tokens: TokenRules,
    now: Timestamp,
) -> Result<u64, Error> {
    let mut failed = None;
    let mut note = |outcome: Result<u64, Error>| {
        outcome.unwrap_or_else(|error| {
            failed.get_or_insert(error);
            0
        })
    };
    let (grace, idle) = (now.minus(tokens.reuse_grace), now.minus(tokens.refresh_idle));
    let mut sign_ins = note(walked(db, &walk.sessions, SESSIONS, [now, now.minus(rules.idle)]).await);
    for expiry in EXPIRY.into_iter().chain([&SIGNALS, &LOG, &EXCHANGED]) {
        note(by_index(db, expiry, now).await);
    }
    note(by_index(db, &SPENT, grace).await);
    sign_ins += note(by_index(db, &UNUSED, idle).await);
    sign_ins += note(walked(db, &walk.families, FAMILIES, [now, idle]).await);
    failed.map_or(Ok(sign_ins), Err)
}

/// Of several nodes one does a step; the others have nothing to do then.
async fn is_mine(on: On<'_>) -> Result<bool, Error> {
    value(&on.one("SELECT pg_try_advisory_xact_lock(hashtextextended('admit purge', 0))", &[]).await?, 0)
}

/// Deletes from a table by its index, step by step.
async fn by_index(db: &Db, expiry: &Expiry, by: Timestamp) -> Result<u64, Error> {
    let (sql, end) = (expiry.postgres, by.minus(expiry.kept));
    let mut total = 0;
    for _ in 0..STEPS {
        let deleted = db.write(move |on| Box::pin(step(on, sql, end))).await?;
        total += deleted;
        if deleted < u64::from(STEP) {
            break;
        }
    }
    Ok(total)
}

async fn step(on: On<'_>, sql: &'static str, end: Timestamp) -> Result<u64, Error> {
    if is_mine(on).await? { on.run(sql, &[&at(end), &i64::from(STEP)]).await } else { Ok(0) }
}

/// Goes through a table from where the last purge has come to, slice by slice, and deletes what ended at these times.
async fn walked<K>(db: &Db, place: &Mutex<K>, sql: &'static str, ends: [Timestamp; 2]) -> Result<u64, Error>
where
    K: Clone + Default + Send + Sync + ToSql + for<'a> FromSql<'a> + 'static,
{
    let mut total = 0;
    for _ in 0..STEPS {
        let from = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let slice = db.write(move |on| Box::pin(slice(on, sql, from, ends))).await?;
        let Some((deleted, last)) = slice else { break };
        total += deleted;
        let ends = last.is_none();
        *place.lock().unwrap_or_else(PoisonError::into_inner) = last.unwrap_or_default();
        if ends {
            break;
        }
    }
    Ok(total)
}

/// A slice: how many were deleted, and its last key. `None` for another node's turn.
async fn slice<K>(
    on: On<'_>,
    sql: &'static str,
    from: K,
    ends: [Timestamp; 2],
) -> Result<Option<(u64, Option<K>)>, Error>
where
    K: Sync + ToSql + for<'a> FromSql<'a>,
{
    if !is_mine(on).await? {
        return Ok(None);
    }
    let [first, second] = ends;
    let row = on.one(sql, &[&from, &i64::from(STEP), &at(first), &at(second)]).await?;
    Ok(Some((number(&row, 0)?, value(&row, 1)?)))
}

/// Deletes every session that is kept here: for a server whose sessions are elsewhere. Nothing ends them here any more, and they would be
/// good again when sessions are kept here again. Answers how many there were.
pub(super) async fn forget_sessions(db: &Db) -> Result<u64, Error> {
    const SQL: &str =
        "DELETE FROM session WHERE digest IN (SELECT digest FROM session LIMIT $1 FOR UPDATE SKIP LOCKED)";
    let mut total = 0;
    loop {
        let deleted = db.write(|on| Box::pin(async move { on.run(SQL, &[&i64::from(STEP)]).await })).await?;
        total += deleted;
        if deleted < STEP.into() {
            return Ok(total);
        }
    }
}
