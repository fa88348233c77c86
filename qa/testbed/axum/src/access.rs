//! Pages that are not for everybody: the admin's, and orders that are somebody's.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::flaw::Flaw;
use crate::page::{self, to_login};
use crate::site::Site;
use crate::visit::Visit;

pub(crate) async fn admin(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    let Some(user) = visit.user else { return to_login("/admin") };
    if user.is_admin() || site.has(Flaw::AccessRole) {
        return unguarded_admin().await;
    }
    let status = if site.has(Flaw::Access403) { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
    page::message(status, "Refused", "This page is for admins.")
}

/// The page itself; only flaws lead here by another way.
pub(crate) async fn unguarded_admin() -> Response {
    page::page(
        StatusCode::OK,
        "Administration",
        "<p>All users of this site:</p>\n<ul><li>alice</li><li>bruno</li><li>root</li></ul>\n",
    )
}

/// The number, who ordered, and what.
const ORDERS: &[(&str, &str, &str)] = &[("1", "alice", "Three jars of honey"), ("2", "root", "A lock and two keys")];

pub(crate) async fn order(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    Path(number): Path<String>,
) -> Response {
    let Some((number, owner, what)) = ORDERS.iter().find(|(found, ..)| *found == number) else {
        return not_found().await;
    };
    let Some(user) = visit.user else { return to_login(&format!("/orders/{number}")) };
    let open = *number == "2" && site.has(Flaw::AccessOwned);
    if user.name != *owner && !open {
        return page::message(StatusCode::FORBIDDEN, "Refused", "This order is not yours.");
    }
    page::message(StatusCode::OK, &format!("Order {number}"), what)
}

pub(crate) async fn not_found() -> Response {
    page::message(StatusCode::NOT_FOUND, "Not found", "There is no such page.")
}
