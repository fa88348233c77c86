//! Sessions, CSRF and authorization for axum, where **a route without a rule does not compile**.
//!
//! ```no_run
//! use admit::core::{random::OsRandom, secret::ServerSecret, session::SessionRules};
//! use admit::{Gate, Policy, Principal, Router, get, public, put, require, signed_in};
//! use admit_store::Sqlite;
//! use tokio::net::TcpListener;
//!
//! async fn home() -> &'static str { "hello" }
//! async fn me(principal: Principal) -> String { principal.name().into_owned() }
//! async fn update() -> &'static str { "updated" }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let routes = Router::new()
//!         .route("/", public(get(home)))
//!         .route("/me", signed_in(get(me)))
//!         .route("/products/{id}", require("product:update", put(update)));
//!
//!     let policy = Policy::read("[roles.editor]\npermissions = ['product:update']", &routes.permissions())?;
//!     let sessions = Sqlite::open("app.db".as_ref(), SessionRules::default())?;
//!     let gate = Gate::builder(sessions, policy, &ServerSecret::new(&OsRandom)?).build();
//!     axum::serve(TcpListener::bind("127.0.0.1:3000").await?, routes.mount(&gate)?).await?;
//!     Ok(())
//! }
//! ```
//!
//! Signing in is [`Gate::sign_in`], from a handler that has verified a credential, or the business of `admit serve`.
//! `examples/apps` has five small complete programs: minimal, on PostgreSQL, for access tokens alone, with a table of users of
//! its own, and with several tenants.
//!
//! A handler that has not been given a rule is refused by the compiler, which says what to write:
//!
//! ```compile_fail
//! use admit::{Router, get};
//!
//! async fn home() -> &'static str { "hello" }
//!
//! let routes: Router = Router::new().route("/", get(home));
//! ```
//!
//! So is one of axum's own method routers:
//!
//! ```compile_fail
//! use admit::{Router, public};
//!
//! async fn home() -> &'static str { "hello" }
//!
//! let routes: Router = Router::new().route("/", public(axum::routing::get(home)));
//! ```
//!
//! # One object
//!
//! Whether somebody may cancel an order depends on the order. The route says so, the handler loads it and asks, and the data
//! function takes the proof, which holds that very order:
//!
//! ```
//! use admit::core::id::SubjectId;
//! use admit::{Action, Allowed, Principal, Rejection, Resource, Router, Value, post, require};
//! # use axum::extract::Path;
//!
//! struct Order { id: u32, customer: SubjectId }
//!
//! impl Resource for Order {
//!     const NOUN: &'static str = "order";
//!     const ATTRIBUTES: &'static [&'static str] = &["owner"];
//!
//!     fn attribute(&self, name: &str) -> Option<Value<'_>> {
//!         (name == "owner").then(|| self.customer.into())
//!     }
//! }
//!
//! struct Cancel;
//!
//! impl Action for Cancel {
//!     const PERMISSION: &'static str = "order:cancel";
//! }
//!
//! # fn load(id: u32) -> Order { Order { id, customer: SubjectId::from_bytes([1; 16]) } }
//! fn cancel_in_the_database(order: Allowed<Cancel, Order>) -> String {
//!     format!("order {} is cancelled", order.id)
//! }
//!
//! async fn cancel(principal: Principal, Path(id): Path<u32>) -> Result<String, Rejection> {
//!     let order = principal.authorize(Cancel, load(id))?;
//!     Ok(cancel_in_the_database(order))
//! }
//!
//! let routes: Router = Router::new().route("/orders/{id}/cancel", require("order:cancel", post(cancel)).on::<Order>());
//! # assert_eq!(routes.table().len(), 1);
//! ```
//!
//! The policy (`docs/guide/policy.md`) says who may: `[[allow]] roles = ["customer"], permissions = ["order:cancel"],
//! when.owner = true`. A route that decides without the object is not mounted under such a rule, and a success of a handler
//! that never asked, or was refused, is replaced by 500. An action about another kind of object (`product:update` on an order) stops the build.
//!
//! # Changes
//!
//! Between the gate and a change lies time: a hash, a queue, another node. A change of accounts takes an audit event; one made by
//! [`Principal::event`](admit_core::principal::Principal::event) is made only if its caller still is what the gate saw. After a
//! ban, a logout or a demotion in between nothing is written, and `?` answers 401 or 403:
//!
//! ```
//! use std::sync::Arc;
//! use admit::core::audit::EventKind;
//! use admit::core::store::{Accounts, Change};
//! use admit::SystemClock;
//! use admit::core::time::Clock;
//! use admit::{Principal, Rejection};
//! # use admit::core::id::SubjectId;
//!
//! async fn sign_out(principal: Principal, accounts: Arc<dyn Accounts>, who: SubjectId) -> Result<&'static str, Rejection> {
//!     let event = principal.event(EventKind::SessionsRevoked, SystemClock.now());
//!     accounts.change(who, Change::EndSessions, event).await?;
//!     Ok("signed out")
//! }
//! ```
//!
//! For changes in the app's own database the gate's part is that it decides after the whole body is there; what was read before a
//! change is to be compared in its `WHERE`.
//!
//! # Proof
//!
//! With the feature `prove`, `admit::prove(routes, policy)` in a test calls every route as anonymous, as each role, with ended
//! sessions and bad tokens, from another site: it fails on any answer other than the table's, and gives the table as text to
//! be kept beside the code.
//!
//! Each request passes four steps (see `ARCHITECTURE.md`): extract, csrf, authenticate, authorize. The handler gets
//! what they have proved as arguments: [`Principal`], `Option<Principal>`, [`Allowed`].
//!
//! The body of an unsafe request is read before the third, within the limit of its route ([`Guarded::body_limit`]), so that
//! the right is never older than the deed: who is banned while they hold back the last byte gets 401. A route that takes more
//! than fits into memory says so, [`Guarded::streaming`], and asks again by itself.
//!
//! Answers of routes that are not public, and all that set a cookie of ours, leave with `Cache-Control: no-store`; a handler may
//! say `private` instead, and nothing that would let a shared cache keep the answer.
//!
//! # Sessions here, or tokens from elsewhere
//!
//! The same routes stand behind either kind of gate, and one line says which:
//!
//! ```no_run
//! # use admit::core::{client::ClientId, credential::ClientSecret, policy::Policy, secret::ServerSecret, store::Sessions};
//! # use admit::Gate;
//! # use std::sync::Arc;
//! # fn with_sessions(sessions: Arc<dyn Sessions>, policy: Arc<Policy>, secret: &ServerSecret) {
//! let gate = Gate::builder(sessions, policy, secret).build();
//! # }
//! # #[cfg(feature = "offline")]
//! # fn with_tokens(policy: Arc<Policy>, secret: ClientSecret) -> Result<(), Box<dyn std::error::Error>> {
//! let gate = Gate::offline("https://login.example.org", "https://api.example.org")
//!     .client("shop-api", secret)
//!     .policy(policy)
//!     .start()?;
//! # Ok(()) }
//! ```
//!
//! The second needs the feature `offline`. It checks access tokens in this process, knows within milliseconds what the
//! issuer has revoked, and answers 503 when it cannot know.

mod body;
mod checks;
mod cookie;
mod cors;
#[cfg(feature = "prove")]
mod door;
mod extract;
mod fallback;
mod gate;
mod handler;
mod layer;
#[cfg(feature = "offline")]
mod offline;
mod own_users;
mod parting;
mod problem;
#[cfg(feature = "prove")]
mod prove;
mod rejection;
mod route;
mod router;
mod session;
mod steps;
mod table;
mod terms;
mod watch;
mod who;
pub mod witness;

pub use admit_clock::SystemClock;
pub use admit_core as core;
pub use admit_core::csrf::Csrf;
pub use admit_core::media;
pub use admit_core::policy::{Policy, Resource, Value};

pub use cookie::{Cookies, SameSite};
pub use extract::{Action, Allowed, CsrfToken, PresentedToken, Principal, Refused, Viewer};
pub use gate::{Asked, Face, Gate, GateBuilder};
#[cfg(feature = "offline")]
pub use offline::{OfflineBuilder, OfflineError};
pub use own_users::{OwnUser, OwnUserError};
pub use problem::{Cause, Problem};
#[cfg(feature = "prove")]
pub use prove::{Mismatch, NotProved, prove};
pub use rejection::Rejection;
pub use route::{
    Endpoint, Guarded, before_login, delete, for_clients, get, patch, post, public, put, require, signed_in,
};
pub use router::{HasRule, MountError, MountErrors, Router, Row};
pub use session::Begun;
pub use table::{Cell, Line, Table};
pub use terms::{Accepts, BodyReading, Rule};
