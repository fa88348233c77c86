//! What handlers take of a request that was let in: the call of a program, or the visit to a page.

use std::ops::Deref;

use admit::{CsrfToken, Principal, Refused};
use axum::extract::FromRequestParts;
use http::request::Parts;

use super::error::Error;
use super::reply::{self, Page};
use super::{Context, Web};
use crate::operation::{Cause, Failure};
use crate::page::view::Chrome;

/// The caller, and the context of the request.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) web: Web,
    pub(super) context: Context,
    pub(super) principal: Principal,
}

/// A caller on a page, with the token for the forms of the answer.
#[derive(Clone)]
pub(super) struct Visit {
    caller: Caller,
    pub(super) csrf_token: CsrfToken,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refused> {
        let principal = <Principal as FromRequestParts<Web>>::from_request_parts(parts, web).await?;
        let Ok(context) = Context::from_request_parts(parts, web).await;
        Ok(Self { web: web.clone(), context, principal })
    }
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Refused> {
        let caller = Caller::from_request_parts(parts, web).await?;
        let csrf_token = <CsrfToken as FromRequestParts<Web>>::from_request_parts(parts, web).await?;
        Ok(Self { caller, csrf_token })
    }
}

impl Deref for Visit {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Caller {
    pub(super) fn may(&self, permission: &'static str) -> bool {
        reply::may(&self.principal, permission)
    }

    /// What the events of a change say of it.
    pub(super) fn cause(&self) -> Cause {
        self.context.cause_of(&self.principal)
    }

    /// The same for a change to the caller's own account.
    pub(super) fn own_cause(&self) -> Cause {
        self.cause().whatever_its_roles()
    }
}

impl Visit {
    pub(super) fn page(&self) -> Result<Page<'_>, Failure> {
        Page::begin(&self.web, &self.context)
    }

    /// The frame around a page for a signed-in user.
    pub(super) fn chrome(&self, page: &Page<'_>, title: &str) -> Chrome {
        page.chrome(title, Some(&self.principal), Some(&self.csrf_token))
    }

    /// The failure, if it is to be shown on the page of the form.
    ///
    /// # Errors
    /// When this caller may not see that page (any more): the failure then gets a page of its own.
    pub(super) fn on_the_form(&self, failure: Failure) -> Result<Failure, Error> {
        match failure {
            Failure::StandingLost(_) => Err(failure.into()),
            failure if self.may("user:read") => Ok(failure),
            failure => Err(failure.into()),
        }
    }
}
