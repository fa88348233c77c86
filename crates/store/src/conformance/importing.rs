//! Subjects that come from another system.

use admit_core::audit::EventKind;
use admit_core::store::{Change, Imported, ImportedSubject};
use admit_core::subject::Status;

use super::fixture::{event, hash, new_subject, roles};
use super::{Outcome, Stores, ensure, fault};

fn imported(name: &str, names: &[&str], mark: &str, status: Status) -> Outcome<ImportedSubject> {
    let mut subject = new_subject(name, names)?;
    subject.password = hash(mark);
    let event = event(EventKind::SubjectImported, 1).about(subject.id).with("source", "csv");
    Ok(ImportedSubject { subject, status, event })
}

pub(super) async fn many_subjects_are_imported_at_once_with_their_roles_status_and_events(stores: Stores) -> Outcome {
    let mut many = Vec::new();
    for number in 0..300 {
        let status = if number % 3 == 0 { Status::Disabled } else { Status::Active };
        many.push(imported(&format!("손님{number}"), &["customer", "admin", "customer"], "legacy", status)?);
    }
    let outcome = stores.accounts.import(many.clone(), true).await?;
    ensure!(outcome == vec![Imported::Made; 300], "{outcome:?}");
    for one in &many {
        let account = stores.accounts.by_id(one.subject.id).await?;
        let Some(account) = account else { return Err(fault(format!("{} is not there", one.subject.username))) };
        ensure!(account.subject.status == one.status, "{:?}", account.subject);
        ensure!(*account.subject.username == *one.subject.username.as_str(), "{:?}", account.subject);
        ensure!(*account.subject.roles == roles(&["admin", "customer"])?, "{:?}", account.subject.roles);
        ensure!(account.password.as_phc() == hash("legacy").as_phc(), "another hash");
        ensure!(account.created_at == one.subject.created_at, "made at {:?}", account.created_at);
        let kinds = stores.kinds(&account.subject).await?;
        ensure!(kinds == [EventKind::SubjectImported], "{kinds:?}");
    }
    let again = stores.accounts.import(many.clone(), true).await?;
    let there: Vec<_> = many.iter().map(|one| Imported::There(one.subject.id)).collect();
    ensure!(again == there, "the second time: {again:?}");
    ensure!(stores.accounts.import(Vec::new(), true).await?.is_empty(), "nothing gives something");
    Ok(())
}

pub(super) async fn an_import_changes_nobody_who_is_there_and_says_what_stands_in_the_way(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let same = imported("ALICE", &["admin"], "first", Status::Disabled)?;
    let other = imported("Alice", &["admin"], "other", Status::Active)?;
    let mut thief = imported("mallory", &["admin"], "other", Status::Active)?;
    thief.subject.id = alice.id;
    let bob = imported("bob", &[], "bob", Status::Active)?;
    let twice = imported("BOB", &[], "bob", Status::Active)?;
    let third = imported("bob", &[], "another", Status::Active)?;
    let outcome =
        stores.accounts.import(vec![same, other, thief.clone(), bob.clone(), twice, third, bob.clone()], true).await?;
    let expected = [
        Imported::There(alice.id),
        Imported::NameTaken,
        Imported::IdTaken,
        Imported::Made,
        Imported::There(bob.subject.id),
        Imported::NameTaken,
        Imported::There(bob.subject.id),
    ];
    ensure!(outcome == expected, "{outcome:?}");
    let after = stores.accounts.by_id(alice.id).await?.map(|account| account.subject);
    ensure!(after.as_ref() == Some(&alice), "alice became {after:?}");
    ensure!(stores.kinds(&alice).await? == [EventKind::SubjectCreated], "something was written about alice");
    ensure!(stores.accounts.by_username(&thief.subject.username).await?.is_none(), "mallory is there");
    Ok(())
}

pub(super) async fn an_import_that_is_not_kept_says_the_same_and_leaves_nothing(stores: Stores) -> Outcome {
    let alice = imported("alice", &["admin"], "legacy", Status::Active)?;
    let twice = imported("alice", &["admin"], "other", Status::Active)?;
    let tried = stores.accounts.import(vec![alice.clone(), twice.clone()], false).await?;
    ensure!(tried == [Imported::Made, Imported::NameTaken], "{tried:?}");
    ensure!(stores.accounts.by_id(alice.subject.id).await?.is_none(), "something was left");
    ensure!(
        stores.accounts.events(admit_core::store::EventQuery { limit: 9, ..Default::default() }).await?.is_empty(),
        "an event"
    );
    let kept = stores.accounts.import(vec![alice, twice], true).await?;
    ensure!(kept == tried, "{kept:?}");
    Ok(())
}

pub(super) async fn whoever_was_imported_and_has_signed_in_since_is_there_and_whoever_changed_the_password_is_not(
    stores: Stores,
) -> Outcome {
    let alice = imported("alice", &[], "legacy", Status::Active)?;
    let id = alice.subject.id;
    stores.accounts.import(vec![alice.clone()], true).await?;
    stores.accounts.rehash(id, hash("legacy"), hash("anew"), event(EventKind::PasswordRehashed, 2).about(id)).await?;
    let again = stores.accounts.import(vec![alice.clone()], true).await?;
    ensure!(again == [Imported::There(id)], "{again:?}");
    let changed = event(EventKind::PasswordChanged, 3).about(id);
    stores.accounts.change(id, Change::Password(hash("chosen")), changed).await?;
    let again = stores.accounts.import(vec![alice], true).await?;
    ensure!(again == [Imported::NameTaken], "{again:?}");
    Ok(())
}
