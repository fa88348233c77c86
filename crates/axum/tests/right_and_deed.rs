//! An app's own handlers: what they change in the accounts is changed only while their caller still is what the gate saw.

use std::sync::Arc;

use admit::core::audit::{Actor, Event, EventKind};
use admit::core::session::Device;
use admit::core::store::{Accounts, Change, EventQuery, Sessions};
use admit::core::subject::{RoleName, Status, SubjectState};
use admit::core::time::Clock;
use admit::{Begun, Gate, OwnUser, Principal, Rejection, Router, SystemClock, put, require};
use axum::body::Body;
use http::{Request, StatusCode};
use tokio::sync::Semaphore;

use crate::support::{Bench, send};

/// An app that gives its editors a role, and takes its time between the check and the change.
struct Slow {
    bench: Arc<Bench>,
    begun: Arc<Semaphore>,
    go_on: Arc<Semaphore>,
}

impl Slow {
    fn new() -> Self {
        let (begun, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        Self { bench: Arc::new(Bench::new()), begun, go_on }
    }

    /// `PUT /promote`: gives `target` the role `admin`.
    fn site(&self, gate: &Gate, target: &SubjectState) -> axum::Router {
        let (bench, begun, go_on) = (Arc::clone(&self.bench), Arc::clone(&self.begun), Arc::clone(&self.go_on));
        let target = target.id;
        let promote = move |principal: Principal| {
            let (bench, begun, go_on) = (Arc::clone(&bench), Arc::clone(&begun), Arc::clone(&go_on));
            async move {
                begun.add_permits(1);
                go_on.acquire().await.unwrap().forget();
                let change = Change::Roles(vec![RoleName::parse("admin").unwrap()]);
                let event = principal.event(EventKind::RolesChanged, SystemClock.now());
                bench.store.change(target, change, event).await?;
                Ok::<_, Rejection>("promoted")
            }
        };
        Router::new().route("/promote", require("product:update", put(promote))).mount(gate).unwrap()
    }
}

fn roles(names: &[&str]) -> Change {
    Change::Roles(names.iter().map(|name| RoleName::parse(name).unwrap()).collect())
}

fn operator(kind: EventKind) -> Event {
    Event::new(kind, Actor::Operator, SystemClock.now())
}

/// What comes of a promotion when `loss` befalls its caller between the check and the change.
async fn promoted_after(loss: &str) -> StatusCode {
    let slow = Slow::new();
    let gate = slow.bench.gate();
    let (actor, target) = (slow.bench.subject("ada", &["admin"]).await, slow.bench.subject("bob", &[]).await);
    let (cookie, token) = slow.bench.sign_in(&gate, &actor).await;
    let site = slow.site(&gate, &target);
    let request = Request::put("/promote").header("host", "shop.example");
    let request = request.header("cookie", cookie).header("x-csrf-token", token).body(Body::empty()).unwrap();
    let answer = tokio::spawn(async move { send(&site, request).await.status() });
    slow.begun.acquire().await.unwrap().forget();
    let store = &slow.bench.store;
    match loss {
        "nothing" => {}
        "a ban" => drop(
            store
                .change(actor.id, Change::Status(Status::Disabled), operator(EventKind::SubjectDisabled))
                .await
                .unwrap(),
        ),
        "a demotion" => drop(store.change(actor.id, roles(&[]), operator(EventKind::RolesChanged)).await.unwrap()),
        "a logout" => {
            let open = store.list(actor.id, SystemClock.now()).await.unwrap();
            let ended = store.end(actor.id, open.first().unwrap().record.id, operator(EventKind::SessionRevoked)).await;
            assert!(ended.unwrap());
        }
        other => panic!("{other}"),
    }
    let query = || EventQuery { limit: 100, ..EventQuery::default() };
    let before = store.events(query()).await.unwrap().len();
    slow.go_on.add_permits(1);
    let status = answer.await.unwrap();
    let now = store.by_id(target.id).await.unwrap().unwrap().subject;
    assert_eq!(!now.roles.is_empty(), status == StatusCode::OK, "{loss}");
    assert_eq!(store.events(query()).await.unwrap().len() > before, status == StatusCode::OK, "{loss}: an event");
    status
}

#[tokio::test]
async fn a_handler_of_an_app_changes_an_account_while_its_caller_is_what_the_gate_saw() {
    assert_eq!(promoted_after("nothing").await, StatusCode::OK);
}

#[tokio::test]
async fn a_handler_of_an_app_changes_no_account_for_a_caller_who_was_banned_or_signed_out() {
    assert_eq!(promoted_after("a ban").await, StatusCode::UNAUTHORIZED);
    assert_eq!(promoted_after("a logout").await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_handler_of_an_app_changes_no_account_for_a_caller_who_was_demoted() {
    assert_eq!(promoted_after("a demotion").await, StatusCode::FORBIDDEN);
}

fn own(subject: &SubjectState, names: &[&str]) -> OwnUser {
    OwnUser::new(subject.id, &subject.username, names.iter().copied()).unwrap()
}

async fn sign_in(gate: &Gate, bench: &Bench, user: OwnUser) -> Option<Begun> {
    gate.sign_in(&*bench.store, user, Device::default(), None).await.unwrap()
}

fn held(begun: &Begun) -> Vec<&str> {
    begun.subject.roles.iter().map(RoleName::as_str).collect()
}

#[tokio::test]
async fn a_sign_in_that_was_under_way_gives_a_demoted_user_no_role_back() {
    let bench = Bench::new();
    let gate = bench.gate();
    let carol = bench.subject("carol", &["admin"]).await;
    // Read before the password was verified, as the row of the app's table was.
    let (stale, dated) = (own(&carol, &["admin"]), own(&carol, &["admin"]).as_of(Some(Arc::clone(&carol))));
    let earlier = sign_in(&gate, &bench, own(&carol, &["admin"])).await.unwrap();
    bench.store.change(carol.id, roles(&[]), operator(EventKind::RolesChanged)).await.unwrap();
    for user in [stale, dated] {
        assert!(held(&sign_in(&gate, &bench, user).await.unwrap()).is_empty());
    }
    let now = bench.store.by_id(carol.id).await.unwrap().unwrap().subject;
    assert!(now.roles.is_empty(), "for all sessions: {:?}", now.roles);
    drop(earlier);
}

#[tokio::test]
async fn a_sign_in_takes_up_what_the_apps_table_says_if_nobody_changed_it_since() {
    let bench = Bench::new();
    let gate = bench.gate();
    let carol = bench.subject("carol", &["admin"]).await;
    let begun = sign_in(&gate, &bench, own(&carol, &["editor"]).as_of(Some(Arc::clone(&carol)))).await.unwrap();
    assert_eq!(held(&begun), ["editor"]);
    let begun = sign_in(&gate, &bench, own(&carol, &["admin"])).await.unwrap();
    assert_eq!(
        held(&begun),
        ["editor"],
        "a call of its own sets roles, not a sign-in that does not say what it has seen"
    );
}

#[tokio::test]
async fn a_sign_in_that_was_under_way_when_all_sessions_were_ended_begins_none() {
    let bench = Bench::new();
    let gate = bench.gate();
    let carol = bench.subject("carol", &[]).await;
    bench.store.change(carol.id, Change::EndSessions, operator(EventKind::SessionsRevoked)).await.unwrap();
    assert!(sign_in(&gate, &bench, own(&carol, &[]).as_of(Some(carol.clone()))).await.is_none());
    assert!(sign_in(&gate, &bench, own(&carol, &[])).await.is_some(), "a sign-in of afterwards");
}

#[tokio::test]
async fn a_user_of_the_apps_table_who_was_deleted_here_signs_in_no_more() {
    let bench = Bench::new();
    let gate = bench.gate();
    let carol = bench.subject("carol", &[]).await;
    bench.store.change(carol.id, Change::Delete, operator(EventKind::SubjectDeleted)).await.unwrap();
    for user in [own(&carol, &[]), own(&carol, &[]).as_of(Some(carol.clone()))] {
        assert!(sign_in(&gate, &bench, user).await.is_none(), "and it is no outage");
    }
}
