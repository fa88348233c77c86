//! Users in a table of the app's own, and a decision about each order: `cargo run -p admit-apps --example own_users`.
//!
//! The app verifies passwords and says who has which roles; admit keeps the sessions. Whoever cancels an order has to prove
//! that they may cancel that one: [`Orders::cancel`] takes the proof, and the proof holds the order.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use admit::core::credential::password::{self, Cost, Memory, Password, PasswordHash, Verdict};
use admit::core::id::SubjectId;
use admit::core::random::OsRandom;
use admit::core::secret::ServerSecret;
use admit::core::session::{Device, SessionRules};
use admit::core::store::Accounts;
use admit::{
    Action, Allowed, Cookies, Gate, OwnUser, Policy, PresentedToken, Principal, Problem, Rejection, Resource, Router,
    Value, before_login, get, post, require, signed_in,
};
use admit_store::Sqlite;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

pub(crate) const POLICY: &str = r#"
[roles.customer]
permissions = ["order:list"]

[roles.clerk]
permissions = ["order:list", "order:cancel"]

[[allow]]
name = "own-orders"
roles = ["customer"]
permissions = ["order:cancel"]
when = { owner = true, resource.status = "placed" }

# Nobody cancels what is on its way, whatever their roles.
[[deny]]
name = "sent"
permissions = ["order:cancel"]
when.resource.status = "sent"
"#;

/// A row of the app's table of users.
struct User {
    id: SubjectId,
    password: PasswordHash,
    roles: &'static [&'static str],
}

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

struct Orders(Mutex<Vec<Order>>);

impl Orders {
    fn find(&self, id: u32) -> Option<Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|order| order.id == id).cloned()
    }

    /// Nobody can call this without having asked the policy about this very order.
    fn cancel(&self, order: Allowed<Cancel, Order>) {
        let order = order.into_inner();
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        orders.iter_mut().filter(|own| own.id == order.id).for_each(|own| own.status = "cancelled");
    }
}

#[derive(Clone)]
pub(crate) struct App {
    users: Arc<HashMap<&'static str, User>>,
    orders: Arc<Orders>,
    accounts: Arc<dyn Accounts>,
    /// Hashes at once: each takes a processor and 19 MiB.
    hashing: Arc<Semaphore>,
    /// What a name that is not there is verified against, so that it takes as long.
    nobody: PasswordHash,
}

#[derive(serde::Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn login(
    gate: Gate,
    State(app): State<App>,
    PresentedToken(before): PresentedToken,
    Json(login): Json<Login>,
) -> Result<Response, Rejection> {
    let wrong = || {
        Problem::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "Wrong credentials", "Name or password is wrong.")
    };
    // What is in force comes before the row: whatever is changed from here on is newer than the roles that are read below.
    let subject = match app.users.get(login.name.as_str()).map(|user| user.id) {
        Some(id) => app.accounts.by_id(id).await?.map(|account| account.subject),
        None => None,
    };
    let user = app.users.get(login.name.as_str());
    let hash = user.map_or_else(|| app.nobody.clone(), |user| user.password.clone());
    let Some(typed) = Password::new(&login.password) else { return Ok(wrong().into_response()) };
    let _turn = app.hashing.acquire().await.map_err(|error| Rejection::Unavailable(error.to_string()))?;
    let verify = move || password::verify(&typed, &hash, Cost::OWASP, &mut Memory::default());
    let verdict =
        tokio::task::spawn_blocking(verify).await.map_err(|error| Rejection::Unavailable(error.to_string()))?;
    let verdict = verdict.map_err(|error| Rejection::Unavailable(error.to_string()))?;
    let (Verdict::Right(_), Some(user)) = (verdict, user) else { return Ok(wrong().into_response()) };
    let Ok(who) = OwnUser::new(user.id, &login.name, user.roles.iter().copied()) else {
        return Ok(wrong().into_response());
    };
    let who = who.as_of(subject);
    let replaces = before.map(|token| token.digest());
    let Some(begun) = gate.sign_in(&*app.accounts, who, Device::default(), replaces).await? else {
        return Ok(wrong().into_response());
    };
    let csrf_token = begun.csrf_token.reveal().to_owned();
    Ok((begun, Json(serde_json::json!({ "csrf_token": csrf_token }))).into_response())
}

async fn me(principal: Principal) -> String {
    principal.name().into_owned()
}

/// One's own, for whoever asks.
async fn list(principal: Principal, State(app): State<App>) -> Json<Vec<u32>> {
    let orders = app.orders.0.lock().unwrap_or_else(PoisonError::into_inner);
    Json(orders.iter().filter(|order| order.customer == principal.id()).map(|order| order.id).collect())
}

async fn cancel(principal: Principal, State(app): State<App>, Path(id): Path<u32>) -> Result<StatusCode, Response> {
    let missing = || Problem::not_found("There is no such order.").into_response();
    let order = app.orders.find(id).ok_or_else(missing)?;
    let order = principal.authorize(Cancel, order).map_err(IntoResponse::into_response)?;
    app.orders.cancel(order);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes(app: App) -> Router {
    Router::new()
        .route("/login", before_login(post(login)))
        .route("/me", signed_in(get(me)))
        .route("/orders", require("order:list", get(list)))
        .route("/orders/{id}/cancel", require("order:cancel", post(cancel)).on::<Order>())
        .with_state(app)
}

/// Two customers and a clerk, with the password that is given; orders 1 and 2 are alice's, 3 is bob's.
pub(crate) fn demo(accounts: Arc<dyn Accounts>, password: &str) -> Result<App, Box<dyn Error>> {
    let hash = |text: &str| -> Result<PasswordHash, Box<dyn Error>> {
        let password = Password::new(text).ok_or("the password is empty")?;
        Ok(password::hash(&password, Cost::OWASP, &OsRandom, &mut Memory::default())?)
    };
    let user = |byte: u8, roles| -> Result<User, Box<dyn Error>> {
        Ok(User { id: SubjectId::from_bytes([byte; 16]), password: hash(password)?, roles })
    };
    let users = HashMap::from([
        ("alice", user(1, &["customer"])?),
        ("bob", user(2, &["customer"])?),
        ("carol", user(3, &["clerk"])?),
    ]);
    let order = |id, byte: u8, status| Order { id, customer: SubjectId::from_bytes([byte; 16]), status };
    let orders = vec![order(1, 1, "placed"), order(2, 1, "sent"), order(3, 2, "placed")];
    Ok(App {
        users: Arc::new(users),
        orders: Arc::new(Orders(Mutex::new(orders))),
        accounts,
        hashing: Arc::new(Semaphore::new(2)),
        nobody: hash("nobody has this password")?,
    })
}

pub(crate) fn app(folder: &std::path::Path, password: &str) -> Result<axum::Router, Box<dyn Error>> {
    let store = Sqlite::open(&folder.join("app.db"), SessionRules::default())?;
    let routes = routes(demo(Arc::clone(&store) as _, password)?);
    let policy = Policy::read(POLICY, &routes.permissions())?;
    let gate = Gate::builder(store, policy, &ServerSecret::new(&OsRandom)?);
    Ok(routes.mount(&gate.cookies(Cookies::danger_plain_http()).build())?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let password =
        std::env::var("DEMO_PASSWORD").map_err(|_| "set DEMO_PASSWORD: alice, bob and carol sign in with it")?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(".".as_ref(), &password)?).await?;
    Ok(())
}
