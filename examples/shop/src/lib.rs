//! The shop: a catalogue that everybody reads and only an admin edits, and the page that attacks it.
//!
//! It is the example of the whole path: authenticate, authorize, act. Two things are worth copying into another app:
//!
//! - [`routes`] is a list of paths, each with its rule. A route without one does not compile.
//! - [`Shop::update`] takes the proof [`Allowed`](admit::Allowed)`<`[`UpdateProduct`]`>`. Whoever calls it from a route that
//!   does not require `product:update` has no proof to give, so "forgot the check" is not a bug that this shop can have.
//!
//! Answers come in one order for every route: 401 (who are you), 403 (you may not), 404 (there is no such product) and
//! only then what is wrong with the body, so that an outsider learns nothing by sending broken edits.

mod api;
pub mod attack;
mod body;
mod catalogue;
mod flaw;
mod lang;
mod page;
mod price;
mod product;
mod text;
mod viewer;

use admit::{Router, get, post, public, put, require};

pub use catalogue::{Shop, UpdateProduct};
pub use flaw::Flaw;
pub use price::Price;
pub use product::{Edit, Name, Product};

/// Every URL of the shop with its rule.
#[must_use]
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/demo/shop", public(get(page::list)))
        .route("/demo/shop/shop.css", public(get(page::stylesheet)))
        .route("/demo/shop/products/{id}/edit", require("product:update", get(page::edit)).changes_nothing())
        .route("/demo/shop/products/{id}", require("product:update", post(page::save)))
        .route("/demo/api/products", public(get(api::list)).cors())
        .route("/demo/api/products/{id}", public(get(api::show)).cors())
        .route("/demo/api/products/{id}", require("product:update", put(api::update)).cors())
        .with_state(shop)
}
