//! What kills a token is in force when it is acknowledged, and nothing is told that no token needs.

use admit_core::audit::EventKind;
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::drift::GRACE;
use admit_core::id::SessionId;
use admit_core::random::OsRandom;
use admit_core::signal::{Revoked, SubjectChange, Told};
use admit_core::store::{Change, Redeemed};
use admit_core::subject::{Status, SubjectState};
use admit_core::token::{Claims, Holder, LEEWAY};

use super::fixture::{Held, at, digest, event, hash, new_session, roles};
use super::tokens::{Grant, app, claims, token_end};
use super::{Outcome, Stores, TOKENS, ensure};

pub(super) async fn the_end_of_a_family_is_told_when_it_is_acknowledged(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let [by_subject, by_client, stolen] =
        [stores.begin(&alice, 0).await?, stores.begin(&alice, 0).await?, stores.begin(&alice, 0).await?];
    let used = stores.renew(&stolen, 1).await?;
    let evicted = stores.begin(&bob, 0).await?;
    for seconds in 1..TOKENS.limit {
        stores.begin(&bob, seconds.into()).await?;
    }
    for (subject, grant) in [(&alice, by_subject), (&alice, by_client), (&alice, used), (&bob, evicted)] {
        ensure!(stores.died_of(&claims(subject, grant.id)?).is_none(), "dead while its family lives");
    }
    let mut told = Vec::new();
    let dead = |subject, id| Outcome::Ok(stores.died_of(&claims(subject, id)?) == Some(Revoked::Session));
    stores.end_family(&alice, by_subject.id, 2).await?;
    ensure!(dead(&alice, by_subject.id)?, "alive after its subject ended it");
    told.push(Told::Session(by_subject.id));
    stores.families.end_by_client(by_client.id, app()?, event(EventKind::TokenFamilyEnded, 2)).await?;
    ensure!(dead(&alice, by_client.id)?, "alive after its client ended it");
    told.push(Told::Session(by_client.id));
    let again = stores.present(&stolen, 1 + TOKENS.reuse_grace.as_secs()).await?;
    ensure!(matches!(again, Redeemed::Reused) && dead(&alice, stolen.id)?, "alive after a theft: {again:?}");
    told.push(Told::Session(stolen.id));
    stores.begin(&bob, 20).await?;
    ensure!(dead(&bob, evicted.id)?, "alive after its eviction");
    told.push(Told::Session(evicted.id));
    let signals = stores.told().await?;
    ensure!(signals == told, "told {signals:?}, and not {told:?}");
    Ok(())
}

pub(super) async fn the_end_of_an_exchanged_session_is_told_when_it_is_acknowledged(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let mut exchanged = Vec::new();
    for seconds in 0..3 {
        let held = stores.sign_in(&alice, seconds).await?;
        ensure!(stores.exchange(&alice, held.id, seconds).await?.is_some(), "not exchanged");
        // Under a new secret it is the same session.
        let new = Held { digest: digest(alice.id)?, ..held };
        stores.sessions.rotate(held.digest, new.digest, event(EventKind::SessionRotated, seconds)).await?;
        ensure!(stores.died_of(&claims(&alice, held.id)?).is_none(), "dead while its session lives");
        exchanged.push(new);
    }
    let [evicted, replaced, ended] = exchanged.as_slice() else { return Ok(()) };
    let dead = |held: &Held| Outcome::Ok(stores.died_of(&claims(&alice, held.id)?) == Some(Revoked::Session));
    stores.sign_in(&alice, 3).await?;
    ensure!(dead(evicted)?, "alive after its eviction");
    let mut new = new_session(&alice, 4)?;
    new.replaces = Some(replaced.digest);
    stores.open(new).await?;
    ensure!(dead(replaced)?, "alive after its replacement");
    stores.sessions.end(alice.id, ended.id, event(EventKind::SessionRevoked, 5)).await?;
    ensure!(dead(ended)?, "alive after its end");
    let told = stores.told().await?;
    let expected: Vec<_> = exchanged.iter().map(|held| Told::Session(held.id)).collect();
    ensure!(told == expected, "told {told:?}, and not {expected:?}");
    Ok(())
}

pub(super) async fn every_change_of_a_subject_kills_the_tokens_before_it_and_none_after(stores: Stores) -> Outcome {
    let changes = [
        ("roles", Change::Roles(roles(&["admin"])?), SubjectChange::ClaimsChange),
        ("ban", Change::Status(Status::Disabled), SubjectChange::AccountDisabled),
        ("password", Change::Password(hash("second")), SubjectChange::CredentialChange),
        ("everywhere", Change::EndSessions, SubjectChange::SessionsRevoked),
    ];
    let bob = stores.subject("bob", &[]).await?;
    let bobs = claims(&bob, stores.begin(&bob, 0).await?.id)?;
    for (name, change, why) in changes {
        for by_session in [false, true] {
            let subject = stores.subject(&format!("{name}-{by_session}"), &[]).await?;
            let sign_in = if by_session {
                let held = stores.sign_in(&subject, 0).await?;
                stores.exchange(&subject, held.id, 0).await?;
                held.id
            } else {
                stores.begin(&subject, 0).await?.id
            };
            let before = claims(&subject, sign_in)?;
            ensure!(stores.died_of(&before).is_none(), "{name}: dead before it");
            let after = stores.change(&subject, change.clone(), 1).await?;
            ensure!(stores.died_of(&before) == Some(Revoked::Subject), "{name}: alive after it, session {by_session}");
            ensure!(stores.died_of(&claims(&after, sign_in)?).is_none(), "{name}: a token from after it is dead");
            let told = stores.told().await?;
            let expected = Told::Subject { id: subject.id, generation: after.token_generation(), why };
            ensure!(told.last() == Some(&expected), "{name}: told {told:?} at last, and not {expected:?}");
            if after.status == Status::Disabled {
                stores.change(&after, Change::Status(Status::Active), 2).await?;
                ensure!(stores.died_of(&before) == Some(Revoked::Subject), "{name}: alive after it was lifted");
            }
        }
    }
    let told = stores.told().await?;
    ensure!(told.len() == 8, "{} signals for eight changes", told.len());
    ensure!(stores.died_of(&bobs).is_none(), "another subject's token is dead");
    Ok(())
}

pub(super) async fn a_token_is_revoked_by_itself(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let grant = stores.begin(&alice, 0).await?;
    let (one, other) = (claims(&alice, grant.id)?, claims(&alice, grant.id)?);
    let mut of_a_service = claims(&alice, grant.id)?;
    of_a_service.holder = Holder::Client;
    for claims in [&one, &of_a_service] {
        ensure!(stores.died_of(claims).is_none(), "dead before it was revoked");
        let event = event(EventKind::TokenRevoked, 1);
        stores.signals.revoke_token(claims.id, token_end(0), event).await?;
        ensure!(stores.died_of(claims) == Some(Revoked::Token), "alive after it was revoked");
    }
    ensure!(stores.died_of(&other).is_none(), "another token of the family is dead");
    stores.renew(&grant, 2).await?;
    ensure!(stores.count(EventKind::TokenRevoked).await? == 2, "not one event each");
    let told = stores.told().await?;
    ensure!(told == [Told::Token(one.id), Told::Token(of_a_service.id)], "told {told:?}");
    Ok(())
}

pub(super) async fn nothing_is_told_while_no_token_is_out(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    // Bob has a token, and nothing becomes of it.
    let bobs = stores.begin(&bob, 0).await?;
    let session = stores.sign_in(&alice, 0).await?;
    stores.sessions.end(alice.id, session.id, event(EventKind::SessionRevoked, 1)).await?;
    ensure!(stores.exchange(&alice, session.id, 2).await?.is_none(), "an ended session was exchanged");
    for seconds in 2..6 {
        stores.sign_in(&alice, seconds).await?;
    }
    let mut replacing = new_session(&alice, 6)?;
    replacing.replaces = Some(stores.sign_in(&alice, 6).await?.digest);
    stores.open(replacing).await?;
    for change in [
        Change::Roles(roles(&["admin"])?),
        Change::Password(hash("second")),
        Change::EndSessions,
        Change::Status(Status::Disabled),
        Change::Status(Status::Active),
    ] {
        stores.change(&alice, change, 7).await?;
    }
    // Nor by what was refused, or changed nothing.
    stores.change(&bob, Change::Roles(Vec::new()), 8).await?;
    stores.change(&bob, Change::Status(Status::Active), 8).await?;
    stores.end_family(&alice, bobs.id, 8).await?;
    stores.sessions.end(bob.id, bobs.id, event(EventKind::SessionRevoked, 8)).await?;
    stores.sessions.purge(at(9)).await?;
    let told = stores.told().await?;
    ensure!(told.is_empty() && stores.position().await?.seq == 0, "told {told:?}");
    ensure!(stores.signals.revocations().is_empty(), "something is revoked");
    Ok(())
}

/// The end of the first token; a verifier whose clock is behind takes it for [`LEEWAY`] longer.
const END: u64 = TOKENS.access.as_secs();
const STILL_TAKEN: u64 = END + LEEWAY.as_secs() - 1;

/// Over, it seems. But the clock may be ahead for the moment, and the token good again when that is put right.
const SEEMS_OVER: u64 = END + GRACE.as_secs() - 60;

/// Long after its end, even if the clock is wrong for the moment.
const FORGOTTEN: u64 = END + GRACE.as_secs() + 60;

/// A session and a family with a token each. Those that are `later` are issued again so many seconds afterwards.
async fn with_tokens(stores: &Stores, subject: &SubjectState, later: u64) -> Outcome<(Held, Grant)> {
    let (session, family) = (stores.sign_in(subject, 0).await?, stores.begin(subject, 0).await?);
    // A token that ends earlier than the last one takes nothing from that.
    for seconds in [0, later, 0] {
        stores.exchange(subject, session.id, seconds).await?;
    }
    let family = if later > 0 { stores.renew(&family, later).await? } else { family };
    Ok((session, family))
}

pub(super) async fn an_end_is_told_as_long_as_a_token_could_be_taken_and_not_long_after(stores: Stores) -> Outcome {
    for later in [0, 100] {
        let alice = stores.subject(&format!("alice-{later}"), &[]).await?;
        let mut all = Vec::new();
        for seconds in [STILL_TAKEN, SEEMS_OVER, FORGOTTEN] {
            all.push((with_tokens(&stores, &alice, later).await?, seconds + later));
        }
        let before = stores.told().await?.len();
        let mut expected = Vec::new();
        for ((session, family), seconds) in all {
            if seconds < FORGOTTEN + later {
                expected.extend([Told::Session(family.id), Told::Session(session.id)]);
            }
            ensure!(stores.end_family(&alice, family.id, seconds).await?, "the family was not there");
            let event = event(EventKind::SessionRevoked, seconds);
            ensure!(stores.sessions.end(alice.id, session.id, event).await?, "the session was not there");
        }
        let told = stores.told().await?.split_off(before);
        ensure!(told == expected, "tokens of {later} s: told {told:?}, and not {expected:?}");
    }
    Ok(())
}

pub(super) async fn a_change_is_told_as_long_as_a_token_could_be_taken_and_not_long_after(stores: Stores) -> Outcome {
    for (by_session, later) in [(false, 0), (true, 0), (false, 100), (true, 100)] {
        for (seconds, expected) in [(STILL_TAKEN + later, 1), (SEEMS_OVER + later, 1), (FORGOTTEN + later, 0)] {
            let subject = stores.subject(&format!("{by_session}-{seconds}"), &[]).await?;
            if by_session {
                let held = stores.sign_in(&subject, 0).await?;
                stores.exchange(&subject, held.id, 0).await?;
                stores.exchange(&subject, held.id, later).await?;
            } else {
                let grant = stores.begin(&subject, 0).await?;
                stores.renew(&grant, later).await?;
            }
            let before = stores.told().await?.len();
            stores.change(&subject, Change::EndSessions, seconds).await?;
            let told = stores.told().await?.len() - before;
            ensure!(
                told == expected,
                "told {told} times at {seconds} s, a session: {by_session}, renewed at {later} s"
            );
        }
    }
    Ok(())
}

pub(super) async fn a_client_that_may_have_other_tokens_or_is_gone_is_told_in_its_next_generation(
    stores: Stores,
) -> Outcome {
    let (app, till) = (app()?, ClientId::parse("till")?);
    let alice = stores.subject("alice", &[]).await?;
    let of = |client: &ClientId, generation| -> Outcome<Claims> {
        let claims = claims(&alice, SessionId::new(at(0), &OsRandom)?)?;
        Ok(Claims { client: client.clone(), client_generation: ClientGeneration(generation), ..claims })
    };
    let mut seconds = 0;
    let mut expected = Vec::new();
    // What is declared; and the generation of each client, of which a lower one is dead from now on.
    for (declared, generations, changed) in [
        (vec![(&app, "all"), (&till, "all")], [0, 0], vec![]),
        (vec![(&app, "all"), (&till, "all")], [0, 0], vec![]),
        (vec![(&app, "less"), (&till, "all")], [1, 0], vec![&app]),
        (vec![(&till, "all")], [2, 0], vec![&app]),
        (vec![(&till, "all")], [2, 0], vec![]),
        (vec![(&app, "less"), (&till, "more")], [3, 1], vec![&app, &till]),
    ] {
        seconds += 1;
        let rights = declared.iter().map(|(id, rights)| ((*id).clone(), (*rights).to_owned())).collect();
        let answer = stores.signals.declare_clients(rights, event(EventKind::ClientChanged, seconds)).await?;
        for (client, generation) in [&app, &till].into_iter().zip(generations) {
            let is_there = declared.iter().any(|(id, _)| *id == client);
            ensure!(
                answer.get(client).copied() == is_there.then_some(ClientGeneration(generation)),
                "{seconds}: {client} is in {:?}",
                answer.get(client)
            );
            ensure!(stores.died_of(&of(client, generation)?).is_none(), "{seconds}: what {client} has now is dead");
            if let Some(before) = generation.checked_sub(1) {
                let died_of = stores.died_of(&of(client, before)?);
                ensure!(died_of == Some(Revoked::Client), "{seconds}: what {client} had is alive");
            }
            if changed.contains(&client) {
                expected.push(Told::Client { id: client.clone(), generation: ClientGeneration(generation) });
            }
        }
    }
    let told = stores.told().await?;
    ensure!(told == expected, "told {told:?}, and not {expected:?}");
    ensure!(stores.count(EventKind::ClientChanged).await? == expected.len(), "not one event each");
    Ok(())
}
