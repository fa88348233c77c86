//! The examples do what they say, and their routes answer as their tables say.

#![cfg(test)]

#[path = "../examples/minimal.rs"]
#[expect(dead_code, reason = "it is a program: its main is not called here")]
mod minimal;
#[path = "../examples/own_users.rs"]
#[expect(dead_code, reason = "it is a program: its main is not called here")]
mod own_users;
#[path = "../examples/resource_server.rs"]
#[expect(dead_code, reason = "it is a program: its main is not called here")]
mod resource_server;
#[path = "../examples/tenants.rs"]
#[expect(dead_code, reason = "it is a program: its main is not called here")]
mod tenants;
#[path = "../examples/with_postgres.rs"]
#[expect(dead_code, reason = "it is a program: its main is not called here")]
mod with_postgres;

use std::sync::Arc;

use admit::core::credential::ClientSecret;
use admit::core::random::OsRandom;
use admit::core::secret::ServerSecret;
use admit::core::session::SessionRules;
use admit::{Policy, Router, prove};
use admit_store::Sqlite;
use admit_testkit::{Pair, Stores};
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt;

struct Answer {
    status: u16,
    cookie: String,
    body: String,
}

async fn send(app: &axum::Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let cookie = response.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
    let cookie = cookie.and_then(|cookie| cookie.split(';').next().map(str::to_owned)).unwrap_or_default();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, cookie, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Signs in; the cookie and the CSRF token.
async fn sign_in(app: &axum::Router, json: &str) -> (String, String) {
    let request = Request::post("/login").header("content-type", "application/json");
    let answer = send(app, request.body(Body::from(json.to_owned())).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    (answer.cookie, body["csrf_token"].as_str().unwrap().to_owned())
}

async fn call(app: &axum::Router, method: &str, path: &str, (cookie, token): &(String, String)) -> Answer {
    let request = Request::builder().method(method).uri(path).header("cookie", cookie).header("x-csrf-token", token);
    send(app, request.body(Body::empty()).unwrap()).await
}

fn anonymous(method: &str, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

async fn proved(routes: Router, policy: &str) {
    let policy = Policy::read(policy, &routes.permissions()).unwrap_or_else(|errors| panic!("{errors}"));
    prove(routes, policy).await.unwrap_or_else(|wrong| panic!("{wrong}"));
}

#[tokio::test]
async fn the_minimal_app_knows_nobody_until_they_sign_in_and_lets_an_editor_alone_edit() {
    let folder = tempfile::tempdir().unwrap();
    let app = minimal::app(folder.path()).unwrap();
    assert_eq!(send(&app, anonymous("GET", "/")).await.body, "hello");
    assert_eq!(send(&app, anonymous("GET", "/me")).await.status, 401);
    let (ada, bob) = (sign_in(&app, r#"{"name":"ada"}"#).await, sign_in(&app, r#"{"name":"bob"}"#).await);
    assert_eq!(call(&app, "GET", "/me", &ada).await.body, "ada");
    assert_eq!(call(&app, "PUT", "/products/1", &ada).await.body, "updated");
    assert_eq!(call(&app, "PUT", "/products/1", &bob).await.status, 403);
    let store = Sqlite::open(&folder.path().join("other.db"), SessionRules::default()).unwrap();
    proved(minimal::routes(store), "[roles.editor]\npermissions = [\"product:update\"]").await;
}

#[tokio::test]
async fn an_app_with_its_own_users_verifies_them_itself_and_decides_about_each_order() {
    let folder = tempfile::tempdir().unwrap();
    let app = own_users::app(folder.path(), "correct horse battery").unwrap();
    let wrong = Request::post("/login").header("content-type", "application/json");
    let wrong = wrong.body(Body::from(r#"{"name":"alice","password":"wrong"}"#)).unwrap();
    assert_eq!(send(&app, wrong).await.status, 401);
    let mut signed_in = Vec::new();
    for name in ["alice", "bob", "carol"] {
        signed_in.push(sign_in(&app, &format!(r#"{{"name":"{name}","password":"correct horse battery"}}"#)).await);
    }
    let [alice, bob, carol] = signed_in.try_into().unwrap();
    assert_eq!(call(&app, "GET", "/orders", &alice).await.body, "[1,2]");
    assert_eq!(call(&app, "POST", "/orders/1/cancel", &bob).await.status, 403, "another's");
    assert_eq!(call(&app, "POST", "/orders/2/cancel", &alice).await.status, 403, "it is sent");
    assert_eq!(call(&app, "POST", "/orders/2/cancel", &carol).await.status, 403, "even for a clerk");
    assert_eq!(call(&app, "POST", "/orders/9/cancel", &carol).await.status, 404);
    assert_eq!(call(&app, "POST", "/orders/1/cancel", &alice).await.status, 204);
    assert_eq!(call(&app, "POST", "/orders/3/cancel", &carol).await.status, 204);
    let store = Sqlite::open(&folder.path().join("other.db"), SessionRules::default()).unwrap();
    proved(
        own_users::routes(own_users::demo(Arc::clone(&store) as _, "correct horse battery").unwrap()),
        own_users::POLICY,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_on_postgresql_makes_its_tables_and_answers() {
    let stores = Stores::new(Pair::Postgres);
    let secret = ServerSecret::new(&OsRandom).unwrap();
    let (app, _stores) = with_postgres::app(stores.environment()[0].1, &secret).await.unwrap();
    assert_eq!(send(&app, anonymous("GET", "/")).await.body, "hello");
    assert_eq!(send(&app, anonymous("GET", "/report")).await.status, 401);
}

#[tokio::test]
async fn the_resource_server_answers_503_to_a_token_before_it_knows_what_is_revoked() {
    let secret = ClientSecret::new(&OsRandom).unwrap();
    // Nobody listens there.
    let app = resource_server::app("http://127.0.0.1:9", secret).unwrap();
    assert_eq!(send(&app, anonymous("GET", "/health")).await.status, 200);
    assert_eq!(send(&app, anonymous("GET", "/me")).await.status, 401);
    proved(resource_server::routes(), "[roles.admin]\npermissions = [\"product:update\"]").await;
}

#[tokio::test]
async fn the_routes_of_the_app_with_tenants_answer_as_their_table_says() {
    proved(tenants::routes(tenants::Notes::default()), tenants::POLICY).await;
    let policy = Policy::read(tenants::POLICY, &tenants::routes(tenants::Notes::default()).permissions()).unwrap();
    let cases = include_str!("tenants.cases.toml");
    let outcomes = admit::core::policy::Cases::parse(cases).unwrap().run(&policy, cases);
    let wrong: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.wrong.as_ref()).collect();
    assert!(outcomes.len() == 7 && wrong.is_empty(), "{wrong:#?}");
}
