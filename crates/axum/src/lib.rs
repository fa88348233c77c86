//! Sessions, CSRF and authorization for axum, where **a route without a rule does not compile**.
//!
//! ```
//! use admit::{Principal, Router, get, public, put, require, signed_in};
//!
//! async fn home() -> &'static str { "hello" }
//! async fn me(principal: Principal) -> String { principal.name().into_owned() }
//! async fn update() -> &'static str { "updated" }
//!
//! let routes: Router = Router::new()
//!     .route("/", public(get(home)))
//!     .route("/me", signed_in(get(me)))
//!     .route("/products/{id}", require("product:update", put(update)));
//!
//! assert_eq!(routes.table().len(), 3);
//! ```
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
//! Each request passes four steps (see `ARCHITECTURE.md`): extract, csrf, authenticate, authorize. The handler gets
//! what they have proved as arguments: [`Principal`], `Option<Principal>`, [`Allowed`].

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

mod cookie;
mod extract;
mod fallback;
mod gate;
mod layer;
#[cfg(feature = "offline")]
mod offline;
mod problem;
#[cfg(feature = "prove")]
mod prove;
mod rejection;
mod route;
mod router;
mod session;
mod steps;
mod table;
mod walk;
pub mod witness;

pub use admit_core as core;
pub use admit_core::policy::{Policy, Resource, Value};

pub use cookie::{Cookies, SameSite};
pub use extract::{Action, Allowed, CsrfToken, PresentedToken, Principal, Refused};
pub use gate::{Asked, Face, Gate, GateBuilder};
#[cfg(feature = "offline")]
pub use offline::{OfflineBuilder, OfflineError};
pub use problem::{Cause, Problem};
#[cfg(feature = "prove")]
pub use prove::{Mismatch, NotProved, prove};
pub use rejection::Rejection;
pub use route::{
    Accepts, Csrf, Endpoint, Guarded, Rule, before_login, delete, for_clients, get, patch, post, public, put, require,
    signed_in,
};
pub use router::{HasRule, MountError, Router, Row};
pub use session::Begun;
pub use table::{Cell, Line, Table};
