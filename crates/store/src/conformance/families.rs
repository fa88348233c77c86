//! The life of one family of refresh tokens.

use admit_core::audit::EventKind;
use admit_core::client::ClientId;
use admit_core::session::Device;
use admit_core::store::{Change, FamilyBegun, NewFamily, Redeemed};
use admit_core::subject::{Generation, Status, SubjectState};

use super::fixture::{at, event, hash, new_subject, roles};
use super::tokens::{Grant, app, new_family};
use super::{Outcome, Stores, TOKENS, ensure, fault};

pub(super) async fn a_family_is_begun_with_what_its_subject_is_now(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let alice = stores.change(&alice, Change::Roles(roles(&["admin", "customer"])?), 1).await?;
    let new = new_family(&alice, 2)?;
    let begun = stores.families.begin(new.clone(), event(EventKind::TokenFamilyBegun, 2)).await?;
    let FamilyBegun::Family(family) = begun else { return Err(fault("it was refused".to_owned())) };
    ensure!(family.id == new.id && family.absolute_expires_at == new.absolute_expires_at, "begun as {family:?}");
    ensure!(family.subject == alice, "another subject: {:?}", family.subject);
    let listed = stores.accounts.search("alice", None, 10).await?;
    let last = listed.first().and_then(|listed| listed.last_login_at);
    ensure!(last == Some(at(2)), "the last login was {last:?}");
    let kinds = stores.kinds(&alice).await?;
    ensure!(kinds.last() == Some(&EventKind::TokenFamilyBegun), "{kinds:?}");
    Ok(())
}

pub(super) async fn a_family_is_not_begun_for_the_disabled_the_unknown_or_a_stale_generation(
    stores: Stores,
) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let was = SubjectState::clone(&alice);
    let generation = Generation(alice.generation.0 + 7);
    let ahead = new_family(&SubjectState { generation, ..was.clone() }, 2)?;
    let unknown = new_family(&SubjectState { id: new_subject("nobody", &[])?.id, ..was }, 2)?;
    // The password was checked, and then changed before the family was begun.
    let overtaken = new_family(&alice, 2)?;
    let alice = stores.change(&alice, Change::Password(hash("second")), 1).await?;
    refused(&stores, [("ahead", ahead), ("unknown", unknown), ("overtaken", overtaken)]).await?;
    let before_the_ban = new_family(&alice, 2)?;
    let alice = stores.change(&alice, Change::Status(Status::Disabled), 1).await?;
    let disabled = new_family(&alice, 2)?;
    refused(&stores, [("before the ban", before_the_ban), ("disabled", disabled)]).await?;
    ensure!(stores.count(EventKind::TokenFamilyBegun).await? == 0, "a refusal left an event");
    Ok(())
}

pub(super) async fn a_family_is_not_begun_with_a_token_of_other_roles(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let new = new_family(&alice, 2)?;
    let after = stores.change(&alice, Change::Roles(roles(&["admin"])?), 1).await?;
    let grant = Grant { id: new.id, token: new.digest };
    let begun = stores.families.begin(new.clone(), event(EventKind::TokenFamilyBegun, 2)).await?;
    ensure!(matches!(&begun, FamilyBegun::Changed(now) if *now == after), "of the roles before: {begun:?}");
    ensure!(matches!(stores.present(&grant, 2).await?, Redeemed::Unknown), "its token is known");
    ensure!(stores.count(EventKind::TokenFamilyBegun).await? == 0, "what was not done has an event");
    let again = NewFamily { roles_version: after.roles_version, ..new };
    let begun = stores.families.begin(again, event(EventKind::TokenFamilyBegun, 2)).await?;
    ensure!(matches!(begun, FamilyBegun::Family(_)), "of the roles now: {begun:?}");
    Ok(())
}

async fn refused<const N: usize>(stores: &Stores, families: [(&str, NewFamily); N]) -> Outcome {
    for (what, new) in families {
        let grant = Grant { id: new.id, token: new.digest };
        let begun = stores.families.begin(new, event(EventKind::TokenFamilyBegun, 2)).await?;
        ensure!(matches!(begun, FamilyBegun::Refused), "{what}: {begun:?}");
        let redeemed = stores.present(&grant, 2).await?;
        ensure!(matches!(redeemed, Redeemed::Unknown), "{what}: its token is known: {redeemed:?}");
    }
    Ok(())
}

pub(super) async fn a_family_ends_when_it_is_idle_with_nobody_purging(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let idle = TOKENS.refresh_idle.as_secs();
    let (used, unused) = (stores.begin(&alice, 0).await?, stores.begin(&alice, 0).await?);
    let used = stores.renew(&used, idle - 1).await?;
    ensure!(stores.granted(&alice, idle).await? == [used.id], "listed at the idle expiry of one of two");
    let late = stores.present(&unused, idle).await?;
    ensure!(matches!(late, Redeemed::Unknown), "at its idle expiry: {late:?}");
    ensure!(stores.granted(&alice, idle - 1 + idle - 1).await? == [used.id], "its use did not prolong it");
    let late = stores.present(&used, idle - 1 + idle).await?;
    ensure!(matches!(late, Redeemed::Unknown), "at its second idle expiry: {late:?}");
    Ok(())
}

pub(super) async fn a_family_ends_at_its_absolute_expiry_however_busy(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let mut grant = stores.begin(&alice, 0).await?;
    let end = TOKENS.refresh_absolute.as_secs();
    for seconds in (0..end).step_by(24 * 3600).chain([end - 1]) {
        grant = stores.renew(&grant, seconds).await?;
    }
    ensure!(stores.granted(&alice, end).await?.is_empty(), "listed at its absolute expiry");
    let late = stores.present(&grant, end).await?;
    ensure!(matches!(late, Redeemed::Unknown), "at its absolute expiry: {late:?}");
    Ok(())
}

pub(super) async fn one_family_over_the_limit_ends_the_oldest_and_writes_that_down(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let bobs = stores.begin(&bob, 0).await?;
    // Sessions have a limit of their own.
    let session = stores.sign_in(&alice, 0).await?;
    let mut grants = Vec::new();
    for seconds in 1..=5 {
        grants.push(stores.begin(&alice, seconds).await?);
    }
    let mut live = Vec::new();
    for grant in &grants {
        live.push(matches!(stores.present(grant, 6).await?, Redeemed::Family(_)));
    }
    ensure!(live == [false, false, true, true, true], "live of five with a limit of three: {live:?}");
    stores.renew(&bobs, 6).await?;
    ensure!(stores.is_live(&session, 6).await?, "a session made room for a family");
    let events = stores.events(&alice).await?;
    let evicted: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::TokenFamilyEvicted)
        .map(|event| event.detail.get("session").cloned().unwrap_or_default())
        .collect();
    let expected: Vec<_> = grants.iter().take(2).map(|grant| grant.id.to_string()).collect();
    ensure!(evicted == expected, "evicted {evicted:?}, and not {expected:?}");
    Ok(())
}

pub(super) async fn expired_families_do_not_count_toward_the_limit(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let idle = TOKENS.refresh_idle.as_secs();
    let old = stores.begin(&alice, 0).await?;
    for seconds in [1, 2] {
        stores.begin(&alice, seconds).await?;
    }
    // Only the oldest is kept in use, so at its next login the other two have expired.
    let old = stores.renew(&old, idle - 1).await?;
    stores.begin(&alice, idle + 2).await?;
    stores.begin(&alice, idle + 3).await?;
    stores.renew(&old, idle + 4).await?;
    Ok(())
}

pub(super) async fn a_family_is_ended_by_its_own_subject_only(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let (grant, other) = (stores.begin(&alice, 0).await?, stores.begin(&alice, 1).await?);
    ensure!(!stores.end_family(&bob, grant.id, 2).await?, "another subject ended it");
    let grant = stores.renew(&grant, 2).await?;
    ensure!(stores.end_family(&alice, grant.id, 3).await?, "its own subject could not end it");
    let dead = stores.present(&grant, 3).await?;
    ensure!(matches!(dead, Redeemed::Unknown), "after its end: {dead:?}");
    ensure!(!stores.end_family(&alice, grant.id, 4).await?, "it was ended twice");
    stores.renew(&other, 4).await?;
    let events = stores.events(&alice).await?;
    let [.., ended] = events.as_slice() else { return Err(fault("no events".to_owned())) };
    ensure!(ended.kind == EventKind::TokenFamilyEnded, "the last event is {ended:?}");
    ensure!(ended.detail.get("session") == Some(&grant.id.to_string().into()), "of which family? {ended:?}");
    ensure!(stores.count(EventKind::TokenFamilyEnded).await? == 1, "a refusal left an event");
    Ok(())
}

pub(super) async fn a_family_is_ended_by_its_own_client_only(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let grant = stores.begin(&alice, 0).await?;
    let end = |client| stores.families.end_by_client(grant.id, client, event(EventKind::TokenFamilyEnded, 1));
    ensure!(!end(ClientId::parse("other")?).await?, "another client ended it");
    let renewed = stores.renew(&grant, 1).await?;
    ensure!(end(app()?).await?, "its own client could not end it");
    let dead = stores.present(&renewed, 1).await?;
    ensure!(matches!(dead, Redeemed::Unknown), "after its end: {dead:?}");
    ensure!(!end(app()?).await?, "it was ended twice");
    let ended = stores.kinds(&alice).await?.iter().filter(|kind| **kind == EventKind::TokenFamilyEnded).count();
    ensure!(ended == 1, "{ended} events for one end");
    Ok(())
}

pub(super) async fn the_list_is_the_live_families_newest_first_with_their_clients_and_devices(
    stores: Stores,
) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    stores.begin(&bob, 0).await?;
    let first = stores.begin(&alice, 0).await?;
    let mut new = new_family(&alice, 1000)?;
    new.client = ClientId::parse("other")?;
    new.device = Device { user_agent: "x".repeat(1000), address: "2001:db8::1".to_owned() };
    stores.families.begin(new.clone(), event(EventKind::TokenFamilyBegun, 1000)).await?;
    stores.renew(&first, 2000).await?;
    let list = stores.families.families(alice.id, at(2000)).await?;
    let [newest, older] = list.as_slice() else { return Err(fault(format!("{} of two are listed", list.len()))) };
    ensure!(newest.id == new.id && newest.client == new.client && newest.device.address == "2001:db8::1", "{newest:?}");
    ensure!(newest.device.user_agent.len() == 256, "a user agent of {} characters", newest.device.user_agent.len());
    ensure!(older.id == first.id && older.client == app()?, "{older:?}");
    ensure!(older.created_at == at(0) && older.last_used_at == at(2000), "{older:?}");
    ensure!(older.idle_expires_at == at(2000).plus(TOKENS.refresh_idle), "{older:?}");
    ensure!(older.absolute_expires_at == at(0).plus(TOKENS.refresh_absolute), "{older:?}");
    Ok(())
}

pub(super) async fn purging_drops_the_dead_families_and_nothing_else(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let (idle, absolute) = (TOKENS.refresh_idle.as_secs(), TOKENS.refresh_absolute.as_secs());
    let dead = stores.begin(&alice, 0).await?;
    let live = stores.begin(&alice, 100).await?;
    let purged = stores.sessions.purge(at(idle)).await?;
    ensure!(purged == 1, "{purged} of one dead family purged");
    // With the clock back at a time at which it would have been live: it is gone for good.
    let gone = stores.present(&dead, 1).await?;
    ensure!(matches!(gone, Redeemed::Unknown), "a purged family is there: {gone:?}");
    let live = stores.renew(&live, idle).await?;
    ensure!(stores.sessions.purge(at(idle)).await? == 0, "a second purge found more");
    stores.renew(&live, 2 * idle - 1).await?;
    let purged = stores.sessions.purge(at(100 + absolute)).await?;
    ensure!(purged == 1, "{purged} purged at the absolute expiry of one that was in use");
    Ok(())
}
