//! An API that takes access tokens of an admit elsewhere, and has neither sessions nor a database.
//!
//! ```sh
//! cargo run --release -- serve --dev --demo          # the issuer, in one terminal
//! cargo run -p admit-apps --example resource_server -- http://127.0.0.1:8080 admit-data/demo-shop.secret
//! ```

use std::error::Error;

use admit::core::credential::ClientSecret;
use admit::{Gate, Policy, Principal, Router, get, public, put, require, signed_in};

/// A token says which roles its holder has; what they permit here is this API's own business.
const POLICY: &str = r#"
[roles.admin]
permissions = ["product:update"]
"#;

async fn health() -> &'static str {
    "ok"
}

async fn me(principal: Principal) -> String {
    principal.name().into_owned()
}

async fn update() -> &'static str {
    "updated"
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/health", public(get(health)))
        .route("/me", signed_in(get(me)))
        .route("/products/{id}", require("product:update", put(update)))
}

pub(crate) fn app(issuer: &str, secret: ClientSecret) -> Result<axum::Router, Box<dyn Error>> {
    let policy = Policy::read(POLICY, &routes().permissions())?;
    let gate = Gate::offline(issuer, "demo-shop").client("demo-shop", secret).policy(policy).start()?;
    Ok(routes().mount(&gate)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (issuer, file) = arguments.next().zip(arguments.next()).ok_or("usage: resource_server ISSUER SECRET-FILE")?;
    let secret = ClientSecret::parse(std::fs::read_to_string(file)?.trim())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app(&issuer, secret)?).await?;
    Ok(())
}
