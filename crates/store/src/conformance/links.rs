//! One-time tokens: those of links for the first administrator, and what is the same for all.

use admit_core::audit::{Event, EventKind};
use admit_core::credential::{OneTimeToken, OneTimeTokenDigest, Purpose};
use admit_core::random::OsRandom;
use admit_core::store::{Change, Created};
use admit_core::time::Timestamp;

use super::fixture::{at, event, new_subject};
use super::{Outcome, Stores, ensure, fault};

fn link() -> Outcome<OneTimeTokenDigest> {
    Ok(OneTimeToken::new(&OsRandom)?.digest())
}

fn use_events() -> Vec<Event> {
    vec![event(EventKind::SetupLinkUsed, 0), event(EventKind::SubjectCreated, 0)]
}

async fn is_live(stores: &Stores, link: &OneTimeTokenDigest, now: Timestamp) -> Outcome<bool> {
    Ok(stores.accounts.live_link(link, now).await? == Some(Purpose::FirstAdmin))
}

async fn keep(stores: &Stores, link: OneTimeTokenDigest, expires: u64) -> Outcome {
    let issued = event(EventKind::SetupLinkIssued, 0);
    let kept = stores.accounts.keep_link(link, Purpose::FirstAdmin, at(expires), issued).await?;
    ensure!(kept, "a link for the first was not kept");
    Ok(())
}

async fn create(stores: &Stores, name: &str, link: OneTimeTokenDigest, seconds: u64) -> Outcome<Created> {
    let mut new = new_subject(name, &["admin"])?;
    new.created_at = at(seconds);
    Ok(stores.accounts.create_with_link(new, link, use_events()).await?)
}

pub(super) async fn a_set_up_link_makes_one_administrator_and_is_used_up_with_that(stores: Stores) -> Outcome {
    stores.subject("bob", &[]).await?;
    let (link, wrong) = (link()?, link()?);
    ensure!(matches!(create(&stores, "alice", link, 1).await?, Created::LinkDead), "a link never kept worked");
    keep(&stores, link, 3600).await?;
    ensure!(is_live(&stores, &link, at(1)).await?, "not live");
    ensure!(!is_live(&stores, &wrong, at(1)).await?, "another link is live");
    ensure!(matches!(create(&stores, "alice", wrong, 1).await?, Created::LinkDead), "another link worked");
    ensure!(matches!(create(&stores, "bob", link, 1).await?, Created::UsernameTaken), "a taken name was made");
    ensure!(is_live(&stores, &link, at(1)).await?, "a taken name used the link up");
    let Created::Subject(alice) = create(&stores, "alice", link, 1).await? else {
        return Err(fault("the link did not work".to_owned()));
    };
    let kinds = stores.kinds(&alice).await?;
    ensure!(kinds == [EventKind::SetupLinkUsed, EventKind::SubjectCreated], "events {kinds:?}");
    ensure!(!is_live(&stores, &link, at(1)).await?, "live after its use");
    ensure!(matches!(create(&stores, "carol", link, 1).await?, Created::LinkDead), "it worked twice");
    Ok(())
}

pub(super) async fn a_set_up_link_expires_and_is_replaced_by_a_newer_one(stores: Stores) -> Outcome {
    let (first, second) = (link()?, link()?);
    keep(&stores, first, 3600).await?;
    keep(&stores, second, 100).await?;
    ensure!(!is_live(&stores, &first, at(1)).await?, "live after its replacement");
    ensure!(is_live(&stores, &second, at(99)).await?, "dead before its expiry");
    ensure!(!is_live(&stores, &second, at(100)).await?, "live at its expiry");
    ensure!(matches!(create(&stores, "alice", first, 1).await?, Created::LinkDead), "the replaced one worked");
    ensure!(matches!(create(&stores, "alice", second, 100).await?, Created::LinkDead), "the expired one worked");
    stores.sessions.purge(at(100)).await?;
    ensure!(!is_live(&stores, &second, at(0)).await?, "purging left it");
    Ok(())
}

pub(super) async fn of_two_uses_of_a_set_up_link_at_once_one_succeeds(stores: Stores) -> Outcome {
    let link = link()?;
    keep(&stores, link, 3600).await?;
    let tasks = ["alice", "bob", "carol", "dora"].map(|name| {
        let stores = stores.clone();
        tokio::spawn(async move { create(&stores, name, link, 1).await })
    });
    let mut made = 0;
    for task in tasks {
        made += usize::from(matches!(task.await??, Created::Subject(_)));
    }
    ensure!(made == 1, "{made} administrators of one link");
    Ok(())
}

pub(super) async fn a_link_takes_the_place_of_no_link_for_another_purpose_or_subject(stores: Stores) -> Outcome {
    let (alice, bob) = (stores.subject("alice", &[]).await?, stores.subject("bob", &[]).await?);
    let purposes = [Purpose::FirstAdmin, Purpose::Password(alice.id), Purpose::Password(bob.id)];
    let mut links = Vec::new();
    for purpose in purposes {
        let link = link()?;
        links.push(link);
        let issued = event(EventKind::SetupLinkIssued, 0);
        ensure!(stores.accounts.keep_link(link, purpose, at(3600), issued).await?, "{purpose:?}: not kept");
    }
    for (link, purpose) in links.iter().zip(purposes) {
        let live = stores.accounts.live_link(link, at(1)).await?;
        ensure!(live == Some(purpose), "{purpose:?}: {live:?}");
    }
    stores.change(&alice, Change::Delete, 1).await?;
    for (link, purpose) in links.iter().zip(purposes) {
        let live = stores.accounts.live_link(link, at(2)).await?;
        ensure!(live.is_none() == (purpose.subject() == Some(alice.id)), "after a deletion, {purpose:?}: {live:?}");
    }
    Ok(())
}

pub(super) async fn of_many_links_made_at_once_for_the_same_the_last_is_live(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    for purpose in [Purpose::FirstAdmin, Purpose::Password(alice.id)] {
        let links = (0..6).map(|_| link()).collect::<Outcome<Vec<_>>>()?;
        let tasks: Vec<_> = links
            .iter()
            .map(|&link| {
                let (stores, issued) = (stores.clone(), event(EventKind::SetupLinkIssued, 0));
                tokio::spawn(async move { stores.accounts.keep_link(link, purpose, at(3600), issued).await })
            })
            .collect();
        for task in tasks {
            ensure!(task.await??, "{purpose:?}: not kept");
        }
        let mut live = 0;
        for link in &links {
            live += usize::from(stores.accounts.live_link(link, at(1)).await? == Some(purpose));
        }
        ensure!(live == 1, "{purpose:?}: {live} are live");
    }
    Ok(())
}

pub(super) async fn a_link_used_while_another_takes_its_place_makes_one_administrator(stores: Stores) -> Outcome {
    let (first, second) = (link()?, link()?);
    keep(&stores, first, 3600).await?;
    let replacing = tokio::spawn({
        let stores = stores.clone();
        async move { keep(&stores, second, 3600).await }
    });
    let tasks = [("alice", first), ("bob", second), ("carol", first)].map(|(name, link)| {
        let stores = stores.clone();
        tokio::spawn(async move { create(&stores, name, link, 1).await })
    });
    let mut made = 0;
    for task in tasks {
        made += usize::from(matches!(task.await??, Created::Subject(_)));
    }
    replacing.await??;
    ensure!(made <= 1, "{made} administrators");
    let late = matches!(create(&stores, "dora", second, 1).await?, Created::Subject(_));
    ensure!(made + usize::from(late) == 1, "{made} administrators at once, and one more: {late}");
    Ok(())
}
