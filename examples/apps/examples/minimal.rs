//! A complete app: three routes with their rules, a policy, and a login. `cargo run -p admit-apps --example minimal`, then
//!
//! ```sh
//! curl -i 127.0.0.1:3000/me                                                     # 401
//! curl -i -c jar -H 'content-type: application/json' -d '{"name":"ada"}' 127.0.0.1:3000/login
//! curl -i -b jar 127.0.0.1:3000/me                                              # ada
//! ```

use std::error::Error;
use std::sync::Arc;

use admit::core::id::SubjectId;
use admit::core::random::OsRandom;
use admit::core::secret::ServerSecret;
use admit::core::session::{Device, SessionRules};
use admit::core::store::Accounts;
use admit::{
    Cookies, Gate, OwnUser, Policy, Principal, Rejection, Router, before_login, get, post, public, put, require,
    signed_in,
};
use admit_store::Sqlite;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, serve};

const POLICY: &str = r#"
[roles.editor]
permissions = ["product:update"]
"#;

async fn home() -> &'static str {
    "hello"
}

async fn me(principal: Principal) -> String {
    principal.name().into_owned()
}

async fn update() -> &'static str {
    "updated"
}

#[derive(serde::Deserialize)]
struct Login {
    name: String,
}

/// Put the check of a password here: `own_users.rs` has one. This app believes everybody, and so runs on loopback alone.
async fn login(
    gate: Gate,
    State(accounts): State<Arc<dyn Accounts>>,
    Json(login): Json<Login>,
) -> Result<Response, Rejection> {
    let (id, roles) = match login.name.as_str() {
        "ada" => (SubjectId::from_bytes([1; 16]), vec!["editor"]),
        "bob" => (SubjectId::from_bytes([2; 16]), vec![]),
        _ => return Ok(StatusCode::UNAUTHORIZED.into_response()),
    };
    let Ok(user) = OwnUser::new(id, &login.name, roles) else { return Ok(StatusCode::UNAUTHORIZED.into_response()) };
    match gate.sign_in(&*accounts, user, Device::default(), None).await? {
        Some(begun) => {
            let csrf_token = begun.csrf_token.reveal().to_owned();
            Ok((begun, Json(serde_json::json!({ "csrf_token": csrf_token }))).into_response())
        }
        None => Ok(StatusCode::UNAUTHORIZED.into_response()),
    }
}

pub(crate) fn routes(accounts: Arc<dyn Accounts>) -> Router {
    Router::new()
        .route("/", public(get(home)))
        .route("/me", signed_in(get(me)))
        .route("/products/{id}", require("product:update", put(update)))
        .route("/login", before_login(post(login)))
        .with_state(accounts)
}

pub(crate) fn app(folder: &std::path::Path) -> Result<axum::Router, Box<dyn Error>> {
    let store = Sqlite::open(&folder.join("app.db"), SessionRules::default())?;
    let routes = routes(Arc::clone(&store) as _);
    let policy = Policy::read(POLICY, &routes.permissions())?;
    // Keep the secret of a real app in a file: with a new one at each start, forms that are open lose their tokens.
    let gate = Gate::builder(store, policy, &ServerSecret::new(&OsRandom)?);
    // Plain http, so that it can be tried out on this machine; leave that line away behind https.
    Ok(routes.mount(&gate.cookies(Cookies::danger_plain_http()).build())?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    serve(listener, app(".".as_ref())?).await?;
    Ok(())
}
