//! Times that a clock which was ahead wrote: written down as now, once they are seen. What was good for seconds beside its
//! successor is over.

use std::time::SystemTime;

use admit_core::credential::LINK_LIFETIME;
use admit_core::drift::AHEAD;
use admit_core::session::SUPERSEDED_GRACE;
use admit_core::time::Timestamp;

use super::column::at;
use super::connection::On;
use super::error::Error;

/// Ahead is what is ahead of this node's clock and of the database's: a node that is behind takes nothing from the others.
pub(super) async fn pull_back(on: On<'_>, now: Timestamp) -> Result<u64, Error> {
    const SESSIONS: &str = "WITH clock AS (SELECT greatest($1::timestamptz, clock_timestamp()) AS now, $2::float8 * interval '1 second' AS ahead)
        UPDATE session SET
            absolute_expires_at = CASE WHEN created_at > now + ahead THEN now + (absolute_expires_at - created_at)
                                       ELSE absolute_expires_at END,
            created_at = CASE WHEN created_at > now + ahead THEN now ELSE created_at END,
            last_seen_at = CASE WHEN last_seen_at > now + ahead THEN now ELSE last_seen_at END
        FROM clock WHERE created_at > now + ahead OR last_seen_at > now + ahead";
    const FAMILIES: &str = "WITH clock AS (SELECT greatest($1::timestamptz, clock_timestamp()) AS now, $2::float8 * interval '1 second' AS ahead)
        UPDATE token_family SET
            absolute_expires_at = CASE WHEN created_at > now + ahead THEN now + (absolute_expires_at - created_at)
                                       ELSE absolute_expires_at END,
            created_at = CASE WHEN created_at > now + ahead THEN now ELSE created_at END,
            last_used_at = CASE WHEN last_used_at > now + ahead THEN now ELSE last_used_at END
        FROM clock WHERE created_at > now + ahead OR last_used_at > now + ahead";
    // One that is not there gives its successor to nobody: what was refused since is not good again when its time comes.
    const SPENT: &str = "WITH clock AS (SELECT greatest($1::timestamptz, clock_timestamp()) AS now, $2::float8 * interval '1 second' AS ahead)
        DELETE FROM spent_refresh USING clock WHERE at > now + ahead";
    const ADDRESSES: &str = "WITH clock AS (SELECT greatest($1::timestamptz, clock_timestamp()) AS now, $2::float8 * interval '1 second' AS ahead)
        UPDATE known_address SET last_at = now FROM clock WHERE last_at > now + ahead";
    // A link is made anew in a moment; one whose end nobody can tell is deleted.
    const LINKS: &str = "DELETE FROM setup_link
        WHERE expires_at > greatest($1::timestamptz, clock_timestamp()) + $2::float8 * interval '1 second'";
    let (now, ahead) = (at(now), AHEAD.as_secs_f64());
    let sign_ins = on.run(SESSIONS, &[&now, &ahead]).await? + on.run(FAMILIES, &[&now, &ahead]).await?;
    on.run(SPENT, &[&now, &ahead]).await?;
    superseded(on, now, ahead).await?;
    on.run(ADDRESSES, &[&now, &ahead]).await?;
    on.run(LINKS, &[&now, &(ahead + LINK_LIFETIME.as_secs_f64())]).await?;
    Ok(sign_ins)
}

/// Secrets of before whose time a wrong clock wrote into the future: they were refused since, and are over by
/// the clock of every node.
async fn superseded(on: On<'_>, now: SystemTime, ahead: f64) -> Result<u64, Error> {
    const SUPERSEDED: &str = "WITH clock AS (SELECT greatest($1::timestamptz, clock_timestamp()) AS now, $2::float8 * interval '1 second' AS ahead)
        UPDATE log_entry SET superseded_at = now - $3::float8 * interval '1 second' FROM clock WHERE superseded_at > now + ahead";
    on.run(SUPERSEDED, &[&now, &ahead, &(ahead + SUPERSEDED_GRACE.as_secs_f64())]).await
}
