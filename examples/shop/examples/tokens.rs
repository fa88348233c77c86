//! The shop on a server of its own, for the access tokens of an admit elsewhere.
//!
//! ```sh
//! cargo run --release -- serve --dev --demo                 # the issuer, in one terminal
//! cargo run --release -p admit-shop --example tokens -- \
//!     http://127.0.0.1:8080 admit-data/demo-shop.secret     # the shop, in another
//! ```
//!
//! It serves from the start, and answers 503 until it knows what the issuer has revoked. The last argument is how old that
//! knowledge may be, in seconds.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use admit::Gate;
use admit::core::credential::ClientSecret;
use admit::core::policy::Policy;
use admit_shop::Shop;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: tokens ISSUER SECRET-FILE [ADDRESS [SECONDS]]";
    let (issuer, secret) = arguments.next().zip(arguments.next()).ok_or(usage)?;
    let address: SocketAddr = arguments.next().unwrap_or_else(|| "127.0.0.1:8090".to_owned()).parse()?;
    let seconds: f64 = arguments.next().unwrap_or_else(|| "5".to_owned()).parse()?;
    let secret = ClientSecret::parse(&std::fs::read_to_string(secret)?)?;

    let routes = admit_shop::routes(Shop::default());
    let policy = Policy::read(include_str!("../policy.toml"), &routes.permissions())?;

    // With sessions of its own this line reads: Gate::builder(sessions, policy, &secret).build()
    let gate = Gate::offline(&issuer, "demo-shop")
        .client("demo-shop", secret)
        .policy(policy)
        .max_staleness(Duration::try_from_secs_f64(seconds)?)
        .start()?;

    let app = routes.mount(&gate)?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while gate.token_staleness().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        say(&format!("The shop is at http://{address}/demo/shop, for access tokens of {issuer}"));
    });
    axum::serve(listener, app).await?;
    Ok(())
}

fn say(line: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stdout(), "{line}"));
}
