//! The one-time link by which a subject sets its password.

use std::sync::Arc;

use admit_core::audit::EventKind;
use admit_core::credential::{OneTimeToken, OneTimeTokenDigest, Purpose};
use admit_core::random::OsRandom;
use admit_core::store::{Change, Created};
use admit_core::subject::{Status, SubjectState};

use super::fixture::{at, event, hash, new_subject};
use super::{Outcome, Stores, ensure, fault};

/// A link for this subject, kept until so many seconds into the check.
async fn issued(stores: &Stores, subject: &SubjectState, expires: u64) -> Outcome<OneTimeTokenDigest> {
    let link = OneTimeToken::new(&OsRandom)?.digest();
    let purpose = Purpose::Password(subject.id);
    let kept = stores.accounts.keep_link(link, purpose, at(expires), event(EventKind::SetupLinkIssued, 0)).await?;
    if kept { Ok(link) } else { Err(fault("not kept".to_owned())) }
}

async fn is_live(stores: &Stores, link: &OneTimeTokenDigest, subject: &SubjectState, seconds: u64) -> Outcome<bool> {
    Ok(stores.accounts.live_link(link, at(seconds)).await? == Some(Purpose::Password(subject.id)))
}

async fn used(
    stores: &Stores,
    link: OneTimeTokenDigest,
    subject: &SubjectState,
    seconds: u64,
) -> Outcome<Option<Arc<SubjectState>>> {
    let change = Change::PasswordByLink { link, new: hash("chosen") };
    Ok(stores.accounts.change(subject.id, change, event(EventKind::PasswordChanged, seconds)).await?)
}

pub(super) async fn a_password_link_sets_the_password_of_its_subject_once_and_ends_every_session(
    stores: Stores,
) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let (held, of_bob) = (stores.sign_in(&alice, 0).await?, stores.sign_in(&bob, 0).await?);
    stores.begin(&alice, 0).await?;
    let link = issued(&stores, &alice, 3600).await?;
    ensure!(
        is_live(&stores, &link, &alice, 1).await? && is_live(&stores, &link, &alice, 1).await?,
        "looking used it up"
    );
    ensure!(stores.is_live(&held, 1).await?, "making a link ended a session");
    ensure!(used(&stores, link, &bob, 1).await?.is_none(), "it set the password of another");
    ensure!(stores.is_live(&of_bob, 1).await?, "another is signed out");
    let changed = used(&stores, link, &alice, 2).await?;
    ensure!(changed.is_some_and(|now| now.generation > alice.generation), "not changed");
    let account = stores.accounts.by_id(alice.id).await?;
    ensure!(account.is_some_and(|account| account.password.as_phc() == hash("chosen").as_phc()), "another hash");
    ensure!(!stores.is_live(&held, 3).await? && stores.granted(&alice, 3).await?.is_empty(), "still signed in");
    ensure!(!is_live(&stores, &link, &alice, 3).await?, "live after its use");
    ensure!(used(&stores, link, &alice, 3).await?.is_none(), "used twice");
    let kinds = stores.kinds(&alice).await?;
    let changes = kinds.iter().filter(|kind| **kind == EventKind::PasswordChanged).count();
    let issues = kinds.iter().filter(|kind| **kind == EventKind::SetupLinkIssued).count();
    ensure!((changes, issues) == (1, 1), "{kinds:?}");
    Ok(())
}

pub(super) async fn a_password_link_expires_and_ends_with_a_newer_one_and_with_all_sign_ins(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let first = issued(&stores, &alice, 3600).await?;
    let second = issued(&stores, &alice, 100).await?;
    ensure!(!is_live(&stores, &first, &alice, 1).await?, "live after its replacement");
    ensure!(used(&stores, first, &alice, 1).await?.is_none(), "used after its replacement");
    ensure!(is_live(&stores, &second, &alice, 99).await?, "dead before its expiry");
    ensure!(!is_live(&stores, &second, &alice, 100).await?, "live at its expiry");
    ensure!(used(&stores, second, &alice, 100).await?.is_none(), "used at its expiry");
    // Of a clock that was ahead by more than a link lives.
    let far = issued(&stores, &alice, 30 * 24 * 3600).await?;
    ensure!(!is_live(&stores, &far, &alice, 1).await?, "its end is nobody's");
    for change in [
        Change::Password(hash("set")),
        Change::PasswordIf { still: hash("set"), new: hash("own") },
        Change::EndSessions,
        Change::Status(Status::Disabled),
    ] {
        let link = issued(&stores, &alice, 3600).await?;
        let what = format!("{change:?}");
        stores.change(&alice, change, 1).await?;
        ensure!(!is_live(&stores, &link, &alice, 2).await?, "live after {what}");
        ensure!(used(&stores, link, &alice, 2).await?.is_none(), "used after {what}");
    }
    ensure!(issued(&stores, &alice, 3600).await.is_err(), "a link for somebody who is disabled");
    stores.change(&alice, Change::Status(Status::Active), 3).await?;
    let kept = issued(&stores, &alice, 3600).await?;
    stores.change(&alice, Change::Roles(Vec::new()), 4).await?;
    ensure!(is_live(&stores, &kept, &alice, 5).await?, "ended by something else");
    stores.sessions.purge(at(4000)).await?;
    ensure!(!is_live(&stores, &kept, &alice, 5).await?, "purging left it");
    Ok(())
}

pub(super) async fn a_password_link_makes_nobody_and_a_set_up_link_sets_no_password(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let of_alice = issued(&stores, &alice, 3600).await?;
    let events = vec![event(EventKind::SetupLinkUsed, 1), event(EventKind::SubjectCreated, 1)];
    let made = stores.accounts.create_with_link(new_subject("mallory", &["admin"])?, of_alice, events).await?;
    ensure!(matches!(made, Created::LinkDead), "{made:?}");
    let first = OneTimeToken::new(&OsRandom)?.digest();
    let issued = event(EventKind::SetupLinkIssued, 0);
    ensure!(stores.accounts.keep_link(first, Purpose::FirstAdmin, at(3600), issued).await?, "not kept");
    ensure!(used(&stores, first, &alice, 1).await?.is_none(), "it set a password");
    ensure!(is_live(&stores, &of_alice, &alice, 1).await?, "one took the place of the other");
    let nobody = Purpose::Password(new_subject("nobody", &[])?.id);
    let link = OneTimeToken::new(&OsRandom)?.digest();
    let kept = stores.accounts.keep_link(link, nobody, at(3600), event(EventKind::SetupLinkIssued, 0)).await?;
    ensure!(!kept, "a link for nobody");
    Ok(())
}

pub(super) async fn of_many_uses_of_a_password_link_at_once_one_succeeds(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let link = issued(&stores, &alice, 3600).await?;
    let tasks: Vec<_> = (0..6)
        .map(|_| {
            let (stores, alice) = (stores.clone(), Arc::clone(&alice));
            tokio::spawn(async move { used(&stores, link, &alice, 1).await })
        })
        .collect();
    let mut set = 0;
    for task in tasks {
        set += usize::from(task.await??.is_some());
    }
    ensure!(set == 1, "{set} passwords by one link");
    Ok(())
}

pub(super) async fn of_a_password_link_and_what_ends_it_at_once_no_live_link_is_left(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    for round in 0..4 {
        let link = issued(&stores, &alice, 3600).await?;
        let using = tokio::spawn({
            let (stores, alice) = (stores.clone(), Arc::clone(&alice));
            async move { used(&stores, link, &alice, 1).await }
        });
        let ended = if round % 2 == 0 { Change::EndSessions } else { Change::Password(hash("other")) };
        stores.change(&alice, ended, 1).await?;
        using.await??;
        ensure!(!is_live(&stores, &link, &alice, 1).await?, "live after both");
        ensure!(used(&stores, link, &alice, 1).await?.is_none(), "used after both");
    }
    Ok(())
}
