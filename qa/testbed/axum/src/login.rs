//! `/login` and `/logout`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::body::Fields;
use crate::flaw::Flaw;
use crate::page::{self, csrf_field, escape, see_other, with_cookie};
use crate::session::Session;
use crate::sign_in::{Outcome, attempt};
use crate::site::Site;
use crate::user::Account;
use crate::visit::Visit;
use crate::{cookie, csrf};

const WRONG: &str = "The name or the password is wrong.";

pub(crate) async fn form(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Response {
    let fields = Fields::parse(query.as_deref().unwrap_or_default());
    if site.has(Flaw::LoginFormGet) && fields.get("username").is_some() {
        return sign_in_by_query(&site, &visit, &fields).await;
    }
    show(&site, &visit, StatusCode::OK, "", &fields)
}

pub(crate) async fn submit(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    fields: Fields,
) -> Response {
    if !site.has(Flaw::CsrfLogin) && !csrf::passes(&site, &visit, fields.get("csrf")) {
        return csrf::refused();
    }
    sign_in(&site, &visit, &fields).await
}

/// A typed address has no token; one that is there has to be right, so that the method is all that is wrong here.
async fn sign_in_by_query(site: &Arc<Site>, visit: &Visit, fields: &Fields) -> Response {
    let token = fields.get("csrf");
    if !csrf::from_here(site, visit) || (token.is_some() && !csrf::token_holds(site, visit, token)) {
        return csrf::refused();
    }
    sign_in(site, visit, fields).await
}

async fn sign_in(site: &Arc<Site>, visit: &Visit, fields: &Fields) -> Response {
    let (status, sentence) = match attempt(site, fields.text("username"), fields.text("password")).await {
        Outcome::Right(account) => return welcome(site, visit, account, fields.text("next")),
        Outcome::TooMany(seconds) => {
            let response =
                show(site, visit, StatusCode::TOO_MANY_REQUESTS, "Too many wrong tries. Wait a minute.", fields);
            return page::with(response, header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        Outcome::Wrong { known: false } if site.has(Flaw::LoginEnumeration) => {
            (StatusCode::UNAUTHORIZED, "There is no such user.")
        }
        Outcome::Wrong { known: false } if site.has(Flaw::LoginEnumerationStatus) => (StatusCode::NOT_FOUND, WRONG),
        Outcome::Wrong { .. } => (StatusCode::UNAUTHORIZED, WRONG),
    };
    show(site, visit, status, sentence, fields)
}

fn welcome(site: &Site, visit: &Visit, account: &'static Account, next: &str) -> Response {
    let session = session_of(site, visit, account);
    let mut place = if is_of_this_site(next) || (site.has(Flaw::LoginRedirect) && !next.is_empty()) {
        next.to_owned()
    } else {
        "/account".to_owned()
    };
    if site.has(Flaw::SessionIdInUrl) {
        place.push(if place.contains('?') { '&' } else { '?' });
        place.push_str("sid=");
        place.push_str(&session.id);
    }
    with_cookie(see_other(&place), Some(cookie::set(site, &session)))
}

/// A new one: whoever knew the id before the login must not know it after.
fn session_of(site: &Site, visit: &Visit, account: &'static Account) -> Session {
    if let Some(old) = &visit.session {
        if site.has(Flaw::SessionFixation)
            && let Some(raised) = site.sessions.raise(&old.id, account)
        {
            return raised;
        }
        site.end_session(&old.id);
    }
    site.sessions.create(Some(account))
}

fn show(site: &Site, visit: &Visit, status: StatusCode, sentence: &str, fields: &Fields) -> Response {
    let (session, cookie) = visit.session_or_new(site);
    let next = Some(fields.text("next")).filter(|next| is_of_this_site(next) || site.has(Flaw::LoginRedirect));
    let main = format!(
        "{}<form method=\"{}\" action=\"/login\">\n\
         <label>Name <input name=\"username\" autocomplete=\"username\" required></label>\n\
         <label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\n\
         {}<input type=\"hidden\" name=\"next\" value=\"{}\">\n\
         <button>Sign in</button>\n</form>\n",
        if sentence.is_empty() { String::new() } else { page::paragraph(sentence) },
        if site.has(Flaw::LoginFormGet) { "get" } else { "post" },
        csrf_field(&session),
        escape(next.unwrap_or_default()),
    );
    with_cookie(page::page(status, "Sign in", &main), cookie)
}

/// One slash, then neither kind of slash. Browsers drop tabs and line ends from addresses, so there are none.
fn is_of_this_site(next: &str) -> bool {
    let Some(rest) = next.strip_prefix('/') else { return false };
    !rest.starts_with(['/', '\\']) && next.chars().all(|character| character.is_ascii_graphic())
}

pub(crate) async fn log_out(
    State(site): State<Arc<Site>>,
    Extension(visit): Extension<Visit>,
    fields: Fields,
) -> Response {
    if !site.has(Flaw::CsrfLogout) && !csrf::passes(&site, &visit, fields.get("csrf")) {
        return csrf::refused();
    }
    leave(&site, &visit)
}

/// What no page of the site links to: only the flaw has this route.
pub(crate) async fn log_out_by_get(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    leave(&site, &visit)
}

fn leave(site: &Site, visit: &Visit) -> Response {
    if let Some(session) = &visit.session
        && !site.has(Flaw::SessionLogout)
    {
        site.end_session(&session.id);
    }
    let cookie = (!site.has(Flaw::SessionLogoutCookie)).then(|| cookie::delete(site));
    with_cookie(see_other("/"), cookie)
}
