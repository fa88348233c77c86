//! Whether an unsafe request comes from a page of this site.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::http::StatusCode;
use axum::response::Response;

use crate::flaw::Flaw;
use crate::page;
use crate::site::Site;
use crate::visit::Visit;

/// What a refused request is told.
pub(crate) const REFUSED: &str = "This request does not come from a page of this site.";

/// The origin by what the browser says, and the token of the session in the form or in `X-CSRF-Token`.
pub(crate) fn passes(site: &Site, visit: &Visit, field: Option<&str>) -> bool {
    from_here(site, visit) && token_holds(site, visit, visit.header("x-csrf-token").or(field))
}

pub(crate) fn refused() -> Response {
    page::message(StatusCode::FORBIDDEN, "Refused", REFUSED)
}

/// Where the browser does not say, the token alone has to do.
pub(crate) fn from_here(site: &Site, visit: &Visit) -> bool {
    if visit.headers.contains_key("sec-fetch-site") {
        return matches!(visit.header("sec-fetch-site"), Some("same-origin" | "none"));
    }
    if visit.headers.contains_key("origin") {
        return visit.header("origin").is_some_and(|origin| is_this_site(site, origin));
    }
    true
}

pub(crate) fn token_holds(site: &Site, visit: &Visit, sent: Option<&str>) -> bool {
    let Some(sent) = sent else { return site.has(Flaw::CsrfTokenMissing) };
    match site.flaw() {
        Some(Flaw::CsrfTokenWrong) => !sent.is_empty(),
        Some(Flaw::CsrfTokenForeign) => site.sessions.anyone_has(sent),
        _ => visit
            .session
            .as_ref()
            .is_some_and(|session| verify_slices_are_equal(session.csrf.as_bytes(), sent.as_bytes()).is_ok()),
    }
}

/// A certificate is for a name as often as for the address, and both lead here.
fn is_this_site(site: &Site, origin: &str) -> bool {
    origin == site.url || origin == site.url.replace("127.0.0.1", "localhost")
}
