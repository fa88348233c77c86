//! Revocations that a database server has taken over without, made again by a node that knows of them.
//!
//! What a node knows to be revoked stays revoked there. So that it is at the others too, and that nothing new is refused for something
//! that the database does not know, it is written down once more: a subject whose tokens were ended gets another generation, which ends all its
//! sign-ins. It is said to be done by the server.

use std::sync::Weak;
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::signal::{Signal, Told};
use admit_core::store::Change;
use admit_core::time::{Clock, Timestamp};
use admit_core::token::LEEWAY;

use super::connection::On;
use super::error::Error;
use super::{Shared, change, signals, subjects};
use crate::records::keys;
use crate::truth::Place;

/// How long it is until it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// Makes these again, however long that takes, but no longer than they are needed.
pub(super) async fn make(shared: Weak<Shared>, mut gone: Vec<Signal>) {
    let mut made = 0_u64;
    while let Some(signal) = gone.last().cloned() {
        let Some(shared) = shared.upgrade() else { return };
        let now = SystemClock.now();
        let rules = shared.rules;
        let done = shared.db.write(move |on| Box::pin(async move { one(on, &rules, now, &signal).await })).await;
        let settled = match done {
            Ok((places, told)) => {
                made += told.len() as u64;
                shared.settle(&places, &told).await
            }
            Err(error) => Err(error),
        };
        match settled {
            Ok(()) => drop(gone.pop()),
            Err(error) => {
                tracing::debug!(%error, "a revocation could not be made again yet");
                drop(shared);
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    if made > 0 {
        tracing::warn!(signals = made, "revocations that the new database server lacked were written again");
    }
}

async fn one(
    on: On<'_>,
    rules: &admit_core::session::SessionRules,
    now: Timestamp,
    gone: &Signal,
) -> Result<(Vec<Place>, Vec<Signal>), Error> {
    let event = |kind| Event::new(kind, Actor::Server, now).with("because", "a database server took over without it");
    // As it was first told, without what was added for clocks.
    let until = gone.until.minus(LEEWAY * 2);
    if gone.until <= now {
        return Ok((Vec::new(), Vec::new()));
    }
    match &gone.told {
        Told::Session(_) | Told::Token(_) => {
            let told = signals::tell_once(on, now, until, gone.told.clone()).await?;
            Ok((Vec::new(), told.into_iter().collect()))
        }
        Told::Subject { id, .. } => {
            // Changed since, it has another generation already.
            let is_done = match subjects::hold(on, *id).await? {
                Some(held) => !on.epoch().is_before(held.version),
                None => true,
            };
            if is_done {
                return Ok((Vec::new(), Vec::new()));
            }
            let event = event(EventKind::SessionsRevoked).about(*id);
            let changed = change::change(on, rules, *id, Change::EndSessions, event).await?;
            Ok(changed.map_or_else(Default::default, |it| (vec![it.place], it.signal.into_iter().collect())))
        }
        Told::Key(kid) => {
            let (_, told) = keys::revoke(&on, kid, &event(EventKind::KeyRevoked).with("kid", kid.as_str())).await?;
            Ok((Vec::new(), told))
        }
        // Keys are fetched anew in any case, and a client is declared by the next node that starts.
        Told::KeysChanged | Told::Client { .. } => Ok((Vec::new(), Vec::new())),
    }
}
