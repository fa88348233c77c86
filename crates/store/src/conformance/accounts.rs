//! Subjects, their credentials and the log.

use std::time::Duration;

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::session::Device;
use admit_core::store::{Change, Created, EventQuery, Kept};
use admit_core::subject::{Status, Username};

use super::fixture::{at, event, hash, new_session, new_subject, roles};
use super::{Outcome, Stores, ensure, fault};

pub(super) async fn a_subject_is_read_back_by_name_and_by_id(stores: Stores) -> Outcome {
    let alice = stores.subject("Alice@Example.org", &["customer", "admin", "customer"]).await?;
    ensure!(*alice.username == *"Alice@Example.org" && alice.status == Status::Active, "made as {alice:?}");
    ensure!(*alice.roles == roles(&["admin", "customer"])?, "roles, sorted and each once: {:?}", alice.roles);
    let name = Username::parse("alice@example.ORG")?;
    for account in [stores.accounts.by_id(alice.id).await?, stores.accounts.by_username(&name).await?] {
        let Some(account) = account else { return Err(fault("not found".to_owned())) };
        ensure!(account.subject == alice && account.created_at == at(0), "read back as {:?}", account.subject);
        ensure!(account.password.as_phc() == hash("first").as_phc(), "another hash");
    }
    let nobody = new_subject("nobody", &[])?;
    ensure!(stores.accounts.by_id(nobody.id).await?.is_none(), "nobody was found by id");
    ensure!(stores.accounts.by_username(&nobody.username).await?.is_none(), "nobody was found by name");
    Ok(())
}

pub(super) async fn spellings_of_one_name_are_one_subject(stores: Stores) -> Outcome {
    let alice = stores.subject("Alice", &[]).await?;
    for spelling in ["Alice", "alice", "ＡＬＩＣＥ", " aLiCe "] {
        let new = new_subject(spelling, &["admin"])?;
        let id = new.id;
        let created = stores.accounts.create(new, event(EventKind::SubjectCreated, 1)).await?;
        ensure!(matches!(created, Created::UsernameTaken), "{spelling}: {created:?}");
        ensure!(stores.accounts.by_id(id).await?.is_none(), "{spelling}: something was left");
    }
    let kinds = stores.kinds(&alice).await?;
    ensure!(kinds == [EventKind::SubjectCreated], "a refusal left an event: {kinds:?}");
    Ok(())
}

pub(super) async fn names_and_devices_in_any_script_survive(stores: Stores) -> Outcome {
    for name in ["홍길동", "Ḁlice", "рустам", "日本太郎", "ﬁona"] {
        let subject = stores.subject(name, &[]).await?;
        let mut new = new_session(&subject, 0)?;
        new.device = Device {
            user_agent: "브라우저 '\"; DROP TABLE session; -- 🦊\u{0}".repeat(9),
            address: name.to_owned(),
        };
        let cut: String = new.device.user_agent.replace('\0', "\u{fffd}").chars().take(256).collect();
        stores.open(new).await?;
        let list = stores.list(&subject, 1).await?;
        let device = list.first().map(|open| open.device.clone()).unwrap_or_default();
        ensure!(device == Device { user_agent: cut, address: name.to_owned() }, "{name}: {device:?}");
        let found = stores.accounts.by_username(&Username::parse(&name.to_uppercase())?).await?;
        ensure!(found.is_some_and(|account| account.subject.id == subject.id), "{name} is not found in upper case");
        let found = stores.accounts.search(name, None, 10).await?;
        ensure!(found.len() == 1, "{name} was found {} times", found.len());
    }
    Ok(())
}

pub(super) async fn large_values_survive_whole(stores: Stores) -> Outcome {
    // Four bytes a letter, and as many letters as a name may have.
    let name = "𝛼".repeat(64);
    let many: Vec<String> = (0..300).map(|number| format!("role-{number:059}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let alice = stores.subject(&name, &many).await?;
    ensure!(alice.roles.len() == many.len(), "{} roles of {}", alice.roles.len(), many.len());
    let held = stores.sign_in(&alice, 0).await?;
    let Some(checked) = stores.check(&held, 1).await? else { return Err(fault("not live".to_owned())) };
    ensure!(checked.subject.roles == alice.roles, "a check sees {} roles", checked.subject.roles.len());
    let long = "긴 글 \"quoted\" \\ \n 🦊".repeat(8000);
    let noted = event(EventKind::LoginFailed, 2).about(alice.id).with("text", long.as_str());
    stores.accounts.record(noted).await?;
    let events = stores.events(&alice).await?;
    let kept = events.last().and_then(|event| event.detail.get("text")).and_then(|text| text.as_str());
    ensure!(kept == Some(long.as_str()), "an event's text of {} bytes is another", long.len());
    let hash = hash(&"x".repeat(20_000));
    stores.change(&alice, Change::Password(hash.clone()), 3).await?;
    let account = stores.accounts.by_id(alice.id).await?;
    ensure!(account.is_some_and(|account| account.password.as_phc() == hash.as_phc()), "another hash");
    Ok(())
}

pub(super) async fn a_search_finds_names_by_their_beginning_in_order_page_by_page(stores: Stores) -> Outcome {
    for name in ["dora", "Bob", "alice", "Carol", "al-bob", "a_b"] {
        stores.subject(name, &["customer"]).await?;
    }
    let names = async |query: &str, after: Option<&str>, limit| {
        let listed = stores.accounts.search(query, after, limit).await?;
        Outcome::Ok(listed.iter().map(|listed| listed.subject.username.to_string()).collect::<Vec<_>>())
    };
    let all = names("", None, 10).await?;
    ensure!(all == ["a_b", "al-bob", "alice", "Bob", "Carol", "dora"], "all: {all:?}");
    let bobs = names("BOB", None, 10).await?;
    ensure!(bobs == ["Bob"], "bob: {bobs:?}");
    let al = names("Al", None, 10).await?;
    ensure!(al == ["al-bob", "alice"], "al: {al:?}");
    for (after, expected) in [("a", &["al-bob", "alice"][..]), ("al-bob", &["alice"]), ("alice", &[]), ("bob", &[])] {
        let page = names("al", Some(after), 10).await?;
        ensure!(page == expected, "al after {after}: {page:?}");
    }
    let page = names("", Some("alice"), 2).await?;
    ensure!(page == ["Bob", "Carol"], "after alice: {page:?}");
    let listed = stores.accounts.search("", None, 10).await?;
    for (number, one) in listed.iter().enumerate() {
        let behind = stores.accounts.search("", Some(&one.place), 10).await?;
        ensure!(behind.len() == listed.len() - number - 1, "behind {}: {behind:?}", one.place);
        let held = stores.accounts.holders(&["customer"], Some(&one.place), 10).await?;
        ensure!(held.len() == behind.len(), "holders behind {}: {held:?}", one.place);
    }
    for pattern in ["%", "a_", "*", "a%", "'", "zz"] {
        let found = names(pattern, None, 10).await?;
        let expected: &[&str] = if pattern == "a_" { &["a_b"] } else { &[] };
        ensure!(found == expected, "\"{pattern}\" found {found:?}: it is a text, not a pattern");
    }
    let alice = stores.accounts.search("alice", None, 1).await?;
    let Some(alice) = alice.first() else { return Err(fault("alice is not found".to_owned())) };
    ensure!(alice.created_at == at(0) && alice.last_login_at.is_none(), "listed as {alice:?}");
    ensure!(*alice.subject.roles == roles(&["customer"])?, "listed with roles {:?}", alice.subject.roles);
    Ok(())
}

pub(super) async fn a_role_in_one_tenant_is_kept_as_it_is_and_is_another_than_the_role_itself(
    stores: Stores,
) -> Outcome {
    let alice = stores.subject("alice", &["customer"]).await?;
    let held = roles(&["admin@acme", "customer", "editor@acme", "editor@globex-2"])?;
    stores.change(&alice, Change::Roles(held.clone()), 1).await?;
    let account = stores.accounts.by_id(alice.id).await?;
    ensure!(account.as_ref().is_some_and(|account| *account.subject.roles == *held), "kept as {account:?}");
    ensure!(
        !stores.accounts.anyone_holds(&roles(&["admin"])?.remove(0)).await?,
        "an admin of one tenant is one of all"
    );
    Ok(())
}

pub(super) async fn holders_of_roles_are_listed_by_name_whatever_their_tenant(stores: Stores) -> Outcome {
    for (name, held) in [
        ("dora", "editor"),
        ("Bob", "editor@acme"),
        ("alice", "customer"),
        ("carol", "editor-in-chief"),
        ("eve", "clerk"),
    ] {
        stores.subject(name, &[held]).await?;
    }
    stores.subject("both", &["clerk", "editor"]).await?;
    let names = async |roles: &[&str], after: Option<&str>, limit| {
        let listed = stores.accounts.holders(roles, after, limit).await?;
        Outcome::Ok(listed.iter().map(|listed| listed.subject.username.to_string()).collect::<Vec<_>>())
    };
    let editors = names(&["editor"], None, 10).await?;
    ensure!(editors == ["Bob", "both", "dora"], "editors: {editors:?}");
    let many = stores.subject("aaron", &["editor@acme", "editor@globex", "editor@initech"]).await?;
    let first = names(&["editor"], None, 2).await?;
    ensure!(first == ["aaron", "Bob"], "who holds it in many tenants is one: {first:?}");
    stores.change(&many, Change::Roles(Vec::new()), 1).await?;
    let either = names(&["editor", "clerk"], None, 10).await?;
    ensure!(either == ["Bob", "both", "dora", "eve"], "editors and clerks: {either:?}");
    let page = names(&["editor", "clerk"], Some("bob"), 2).await?;
    ensure!(page == ["both", "dora"], "after bob: {page:?}");
    for nobody in [&[][..], &["admin"], &["edito"], &["%"], &["editor@acme"]] {
        let found = names(nobody, None, 10).await?;
        ensure!(found.is_empty(), "{nobody:?}: {found:?}");
    }
    Ok(())
}

pub(super) async fn holders_of_a_role_are_counted_among_the_active(stores: Stores) -> Outcome {
    let admin = roles(&["admin"])?.remove(0);
    ensure!(!stores.accounts.anyone_holds(&admin).await?, "somebody holds it in an empty store");
    let alice = stores.subject("alice", &["admin"]).await?;
    let bob = stores.subject("bob", &["admin", "customer"]).await?;
    stores.subject("carol", &["customer"]).await?;
    stores.change(&bob, Change::Status(Status::Disabled), 1).await?;
    ensure!(stores.accounts.anyone_holds(&admin).await?, "alice does not count");
    stores.change(&alice, Change::Roles(Vec::new()), 2).await?;
    ensure!(!stores.accounts.anyone_holds(&admin).await?, "the banned one alone counts");
    Ok(())
}

pub(super) async fn the_last_holder_of_a_role_is_kept_even_when_two_ban_each_other_at_once(stores: Stores) -> Outcome {
    let admin = roles(&["admin"])?.remove(0);
    let alice = stores.subject("alice", &["admin"]).await?;
    let bob = stores.subject("bob", &["admin"]).await?;
    let ban = |id| {
        let event = event(EventKind::SubjectDisabled, 1).about(id);
        let (accounts, keep) = (stores.accounts.clone(), admin.clone());
        // A task each: what is not asked for before the other is answered is not at once.
        tokio::spawn(async move { accounts.change_keeping(id, Change::Status(Status::Disabled), keep, event).await })
    };
    for round in 0..16 {
        let (first, second) = (ban(alice.id), ban(bob.id));
        let outcomes = [first.await??, second.await??];
        let banned = outcomes.iter().filter(|kept| matches!(kept, Kept::Changed(_))).count();
        let kept = outcomes.iter().filter(|kept| matches!(kept, Kept::Last)).count();
        ensure!(banned == 1 && kept == 1, "round {round}: {outcomes:?}");
        ensure!(stores.accounts.anyone_holds(&admin).await?, "round {round}: nobody is left");
        for subject in [&alice, &bob] {
            stores.change(subject, Change::Status(Status::Active), 2).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_rehash_replaces_only_the_hash_that_it_was_made_from(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let held = stores.sign_in(&alice, 0).await?;
    let rehash =
        |old, new| stores.accounts.rehash(alice.id, hash(old), hash(new), event(EventKind::PasswordRehashed, 1));
    ensure!(rehash("first", "dearer").await?, "refused");
    ensure!(!rehash("first", "late").await?, "replaced a hash that it was not made from");
    let account = stores.accounts.by_id(alice.id).await?;
    let phc = account.map(|account| account.password.as_phc().to_owned());
    ensure!(phc.as_deref() == Some(hash("dearer").as_phc()), "another hash");
    ensure!(stores.is_live(&held, 2).await?, "it ended a session");
    let rehashed = stores.kinds(&alice).await?.iter().filter(|kind| **kind == EventKind::PasswordRehashed).count();
    ensure!(rehashed == 1, "{rehashed} events for one");
    Ok(())
}

pub(super) async fn known_addresses_are_remembered_by_subject_and_age(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let bob = stores.subject("bob", &[]).await?;
    let knows = |id, prefix, since| stores.accounts.knows_address(id, prefix, at(since));
    let anyone = |prefix, since| stores.accounts.knows_anyone_at(prefix, at(since));
    ensure!(!knows(alice.id, "192.0.2.1", 0).await?, "known before");
    ensure!(!anyone("192.0.2.1", 0).await?, "somebody is known before");
    stores.accounts.learn_address(alice.id, "192.0.2.1".to_owned(), at(10)).await?;
    stores.accounts.learn_address(alice.id, "192.0.2.1".to_owned(), at(5)).await?;
    ensure!(knows(alice.id, "192.0.2.1", 10).await?, "not known");
    ensure!(!knows(alice.id, "192.0.2.1", 11).await?, "known since too long ago");
    ensure!(anyone("192.0.2.1", 10).await? && !anyone("192.0.2.1", 11).await?, "not somebody since then");
    ensure!(!anyone("192.0.2.10", 0).await?, "somebody is known at another address");
    ensure!(!knows(bob.id, "192.0.2.1", 0).await?, "known of another");
    ensure!(!knows(alice.id, "192.0.2.10", 0).await?, "another address known");
    let days = |days: u64| at(10).plus(Duration::from_secs(days * 86_400));
    stores.sessions.purge(days(89)).await?;
    ensure!(knows(alice.id, "192.0.2.1", 0).await?, "forgotten within 90 days");
    stores.sessions.purge(days(91)).await?;
    ensure!(!knows(alice.id, "192.0.2.1", 0).await?, "remembered past 90 days");
    Ok(())
}

pub(super) async fn every_acknowledged_change_has_one_event_and_they_are_in_order(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    stores.sign_in(&alice, 1).await?;
    stores.change(&alice, Change::Roles(roles(&["admin"])?), 2).await?;
    stores.change(&alice, Change::Password(hash("second")), 3).await?;
    stores.change(&alice, Change::EndSessions, 4).await?;
    stores.change(&alice, Change::Status(Status::Disabled), 5).await?;
    stores.change(&alice, Change::Status(Status::Active), 6).await?;
    let failed = event(EventKind::LoginFailed, 7).about(alice.id).with("reason", "wrong password");
    stores.accounts.record(failed).await?;
    let events = stores.events(&alice).await?;
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let expected = [
        EventKind::SubjectCreated,
        EventKind::SessionCreated,
        EventKind::RolesChanged,
        EventKind::PasswordChanged,
        EventKind::SessionsRevoked,
        EventKind::SubjectDisabled,
        EventKind::SubjectEnabled,
        EventKind::LoginFailed,
    ];
    ensure!(kinds == expected, "{kinds:?}");
    ensure!(events.is_sorted_by_key(|event| event.seq), "out of order");
    Ok(())
}

pub(super) async fn events_are_found_by_subject_by_kind_and_by_place(stores: Stores) -> Outcome {
    let alice = stores.subject("alice", &[]).await?;
    let mut rich = Event::new(EventKind::LoginFailed, Actor::Subject(alice.id), at(3));
    rich = rich.with("reason", "틀림").with("count", 3);
    (rich.address, rich.request) = (Some("192.0.2.1".to_owned()), Some("r1".to_owned()));
    stores.accounts.record(rich.clone().about(alice.id)).await?;
    stores.accounts.record(Event { actor: Actor::Operator, ..rich.clone() }).await?;
    let read = |subject, kind, before, limit| {
        stores.accounts.events(EventQuery { subject, kind, before, limit, ..EventQuery::default() })
    };
    let of_alice = read(Some(alice.id), Some(EventKind::LoginFailed), None, 10).await?;
    let [one] = of_alice.as_slice() else { return Err(fault(format!("{} of alice", of_alice.len()))) };
    ensure!(one.actor == alice.id.to_string() && one.username.as_deref() == Some("alice"), "{one:?}");
    ensure!(one.at == at(3) && one.detail == rich.detail, "{one:?}");
    ensure!(one.address == rich.address && one.request == rich.request, "{one:?}");
    let failed = read(None, Some(EventKind::LoginFailed), None, 10).await?;
    let [newest, older] = failed.as_slice() else { return Err(fault(format!("{} failures", failed.len()))) };
    ensure!(newest.seq > older.seq, "not newest first");
    ensure!(newest.actor == "operator" && newest.subject.is_none() && newest.username.is_none(), "{newest:?}");
    ensure!(read(None, None, None, 1).await?.first().map(|event| event.seq) == Some(newest.seq), "limit");
    ensure!(read(None, None, Some(older.seq), 10).await?.iter().all(|event| event.seq < older.seq), "before");
    ensure!(read(None, Some(EventKind::SessionCreated), None, 10).await?.is_empty(), "an event of another kind");
    Ok(())
}
