//! Several nodes on one database.

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::{EventKind, EventKind::SessionRevoked};
use admit_core::random::OsRandom;
use admit_core::session::NewSession;
use admit_core::store::{Accounts, Change, EventQuery, Opened, Sessions, Signals};
use admit_core::subject::{RoleName, Status, SubjectState};
use admit_core::token::TokenId;
use admit_store::Postgres;

use super::{Held, at, event, is_live, new_session, node, sign_in, subject};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_ends_the_next_check_at_another_refuses() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let (here, there) = (node(&url).await, node(&url).await);
    let alice = subject(&here, "alice", &["customer"]).await;
    for _ in 0..20 {
        let held = sign_in(&here, &alice).await;
        assert!(is_live(&there, &held).await);
        assert!(Sessions::end(&*here, alice.id, held.id, event(SessionRevoked)).await.unwrap());
        assert!(!is_live(&there, &held).await);
    }
    let held = sign_in(&there, &alice).await;
    let admin = Change::Roles(vec![RoleName::parse("admin").unwrap()]);
    here.change(alice.id, admin, event(EventKind::RolesChanged)).await.unwrap();
    let checked = there.check(&held.digest, at(2)).await.unwrap().unwrap();
    assert_eq!(checked.subject.roles.first().map(RoleName::as_str), Some("admin"));
    here.change(alice.id, Change::Status(Status::Disabled), event(EventKind::SubjectDisabled)).await.unwrap();
    assert!(!is_live(&there, &held).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_one_node_revokes_is_known_to_another_that_asks_for_the_present() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let (here, there) = (node(&url).await, node(&url).await);
    for number in 1..=50 {
        let token = TokenId::new(&OsRandom).unwrap();
        here.revoke_token(token, at(300), event(EventKind::TokenRevoked)).await.unwrap();
        there.confirm(Duration::ZERO).await.unwrap();
        assert_eq!(there.revocations().len(), number, "after {number}");
    }
    assert!(there.staleness().is_some_and(|age| age < Duration::from_secs(2)));
    let (mut ours, mut theirs) = (here.follow(None).await.unwrap(), there.follow(None).await.unwrap());
    assert_eq!((ours.log, ours.seq), (theirs.log, theirs.seq), "one list, whichever node is asked");
    assert_eq!(ours.missed, theirs.missed);
    let token = TokenId::new(&OsRandom).unwrap();
    here.revoke_token(token, at(300), event(EventKind::TokenRevoked)).await.unwrap();
    let (ours, theirs) = (ours.coming.next().await, theirs.coming.next().await);
    assert_eq!(ours.map(|signal| signal.seq), Some(51));
    assert_eq!(theirs.map(|signal| signal.seq), Some(51), "told, without anybody having asked");
}

/// Two browsers, each with the session of one of two people in which the other one signs in, at the same time at two nodes: both
/// subjects are held by either.
async fn replaced_crosswise(here: &Arc<Postgres>, there: &Arc<Postgres>, people: &[Arc<SubjectState>]) {
    let [alice, bob] = people else { panic!("two") };
    let by_now = async |id| here.by_id(id).await.unwrap().unwrap().subject;
    let (alice, bob) = (by_now(alice.id).await, by_now(bob.id).await);
    for _ in 0..20 {
        let (hers, his) = (sign_in(here, &alice).await, sign_in(there, &bob).await);
        let open = |node: &Arc<Postgres>, subject: &SubjectState, replaces: &Held| {
            let new = NewSession { replaces: Some(replaces.digest), ..new_session(subject) };
            tokio::spawn(Sessions::open(&**node, new, event(EventKind::SessionCreated)))
        };
        let (first, second) = (open(here, &alice, &his), open(there, &bob, &hers));
        for opened in [first.await.unwrap(), second.await.unwrap()] {
            assert!(matches!(opened.unwrap(), Opened::Session(_)));
        }
        assert!(!is_live(here, &hers).await && !is_live(here, &his).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_many_nodes_at_once_wait_in_no_circle_and_leave_one_order() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let nodes = [node(&url).await, node(&url).await, node(&url).await];
    let mut subjects = Vec::new();
    for name in ["alice", "bob", "carol"] {
        subjects.push(subject(nodes.first().unwrap(), name, &["customer"]).await);
    }
    let mut tasks = Vec::new();
    for worker in 0..12_usize {
        let (node, subjects) = (nodes.get(worker % 3).unwrap().clone(), subjects.clone());
        tasks.push(tokio::spawn(async move {
            let mut held: Option<Held> = None;
            for round in 0..10_usize {
                let subject = subjects.get((worker + round) % 3).unwrap();
                let account = node.by_id(subject.id).await.unwrap().unwrap();
                match (worker + round) % 4 {
                    0 => drop(
                        node.change(subject.id, Change::EndSessions, event(EventKind::SessionsRevoked)).await.unwrap(),
                    ),
                    1 => {
                        let roles = [vec![], vec![RoleName::parse("admin").unwrap()]];
                        let roles = Change::Roles(roles.get(round % 2).unwrap().clone());
                        drop(node.change(subject.id, roles, event(EventKind::RolesChanged)).await.unwrap());
                    }
                    _ => {
                        // The session of one subject replaces that of another, as in a browser that is shared.
                        let new = NewSession {
                            created_at: at(1),
                            absolute_expires_at: at(3600),
                            replaces: held.map(|held| held.digest),
                            ..new_session(&account.subject)
                        };
                        let now = Held { digest: new.digest, id: new.id };
                        if let Opened::Session(_) =
                            Sessions::open(&*node, new, event(EventKind::SessionCreated)).await.unwrap()
                        {
                            held = Some(now);
                        }
                    }
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let [here, there, _] = &nodes;
    replaced_crosswise(here, there, subjects.get(..2).unwrap()).await;
    for subject in &subjects {
        let query = EventQuery { subject: Some(subject.id), limit: 1000, ..EventQuery::default() };
        let seqs = |events: Vec<admit_core::audit::Recorded>| events.iter().map(|event| event.seq).collect::<Vec<_>>();
        let ours = seqs(here.events(query.clone()).await.unwrap());
        assert_eq!(ours, seqs(there.events(query).await.unwrap()));
        assert!(ours.windows(2).all(|pair| pair.first() > pair.last()));
    }
}
