//! A clock that is wrong for a while makes no session live longer, and ends nothing that it should not.
//!
//! A store with a clock of its own (PostgreSQL) has a say in what the future is, so these checks begin at the present.

use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::session::{NewSession, SessionRecord};
use admit_core::store::Redeemed;
use admit_core::time::{Clock, Timestamp};

use super::fixture::{Held, digest, new_session};
use super::{Outcome, RULES, Stores, TOKENS, ensure, fault};

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
    // By a store's clock of its own they have ended too.
    let now = SystemClock.now();
    for (name, life) in [("idle", RULES.idle), ("old", RULES.absolute)] {
        let began = now.minus(life + MINUTE * 2);
        let held = sign_in_at(&stores, name, began).await?;
        ensure!(check(&stores, &held, began.plus(MINUTE)).await?.is_some(), "{name}: not live before");
        ensure!(check(&stores, &held, now).await?.is_none(), "{name}: live after {life:?}");
        for back in [life + MINUTE, MINUTE * 2, MINUTE, Duration::ZERO] {
            ensure!(check(&stores, &held, began.plus(back)).await?.is_none(), "{name}: refused, and live again");
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

pub(super) async fn a_secret_superseded_by_a_clock_that_was_ahead_is_not_good_when_its_time_comes(
    stores: Stores,
) -> Outcome {
    let (now, ahead) = (SystemClock.now(), MINUTE * 10);
    let mut rotated = Vec::new();
    for name in ["used", "unused"] {
        let old = sign_in_at(&stores, name, now).await?;
        let whose = stores.sessions.check(&old.digest, now).await?.map(|checked| checked.subject.id);
        let Some(whose) = whose else { return Err(fault(format!("{name}: it is dead"))) };
        let new = Held { digest: digest(whose)?, ..old };
        let event = Event::new(EventKind::SessionRotated, Actor::Subject(whose), now.plus(ahead));
        ensure!(stores.sessions.rotate(old.digest, new.digest, event).await?, "{name}: not rotated");
        rotated.push((name, old, new));
    }
    let [presented, _] = rotated.as_slice() else { return Ok(()) };
    ensure!(check(&stores, &presented.1, now).await?.is_none(), "good though its time is far ahead");
    stores.sessions.pull_back(now).await?;
    for (name, old, new) in &rotated {
        for later in [Duration::ZERO, MINUTE / 60, ahead - MINUTE / 2, ahead, ahead + MINUTE / 60] {
            ensure!(
                check(&stores, new, now.plus(later)).await?.is_some(),
                "{name}: the new one is dead after {later:?}"
            );
            // It drops one by a clock that only runs forward, ten seconds later whatever time is written there.
            let is_dead = stores.drops_by_itself || check(&stores, old, now.plus(later)).await?.is_none();
            ensure!(is_dead, "{name}: good after {later:?}");
        }
    }
    Ok(())
}

pub(super) async fn a_token_spent_by_a_clock_that_was_ahead_gives_its_successor_to_nobody(stores: Stores) -> Outcome {
    let now = SystemClock.now().since(super::fixture::at(0)).as_secs();
    let subject = stores.subject("alice", &[]).await?;
    for later in [0, 1, 600] {
        let first = stores.begin(&subject, now).await?;
        stores.renew(&first, now + 600).await?;
        stores.sessions.pull_back(super::fixture::at(now)).await?;
        let again = stores.present(&first, now + later).await?;
        ensure!(matches!(again, Redeemed::Reused), "{later} s later: {again:?}");
    }
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
