//! `GET /logout`: asks. A link or an image cannot sign anybody out; the button of this page does.

use admit::{CsrfToken, Principal};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::error::Error;
use super::reply::{Page, see_other};
use super::{Context, Web};
use crate::page::view::SignedIn;

pub(super) async fn show(
    State(web): State<Web>,
    context: Context,
    principal: Option<Principal>,
    csrf_token: CsrfToken,
) -> Result<Response, Error> {
    match principal {
        Some(principal) => signed_in(&web, &context, &principal, &csrf_token, "/account", true),
        None => Ok(see_other("/login?notice=signed-out")),
    }
}

/// The page that says who is signed in, with the two ways on from there: to `onward`, and out.
pub(super) fn signed_in(
    web: &Web,
    context: &Context,
    principal: &Principal,
    csrf_token: &CsrfToken,
    onward: &str,
    leaving: bool,
) -> Result<Response, Error> {
    let page = Page::begin(web, context)?;
    let text = context.lang.text().login;
    let title = if leaving { text.sign_out } else { text.signed_in_title };
    let view = SignedIn {
        // The page has the button itself.
        chrome: page.chrome(title, Some(principal), None),
        csrf_token: csrf_token.reveal().to_owned(),
        username: principal.name().into_owned(),
        onward: onward.to_owned(),
        leaving,
    };
    Ok(page.finish(StatusCode::OK, &view))
}
