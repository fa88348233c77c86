//! Dropping what time has ended. Expiry never waits for this: it is decided at each check.

use std::sync::Arc;
use std::time::Duration;

use admit_core::credential::SessionDigest;
use admit_core::session::SessionRules;
use admit_core::store::{Reply, StoreError};
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;
use rusqlite::{Connection, Result};
use tokio::sync::oneshot;

use super::column::millis;
use super::sessions;
use super::writer::{Done, Queue};
use crate::live::{Effect, Live};
use crate::records::{EXPIRY, Expiry, expiry};

/// Sessions deleted in one step, so that logins get their turn in between.
const STEP: usize = 500;

/// Deletes dead sessions and families, dead links, old addresses and signals. Answers how many sign-ins went.
pub(super) fn purge(
    live: Arc<Live>,
    queue: Queue,
    rules: SessionRules,
    tokens: TokenRules,
    now: Timestamp,
) -> Reply<u64> {
    Reply::pending(async move {
        let mut total = 0;
        for step in found(live.clone(), move |live| live.dead(now, &rules)).await?.chunks(STEP) {
            let step = step.to_vec();
            total += queue.submit(move |connection, live| delete(connection, live, step, &rules, now)).await?;
        }
        total += others(&queue, &tokens, now).await?;
        live.feed().purge(now);
        Ok(total)
    })
}

/// Looks for sessions on a thread of its own: going through a million would hold up requests on this one, and logins on
/// the writer's.
pub(super) async fn found(
    live: Arc<Live>,
    look: impl FnOnce(&Live) -> Vec<SessionDigest> + Send + 'static,
) -> std::result::Result<Vec<SessionDigest>, StoreError> {
    let (finder, found) = oneshot::channel();
    std::thread::Builder::new()
        .name("admit-purge".to_owned())
        .spawn(move || drop(finder.send(look(&live))))
        .map_err(StoreError::new)?;
    found.await.map_err(|_| StoreError::new("the search for sessions stopped"))
}

fn delete(
    connection: &Connection,
    live: &Live,
    mut digests: Vec<SessionDigest>,
    rules: &SessionRules,
    now: Timestamp,
) -> Result<Done<u64>> {
    // A clock that was set back since may have let one be used again.
    digests.retain(|digest| live.is_dead(digest, now, rules));
    let mut deleted = 0;
    for digest in &digests {
        deleted += u64::from(sessions::delete(connection, digest)?);
    }
    Ok(Done { answer: deleted, effects: digests.into_iter().map(Effect::Remove).collect() })
}

const SPENT: Expiry = expiry!("spent_refresh", "digest", "at <= $1", Duration::ZERO);
const SIGNALS: Expiry = expiry!("signal", "seq", "until <= $1", Duration::ZERO);
const UNUSED: Expiry = expiry!("token_family", "id", "last_used_at <= $1", Duration::ZERO);
const FAMILIES: Expiry = expiry!("token_family", "id", "absolute_expires_at <= $1", Duration::ZERO);

/// Everything but the sessions, in steps too. Answers how many token families went: they are sign-ins too.
async fn others(queue: &Queue, tokens: &TokenRules, now: Timestamp) -> std::result::Result<u64, StoreError> {
    let (grace, idle) = (now.minus(tokens.reuse_grace), now.minus(tokens.refresh_idle));
    for expiry in EXPIRY {
        steps(queue, expiry, now).await?;
    }
    steps(queue, &SPENT, grace).await?;
    steps(queue, &SIGNALS, now).await?;
    Ok(steps(queue, &UNUSED, idle).await? + steps(queue, &FAMILIES, now).await?)
}

async fn steps(queue: &Queue, expiry: &Expiry, by: Timestamp) -> std::result::Result<u64, StoreError> {
    let (sql, end) = (expiry.sqlite, by.minus(expiry.kept));
    let mut total = 0;
    loop {
        let step = move |connection: &Connection, _: &Live| {
            let deleted = connection.execute(sql, [millis(end), STEP as i64])?;
            Ok(Done::plain(deleted))
        };
        let deleted = queue.submit(step).await?;
        total += deleted as u64;
        if deleted < STEP {
            return Ok(total);
        }
    }
}
