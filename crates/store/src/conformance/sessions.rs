//! The life of one session.

use std::time::Duration;

use admit_core::audit::EventKind;
use admit_core::session::{Device, NewSession};
use admit_core::store::{Change, Opened};
use admit_core::subject::{Generation, Status, SubjectState};

use super::fixture::{at, digest, event, new_session, new_subject};
use super::{Outcome, RULES, Stores, ensure};

pub(super) async fn a_session_ends_when_it_is_idle_with_nobody_purging(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    ensure!(stores.is_live(&held, 1799).await?, "a second before its idle expiry it was dead");
    ensure!(stores.is_live(&held, 1799 + 1799).await?, "its use did not prolong it");
    ensure!(!stores.is_live(&held, 1799 + 1799 + 1800).await?, "at its idle expiry it was live");
    ensure!(stores.listed(&alice, 1799 + 1799 + 1800).await?.is_empty(), "it was listed after its idle expiry");
    Ok(())
}

pub(super) async fn a_session_ends_at_its_absolute_expiry_however_busy(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let end = RULES.absolute.as_secs();
    for seconds in (0..end).step_by(600) {
        ensure!(stores.is_live(&held, seconds).await?, "dead after {seconds} s of use");
    }
    ensure!(stores.is_live(&held, end - 1).await?, "dead a second before its absolute expiry");
    ensure!(!stores.is_live(&held, end).await?, "live at its absolute expiry");
    Ok(())
}

pub(super) async fn use_is_noted_at_most_once_a_minute(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    stores.check(&held, 59).await?;
    let seen = stores.list(&alice, 59).await?.first().map(|open| open.record.last_seen_at);
    ensure!(seen == Some(at(0)), "a use after 59 s was noted: {seen:?}");
    stores.check(&held, 60).await?;
    let seen = stores.list(&alice, 60).await?.first().map(|open| open.record.last_seen_at);
    ensure!(seen == Some(at(60)), "a use after 60 s was not noted: {seen:?}");
    Ok(())
}

pub(super) async fn an_unknown_digest_is_nobody(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    stores.sign_in(&alice, 0).await?;
    let unknown = digest(alice.id)?;
    ensure!(stores.sessions.check(&unknown, at(1)).await?.is_none(), "an unknown digest was somebody");
    ensure!(
        !stores.sessions.rotate(unknown, digest(alice.id)?, event(EventKind::SessionRotated, 1)).await?,
        "an unknown digest was rotated"
    );
    ensure!(stores.sessions.check(&unknown, at(1)).await?.is_none(), "looking for a digest made it known");
    Ok(())
}

pub(super) async fn a_session_is_opened_with_what_its_subject_is_now(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let alice = stores.change(&alice, Change::Roles(super::fixture::roles(&["admin", "customer"])?), 1).await?;
    let new = new_session(&alice, 2)?;
    let held = stores.open(new.clone()).await?;
    let Some(checked) = stores.check(&held, 3).await? else { return Err(super::fault("it is not there".to_owned())) };
    ensure!(checked.subject == alice, "another subject: {:?}", checked.subject);
    let session = checked.session;
    ensure!(session.id == new.id && session.created_at == at(2), "another session: {session:?}");
    ensure!(session.absolute_expires_at == new.absolute_expires_at, "another expiry: {session:?}");
    ensure!(session.roles_version == alice.roles_version, "another roles version: {session:?}");
    let listed = stores.accounts.search("alice", None, 10).await?;
    let last = listed.first().and_then(|listed| listed.last_login_at);
    let alone = stores.accounts.by_id(alice.id).await?.and_then(|account| account.last_login_at);
    ensure!(alone == last, "alone {alone:?}, and in the list {last:?}");
    ensure!(last == Some(at(2)), "the last login was {last:?}");
    Ok(())
}

pub(super) async fn a_session_is_not_opened_for_the_disabled_the_unknown_or_a_stale_generation(
    stores: Stores,
) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let was = SubjectState::clone(&alice);
    let generation = Generation(alice.generation.0 + 7);
    let ahead = new_session(&SubjectState { generation, ..was.clone() }, 2)?;
    let unknown = new_session(&SubjectState { id: new_subject("nobody", &[])?.id, ..was }, 2)?;
    // The password was checked, and then changed before the session was opened.
    let overtaken = new_session(&alice, 2)?;
    let alice = stores.change(&alice, Change::Password(super::fixture::hash("second")), 1).await?;
    refused(&stores, [("ahead", ahead), ("unknown", unknown), ("overtaken", overtaken)]).await?;
    let before_the_ban = new_session(&alice, 2)?;
    let alice = stores.change(&alice, Change::Status(Status::Disabled), 1).await?;
    let disabled = new_session(&alice, 2)?;
    refused(&stores, [("before the ban", before_the_ban), ("disabled", disabled)]).await?;
    let kinds = stores.kinds(&alice).await?;
    let expected = [EventKind::SubjectCreated, EventKind::PasswordChanged, EventKind::SubjectDisabled];
    ensure!(kinds == expected, "a refusal left an event: {kinds:?}");
    Ok(())
}

async fn refused<const N: usize>(stores: &Stores, sessions: [(&str, NewSession); N]) -> Outcome {
    for (what, new) in sessions {
        let digest = new.digest;
        let opened = stores.sessions.open(new, event(EventKind::SessionCreated, 2)).await?;
        ensure!(matches!(opened, Opened::Refused), "{what}: {opened:?}");
        ensure!(stores.sessions.check(&digest, at(2)).await?.is_none(), "{what}: the session is there");
    }
    Ok(())
}

pub(super) async fn one_session_over_the_limit_ends_the_oldest_and_writes_that_down(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let bob = stores.subject("bob", &[]).await?;
    let bobs = stores.sign_in(&bob, 0).await?;
    let mut held = Vec::new();
    for seconds in 1..=5 {
        held.push(stores.sign_in(&alice, seconds).await?);
    }
    let mut live = Vec::new();
    for session in &held {
        live.push(stores.is_live(session, 6).await?);
    }
    ensure!(live == [false, false, true, true, true], "live of five with a limit of three: {live:?}");
    ensure!(stores.is_live(&bobs, 6).await?, "another subject's session was ended");
    let events = stores.events(&alice).await?;
    let evicted: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::SessionEvicted)
        .map(|event| event.detail.get("session").cloned().unwrap_or_default())
        .collect();
    let expected: Vec<_> = held.iter().take(2).map(|held| held.id.to_string()).collect();
    ensure!(evicted == expected, "evicted {evicted:?}, and not {expected:?}");
    Ok(())
}

pub(super) async fn expired_sessions_do_not_count_toward_the_limit(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let old = stores.sign_in(&alice, 0).await?;
    for seconds in [1, 2] {
        stores.sign_in(&alice, seconds).await?;
    }
    // Only the oldest is kept in use, so at its next login the other two have expired.
    stores.check(&old, 1500).await?;
    stores.sign_in(&alice, 2000).await?;
    stores.sign_in(&alice, 2001).await?;
    ensure!(stores.is_live(&old, 2002).await?, "a live session made room for expired ones");
    Ok(())
}

pub(super) async fn a_session_that_replaces_another_ends_it(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let bob = stores.subject("bob", &[]).await?;
    let first = stores.sign_in(&alice, 0).await?;
    let mut again = new_session(&alice, 1)?;
    again.replaces = Some(first.digest);
    let again = stores.open(again).await?;
    ensure!(!stores.is_live(&first, 2).await?, "the replaced session is live");
    let mut other_account = new_session(&bob, 3)?;
    other_account.replaces = Some(again.digest);
    let bobs = stores.open(other_account).await?;
    ensure!(!stores.is_live(&again, 4).await?, "the same browser's session of another subject is live");
    let mut of_none = new_session(&bob, 5)?;
    of_none.replaces = Some(digest(alice.id)?);
    let last = stores.open(of_none).await?;
    ensure!(stores.is_live(&bobs, 6).await? && stores.is_live(&last, 6).await?, "replacing nothing ended something");
    let ended = stores.kinds(&alice).await?.into_iter().filter(|kind| *kind == EventKind::SessionRevoked).count();
    ensure!(ended == 2, "{ended} of alice's two ended sessions are in the log");
    Ok(())
}

pub(super) async fn a_dead_session_is_not_rotated(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let expired = stores.sign_in(&alice, 0).await?;
    let rotate = |old, seconds| {
        digest(alice.id).map(|new| stores.sessions.rotate(old, new, event(EventKind::SessionRotated, seconds)))
    };
    ensure!(!rotate(expired.digest, 1800)?.await?, "an expired session was rotated");
    let revoked = stores.sign_in(&alice, 0).await?;
    stores.change(&alice, Change::EndSessions, 1).await?;
    ensure!(!rotate(revoked.digest, 2)?.await?, "a revoked session was rotated");
    let kinds = stores.kinds(&alice).await?;
    ensure!(!kinds.contains(&EventKind::SessionRotated), "a refusal left an event");
    Ok(())
}

pub(super) async fn a_session_is_ended_by_its_public_name_and_by_its_own_subject_only(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let bob = stores.subject("bob", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let other = stores.sign_in(&alice, 1).await?;
    let end = |subject, id| stores.sessions.end(subject, id, event(EventKind::SessionRevoked, 2));
    ensure!(!end(bob.id, held.id).await?, "another subject ended it");
    ensure!(stores.is_live(&held, 3).await?, "it is dead after another subject's try");
    ensure!(end(alice.id, held.id).await?, "its own subject could not end it");
    ensure!(!stores.is_live(&held, 3).await?, "it is live after its end");
    ensure!(!end(alice.id, held.id).await?, "it was ended twice");
    ensure!(stores.is_live(&other, 3).await?, "another session of the subject was ended too");
    let ended = stores.kinds(&alice).await?.iter().filter(|kind| **kind == EventKind::SessionRevoked).count();
    ensure!(ended == 1 && stores.kinds(&bob).await?.len() == 1, "{ended} events for one end");
    Ok(())
}

pub(super) async fn the_list_is_the_live_sessions_newest_first_with_their_devices(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let bob = stores.subject("bob", &[]).await?;
    stores.sign_in(&bob, 0).await?;
    let first = stores.sign_in(&alice, 0).await?;
    let mut new = new_session(&alice, 1000)?;
    new.device = Device { user_agent: "x".repeat(1000), address: "2001:db8::1".to_owned() };
    let second = stores.open(new).await?;
    ensure!(stores.listed(&alice, 1000).await? == [second.id, first.id], "not newest first");
    let list = stores.list(&alice, 1800).await?;
    let [only] = list.as_slice() else { return Err(super::fault(format!("{} listed, one live", list.len()))) };
    ensure!(only.record.id == second.id && only.device.address == "2001:db8::1", "another one: {only:?}");
    ensure!(only.device.user_agent.len() == 256, "a user agent of {} characters", only.device.user_agent.len());
    Ok(())
}

pub(super) async fn purging_drops_the_dead_and_nothing_else(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let dead = stores.sign_in(&alice, 0).await?;
    let live = stores.sign_in(&alice, 100).await?;
    let purged = stores.sessions.purge(at(1800)).await?;
    ensure!(purged == u64::from(!stores.drops_by_itself), "{purged} of one dead session purged");
    ensure!(stores.is_live(&live, 1800).await?, "a live session was purged");
    ensure!(stores.listed(&alice, 1800).await? == [live.id], "another list after the purge");
    if stores.drops_by_itself {
        return Ok(());
    }
    // With the clock back at a time at which it would have been live: it is gone for good.
    ensure!(!stores.is_live(&dead, 1).await?, "a purged session is there");
    ensure!(stores.sessions.purge(at(1800)).await? == 0, "a second purge found more");
    ensure!(stores.sessions.purge(at(1800).plus(Duration::from_secs(86_400))).await? == 1, "the rest was not purged");
    Ok(())
}

pub(super) async fn a_session_of_a_clock_that_is_far_ahead_is_live_or_refused_as_an_error(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    // 2106-02-07 is the last day of a time in 32 bits.
    for seconds in [2_594_967_295 - 3600, 2_594_967_295, 2_600_000_000] {
        let new = new_session(&alice, seconds)?;
        let digest = new.digest;
        let Ok(opened) = stores.sessions.open(new, event(EventKind::SessionCreated, seconds)).await else { continue };
        ensure!(matches!(opened, Opened::Session(_)), "{opened:?}");
        let checked = stores.sessions.check(&digest, at(seconds)).await?;
        ensure!(checked.is_some(), "acknowledged, and dead at once");
    }
    Ok(())
}
