//! The one-time set-up link.

use admit_core::audit::{Event, EventKind};
use admit_core::credential::{LinkDigest, LinkPurpose, LinkToken};
use admit_core::random::OsRandom;
use admit_core::store::Created;
use admit_core::time::Timestamp;

use super::fixture::{at, event, new_subject};
use super::{Outcome, Stores, ensure, fault};

fn link() -> Outcome<LinkDigest> {
    Ok(LinkToken::new(&OsRandom)?.digest())
}

fn use_events() -> Vec<Event> {
    vec![event(EventKind::SetupLinkUsed, 0), event(EventKind::SubjectCreated, 0)]
}

async fn is_live(stores: &Stores, link: &LinkDigest, now: Timestamp) -> Outcome<bool> {
    Ok(stores.accounts.live_link(link, now).await? == Some(LinkPurpose::FirstAdmin))
}

async fn keep(stores: &Stores, link: LinkDigest, expires: u64) -> Outcome {
    let issued = event(EventKind::SetupLinkIssued, 0);
    let kept = stores.accounts.keep_link(link, LinkPurpose::FirstAdmin, at(expires), issued).await?;
    ensure!(kept, "a link for the first was not kept");
    Ok(())
}

async fn create(stores: &Stores, name: &str, link: LinkDigest, seconds: u64) -> Outcome<Created> {
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
