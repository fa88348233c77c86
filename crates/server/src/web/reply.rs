//! Pages and redirects, with the headers that every page carries.

use admit::core::principal::Principal;
use admit::{CsrfToken, Problem};
use admit_core::policy::Permission;
use admit_core::redirect::LocalPath;
use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};

use super::Web;
use super::context::Context;
use crate::operation::{ADMIN, Failure};
use crate::page::text::Lang;
use crate::page::view::Chrome;

/// A page under construction: its surroundings, and the nonce of its response.
pub(super) struct Page<'a> {
    web: &'a Web,
    context: &'a Context,
    nonce: String,
    connect: bool,
}

impl<'a> Page<'a> {
    /// Begins a page.
    ///
    /// # Errors
    /// When there is no randomness for the nonce.
    pub(super) fn begin(web: &'a Web, context: &'a Context) -> Result<Self, Failure> {
        let mut bytes = [0_u8; 16];
        web.operations.random.fill(&mut bytes)?;
        let nonce = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { web, context, nonce, connect: false })
    }

    /// Lets the page's script fetch from this server.
    #[must_use]
    pub(super) fn may_fetch(mut self) -> Self {
        self.connect = true;
        self
    }

    /// What surrounds the page.
    #[must_use]
    pub(super) fn chrome(&self, title: &str, principal: Option<&Principal>, csrf_token: Option<&CsrfToken>) -> Chrome {
        Chrome {
            lang: self.context.lang,
            nonce: self.nonce.clone(),
            title: title.to_owned(),
            signed_in_as: principal.map(|principal| principal.name().into_owned()),
            csrf_token: principal.and(csrf_token).map(|token| token.reveal().to_owned()),
            is_admin: principal.is_some_and(|principal| principal.roles().iter().any(|role| role.as_str() == ADMIN)),
            demo: self.web.demo,
            dev: self.web.dev,
            href_en: self.context.href_in(Lang::En),
            href_ko: self.context.href_in(Lang::Ko),
        }
    }

    /// The response.
    #[must_use]
    pub(super) fn finish(self, status: StatusCode, template: &impl Template) -> Response {
        let Ok(body) = template.render() else {
            return Problem::from(Failure::Unavailable("a page could not be rendered".to_owned())).into_response();
        };
        let connect = if self.connect { "; connect-src 'self'" } else { "" };
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'nonce-{}'; img-src 'self' data:; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'{connect}",
            self.nonce
        );
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// Whether this caller has a permission beside the one that the route requires: a page of several parts shows each under its
/// own. The policy is asked as the gate asks it.
#[must_use]
pub(super) fn may(principal: &admit::Principal, permission: &'static str) -> bool {
    Permission::parse(permission).is_ok_and(|permission| principal.decide(&permission, None).is_allow())
}

/// 303 to a place on this site; to the start page when it is none.
#[must_use]
pub(super) fn see_other(location: &str) -> Response {
    let local = LocalPath::parse(location).and_then(|path| HeaderValue::from_str(path.as_str()).ok());
    (StatusCode::SEE_OTHER, [(LOCATION, local.unwrap_or(HeaderValue::from_static("/")))]).into_response()
}
