//! Sessions exchanged for access tokens, and clients' assertions.

use admit_core::audit::EventKind;
use admit_core::client::ClientId;
use admit_core::store::{Change, Exchanged};
use admit_core::subject::Status;

use super::fixture::{at, digest, event, roles};
use super::tokens::{app, token_end};
use super::{Outcome, RULES, Stores, ensure, fault};

pub(super) async fn a_live_session_is_exchanged_with_what_its_subject_is_now(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let alice = stores.change(&alice, Change::Roles(roles(&["admin"])?), 1).await?;
    for seconds in [2, 3] {
        let exchanged = stores.exchange(&alice, held.id, seconds).await?;
        let Some(issuable) = exchanged else { return Err(fault("a live session was refused".to_owned())) };
        ensure!(issuable.id == held.id && issuable.subject == alice, "exchanged as {issuable:?}");
        ensure!(issuable.absolute_expires_at == at(0).plus(RULES.absolute), "another end: {issuable:?}");
    }
    ensure!(stores.is_live(&held, 4).await?, "the session ended with it");
    let exchanged = stores.kinds(&alice).await?.iter().filter(|kind| **kind == EventKind::SessionExchanged).count();
    ensure!(exchanged == 2, "{exchanged} events for two");
    Ok(())
}

pub(super) async fn a_dead_or_foreign_session_is_not_exchanged(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let expired = stores.sign_in(&alice, 0).await?;
    let idle = RULES.idle.as_secs();
    ensure!(stores.exchange(&bob, expired.id, 1).await?.is_none(), "another subject exchanged it");
    ensure!(stores.exchange(&alice, expired.id, idle).await?.is_none(), "exchanged at its idle expiry");
    let family = stores.begin(&alice, 0).await?;
    ensure!(stores.exchange(&alice, family.id, 1).await?.is_none(), "a family was exchanged for a session");
    let ended = stores.sign_in(&alice, 1).await?;
    stores.sessions.end(alice.id, ended.id, event(EventKind::SessionRevoked, 2)).await?;
    ensure!(stores.exchange(&alice, ended.id, 3).await?.is_none(), "exchanged after its end");
    let banned = stores.sign_in(&alice, 1).await?;
    let alice = stores.change(&alice, Change::Status(Status::Disabled), 2).await?;
    ensure!(stores.exchange(&alice, banned.id, 3).await?.is_none(), "exchanged during a ban");
    let alice = stores.change(&alice, Change::Status(Status::Active), 4).await?;
    ensure!(stores.exchange(&alice, banned.id, 5).await?.is_none(), "exchanged after a ban");
    ensure!(stores.count(EventKind::SessionExchanged).await? == 0, "a refusal left an event");
    Ok(())
}

pub(super) async fn a_session_is_not_exchanged_for_a_token_of_other_roles(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let after = stores.change(&alice, Change::Roles(roles(&["admin"])?), 1).await?;
    let seen = alice.token_generation();
    let event = event(EventKind::SessionExchanged, 2);
    let refused = stores.families.exchange(alice.id, held.id, seen, token_end(2), event).await?;
    ensure!(matches!(&refused, Exchanged::Changed(now) if *now == after), "of the roles before: {refused:?}");
    ensure!(stores.count(EventKind::SessionExchanged).await? == 0, "what was not done has an event");
    ensure!(stores.exchange(&after, held.id, 3).await?.is_some(), "of the roles now it was refused");
    Ok(())
}

pub(super) async fn a_session_that_gets_a_new_secret_at_once_can_be_exchanged_all_the_same(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let mut held = stores.sign_in(&alice, 0).await?;
    for round in 0..32 {
        let new = digest(alice.id)?;
        // So that the two wait and are done together.
        let before: Vec<_> =
            (0..8).map(|_| stores.accounts.learn_address(alice.id, "192.0.2.1".to_owned(), at(0))).collect();
        // So far apart that the secret before the last one is dead.
        let now = 20 * round;
        let rotated = stores.sessions.rotate(held.digest, new, event(EventKind::SessionRotated, now));
        let seen = alice.token_generation();
        let exchanged =
            stores.families.exchange(alice.id, held.id, seen, token_end(now), event(EventKind::SessionExchanged, now));
        for reply in before {
            reply.await?;
        }
        ensure!(rotated.await?, "not rotated, in round {round}");
        let exchanged = exchanged.await?;
        ensure!(matches!(exchanged, Exchanged::Session(_)), "a live session, in round {round}: {exchanged:?}");
        held.digest = new;
    }
    Ok(())
}

pub(super) async fn an_assertion_is_used_once_until_its_end(stores: Stores) -> Outcome {
    let (client, other) = (app()?, ClientId::parse("other")?);
    let use_it =
        |client: &ClientId, now| stores.families.use_assertion(client.clone(), "a1".to_owned(), at(100), at(now));
    ensure!(use_it(&client, 0).await?, "refused before its use");
    ensure!(use_it(&other, 0).await?, "another client's of the same name was refused");
    for now in [0, 1, 99] {
        ensure!(!use_it(&client, now).await?, "used again at {now} s");
    }
    stores.sessions.purge(at(99)).await?;
    ensure!(!use_it(&client, 99).await?, "a purge before its end forgot it");
    let later = stores.families.use_assertion(client.clone(), "a1".to_owned(), at(200), at(100)).await?;
    ensure!(later, "the name was refused at the end of the one that had it");
    ensure!(!use_it(&client, 100).await?, "used again in its second life");
    stores.sessions.purge(at(200)).await?;
    ensure!(use_it(&client, 0).await?, "a purge left it past its end");
    Ok(())
}

pub(super) async fn of_many_uses_of_an_assertion_at_once_one_succeeds(stores: Stores) -> Outcome {
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let (families, client) = (stores.families.clone(), app()?);
        tasks.push(tokio::spawn(async move { families.use_assertion(client, "a1".to_owned(), at(100), at(0)).await }));
    }
    let mut used = 0;
    for task in tasks {
        used += usize::from(task.await??);
    }
    ensure!(used == 1, "{used} of 16 succeeded");
    Ok(())
}
