//! Dropping what time has ended. Expiry never waits for this: it is decided at each check.

use std::time::Duration;

use admit_core::session::SessionRules;
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;

use super::column::{at, value};
use super::connection::On;
use super::db::Db;
use super::error::Error;

/// Sessions deleted in one transaction, so that logins get their turn in between.
const STEP: i64 = 500;

/// How long an address that a subject signed in from is remembered.
const KNOWN_ADDRESS: Duration = Duration::from_secs(90 * 24 * 3600);

/// Deletes dead sessions and families, dead links, old addresses, signals and log entries. Answers how many sign-ins went.
pub(super) async fn purge(db: &Db, rules: SessionRules, tokens: TokenRules, now: Timestamp) -> Result<u64, Error> {
    let mut total = 0;
    loop {
        let deleted = db.write(move |on| Box::pin(sessions(on, rules, now))).await?;
        total += deleted;
        if deleted < STEP.cast_unsigned() {
            break;
        }
    }
    Ok(total + db.write(move |on| Box::pin(others(on, tokens, now))).await?)
}

/// One step. Of several nodes one does it; the others have nothing to do.
async fn sessions(on: On<'_>, rules: SessionRules, now: Timestamp) -> Result<u64, Error> {
    let mine = on.one("SELECT pg_try_advisory_xact_lock(hashtextextended('admit purge', 0))", &[]).await?;
    if !value::<bool>(&mine, 0)? {
        return Ok(0);
    }
    on.run(
        "DELETE FROM session WHERE digest IN (
             SELECT x.digest FROM session x JOIN subject s ON s.id = x.subject_id
             WHERE x.absolute_expires_at <= $1 OR x.last_seen_at <= $2
                OR s.generation <> x.generation OR s.status <> 'active'
             LIMIT $3 FOR UPDATE OF x SKIP LOCKED)",
        &[&at(now), &at(now.minus(rules.idle)), &STEP],
    )
    .await
}

/// Everything but the sessions. Answers how many token families went: they are sign-ins too.
async fn others(on: On<'_>, tokens: TokenRules, now: Timestamp) -> Result<u64, Error> {
    on.run("DELETE FROM setup_link WHERE expires_at <= $1", &[&at(now)]).await?;
    on.run("DELETE FROM known_address WHERE last_at < $1", &[&at(now.minus(KNOWN_ADDRESS))]).await?;
    on.run("DELETE FROM spent_refresh WHERE at <= $1", &[&at(now.minus(tokens.reuse_grace))]).await?;
    on.run("DELETE FROM signal WHERE until <= $1", &[&at(now)]).await?;
    on.run("DELETE FROM log_entry WHERE until <= $1", &[&at(now)]).await?;
    on.run("DELETE FROM exchanged_session WHERE token_until <= $1", &[&at(now)]).await?;
    on.run("DELETE FROM used_assertion WHERE until <= $1", &[&at(now)]).await?;
    on.run(
        "DELETE FROM token_family WHERE id IN (
             SELECT id FROM token_family WHERE last_used_at <= $1 OR absolute_expires_at <= $2 FOR UPDATE SKIP LOCKED)",
        &[&at(now.minus(tokens.refresh_idle)), &at(now)],
    )
    .await
}

/// Deletes every session that is kept here: for a server whose sessions are elsewhere. Nothing ends them here any more, and they would be
/// good again when sessions are kept here again. Answers how many there were.
pub(super) async fn forget_sessions(db: &Db) -> Result<u64, Error> {
    const SQL: &str =
        "DELETE FROM session WHERE digest IN (SELECT digest FROM session LIMIT $1 FOR UPDATE SKIP LOCKED)";
    let mut total = 0;
    loop {
        let deleted = db.write(|on| Box::pin(async move { on.run(SQL, &[&STEP]).await })).await?;
        total += deleted;
        if deleted < STEP.cast_unsigned() {
            return Ok(total);
        }
    }
}
