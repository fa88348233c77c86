//! The routes. A few exist only with a flaw.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::flaw::Flaw;
use crate::site::Site;
use crate::{access, account, api, app, forgot, login, password, visit};

pub(crate) fn router(site: Arc<Site>) -> Router {
    let pages = Router::new()
        .route("/", get(app::start))
        .route("/app", get(app::app))
        .route("/app.js", get(app::script))
        .route("/login", get(login::form).post(login::submit))
        .route("/logout", post(login::log_out))
        .route("/forgot", get(forgot::form).post(forgot::submit))
        .route("/account", get(account::show))
        .route("/account/email", post(account::change_email))
        .route("/account/email.json", post(account::change_email_json))
        .route("/account/password", get(password::form).post(password::submit))
        .route("/admin", get(access::admin))
        .route("/orders/{number}", get(access::order));
    let api = Router::new()
        .route("/.well-known/jwks.json", get(api::key_set))
        .route("/api/token", post(api::token))
        .route("/api/token/refresh", post(api::refresh))
        .route("/api/token/revoke", post(api::revoke))
        .route("/api/me", get(api::me))
        .route("/api/admin", get(api::admin));
    pages
        .merge(api)
        .merge(only_with(site.flaw()))
        .fallback(access::not_found)
        .layer(from_fn_with_state(Arc::clone(&site), visit::around))
        .with_state(site)
}

fn only_with(flaw: Option<Flaw>) -> Router<Arc<Site>> {
    let none = Router::new();
    match flaw {
        Some(Flaw::CsrfGet) => none.route("/account/email", get(account::change_email_by_get)),
        Some(Flaw::LogoutGet) => none.route("/logout", get(login::log_out_by_get)),
        Some(Flaw::AccessPath) => none.route("/admin/", get(access::unguarded_admin)),
        Some(Flaw::TokenStorage) => none.route("/api/session-token", get(api::session_token)),
        _ => none,
    }
}
