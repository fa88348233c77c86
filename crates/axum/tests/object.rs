//! Decisions on an object, as a user of the crate meets them.

use std::sync::Arc;
use std::time::Duration;

use admit::core::audit::{Actor, Event, EventKind};
use admit::core::id::SubjectId;
use admit::core::policy::LivePolicy;
use admit::core::store::{Accounts, Change};
use admit::core::subject::{RoleName, Username};
use admit::core::time::{Clock, ManualClock};
use admit::{
    Action, Allowed, CsrfToken, Gate, MountError, MountErrors, Policy, Principal, Rejection, Resource, Router,
    SystemClock, Value, get, post, put, require, signed_in,
};
use axum::body::Body;
use axum::extract::{Path, State};
use http::{Request, StatusCode};

use crate::support::{Bench, body, send};

const POLICY: &str = r#"
[roles.customer]
[roles.admin]
permissions = ["order:cancel", "order:refund"]

[[allow]]
name = "own-orders"
roles = ["customer"]
permissions = ["order:cancel"]
when = { owner = true, resource.status = ["placed"] }

[[deny]]
name = "sent"
permissions = ["order:cancel"]
when.resource.status = "sent"

[[deny]]
name = "stale-sign-in"
permissions = ["order:refund"]
unless.signed_in_within = "15m"
"#;

#[derive(Clone)]
struct Order {
    id: u32,
    customer: SubjectId,
    status: &'static str,
}

impl Resource for Order {
    const NOUN: &'static str = "order";
    const ATTRIBUTES: &'static [&'static str] = &["owner", "status"];

    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "owner" => Some(self.customer.into()),
            "status" => Some(self.status.into()),
            _ => None,
        }
    }
}

struct Cancel;

impl Action for Cancel {
    const PERMISSION: &'static str = "order:cancel";
}

/// The data function: only for whoever has the proof, and only on the order that is in it.
fn cancelled(order: &Allowed<Cancel, Order>) -> String {
    format!("cancelled {}", order.id)
}

type Orders = Arc<Vec<Order>>;

async fn cancel(
    principal: Principal,
    State(orders): State<Orders>,
    Path(id): Path<u32>,
) -> Result<String, Result<Rejection, StatusCode>> {
    let order = orders.iter().find(|order| order.id == id).cloned().ok_or(Err(StatusCode::NOT_FOUND))?;
    let order = principal.authorize(Cancel, order).map_err(Ok)?;
    Ok(cancelled(&order))
}

/// It says that it asks about an order, and does not.
async fn forgetful() -> &'static str {
    "cancelled without asking"
}

struct Refund;

impl Action for Refund {
    const PERMISSION: &'static str = "order:refund";
}

/// It asks about an order, but not what its route requires.
async fn mistaken(principal: Principal, State(orders): State<Orders>) -> Result<&'static str, Rejection> {
    principal.authorize(Refund, orders.first().ok_or(Rejection::Unguarded)?)?;
    Ok("cancelled after another question")
}

/// It asks, is refused, and goes on.
async fn deaf(principal: Principal, State(orders): State<Orders>) -> &'static str {
    let _ = orders.first().map(|order| principal.authorize(Cancel, order).is_ok());
    "cancelled all the same"
}

/// It asks about each, is refused one, and says nothing of it.
async fn some(principal: Principal, State(orders): State<Orders>) -> String {
    let cancelled = orders.iter().filter(|order| principal.authorize(Cancel, *order).is_ok()).count();
    format!("cancelled {cancelled}")
}

/// It only wants to know whether to show a button.
async fn shows(principal: Principal, State(orders): State<Orders>) -> Result<String, Rejection> {
    let buttons = orders.iter().filter(|order| principal.may(Cancel, *order)).count();
    let own = orders.first().ok_or(Rejection::Unguarded)?;
    principal.authorize(Cancel, own)?;
    Ok(format!("{buttons} buttons"))
}

async fn list(principal: Principal, State(orders): State<Orders>) -> String {
    let own = principal.authorize_each(Cancel, orders.iter());
    own.iter().map(|order| order.id.to_string()).collect::<Vec<_>>().join(" ")
}

async fn refund() -> &'static str {
    "refunded"
}

fn routes(orders: Orders) -> Router {
    Router::new()
        .route("/orders/{id}/cancel", require("order:cancel", post(cancel)).on::<Order>())
        .route("/forgetful", require("order:cancel", post(forgetful)).on::<Order>())
        .route("/deaf", require("order:cancel", post(deaf)).on::<Order>())
        .route("/some", require("order:cancel", post(some)).on::<Order>())
        .route("/shows", require("order:cancel", post(shows)).on::<Order>())
        .route("/mistaken", require("order:cancel", post(mistaken)).on::<Order>())
        .route("/list", require("order:cancel", post(list)).on::<Order>())
        .route("/token-and-refusal", require("order:cancel", post(token_and_refusal)).on::<Order>())
        .route("/refund", require("order:refund", post(refund)))
        .with_state(orders)
}

struct Site {
    bench: Bench,
    gate: Gate,
    site: axum::Router,
    alice: (String, String),
    bob: (String, String),
    admin: (String, String),
}

impl Site {
    async fn new() -> Self {
        Self::at(Arc::new(SystemClock)).await
    }

    async fn at(clock: Arc<dyn Clock>) -> Self {
        let bench = Bench::new();
        let policy = Policy::read(POLICY, &routes(Orders::default()).permissions()).unwrap_or_else(|e| panic!("{e}"));
        let builder = Gate::builder(Arc::clone(&bench.store) as _, policy, &bench.secret);
        let gate = builder.clock(clock).build();
        let mut ids = Vec::new();
        let mut signed_in = Vec::new();
        for (name, role) in [("alice", "customer"), ("bob", "customer"), ("root", "admin")] {
            let subject = bench.subject(name, &[role]).await;
            signed_in.push(bench.sign_in(&gate, &subject).await);
            ids.push(subject.id);
        }
        let order = |id, status| Order { id, customer: ids[0], status };
        let orders = Arc::new(vec![order(1, "placed"), order(2, "sent"), order(3, "lost")]);
        let site = routes(orders).mount(&gate).unwrap();
        let [alice, bob, admin] = signed_in.try_into().unwrap();
        Self { bench, gate, site, alice, bob, admin }
    }

    async fn post(&self, path: &str, (cookie, token): &(String, String)) -> (u16, String) {
        let request = Request::post(path).header("cookie", cookie).header("x-csrf-token", token);
        let response = send(&self.site, request.body(Body::empty()).unwrap()).await;
        (response.status().as_u16(), body(response).await)
    }
}

#[tokio::test]
async fn the_owner_cancels_an_order_and_nobody_else_and_nobody_one_that_is_sent() {
    let site = Site::new().await;
    assert_eq!(site.post("/orders/1/cancel", &site.alice).await, (200, "cancelled 1".to_owned()));
    assert_eq!(site.post("/orders/1/cancel", &site.bob).await.0, 403);
    assert_eq!(site.post("/orders/1/cancel", &site.admin).await, (200, "cancelled 1".to_owned()));
    for who in [&site.alice, &site.bob, &site.admin] {
        assert_eq!(site.post("/orders/2/cancel", who).await.0, 403, "it is sent");
    }
    assert_eq!(site.post("/orders/3/cancel", &site.alice).await.0, 403, "neither placed nor sent");
    // What is not there needs no permission, and whoever is nobody is told nothing about it.
    assert_eq!(site.post("/orders/9/cancel", &site.bob).await.0, 404);
    let anonymous = Request::post("/orders/9/cancel").body(Body::empty()).unwrap();
    assert_eq!(send(&site.site, anonymous).await.status(), 401);
}

#[tokio::test]
async fn a_list_has_what_each_caller_may_and_an_empty_one_is_an_answer_too() {
    let site = Site::new().await;
    assert_eq!(site.post("/list", &site.alice).await, (200, "1".to_owned()));
    assert_eq!(site.post("/list", &site.bob).await, (200, String::new()));
    assert_eq!(site.post("/list", &site.admin).await, (200, "1 3".to_owned()));
}

#[tokio::test]
async fn a_refusal_names_the_permission_and_not_the_rule() {
    let site = Site::new().await;
    let (_, text) = site.post("/orders/2/cancel", &site.admin).await;
    assert!(text.contains("order:cancel") && !text.contains("sent"), "{text}");
}

#[tokio::test]
async fn a_success_of_a_handler_that_never_asked_about_its_object_is_500() {
    let site = Site::new().await;
    let (status, text) = site.post("/forgetful", &site.admin).await;
    assert!(status == 500 && !text.contains("cancelled"), "{status} {text}");
    // Nor does another question do in the place of the one that the route requires.
    let (status, text) = site.post("/mistaken", &site.admin).await;
    assert!(status == 500 && !text.contains("cancelled"), "{status} {text}");
}

#[tokio::test]
async fn a_success_after_a_refusal_of_what_the_route_requires_is_500() {
    let site = Site::new().await;
    for path in ["/deaf", "/some"] {
        let (status, text) = site.post(path, &site.bob).await;
        assert!(status == 500 && !text.contains("cancelled"), "{path}: {status} {text}");
    }
    // One of three was refused to its owner.
    assert_eq!(site.post("/some", &site.alice).await.0, 500);
    assert_eq!(site.post("/deaf", &site.alice).await, (200, "cancelled all the same".to_owned()), "it was not refused");
    assert_eq!(site.post("/shows", &site.alice).await, (200, "1 buttons".to_owned()), "may asks nothing");
    assert_eq!(site.post("/shows", &site.bob).await.0, 403, "a refusal that is given back is one");
}

/// It asks for a token, which gives a session whose roles have changed its new secret, and then about somebody else's order.
async fn token_and_refusal(
    _: CsrfToken,
    principal: Principal,
    State(orders): State<Orders>,
) -> Result<&'static str, Rejection> {
    let order = orders.iter().find(|order| order.customer != principal.id()).cloned();
    principal.authorize(Cancel, order.ok_or(Rejection::Unguarded)?)?;
    Ok("cancelled")
}

#[tokio::test]
async fn a_session_learns_of_its_new_secret_even_from_a_refusal() {
    let site = Site::new().await;
    let (cookie, token) = &site.bob;
    let bob = site.bench.store.by_username(&Username::parse("bob").unwrap()).await.unwrap().unwrap().subject.id;
    let more = ["customer", "guest"].map(|role| RoleName::parse(role).unwrap()).to_vec();
    let event = Event::new(EventKind::RolesChanged, Actor::Operator, SystemClock.now());
    site.bench.store.change(bob, Change::Roles(more), event).await.unwrap().unwrap();
    let request = Request::post("/token-and-refusal").header("cookie", cookie).header("x-csrf-token", token);
    let response = send(&site.site, request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 403);
    let fresh = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(fresh != *cookie && fresh.starts_with("__Host-"), "{fresh}");
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_for_the_policy_is_401_with_the_age_that_would_do() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let site = Site::at(Arc::clone(&clock) as _).await;
    assert_eq!(site.post("/refund", &site.admin).await.0, 200);
    clock.advance(Duration::from_secs(16 * 60));
    let (cookie, token) = &site.admin;
    let request = Request::post("/refund").header("cookie", cookie).header("x-csrf-token", token);
    let response = send(&site.site, request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 401);
    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer realm=\"admit\", error=\"insufficient_user_authentication\", max_age=\"900\""
    );
    // Whom it would not help is told so.
    assert_eq!(site.post("/refund", &site.bob).await.0, 403);
}

#[tokio::test]
async fn another_policy_is_in_force_for_the_next_request_of_a_session_that_lives_on() {
    let site = Site::new().await;
    assert_eq!(site.post("/orders/1/cancel", &site.alice).await.0, 200);
    let less = POLICY.replace("resource.status = [\"placed\"]", "resource.status = [\"new\"]");
    site.gate.policy().reload(&less, "policy.toml").unwrap();
    assert_eq!(site.post("/orders/1/cancel", &site.alice).await.0, 403);
    let broken = POLICY.replace("own-orders", "");
    assert!(site.gate.policy().reload(&broken, "policy.toml").unwrap_err().starts_with("policy.toml:7:"));
    assert_eq!(site.post("/orders/1/cancel", &site.alice).await.0, 403, "the one before is in force still");
    assert_eq!(site.post("/orders/1/cancel", &site.admin).await.0, 200);
    drop(site.bench);
}

async fn nothing() {}

fn mistakes(routes: Router, text: &str) -> MountErrors {
    let bench = Bench::new();
    let policy = LivePolicy::from(Policy::read(text, &routes.permissions()).unwrap_or_else(|e| panic!("{e}")));
    let gate = Gate::builder(Arc::clone(&bench.store) as _, policy, &bench.secret).build();
    routes.mount(&gate).unwrap_err()
}

#[tokio::test]
async fn a_route_that_decides_without_the_object_is_not_mounted_under_a_rule_that_wants_to_see_it() {
    let routes = Router::new().route("/orders/{id}/cancel", require("order:cancel", post(nothing)));
    let text =
        "[roles.a]\n[[allow]]\nname = \"own\"\nroles = [\"a\"]\npermissions = [\"order:cancel\"]\nwhen.owner = true\n";
    let errors = mistakes(routes, text);
    let [error] = &*errors else { panic!("{errors:?}") };
    let sentence = error.to_string();
    assert!(sentence.contains("POST /orders/{id}/cancel requires \"order:cancel\""), "{sentence}");
    assert!(sentence.contains("require(\"order:cancel\", …).on::<Order>()"), "{sentence}");
}

#[tokio::test]
async fn a_get_under_a_permission_to_change_something_is_not_mounted_by_accident() {
    let text = "[roles.a]\npermissions = [\"product:update\"]\n";
    let routes = || require("product:update", get(nothing));
    let errors = mistakes(Router::new().route("/x", routes()), text);
    assert!(matches!(&*errors, [MountError::ChangingGet { .. }]), "{errors:?}");
    assert!(errors[0].to_string().contains(".changes_nothing()"));
    let about = mistakes(Router::new().route("/x", signed_in(put(nothing)).on::<Order>()), "[roles.a]\n");
    assert!(matches!(&*about, [MountError::ObjectWithoutPermission { .. }]), "{about:?}");
}
