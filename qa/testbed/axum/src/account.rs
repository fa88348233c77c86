//! `/account`: what a user sees and changes of his own.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::body::{Fields, Typed, unreadable_json, wrong_type};
use crate::csrf;
use crate::flaw::Flaw;
use crate::page::{self, csrf_field, escape, see_other, to_login, with_cookie};
use crate::problem::{private_json, problem};
use crate::site::Site;
use crate::user::Users;
use crate::visit::Visit;

pub(crate) async fn show(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    let stranger = if site.has(Flaw::AccessAnonymous) { Users::find("alice") } else { None };
    let Some(user) = visit.user.or(stranger) else { return to_login("/account") };
    let (session, cookie) = visit.session_or_new(&site);
    let shown_id = if site.has(Flaw::SessionIdInBody) {
        format!("<p>Session: <code>{}</code></p>\n", escape(&session.id))
    } else {
        String::new()
    };
    let email = escape(&site.users.email(user));
    let token = csrf_field(&session);
    let main = format!(
        "<p>Name: <b id=\"name\">{}</b></p>\n<p>E-mail: <b id=\"email\">{email}</b></p>\n{shown_id}\
         <form method=\"post\" action=\"/account/email\">\n\
         <label>E-mail <input type=\"email\" name=\"email\" value=\"{email}\" autocomplete=\"email\" required></label>\n\
         {token}<button>Change</button>\n</form>\n\
         <p><a href=\"/account/password\">Change the password</a></p>\n\
         <form method=\"post\" action=\"/logout\">\n{token}<button>Sign out</button>\n</form>\n",
        escape(user.name),
    );
    let mut response = page::page(StatusCode::OK, "Your account", &main);
    if site.has(Flaw::PageCache) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=600"));
    }
    with_cookie(response, cookie)
}

pub(crate) async fn change_email(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    fields: Fields,
) -> Response {
    if !site.has(Flaw::CsrfForm) && !csrf::passes(&site, &visit, fields.get("csrf")) {
        return csrf::refused();
    }
    set_email(&site, &visit, fields.text("email"))
}

/// Only the flaw has this route.
pub(crate) async fn change_email_by_get(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Response {
    set_email(&site, &visit, Fields::parse(query.as_deref().unwrap_or_default()).text("email"))
}

fn set_email(site: &Site, visit: &Visit, email: &str) -> Response {
    let Some(user) = visit.user else { return to_login("/account") };
    if !is_email(email) {
        return page::message(StatusCode::UNPROCESSABLE_ENTITY, "Your account", NO_EMAIL);
    }
    site.users.set_email(user, email);
    see_other("/account")
}

pub(crate) async fn change_email_json(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    body: Typed,
) -> Response {
    let open = site.has(Flaw::CsrfJson);
    let readable = body.is("application/json") || (open && body.is("text/plain"));
    if !readable {
        return wrong_type();
    }
    if !open && !csrf::passes(&site, &visit, None) {
        return problem(StatusCode::FORBIDDEN, csrf::REFUSED);
    }
    let Some(user) = visit.user else {
        let response = problem(StatusCode::UNAUTHORIZED, "Nobody is signed in.");
        return page::with(response, header::WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"));
    };
    let Some([email]) = body.members(["email"]) else { return unreadable_json() };
    if !is_email(&email) {
        return problem(StatusCode::UNPROCESSABLE_ENTITY, NO_EMAIL);
    }
    site.users.set_email(user, &email);
    private_json(&json!({ "email": email }))
}

const NO_EMAIL: &str = "This is not an e-mail address.";

/// Whether it exists only a message could tell.
fn is_email(text: &str) -> bool {
    text.len() <= 254 && text.contains('@') && !text.chars().any(|character| character.is_control())
}
