//! The shop on a server of its own, with sessions of its own. Signing in is the business of `admit serve`, or of a handler
//! that calls `Gate::begin_session` after it has verified a credential; see the guide.
//!
//! ```sh
//! cargo run --release -p admit-shop --example sessions
//! ```

use std::error::Error;
use std::net::SocketAddr;

use admit::Gate;
use admit::core::policy::Policy;
use admit::core::random::OsRandom;
use admit::core::secret::ServerSecret;
use admit::core::session::SessionRules;
use admit_shop::Shop;
use admit_store::Sqlite;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address: SocketAddr = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8090".to_owned()).parse()?;
    let sessions = Sqlite::open("shop.db".as_ref(), SessionRules::default())?;
    let secret = ServerSecret::new(&OsRandom)?;

    let routes = admit_shop::routes(Shop::default());
    let policy = Policy::read(include_str!("../policy.toml"), &routes.permissions())?;

    // For the tokens of an admit elsewhere this line reads: Gate::offline(issuer, audience).client(..).policy(..).start()?
    let gate = Gate::builder(sessions, policy, &secret).build();

    let app = routes.mount(&gate)?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    say(&format!("The shop is at http://{}/demo/shop", listener.local_addr()?));
    axum::serve(listener, app).await?;
    Ok(())
}

fn say(line: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stdout(), "{line}"));
}
