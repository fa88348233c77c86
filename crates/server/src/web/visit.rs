//! Somebody who is signed in looks at a page, or sends a form of one: what each handler of such a page takes.

use admit::{CsrfToken, Principal, Problem};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::reply::{self, Page};
use super::{Context, Web};
use crate::operation::{Cause, Failure};

/// Who does it, where, and the token that the forms of the answer carry.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) web: Web,
    pub(super) context: Context,
    pub(super) principal: Principal,
    pub(super) csrf_token: CsrfToken,
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let principal = <Principal as FromRequestParts<Web>>::from_request_parts(parts, web).await;
        let principal = principal.map_err(IntoResponse::into_response)?;
        let csrf_token = <CsrfToken as FromRequestParts<Web>>::from_request_parts(parts, web).await;
        let csrf_token = csrf_token.map_err(IntoResponse::into_response)?;
        let context = Context::read(web, &parts.uri, &parts.headers, &parts.extensions);
        Ok(Self { web: web.clone(), context, principal, csrf_token })
    }
}

impl Visit {
    /// The same, with links that lead to this path.
    pub(super) fn showing(mut self, path: &str) -> Self {
        self.context = self.context.showing(path);
        self
    }

    pub(super) fn may(&self, permission: &'static str) -> bool {
        reply::may(&self.principal, permission)
    }

    /// What the events of a change say of it.
    pub(super) fn cause(&self) -> Cause {
        self.context.cause_of(&self.principal)
    }

    pub(super) fn page(&self) -> Result<Page<'_>, Problem> {
        Page::begin(&self.web, &self.context)
    }

    pub(super) fn failed(&self, failure: &Failure) -> Response {
        reply::failed(&self.web, &self.context, failure)
    }

    pub(super) fn problem(&self, problem: Problem) -> Response {
        reply::problem(&self.web, &self.context, problem)
    }
}
