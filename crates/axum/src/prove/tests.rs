//! A proof that finds nothing wrong, and that finds what is.

use admit_core::policy::{Permission, Policy};

use super::*;
use crate::route::{before_login, delete, for_clients, get, post, public, put, require, signed_in};

const POLICY: &str = r#"
[roles.customer]
permissions = ["product:read"]

[roles.editor]
inherits = ["customer"]
permissions = ["product:update"]

[roles.clerk]

[[allow]]
name = "recent"
roles = ["clerk"]
permissions = ["product:update"]
when.signed_in_within = "15m"

[[allow]]
name = "own"
roles = ["customer"]
permissions = ["order:cancel"]
when.owner = true

[permissions."product:read"]
max_staleness = "1s"
"#;

struct Order;

impl admit_core::policy::Resource for Order {
    const NOUN: &'static str = "order";
    const ATTRIBUTES: &'static [&'static str] = &["owner"];

    fn attribute(&self, _: &str) -> Option<admit_core::policy::Value<'_>> {
        None
    }
}

async fn handler() {
    panic!("no handler runs in a proof");
}

fn routes() -> Router {
    Router::new()
        .route("/", public(get(handler)))
        .route("/", public(post(handler)))
        .route("/login", before_login(post(handler)))
        .route("/token", for_clients(post(handler)))
        .route("/hook", public(post(handler)).danger_from_any_origin())
        .route("/me", signed_in(get(handler)))
        .route("/me", signed_in(delete(handler)).by_session())
        .route("/files", signed_in(post(handler)).streaming())
        .route("/products/{id}", require("product:read", get(handler)))
        .route("/products/{id}", require("product:update", put(handler)).body_limit(64))
        .route("/products/{id}/edit", require("product:update", get(handler)).changes_nothing().by_session())
        .route("/orders/{id}/cancel", require("order:cancel", post(handler)).on::<Order>())
}

fn policy(routes: &Router) -> Policy {
    Policy::read(POLICY, &routes.permissions()).unwrap_or_else(|errors| panic!("{errors}"))
}

#[tokio::test]
async fn every_kind_of_route_is_proved_and_the_table_is_text_to_be_kept() {
    let table = prove(routes(), policy(&routes())).await.unwrap_or_else(|wrong| panic!("{wrong}"));
    let expected = "\
METHOD  PATH                 RULE                       TAKES           CSRF                    BODY         STALE        anonymous  clerk    customer  editor
GET     /                    public                     session, token  -                       -            as the gate  yes        yes      yes       yes
POST    /                    public                     session, token  origin + session token  whole        as the gate  yes        yes      yes       yes
POST    /login               public                     session, token  origin + form token     whole        as the gate  yes        yes      yes       yes
POST    /token               public                     client's proof  origin                  handler      as the gate  yes        yes      yes       yes
POST    /hook                public                     session, token  DANGER any origin       whole        as the gate  yes        yes      yes       yes
GET     /me                  signed in                  session, token  -                       -            as the gate  401        yes      yes       yes
DELETE  /me                  signed in                  session         origin + session token  whole        as the gate  401        yes      yes       yes
POST    /files               signed in                  session, token  origin + session token  STREAMING    as the gate  401        yes      yes       yes
GET     /products/{id}       product:read               session, token  -                       -            1 s          401        403      yes       yes
PUT     /products/{id}       product:update             session, token  origin + session token  whole, 64 B  as the gate  401        depends  403       yes
GET     /products/{id}/edit  product:update             session         -                       -            as the gate  401        depends  403       yes
POST    /orders/{id}/cancel  order:cancel (each order)  session, token  origin + session token  whole        as the gate  401        403      depends   depends

depends:
  product:update for clerk: when the caller signed in within the last 900 s (\"recent\")
  order:cancel for customer: when the object is the caller's own (\"own\")
  order:cancel for editor: when the object is the caller's own (\"own\")
";
    assert_eq!(table.to_string(), expected, "{table}");
}

/// The routes of the table, and the same but for one that is mounted under another rule.
async fn with(path: &str, other: Router) -> Vec<String> {
    let (rows, policy) = (routes().table(), policy(&routes()));
    let kept = routes().routes.into_iter().filter(|(known, _)| known != path).collect();
    let changed = Router { routes: kept }.merge(other);
    match prove_mounted(rows, policy.into(), |gate| changed.mount(gate)).await {
        Err(NotProved::Answers(wrong)) => wrong.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_route_that_lets_in_somebody_else_than_the_table_says_is_found() {
    let open = with(
        "/me",
        Router::new().route("/me", public(get(handler))).route("/me", signed_in(delete(handler)).by_session()),
    );
    assert!(
        open.await
            .contains(&"GET /me as anonymous: the table says 401, the answer was a call of the handler".to_owned())
    );

    let edit =
        with("/products/{id}/edit", Router::new().route("/products/{id}/edit", signed_in(get(handler)).by_session()));
    let edit = edit.await;
    assert!(
        edit.iter()
            .any(|line| line.contains("as customer with a session: the table says 403, the answer was a call of")),
        "{edit:#?}"
    );

    let stricter = with("/", Router::new().route("/", signed_in(get(handler))).route("/", public(post(handler))));
    assert!(
        stricter
            .await
            .contains(&"GET / as anonymous: the table says that the handler is called, the answer was 401".to_owned())
    );
}

#[tokio::test]
async fn a_route_without_its_check_against_forgery_is_found() {
    let forged = with(
        "/",
        Router::new().route("/", public(get(handler))).route("/", public(post(handler)).danger_from_any_origin()),
    );
    let forged = forged.await;
    let crossed = "POST / as editor with a session, on another site's page: the table says 403, the answer was a call of the handler";
    assert!(forged.contains(&crossed.to_owned()), "{forged:#?}");
}

#[tokio::test]
async fn a_handler_that_is_not_behind_the_gate_at_all_is_found() {
    let (rows, policy) = (routes().table(), policy(&routes()));
    let outside = axum::Router::new().fallback(|| async { "everybody" });
    let NotProved::Answers(wrong) = prove_mounted(rows, policy.into(), |_| Ok(outside)).await.unwrap_err() else {
        panic!("other")
    };
    assert!(wrong.iter().any(|wrong| wrong.answered == "200"), "{wrong:#?}");
}

#[tokio::test]
async fn routes_that_do_not_fit_the_policy_are_not_proved_and_say_why() {
    let used = [Permission::parse("product:update").unwrap()];
    let policy = Policy::read("[roles.a]\npermissions = [\"product:update\"]\n", &used).unwrap();
    let wrong = prove(routes(), policy).await.unwrap_err().to_string();
    assert!(wrong.contains("GET /products/{id} requires \"product:read\", which the policy does not know"), "{wrong}");
}
