//! Another name for a subject.

use std::sync::Arc;

use admit_core::audit::EventKind;
use admit_core::store::{Change, Created, Renamed};
use admit_core::subject::{SubjectState, Username};

use super::fixture::{event, new_subject, roles};
use super::{Outcome, Stores, ensure};

async fn rename(stores: &Stores, subject: &SubjectState, name: &str) -> Outcome<Renamed> {
    let event = event(EventKind::SubjectRenamed, 2);
    Ok(stores.accounts.rename(subject.id, Username::parse(name)?, event).await?)
}

pub(super) async fn a_renamed_subject_keeps_its_id_and_sessions_and_its_old_name_is_free(stores: Stores) -> Outcome {
    let alice = stores.subject("Alice", &["customer"]).await?;
    let (held, app) = (stores.sign_in(&alice, 1).await?, stores.begin(&alice, 1).await?);
    let renamed = rename(&stores, &alice, "Bob").await?;
    let now = SubjectState { username: Arc::from("Bob"), ..SubjectState::clone(&alice) };
    ensure!(matches!(&renamed, Renamed::Subject(bob) if **bob == now), "{renamed:?}");
    let checked = stores.check(&held, 2).await?;
    ensure!(checked.is_some_and(|checked| *checked.subject == now), "the session shows another");
    ensure!(stores.granted(&now, 2).await? == [app.id], "the app is signed out");
    let found = stores.accounts.by_username(&Username::parse("BOB")?).await?;
    ensure!(found.is_some_and(|found| *found.subject == now), "not found by the new name");
    ensure!(stores.accounts.by_username(&Username::parse("alice")?).await?.is_none(), "found by the old name");
    let holders = stores.accounts.holders(&["customer"], Some("b"), 9).await?;
    ensure!(holders.len() == 1, "not among the holders by the new name");
    let events = stores.events(&now).await?;
    let last = events.last().map(|event| (event.kind, event.detail.get("from").cloned()));
    ensure!(last == Some((EventKind::SubjectRenamed, Some("Alice".into()))), "{last:?}");
    let other = stores.subject("alice", &[]).await?;
    ensure!(other.id != now.id, "the same subject");
    // Another way to write the same name, and the very same: the second is no change.
    for (spelling, events) in [("BOB", 1), ("BOB", 0)] {
        let before = stores.kinds(&now).await?.len();
        let renamed = rename(&stores, &now, spelling).await?;
        ensure!(matches!(&renamed, Renamed::Subject(bob) if *bob.username == *spelling), "{renamed:?}");
        ensure!(stores.kinds(&now).await?.len() == before + events, "{spelling}");
    }
    let changed = stores.change(&now, Change::Roles(roles(&["admin"])?), 3).await?;
    ensure!(*changed.username == *"BOB", "the next change brings the old name back");
    Ok(())
}

pub(super) async fn a_name_that_another_has_is_refused_and_nothing_changes(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let held = stores.sign_in(&alice, 1).await?;
    for spelling in ["bob", "BOB", "ｂｏｂ"] {
        let renamed = rename(&stores, &alice, spelling).await?;
        ensure!(matches!(renamed, Renamed::Taken), "{spelling}: {renamed:?}");
    }
    ensure!(stores.check(&held, 2).await?.is_some_and(|checked| checked.subject == alice), "changed");
    ensure!(stores.kinds(&bob).await? == [EventKind::SubjectCreated], "an event of the other");
    ensure!(!stores.kinds(&alice).await?.contains(&EventKind::SubjectRenamed), "an event of what was not done");
    let nobody = new_subject("nobody", &[])?.id;
    let missing =
        stores.accounts.rename(nobody, Username::parse("carol")?, event(EventKind::SubjectRenamed, 2)).await?;
    ensure!(matches!(missing, Renamed::Missing), "{missing:?}");
    Ok(())
}

pub(super) async fn of_many_who_want_one_name_at_once_one_gets_it(stores: Stores) -> Outcome {
    for round in 0..6 {
        let wanted = format!("wanted{round}");
        let mut tasks = Vec::new();
        for number in 0..4 {
            let subject = stores.subject(&format!("renamed{round}x{number}"), &[]).await?;
            let (accounts, name) = (stores.accounts.clone(), Username::parse(&wanted)?);
            tasks.push(tokio::spawn(async move {
                let renamed = accounts.rename(subject.id, name, event(EventKind::SubjectRenamed, 2)).await?;
                Outcome::Ok(matches!(renamed, Renamed::Subject(_)))
            }));
            let (accounts, new) = (stores.accounts.clone(), new_subject(&wanted, &[])?);
            tasks.push(tokio::spawn(async move {
                let made = accounts.create(new, event(EventKind::SubjectCreated, 2)).await?;
                Outcome::Ok(matches!(made, Created::Subject(_)))
            }));
        }
        let mut got = 0;
        for task in tasks {
            got += usize::from(task.await??);
        }
        ensure!(got == 1, "round {round}: {got} got it");
        ensure!(stores.accounts.search(&wanted, None, 9).await?.len() == 1, "round {round}: not one has it");
    }
    Ok(())
}

pub(super) async fn two_who_swap_their_names_at_once_wait_for_nobody(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    for round in 0..10 {
        let swap = |id, name: &str| {
            let (accounts, name) = (stores.accounts.clone(), Username::parse(name));
            let event = event(EventKind::SubjectRenamed, 2);
            tokio::spawn(async move { Outcome::Ok(accounts.rename(id, name?, event).await?) })
        };
        for task in [swap(alice.id, "bob"), swap(bob.id, "alice")] {
            let renamed = task.await??;
            ensure!(matches!(renamed, Renamed::Taken), "round {round}: {renamed:?}");
        }
    }
    Ok(())
}
