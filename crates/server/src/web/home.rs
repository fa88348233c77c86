//! `/`: what this is and where to go.

use admit::{CsrfToken, Viewer};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::error::Error;
use super::reply::{Page, may, see_other};
use super::{Context, Web};
use crate::page::view::{Home, HomeLink};

pub(super) async fn show(
    State(web): State<Web>,
    context: Context,
    Viewer(principal): Viewer,
    csrf_token: CsrfToken,
) -> Result<Response, Error> {
    let text = context.lang.text().home;
    let link = |href: &str, title: &str, text: &str| HomeLink {
        href: href.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
    };
    // What somebody cannot use is not offered.
    let mut links = match &principal {
        Some(_) => vec![link("/account", text.account_title, text.account_text)],
        None => vec![link("/login", text.login_title, text.login_text)],
    };
    if principal.as_ref().is_some_and(|principal| may(principal, "user:read")) {
        links.push(link("/admin", text.admin_title, text.admin_text));
    }
    links.push(link("/docs/choose", text.choose_title, text.choose_text));
    if web.demo {
        links.push(link("/demo/shop", text.shop_title, text.shop_text));
    }
    if web.dev {
        links.push(link("/dev/flow", text.flow_title, text.flow_text));
    }
    if let Ok(false) = web.operations.has_admin().await {
        links.insert(0, link("/setup", text.setup_title, text.setup_text));
    }
    let page = Page::begin(&web, &context)?;
    let chrome = page.chrome(text.title, principal.as_deref(), Some(&csrf_token));
    Ok(page.finish(StatusCode::OK, &Home { chrome, links }))
}

/// `/.well-known/change-password` (W3C): where password managers send people.
pub(super) async fn change_password() -> Response {
    see_other("/account")
}
