//! A change that goes by what was read is made only while that is so, and what belongs together is one step.

use admit_core::audit::EventKind;
use admit_core::credential::{OneTimeToken, Purpose};
use admit_core::random::OsRandom;
use admit_core::store::{Change, Created, Kept};

use super::fixture::{at, event, hash, new_subject, roles};
use super::{Outcome, Stores, ensure};

pub(super) async fn a_conditional_change_is_made_only_while_what_it_goes_by_is_so(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["admin"]).await?;
    let password = |still: &str, new: &str| Change::PasswordIf { still: hash(still), new: hash(new) };
    let by_operator = || event(EventKind::PasswordChanged, 2);
    stores.change(&alice, Change::Password(hash("reset")), 1).await?;
    let late = stores.accounts.change(alice.id, password("first", "own"), by_operator()).await?;
    ensure!(late.is_none(), "it overwrote the reset");
    ensure!(stores.accounts.change(alice.id, password("reset", "own"), by_operator()).await?.is_some(), "not set");
    let demoted = stores.change(&alice, Change::Roles(Vec::new()), 3).await?;
    let back = Change::RolesIf { version: alice.roles_version, roles: roles(&["admin"])? };
    let kinds = stores.kinds(&alice).await?;
    ensure!(stores.accounts.change(alice.id, back.clone(), event(EventKind::RolesChanged, 4)).await?.is_none(), "back");
    let keep = roles(&["owner"])?.remove(0);
    let kept = stores.accounts.change_keeping(alice.id, back, keep, event(EventKind::RolesChanged, 4)).await?;
    ensure!(matches!(kept, Kept::Missing), "{kept:?}");
    ensure!(stores.kinds(&alice).await? == kinds, "an event of what was not done");
    let again = Change::RolesIf { version: demoted.roles_version, roles: roles(&["editor"])? };
    let now = stores.accounts.change(alice.id, again, event(EventKind::RolesChanged, 5)).await?;
    ensure!(now.is_some_and(|now| now.roles_version == demoted.roles_version + 1), "not changed");
    Ok(())
}

pub(super) async fn every_other_sign_in_ends_in_one_step_each_with_its_event(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let (kept, one, two) =
        (stores.sign_in(&alice, 1).await?, stores.sign_in(&alice, 2).await?, stores.sign_in(&alice, 3).await?);
    let (app, of_bob) = (stores.begin(&alice, 4).await?, stores.sign_in(&bob, 4).await?);
    let ended = stores.families.end_others(alice.id, Some(kept.id), event(EventKind::SessionRevoked, 5)).await?;
    ensure!(ended == 3, "{ended} ended");
    ensure!(stores.listed(&alice, 6).await? == [kept.id], "the one that stays");
    ensure!(stores.granted(&alice, 6).await?.is_empty(), "an app");
    ensure!(stores.is_live(&kept, 6).await? && stores.is_live(&of_bob, 6).await?, "more ended");
    ensure!(!stores.is_live(&one, 6).await? && !stores.is_live(&two, 6).await?, "live");
    let mut named = Vec::new();
    for event in stores.events(&alice).await? {
        if matches!(event.kind, EventKind::SessionRevoked | EventKind::TokenFamilyEnded) {
            named.push((
                event.kind,
                event.detail.get("session").and_then(|id| id.as_str()).unwrap_or_default().to_owned(),
            ));
        }
    }
    named.sort_by(|one, other| one.1.cmp(&other.1));
    let mut expected = vec![
        (EventKind::SessionRevoked, one.id.to_string()),
        (EventKind::SessionRevoked, two.id.to_string()),
        (EventKind::TokenFamilyEnded, app.id.to_string()),
    ];
    expected.sort_by(|one, other| one.1.cmp(&other.1));
    ensure!(named == expected, "{named:?}");
    let none = stores.families.end_others(alice.id, Some(kept.id), event(EventKind::SessionRevoked, 7)).await?;
    ensure!(none == 0, "{none} more");
    Ok(())
}

pub(super) async fn nobody_becomes_the_first_by_a_link_after_somebody_did(stores: Stores) -> Outcome {
    let link = OneTimeToken::new(&OsRandom)?.digest();
    let issued = event(EventKind::SetupLinkIssued, 0);
    stores.accounts.keep_link(link, Purpose::FirstAdmin, at(3600), issued).await?;
    stores.subject("alice", &["admin"]).await?;
    let events = vec![event(EventKind::SetupLinkUsed, 1), event(EventKind::SubjectCreated, 1)];
    let made = stores.accounts.create_with_link(new_subject("mallory", &["admin"])?, link, events).await?;
    ensure!(matches!(made, Created::LinkDead), "{made:?}");
    Ok(())
}
