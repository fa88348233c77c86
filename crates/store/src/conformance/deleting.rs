//! The deletion of a subject.

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::ClientId;
use admit_core::credential::Purpose;
use admit_core::id::SubjectId;
use admit_core::store::{Change, Imported, ImportedSubject, Kept, Opened};
use admit_core::subject::{RoleName, Status, Username};

use super::fixture::{at, digest, event, hash, new_session, new_subject, roles};
use super::{Outcome, Stores, ensure};

async fn delete(stores: &Stores, id: SubjectId, by: Actor) -> Outcome<Kept> {
    let event = Event { address: Some("198.51.100.7".to_owned()), ..Event::new(EventKind::SubjectDeleted, by, at(5)) };
    Ok(stores.accounts.change_keeping(id, Change::Delete, RoleName::parse("admin")?, event).await?)
}

pub(super) async fn a_deleted_subject_can_do_nothing_is_found_nowhere_and_its_name_is_free(stores: Stores) -> Outcome {
    let root = stores.subject("root", &["admin"]).await?;
    let zoe = stores.subject("Zoe", &["customer"]).await?;
    let (held, app) = (stores.sign_in(&zoe, 1).await?, stores.begin(&zoe, 1).await?);
    stores.accounts.learn_address(zoe.id, "203.0.113.9".to_owned(), at(1)).await?;
    let deleted = delete(&stores, zoe.id, Actor::Subject(root.id)).await?;
    let Kept::Changed(rest) = deleted else { return Err(super::fault(format!("{deleted:?}"))) };
    ensure!(rest.is_deleted() && rest.id == zoe.id && rest.status == Status::Disabled, "{rest:?}");
    ensure!(rest.roles.is_empty() && rest.generation > zoe.generation, "{rest:?}");
    ensure!(!stores.is_live(&held, 6).await?, "the session lives on");
    ensure!(stores.granted(&rest, 6).await?.is_empty(), "the app {:?} is signed in", app.id);
    ensure!(stores.accounts.by_id(zoe.id).await?.is_none(), "found by its id");
    ensure!(stores.accounts.by_username(&Username::parse("zoe")?).await?.is_none(), "found by its name");
    ensure!(stores.accounts.search("z", None, 9).await?.is_empty(), "found by a search");
    let listed = stores.accounts.search("", None, 9).await?;
    ensure!(listed.iter().map(|one| one.subject.id).eq([root.id]), "listed: {listed:?}");
    ensure!(stores.accounts.holders(&["customer"], None, 9).await?.is_empty(), "holds its role");
    ensure!(!stores.accounts.knows_address(zoe.id, "203.0.113.9", at(0)).await?, "its address is known");
    ensure!(!stores.accounts.knows_anyone_at("203.0.113.9", at(0)).await?, "its address is known");
    // A sign-in that was on its way when its subject was deleted.
    stores.accounts.learn_address(zoe.id, "203.0.113.9".to_owned(), at(6)).await?;
    ensure!(!stores.accounts.knows_anyone_at("203.0.113.9", at(0)).await?, "its address is learned again");
    // By what was proved before, and by what could be proved now.
    for proved in [&zoe, &rest] {
        let opened = stores.sessions.open(new_session(proved, 7)?, event(EventKind::SessionCreated, 7)).await?;
        ensure!(matches!(opened, Opened::Refused), "signs in: {opened:?}");
    }
    let other = stores.subject("zoe", &[]).await?;
    ensure!(other.id != zoe.id, "the same subject");
    Ok(())
}

pub(super) async fn nothing_changes_a_deleted_subject_or_gives_its_id_to_anybody(stores: Stores) -> Outcome {
    stores.subject("root", &["admin"]).await?;
    let zoe = stores.subject("zoe", &["customer"]).await?;
    delete(&stores, zoe.id, Actor::Operator).await?;
    for change in [
        Change::Status(Status::Active),
        Change::Roles(roles(&["admin"])?),
        Change::Password(hash("second")),
        Change::Name(Username::parse("zoe")?),
        Change::EndSessions,
        Change::Delete,
    ] {
        let words = format!("{change:?}");
        let changed = stores.accounts.change(zoe.id, change, event(EventKind::SubjectEnabled, 6)).await?;
        ensure!(changed.is_none(), "{words}: {changed:?}");
    }
    let deleted = delete(&stores, zoe.id, Actor::Operator).await?;
    ensure!(matches!(deleted, Kept::Missing), "deleted twice: {deleted:?}");
    let link = admit_core::credential::OneTimeToken::new(&admit_core::random::OsRandom)?.digest();
    let kept = stores.accounts.keep_link(link, Purpose::Password(zoe.id), at(60), event(EventKind::SetupLinkIssued, 6));
    ensure!(!kept.await?, "a link for it");
    let again = ImportedSubject {
        subject: admit_core::store::NewSubject { id: zoe.id, ..new_subject("zoe", &[])? },
        status: Status::Active,
        event: event(EventKind::SubjectImported, 6),
    };
    let imported = stores.accounts.import(vec![again], true).await?;
    ensure!(imported == [Imported::IdTaken], "{imported:?}");
    ensure!(digest(zoe.id).is_ok() && stores.accounts.by_id(zoe.id).await?.is_none(), "there again");
    Ok(())
}

pub(super) async fn the_events_of_a_deleted_subject_stay_without_its_names_and_addresses(stores: Stores) -> Outcome {
    let root = stores.subject("root", &["admin"]).await?;
    let zoe = stores.subject("zoe", &[]).await?;
    let from = |kind, actor, address: &str| {
        let event = Event { address: Some(address.to_owned()), ..Event::new(kind, actor, at(2)) };
        event.about(zoe.id).with("username", "zoe").with("roles", "customer")
    };
    for (kind, actor) in [
        (EventKind::SubjectImported, Actor::Subject(root.id)),
        (EventKind::LoginFailed, Actor::Anonymous),
        (EventKind::LoginFailed, Actor::Anonymous),
        (EventKind::SessionCreated, Actor::Subject(zoe.id)),
        (EventKind::TokenFamilyEnded, Actor::Client(ClientId::parse("app")?)),
    ] {
        let address = if actor == Actor::Subject(root.id) { "198.51.100.7" } else { "203.0.113.9" };
        stores.accounts.record(from(kind, actor, address)).await?;
    }
    let renamed = stores.accounts.rename(
        zoe.id,
        Username::parse("zora")?,
        event(EventKind::SubjectRenamed, 3).with("to", "zora"),
    );
    renamed.await?;
    let before = stores.kinds(&zoe).await?;
    ensure!(stores.accounts.strip_events(zoe.id, 0, 2).await?.is_none(), "she was not deleted yet");
    delete(&stores, zoe.id, Actor::Subject(root.id)).await?;
    let (mut after, mut steps) = (0, 0);
    while let Some(last) = stores.accounts.strip_events(zoe.id, after, 2).await?.filter(|last| *last > after) {
        (after, steps) = (last, steps + 1);
    }
    let events = stores.events(&zoe).await?;
    ensure!(steps == events.len().div_ceil(2), "{steps} steps for {} events", events.len());
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    ensure!(kinds == [before, vec![EventKind::SubjectDeleted]].concat(), "{kinds:?}");
    for event in &events {
        let text = format!("{event:?}");
        ensure!(!text.contains("zoe") && !text.contains("zora") && !text.contains("203.0.113"), "{text}");
        ensure!(event.subject == Some(zoe.id) && event.username.is_none(), "{text}");
        let is_others = event.actor == root.id.to_string();
        ensure!(!is_others || event.address.as_deref() == Some("198.51.100.7"), "an administrator's: {text}");
    }
    ensure!(events.iter().any(|event| event.detail.contains_key("roles")), "data that is not personal is gone too");
    Ok(())
}

pub(super) async fn the_last_holder_of_a_role_is_not_deleted(stores: Stores) -> Outcome {
    let root = stores.subject("root", &["admin"]).await?;
    let refused = delete(&stores, root.id, Actor::Operator).await?;
    ensure!(matches!(refused, Kept::Last), "{refused:?}");
    let other = stores.subject("other", &["admin"]).await?;
    // Of the two that are left, one stays.
    let tasks = [root.id, other.id].map(|id| {
        let stores = stores.clone();
        tokio::spawn(async move { delete(&stores, id, Actor::Operator).await })
    });
    let mut deleted = 0;
    for task in tasks {
        deleted += usize::from(matches!(task.await??, Kept::Changed(_)));
    }
    ensure!(deleted == 1, "{deleted} were deleted");
    ensure!(stores.accounts.anyone_holds(&RoleName::parse("admin")?).await?, "none is left");
    Ok(())
}
