//! Times that a clock which was ahead wrote: written down as now, once they are seen. What was good for seconds beside its
//! successor is over.

use std::time::Duration;

use admit_core::credential::Purpose;
use admit_core::drift::AHEAD;
use admit_core::time::Timestamp;

use super::column::{at, value};
use super::connection::On;
use super::db::Db;
use super::error::Error;

/// Rows changed in one transaction, so that sign-ins get their turn in between. Rows that somebody holds are left for the next
/// time: a change that is under way takes its locks in an order of its own.
const STEP: i64 = 500;

/// Only what is ahead of both this node's clock and the database's counts as ahead: a node that is behind takes nothing from the
/// others. `latest` and `at_most` are the same two times in the form of an assurance.
macro_rules! clock {
    () => {
        "WITH clock AS (SELECT now, ahead, (floor(extract(epoch FROM now + ahead))::bigint << 8) | 255 AS latest,
                               floor(extract(epoch FROM now))::bigint << 8 AS at_most
                        FROM (SELECT greatest($1::timestamptz, clock_timestamp()) AS now,
                                     $2::float8 * interval '1 second' AS ahead) AS times), "
    };
}

const SESSIONS: &str = concat!(
    clock!(),
    "found AS (SELECT digest FROM session, clock WHERE created_at > now + ahead OR last_seen_at > now + ahead OR assurance > latest
               LIMIT $3 FOR NO KEY UPDATE OF session SKIP LOCKED)
     UPDATE session SET
         absolute_expires_at = CASE WHEN created_at > now + ahead THEN now + (absolute_expires_at - created_at)
                                    ELSE absolute_expires_at END,
         created_at = CASE WHEN created_at > now + ahead THEN now ELSE created_at END,
         last_seen_at = CASE WHEN last_seen_at > now + ahead THEN now ELSE last_seen_at END,
         assurance = CASE WHEN assurance > latest THEN at_most | (assurance & 255) ELSE assurance END
     FROM clock WHERE digest IN (SELECT digest FROM found)"
);

const FAMILIES: &str = concat!(
    clock!(),
    "found AS (SELECT id FROM token_family, clock WHERE created_at > now + ahead OR last_used_at > now + ahead OR assurance > latest
               LIMIT $3 FOR NO KEY UPDATE OF token_family SKIP LOCKED)
     UPDATE token_family SET
         absolute_expires_at = CASE WHEN created_at > now + ahead THEN now + (absolute_expires_at - created_at)
                                    ELSE absolute_expires_at END,
         created_at = CASE WHEN created_at > now + ahead THEN now ELSE created_at END,
         last_used_at = CASE WHEN last_used_at > now + ahead THEN now ELSE last_used_at END,
         assurance = CASE WHEN assurance > latest THEN at_most | (assurance & 255) ELSE assurance END
     FROM clock WHERE id IN (SELECT id FROM found)"
);

/// One that is not there gives its successor to nobody: what was refused since is not good again when its time comes.
const SPENT: &str = concat!(
    clock!(),
    "found AS (SELECT digest FROM spent_refresh, clock WHERE at > now + ahead
               LIMIT $3 FOR NO KEY UPDATE OF spent_refresh SKIP LOCKED)
     DELETE FROM spent_refresh WHERE digest IN (SELECT digest FROM found)"
);

/// Secrets of before: they were refused since, and are over by the clock of every node.
const SUPERSEDED: &str = concat!(
    clock!(),
    "found AS (SELECT shard, seq FROM log_entry, clock WHERE superseded_at > now + ahead
               LIMIT $3 FOR NO KEY UPDATE OF log_entry SKIP LOCKED)
     UPDATE log_entry SET superseded_at = now - ahead - interval '10 seconds' FROM clock
     WHERE (shard, seq) IN (SELECT shard, seq FROM found)"
);

const ADDRESSES: &str = concat!(
    clock!(),
    "found AS (SELECT subject_id, prefix FROM known_address, clock WHERE last_at > now + ahead
               LIMIT $3 FOR NO KEY UPDATE OF known_address SKIP LOCKED)
     UPDATE known_address SET last_at = now FROM clock
     WHERE (subject_id, prefix) IN (SELECT subject_id, prefix FROM found)"
);

/// A link is made anew in a moment; a token whose end nobody can tell is deleted.
const ONE_TIME_TOKENS: &str = concat!(
    clock!(),
    "found AS (SELECT digest FROM one_time_token, clock WHERE expires_at > now + ahead
               LIMIT $3 FOR UPDATE OF one_time_token SKIP LOCKED)
     DELETE FROM one_time_token WHERE digest IN (SELECT digest FROM found)"
);

/// Step by step, one table after the other, each step in a transaction of its own. Answers how many sign-ins there were.
pub(super) async fn pull_back(db: &Db, now: Timestamp) -> Result<u64, Error> {
    let sign_ins = table(db, SESSIONS, now, AHEAD).await? + table(db, FAMILIES, now, AHEAD).await?;
    table(db, SPENT, now, AHEAD).await?;
    table(db, SUPERSEDED, now, AHEAD).await?;
    table(db, ADDRESSES, now, AHEAD).await?;
    table(db, ONE_TIME_TOKENS, now, AHEAD + Purpose::MAX_LIFETIME).await?;
    Ok(sign_ins)
}

async fn table(db: &Db, sql: &'static str, now: Timestamp, ahead: Duration) -> Result<u64, Error> {
    let mut total = 0;
    loop {
        let changed = db.write(move |on| Box::pin(step(on, sql, now, ahead))).await?;
        total += changed;
        if changed < STEP.cast_unsigned() {
            return Ok(total);
        }
    }
}

/// Of several nodes one does it; the others have nothing to do.
async fn step(on: On<'_>, sql: &'static str, now: Timestamp, ahead: Duration) -> Result<u64, Error> {
    let mine = on.one("SELECT pg_try_advisory_xact_lock(hashtextextended('admit pull back', 0))", &[]).await?;
    if !value::<bool>(&mine, 0)? {
        return Ok(0);
    }
    on.run(sql, &[&at(now), &ahead.as_secs_f64(), &STEP]).await
}

#[cfg(test)]
mod tests {
    use admit_core::session::SUPERSEDED_GRACE;

    #[test]
    fn a_secret_of_before_is_pulled_back_by_the_seconds_that_it_is_good() {
        assert!(super::SUPERSEDED.contains(&format!("interval '{} seconds'", SUPERSEDED_GRACE.as_secs())));
    }
}
