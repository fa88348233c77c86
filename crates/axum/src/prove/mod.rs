//! The proof that the routes answer as their table says: each is called as everybody who might come.
//!
//! ```
//! use admit::core::policy::Policy;
//! use admit::{Router, get, public, put, require};
//!
//! # async fn home() {}
//! # async fn update() {}
//! fn routes() -> Router {
//!     Router::new().route("/", public(get(home))).route("/products/{id}", require("product:update", put(update)))
//! }
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let policy = Policy::read("[roles.editor]\npermissions = ['product:update']", &routes().permissions()).unwrap();
//! let table = admit::prove(routes(), policy).await.unwrap_or_else(|failed| panic!("{failed}"));
//! // Kept beside the code and compared, a change of access shows in review.
//! assert!(table.to_string().contains("PUT     /products/{id}  product:update"));
//! # });
//! ```
//!
//! No handler runs: a request that the gate lets through ends at the handler's door, so this may be done to an app whose
//! handlers delete things. The sessions and tokens are of the proof's own making.

mod cast;
mod expect;

use std::fmt;

use admit_core::policy::LivePolicy;
use http::Method;

use crate::door::knock;
use crate::router::{MountErrors, Router, Row};
use crate::table::{Line, Table};
use cast::Cast;
use expect::Visit;

/// An answer that is not the table's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The route: `PUT /products/{id}`.
    pub route: String,
    /// Who called, with what.
    pub caller: String,
    /// What the table says.
    pub expected: String,
    /// What was answered.
    pub answered: String,
}

/// Why the routes are not proved.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    /// They cannot be mounted.
    #[error("the routes cannot be mounted:\n{0}")]
    Mount(MountErrors),
    /// Some answer differs from the table.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Answers(Vec<Mismatch>),
    /// There is no randomness or no key for the callers.
    #[error("the callers cannot be made: {0}")]
    Cast(String),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { route, caller, expected, answered } = self;
        write!(f, "{route} as {caller}: the table says {expected}, the answer was {answered}")
    }
}

/// Mounts the routes behind a gate with this policy and calls every route as anonymous, as each role, with a session that has
/// ended, with tokens that are expired, forged and revoked, from another site, without its CSRF token, and with a store that
/// does not answer; with sessions and tokens alike.
///
/// # Errors
/// When the routes cannot be mounted, and for every answer that is not the table's.
pub async fn prove(routes: Router, policy: impl Into<LivePolicy>) -> Result<Table, NotProved> {
    let policy = policy.into();
    let rows = routes.table();
    prove_mounted(rows, policy, |gate| routes.mount(gate)).await
}

async fn prove_mounted(
    rows: Vec<Row>,
    policy: LivePolicy,
    mount: impl FnOnce(&crate::Gate) -> Result<axum::Router, MountErrors>,
) -> Result<Table, NotProved> {
    let table = Table::new(rows, &policy.now());
    let cast = Cast::new(&policy, &table.roles).map_err(NotProved::Cast)?;
    let site = mount(&cast.gate).map_err(NotProved::Mount)?;
    let mut wrong = Vec::new();
    for line in &table.lines {
        for visit in Visit::all(&table.roles) {
            let answered = knock(&site, cast.request(line, &visit)).await;
            let expected = visit.expected(line);
            if !expected.fits(answered) {
                wrong.push(Mismatch {
                    route: format!("{} {}", line.row.method, line.row.path),
                    caller: visit.to_string(),
                    expected: expected.to_string(),
                    answered: answered.to_string(),
                });
            }
        }
    }
    if wrong.is_empty() { Ok(table) } else { Err(NotProved::Answers(wrong)) }
}

fn is_unsafe(line: &Line) -> bool {
    line.row.method != Method::GET
}

#[cfg(test)]
mod tests;
