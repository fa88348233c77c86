//! Sessions and accounts in PostgreSQL: any number of nodes of this app, and what one revokes is dead at all of them.
//!
//! ```sh
//! DATABASE_URL=postgres://app:secret@127.0.0.1/app ADMIT_SECRET_FILE=app.secret \
//!     cargo run -p admit-apps --example with_postgres
//! ```
//!
//! Every node has the same secret file (`admit init` writes one). For sessions in Redis beside it, see
//! `Stores::postgres_and_redis`.

use std::error::Error;
use std::time::Duration;

use admit::core::secret::ServerSecret;
use admit::core::session::SessionRules;
use admit::core::token::TokenRules;
use admit::{Gate, Policy, Principal, Router, get, public, put, require, signed_in};
use admit_store::{PostgresAddress, Stores};

const POLICY: &str = r#"
[roles.editor]
permissions = ["product:update"]

# Reading may rest on what was known a second ago; everything else asks the database.
[permissions."report:read"]
max_staleness = "1s"

[roles.analyst]
permissions = ["report:read"]
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

async fn report() -> &'static str {
    "report"
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", public(get(home)))
        .route("/me", signed_in(get(me)))
        .route("/report", require("report:read", get(report)))
        .route("/account", signed_in(get(me)).max_staleness(Duration::ZERO))
        .route("/products/{id}", require("product:update", put(update)))
}

pub(crate) async fn app(url: &str, secret: &ServerSecret) -> Result<(axum::Router, Stores), Box<dyn Error>> {
    let address = PostgresAddress::parse(url)?;
    // Makes its tables at the first start.
    let stores = Stores::postgres(&address, SessionRules::default(), TokenRules::default()).await?;
    let policy = Policy::read(POLICY, &routes().permissions())?;
    let gate = Gate::builder(stores.sessions.clone(), policy, secret).build();
    Ok((routes().mount(&gate)?, stores))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url =
        std::env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL, as in postgres://app:secret@127.0.0.1/app")?;
    let file =
        std::env::var("ADMIT_SECRET_FILE").map_err(|_| "set ADMIT_SECRET_FILE to a file that `admit init` wrote")?;
    let secret = ServerSecret::parse(std::fs::read_to_string(file)?.trim())?;
    let (app, _stores) = app(&url, &secret).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
