//! What handlers take as arguments: proofs that the gate has made.

use std::marker::PhantomData;
use std::ops::Deref;

use admit_core::credential::{self, SessionToken};
use admit_core::csrf::{self, PreSession};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::gate::{Asked, Gate};
use crate::rejection::Rejection;
use crate::steps::Admitted;

/// Who the request comes from. `Option<Principal>` on routes that are open to anonymous callers too.
#[derive(Clone, Debug)]
pub struct Principal(admit_core::principal::Principal);

impl Deref for Principal {
    type Target = admit_core::principal::Principal;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A rejection already turned into its answer, so that a person gets a page and a program a problem document.
#[derive(Debug)]
pub struct Refused(Box<Response>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

fn admitted(parts: &Parts) -> Result<&Admitted, Refused> {
    parts.extensions.get::<Admitted>().ok_or_else(|| Refused(Box::new(Rejection::Unguarded.into_response())))
}

fn refuse(gate: &Gate, rejection: Rejection, parts: &Parts) -> Refused {
    let asked =
        Asked { method: &parts.method, uri: &parts.uri, headers: &parts.headers, extensions: &parts.extensions };
    Refused(Box::new(gate.refuse(rejection, asked)))
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let admitted = admitted(parts)?;
        match &admitted.principal {
            Some(principal) => Ok(Self(principal.clone())),
            None => {
                Err(refuse(&admitted.gate, Rejection::Anonymous { presented: admitted.presented.is_some() }, parts))
            }
        }
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refused> {
        Ok(admitted(parts)?.principal.clone().map(Self))
    }
}

/// Something that can be permitted, as a type: what a data function asks a proof of.
pub trait Action: Send + Sync + 'static {
    /// The permission, as the route's rule writes it.
    const PERMISSION: &'static str;
}

/// Proof that this request may do `A`: its route requires `A::PERMISSION`, and a role of the caller permits it.
pub struct Allowed<A: Action>(PhantomData<fn() -> A>);

impl<A: Action> std::fmt::Debug for Allowed<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Allowed({})", A::PERMISSION)
    }
}

impl<A: Action, S: Sync> FromRequestParts<S> for Allowed<A> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let admitted = admitted(parts)?;
        match &admitted.allowed {
            Some(permission) if permission.as_str() == A::PERMISSION => Ok(Self(PhantomData)),
            // The route's rule proved something else. Denied, and loudly: it is a mistake in the program.
            _ => Err(Refused(Box::new(Rejection::Unguarded.into_response()))),
        }
    }
}

/// The session secret as it was presented, to end or replace that very session. Absent for anonymous callers.
#[derive(Debug)]
pub struct PresentedToken(pub Option<SessionToken>);

impl<S: Sync> FromRequestParts<S> for PresentedToken {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Ok(Self(admitted(parts)?.presented.clone()))
    }
}

/// The CSRF token to write into this page or answer.
///
/// For somebody with a session it is that session's; for anybody else that of a form cookie, which is set on the way.
/// Asking for it is also the moment at which a session whose roles have changed gets its new secret: the caller learns
/// the new cookie and the token that belongs to it in one answer, so nobody is left holding a stale token.
///
/// `Option<CsrfToken>` on routes that take access tokens too.
#[derive(Clone)]
pub struct CsrfToken(csrf::CsrfToken);

impl CsrfToken {
    /// The text to write into the page or the JSON.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl<S: Sync> FromRequestParts<S> for CsrfToken {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let admitted = admitted(parts)?;
        csrf_token(admitted, parts).await.map(Self).map_err(|rejection| refuse(&admitted.gate, rejection, parts))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for CsrfToken {
    type Rejection = Refused;

    /// `None` for a caller with an access token: nothing of theirs can be forged.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refused> {
        if admitted(parts)?.principal.as_ref().is_some_and(|principal| principal.claims().is_some()) {
            return Ok(None);
        }
        <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some)
    }
}

async fn csrf_token(admitted: &Admitted, parts: &Parts) -> Result<csrf::CsrfToken, Rejection> {
    let inner = &admitted.gate.0;
    if let (Some(principal), Some(token)) = (&admitted.principal, &admitted.presented) {
        let fresh = match (&admitted.outbox, principal.needs_rotation()) {
            (Some(outbox), true) => {
                let fresh = admitted.gate.rotate(principal, token).await?;
                if let Some(fresh) = &fresh {
                    // The outbox takes one cookie; a second asking in the same request finds the session rotated.
                    drop(outbox.0.set(inner.cookies.set_session(fresh)));
                }
                fresh
            }
            _ => None,
        };
        return Ok(inner.csrf_key.issue_session(fresh.as_ref().unwrap_or(token), &*inner.masks)?);
    }
    let kept =
        credential::find_cookie(&parts.headers, inner.cookies.form_name()).ok().flatten().and_then(PreSession::parse);
    let pre_session = match kept {
        Some(kept) => kept,
        None => {
            let fresh = PreSession::new(&*inner.random)?;
            if let Some(outbox) = &admitted.outbox {
                drop(outbox.0.set(inner.cookies.set_form(&fresh)));
            }
            fresh
        }
    };
    Ok(inner.csrf_key.issue_pre_session(&pre_session, &*inner.masks)?)
}

impl<S: Sync> FromRequestParts<S> for Gate {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Ok(admitted(parts)?.gate.clone())
    }
}
