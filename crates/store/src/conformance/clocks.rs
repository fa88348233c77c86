//! A clock that is wrong for a while makes no session live longer, and ends nothing that it should not.
//!
//! A store with a clock of its own (PostgreSQL) has a say in what the future is, so these checks begin at the present.

use std::time::Duration;

use admit_core::session::{NewSession, SessionRecord};
use admit_core::store::Redeemed;
use admit_core::time::{Clock, SystemClock, Timestamp};

use super::fixture::{Held, new_session};
use super::{Outcome, RULES, Stores, TOKENS, ensure};

const DAY: Duration = Duration::from_secs(24 * 3600);
const MINUTE: Duration = Duration::from_secs(60);

/// A session that was opened when the clock showed `at`.
async fn sign_in_at(stores: &Stores, name: &str, at: Timestamp) -> Outcome<Held> {
    let subject = stores.subject(name, &[]).await?;
    let new = new_session(&subject, 0)?;
    stores.open(NewSession { created_at: at, absolute_expires_at: at.plus(RULES.absolute), ..new }).await
}

async fn check(stores: &Stores, held: &Held, now: Timestamp) -> Outcome<Option<SessionRecord>> {
    Ok(stores.sessions.check(&held.digest, now).await?.map(|checked| checked.session))
}

pub(super) async fn a_session_from_a_clock_that_was_ahead_ends_as_one_of_now_does(stores: Stores) -> Outcome {
    let now = SystemClock.now();
    let used = sign_in_at(&stores, "used", now.plus(DAY)).await?;
    let unused = sign_in_at(&stores, "unused", now.plus(DAY)).await?;
    let checked = check(&stores, &used, now).await?;
    ensure!(checked.is_some_and(|it| it.last_seen_at <= now.plus(MINUTE)), "not as of now: {checked:?}");
    stores.sessions.pull_back(now).await?;
    for (name, held) in [("used", &used), ("unused", &unused)] {
        // It drops what is not used by a clock that only runs forward, which the times here are not of.
        if name == "unused" && stores.drops_by_itself {
            continue;
        }
        let late = now.plus(RULES.idle + MINUTE * 2);
        ensure!(check(&stores, held, late).await?.is_none(), "{name}: live after its idle time");
        ensure!(check(&stores, held, now.plus(DAY)).await?.is_none(), "{name}: live when the future came");
    }
    // In use all the time it ends at its absolute expiry.
    let busy = sign_in_at(&stores, "busy", now.plus(DAY)).await?;
    check(&stores, &busy, now).await?;
    stores.sessions.pull_back(now).await?;
    let mut at = now;
    while at < now.plus(RULES.absolute - RULES.idle) {
        at = at.plus(RULES.idle / 2);
        ensure!(check(&stores, &busy, at).await?.is_some(), "ended though in use, {:?} on", at.since(now));
    }
    check(&stores, &busy, at.plus(RULES.idle / 2)).await?;
    let end = now.plus(RULES.absolute + MINUTE * 2);
    ensure!(check(&stores, &busy, end).await?.is_none(), "live after its absolute expiry");
    Ok(())
}

pub(super) async fn a_session_that_was_refused_as_expired_stays_so_when_the_clock_goes_back(stores: Stores) -> Outcome {
    let now = SystemClock.now();
    let (idle, old) = (sign_in_at(&stores, "idle", now).await?, sign_in_at(&stores, "old", now).await?);
    for (held, excursion) in [(&idle, RULES.idle), (&old, RULES.absolute)] {
        ensure!(check(&stores, held, now.plus(MINUTE)).await?.is_some(), "not live before");
        ensure!(check(&stores, held, now.plus(excursion + MINUTE * 2)).await?.is_none(), "live after {excursion:?}");
        for back in [excursion + MINUTE, MINUTE * 2, MINUTE, Duration::ZERO] {
            ensure!(check(&stores, held, now.plus(back)).await?.is_none(), "refused after {excursion:?}, live again");
        }
    }
    Ok(())
}

pub(super) async fn a_family_from_a_clock_that_was_ahead_ends_as_one_of_now_does(stores: Stores) -> Outcome {
    let now = SystemClock.now();
    let subject = stores.subject("alice", &[]).await?;
    // `begin` counts from the time of the checks: so many seconds later it is a day from now.
    let zero = super::fixture::at(0);
    let seconds = |at: Timestamp| at.since(zero).as_secs();
    let grant = stores.begin(&subject, seconds(now.plus(DAY))).await?;
    ensure!(stores.sessions.pull_back(now).await? == 1, "it was not seen that it is ahead");
    let late = seconds(now.plus(TOKENS.refresh_idle + MINUTE * 2));
    let redeemed = stores.present(&grant, late).await?;
    ensure!(matches!(redeemed, Redeemed::Unknown), "good after its idle time: {redeemed:?}");
    Ok(())
}

pub(super) async fn what_is_not_in_the_future_is_not_pulled_back(stores: Stores) -> Outcome {
    let now = SystemClock.now();
    let alice = stores.subject("alice", &[]).await?;
    let at = now.plus(MINUTE / 2);
    let new = new_session(&alice, 0)?;
    let held = stores.open(NewSession { created_at: at, absolute_expires_at: at.plus(RULES.absolute), ..new }).await?;
    let before = stores.sessions.list(alice.id, now.plus(MINUTE)).await?;
    ensure!(stores.sessions.pull_back(now).await? == 0, "a clock that differs by half a minute");
    let after = stores.sessions.list(alice.id, now.plus(MINUTE)).await?;
    ensure!(before == after && before.len() == 1, "{before:?} became {after:?}");
    ensure!(check(&stores, &held, now.plus(MINUTE)).await?.is_some(), "it ended");
    Ok(())
}
