//! In place of [`demo.rs`](crate::demo) in a build without the cargo feature `demo`: there is no shop, and nothing can make one.

use std::sync::Arc;

use admit::Router;
use admit::witness::Seen;
use admit_core::client::Client;

use crate::data::DataFolder;

/// No shop.
#[derive(Clone, Debug)]
pub enum Shop {}

/// What the attack page would show.
pub type RecentRequests = Arc<dyn Fn() -> Vec<Seen> + Send + Sync>;

/// Whether there is a demonstration in this build.
pub const IS_HERE: bool = false;

/// Of no shop.
#[must_use]
pub fn shop() -> Option<Shop> {
    None
}

/// No URL.
#[must_use]
pub fn routes(_: Option<&Shop>) -> Router<()> {
    Router::new()
}

/// No URL.
#[must_use]
pub fn all_routes() -> Router<()> {
    Router::new()
}

/// No page.
pub fn attack(_: &str, _: RecentRequests, shop: &Shop) -> axum::Router {
    match *shop {}
}

/// No clients.
///
/// # Errors
/// Never.
pub fn clients(_: &str, _: &DataFolder) -> Result<[Client; 0], String> {
    Ok([])
}
