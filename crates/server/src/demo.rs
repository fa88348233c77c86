//! The demonstration: the shop, and its clients: an app, and a service that checks the app's tokens without asking. All of the
//! server that knows the shop is here; without the cargo feature `demo` `no_demo.rs` stands in its place.

use admit::Router;
use admit_core::client::{Audience, Client, ClientId, Proof, Runs};
use admit_core::random::OsRandom;
use admit_core::subject::RoleName;

use crate::config::secret;
use crate::data::DataFolder;

/// The app.
pub const APP: &str = "demo-native";
/// The service: a shop of its own, with tokens in place of sessions.
pub const SHOP: &str = "demo-shop";

pub use admit_shop::{Shop, attack::RecentRequests};

/// Whether there is a demonstration in this build.
pub const IS_HERE: bool = true;

/// A new shop.
#[must_use]
pub fn shop() -> Option<Shop> {
    Some(Shop::default())
}

/// Every URL of the shop with its rule.
#[must_use]
pub fn routes(shop: Option<&Shop>) -> Router<()> {
    shop.map_or_else(Router::new, |shop| admit_shop::routes(shop.clone()))
}

/// The same, where no shop is served: for tables, and for what a policy may name.
#[must_use]
pub fn all_routes() -> Router<()> {
    routes(Some(&Shop::default()))
}

/// A page that attacks the shop at this origin.
pub fn attack(target: &str, recent: RecentRequests, shop: &Shop) -> axum::Router {
    admit_shop::attack::router(target.to_owned(), recent, shop.clone())
}

/// Both clients. The service's secret is made at the first start and kept in the data folder.
///
/// # Errors
/// When the secret cannot be made or read.
pub fn clients(issuer: &str, data: &DataFolder) -> Result<[Client; 2], String> {
    let path = data.demo_secret();
    if !path.exists() {
        secret::create_client_file(&path, &OsRandom)?;
    }
    let secret = secret::read_client_file(&path)?;
    let named = |name: &str| ClientId::parse(name).map_err(|error| error.to_string());
    let audience = |text: &str| Audience::parse(text).map_err(|error| error.to_string());
    let verifier = RoleName::parse("verifier").map_err(|error| error.to_string())?;
    let client = |id, runs, audiences, proof, roles| Client {
        id,
        runs,
        origins: Vec::new(),
        audiences,
        proof,
        roles,
        max_roles: None,
        session_exchange: runs == Runs::Service,
        // The app has an administrator's screen too.
        admin_api: runs == Runs::Native,
    };
    let both = vec![audience(issuer)?, audience(SHOP)?];
    Ok([
        client(named(APP)?, Runs::Native, both.clone(), None, Vec::new()),
        client(named(SHOP)?, Runs::Service, both, Some(Proof::Secret(secret.digest())), vec![verifier]),
    ])
}
