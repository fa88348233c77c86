//! Somebody who is signed in looks at a page, or sends a form of one: what each handler of such a page takes.

use admit::{CsrfToken, Principal, Refused};
use axum::extract::FromRequestParts;
use http::request::Parts;

use super::error::Error;
use super::reply::{self, Page};
use super::{Context, Web};
use crate::operation::{Cause, Failure};
use crate::page::view::Chrome;

/// Who does it, where, and the token that the forms of the answer carry.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) web: Web,
    pub(super) context: Context,
    pub(super) principal: Principal,
    pub(super) csrf_token: CsrfToken,
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refused> {
        let principal = <Principal as FromRequestParts<Web>>::from_request_parts(parts, web).await?;
        let csrf_token = <CsrfToken as FromRequestParts<Web>>::from_request_parts(parts, web).await?;
        let Ok(context) = Context::from_request_parts(parts, web).await;
        Ok(Self { web: web.clone(), context, principal, csrf_token })
    }
}

impl Visit {
    pub(super) fn may(&self, permission: &'static str) -> bool {
        reply::may(&self.principal, permission)
    }

    /// What the events of a change say of it.
    pub(super) fn cause(&self) -> Cause {
        self.context.cause_of(&self.principal)
    }

    pub(super) fn page(&self) -> Result<Page<'_>, Failure> {
        Page::begin(&self.web, &self.context)
    }

    /// What surrounds a page of somebody who is signed in.
    pub(super) fn chrome(&self, page: &Page<'_>, title: &str) -> Chrome {
        page.chrome(title, Some(&self.principal), Some(&self.csrf_token))
    }

    /// Why nothing was done, if it is to be said on the page of the form.
    ///
    /// # Errors
    /// When this caller may not see that page (any more): the failure is then a page of its own.
    pub(super) fn on_the_form(&self, failure: Failure) -> Result<Failure, Error> {
        match failure {
            Failure::StandingLost(_) => Err(failure.into()),
            failure if self.may("user:read") => Ok(failure),
            failure => Err(failure.into()),
        }
    }
}
