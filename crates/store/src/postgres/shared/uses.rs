//! Uses of sessions, and ends that time has brought: written down behind the checks that have seen them.
//!
//! Nobody waits for the disk here. What the server had not flushed when it was killed is lost, and the cost is that a session's
//! idle time counts from its last written use. Several uses of one session are one, however many checks there are; many
//! sessions are one statement, and one that somebody else is changing is left alone until its next use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use admit_core::credential::SessionDigest;
use admit_core::drift::AHEAD;
use admit_core::session::{SessionRecord, SessionRules};
use admit_core::time::Timestamp;
use tokio::sync::{Notify, watch};

use super::Shared;
use crate::postgres::column::at;
use crate::postgres::connection::On;
use crate::postgres::error::Error;

/// Sessions that may wait to be written down. One more is left out: its next use is written down.
const MOST: usize = 8192;

/// Sessions in one transaction.
const STEP: usize = 512;

/// How long it is until others are written down after some could not be.
const AGAIN: Duration = Duration::from_millis(500);

/// What a check has seen of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::postgres) enum Seen {
    /// It was used then.
    Used(Timestamp),
    /// It had ended, and was last used then.
    Expired(Timestamp),
}

/// What is to be written down.
#[derive(Default)]
pub(in crate::postgres) struct Uses {
    waiting: Mutex<Waiting>,
    some: Notify,
    /// How many had been noted when the last step began that left none out.
    written: watch::Sender<u64>,
}

#[derive(Default)]
struct Waiting {
    /// Until it is written down, or could not be.
    seen: HashMap<SessionDigest, Seen>,
    /// How many have been noted.
    noted: u64,
}

/// Some of what waits.
struct Step {
    seen: Vec<(SessionDigest, Seen)>,
    /// How many had been noted, when these are all that wait.
    all_until: Option<u64>,
}

impl Uses {
    /// Notes what a check has seen.
    pub(in crate::postgres) fn note(&self, digest: SessionDigest, seen: Seen) {
        let mut waiting = self.waiting();
        if waiting.seen.len() < MOST || waiting.seen.contains_key(&digest) {
            waiting.seen.insert(digest, seen);
            waiting.noted += 1;
            self.some.notify_one();
        }
    }

    /// Waits until what this node has seen so far is written down, but no longer than this.
    pub(in crate::postgres) async fn settled(&self, within: Duration) {
        let noted = self.waiting().noted;
        let mut written = self.written.subscribe();
        drop(tokio::time::timeout(within, written.wait_for(|written| *written >= noted)).await);
    }

    /// What was seen of this one, and is not written down yet.
    pub(in crate::postgres) fn of(&self, digest: &SessionDigest) -> Option<Seen> {
        self.waiting().seen.get(digest).copied()
    }

    fn step(&self) -> Step {
        let waiting = self.waiting();
        let seen: Vec<_> = waiting.seen.iter().take(STEP).map(|(digest, seen)| (*digest, *seen)).collect();
        let all_until = (seen.len() == waiting.seen.len()).then_some(waiting.noted);
        Step { seen, all_until }
    }

    /// Forgets these, but what was seen of them since.
    fn forget(&self, step: &Step) {
        let mut waiting = self.waiting();
        for (digest, seen) in &step.seen {
            if waiting.seen.get(digest) == Some(seen) {
                waiting.seen.remove(digest);
            }
        }
        drop(waiting);
        if let Some(noted) = step.all_until {
            self.written.send_replace(noted);
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The session as it will be when a use of then is written down.
pub(in crate::postgres) fn as_used(session: SessionRecord, when: Timestamp) -> SessionRecord {
    let is_older = session.last_seen_at < when || session.last_seen_at > when.plus(AHEAD);
    SessionRecord { last_seen_at: if is_older { when } else { session.last_seen_at }, ..session }
}

/// Writes down what is seen, for as long as it is let.
pub(in crate::postgres) async fn write_down(shared: Arc<Shared>) {
    loop {
        let step = Arc::new(shared.uses.step());
        if step.seen.is_empty() {
            shared.uses.some.notified().await;
            continue;
        }
        let (rules, writing) = (shared.rules, Arc::clone(&step));
        let written =
            shared.db.write_behind(move |on| Box::pin(async move { write(on, &rules, &writing.seen).await })).await;
        shared.uses.forget(&step);
        if let Err(error) = written {
            // When it fails these sessions' idle time counts from their last written use, and a purge deletes what has
            // ended; that is no reason to turn anybody away.
            tracing::debug!(%error, sessions = step.seen.len(), "uses of sessions were not written down");
            tokio::time::sleep(AGAIN).await;
        }
    }
}

async fn write(on: On<'_>, rules: &SessionRules, step: &[(SessionDigest, Seen)]) -> Result<(), Error> {
    on.run("SET LOCAL synchronous_commit = off", &[]).await?;
    let (mut used, mut expired) = (Vec::new(), Vec::new());
    for (digest, seen) in step {
        match seen {
            Seen::Used(when) => used.push((digest.as_bytes().as_slice(), *when)),
            Seen::Expired(when) => expired.push((digest.as_bytes().as_slice(), *when)),
        }
    }
    touch(on, &used).await?;
    drop_expired(on, rules, &expired).await
}

/// Writes down uses. Not backwards, whatever the order in which they arrive, but from a time that a wrong clock wrote: one that
/// is ahead of the database's clock too. What takes its place is not the past of a node that is behind.
async fn touch(on: On<'_>, used: &[(&[u8], Timestamp)]) -> Result<(), Error> {
    if used.is_empty() {
        return Ok(());
    }
    let digests: Vec<&[u8]> = used.iter().map(|(digest, _)| *digest).collect();
    let seen: Vec<_> = used.iter().map(|(_, seen)| at(*seen)).collect();
    let ahead: Vec<_> = used.iter().map(|(_, seen)| at(seen.plus(AHEAD))).collect();
    on.run(
        "WITH seen AS (SELECT * FROM unnest($1::bytea[], $2::timestamptz[], $3::timestamptz[]) AS seen (digest, at, ahead)),
              held AS (SELECT x.digest FROM session x JOIN seen ON seen.digest = x.digest
                       FOR NO KEY UPDATE OF x SKIP LOCKED)
         UPDATE session x
         SET last_seen_at = CASE WHEN x.last_seen_at < seen.at THEN seen.at ELSE greatest(seen.at, clock_timestamp()) END
         FROM seen JOIN held ON held.digest = seen.digest WHERE x.digest = held.digest
         AND (x.last_seen_at < seen.at OR x.last_seen_at > greatest(seen.ahead, clock_timestamp() + interval '60 seconds'))",
        &[&digests, &seen, &ahead],
    )
    .await
    .map(drop)
}

/// Deletes sessions that were refused because time had ended them, unless they were used since, or the database's clock does
/// not say so: a node that is ahead of the others ends nothing of theirs.
async fn drop_expired(on: On<'_>, rules: &SessionRules, expired: &[(&[u8], Timestamp)]) -> Result<(), Error> {
    if expired.is_empty() {
        return Ok(());
    }
    let digests: Vec<&[u8]> = expired.iter().map(|(digest, _)| *digest).collect();
    let until: Vec<_> = expired.iter().map(|(_, seen)| at(seen.plus(Duration::from_millis(1)))).collect();
    on.run(
        "DELETE FROM session WHERE digest IN (
             SELECT x.digest FROM session x
             JOIN unnest($1::bytea[], $2::timestamptz[]) AS seen (digest, until) ON seen.digest = x.digest
             WHERE x.last_seen_at < seen.until
             AND (x.absolute_expires_at <= clock_timestamp()
                  OR x.last_seen_at <= clock_timestamp() - $3::float8 * interval '1 second')
             FOR UPDATE OF x SKIP LOCKED)",
        &[&digests, &until, &rules.idle.as_secs_f64()],
    )
    .await
    .map(drop)
}
