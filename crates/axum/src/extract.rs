//! What handlers take as arguments: proofs that the gate has made.

use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::Ordering;

use admit_core::credential::{self, SessionToken};
use admit_core::csrf::{self, PreSession};
use admit_core::policy::{Asker, Attributes, Decision, Permission, Question, Resource};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::gate::{Asked, Gate};
use crate::parting::{Fresh, Outbox, Secret};
use crate::rejection::Rejection;
use crate::steps::{Admitted, Due};
use crate::who::Who;

/// Who the request comes from. `Option<Principal>` on routes that are open to anonymous callers too.
#[derive(Clone)]
pub struct Principal {
    proved: admit_core::principal::Principal,
    gate: Gate,
    due: Option<Due>,
}

impl std::fmt::Debug for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.proved.fmt(f)
    }
}

impl Deref for Principal {
    type Target = admit_core::principal::Principal;

    fn deref(&self) -> &Self::Target {
        &self.proved
    }
}

impl Principal {
    async fn of(admitted: &Admitted) -> Result<Option<Self>, Rejection> {
        let proved = admitted.who.principal().await?;
        let with_gate = |proved: &admit_core::principal::Principal| Self {
            proved: proved.clone(),
            gate: admitted.gate.clone(),
            due: admitted.asked.clone(),
        };
        Ok(proved.map(with_gate))
    }

    /// May this caller do `A` to this object? The proof holds the object, so that it cannot be shown for another one.
    ///
    /// On a route with `.on::<T>()` a refusal of what the route requires has to become the answer: a success after it is 500.
    ///
    /// An object is given whole or as a reference. The permission of `A` and the object have to be of one noun; anything else
    /// stops the build.
    ///
    /// # Errors
    /// 403, or 401 where a fresh sign-in would do: give it back with `?`.
    pub fn authorize<A: Action, R: Resource>(&self, _action: A, object: R) -> Result<Allowed<A, R>, Rejection> {
        const { assert!(is_about(A::PERMISSION, R::NOUN), "this action is about another kind of object") };
        self.asks(A::PERMISSION);
        let Ok(permission) = Permission::parse(A::PERMISSION) else { return Err(Rejection::Unguarded) };
        match self.decide(&permission, Some(&object)) {
            Decision::Allow { .. } => Ok(Allowed { on: object, action: PhantomData }),
            Decision::Deny(reason) => {
                if let Some(due) = self.due(A::PERMISSION) {
                    due.refused.store(true, Ordering::Release);
                }
                Err(Rejection::denied(&permission, &self.proved, reason))
            }
        }
    }

    /// Of these objects, those to which this caller may do `A`, each with its proof: for lists. An empty list has been asked
    /// about too.
    pub fn authorize_each<A: Action, R: Resource>(
        &self,
        _action: A,
        objects: impl IntoIterator<Item = R>,
    ) -> Vec<Allowed<A, R>> {
        const { assert!(is_about(A::PERMISSION, R::NOUN), "this action is about another kind of object") };
        self.asks(A::PERMISSION);
        let Ok(permission) = Permission::parse(A::PERMISSION) else { return Vec::new() };
        let permitted = |object: &R| self.decide(&permission, Some(object)).is_allow();
        objects.into_iter().filter(permitted).map(|object| Allowed { on: object, action: PhantomData }).collect()
    }

    /// Writes down that the handler has asked, if this is what its route requires.
    fn asks(&self, permission: &str) {
        if let Some(due) = self.due(permission) {
            due.asked.store(true, Ordering::Release);
        }
    }

    fn due(&self, permission: &str) -> Option<&Due> {
        self.due.as_ref().filter(|due| due.permission.as_str() == permission)
    }

    /// Whether [`Self::authorize`] would say yes: to show a button or not. Hiding one protects nothing, so it does not count as
    /// having asked.
    #[must_use]
    pub fn may<A: Action, R: Resource>(&self, _action: A, object: &R) -> bool {
        const { assert!(is_about(A::PERMISSION, R::NOUN), "this action is about another kind of object") };
        Permission::parse(A::PERMISSION).is_ok_and(|permission| self.decide(&permission, Some(object)).is_allow())
    }

    /// What the policy says of a permission, on an object or on none.
    #[must_use]
    pub fn decide(&self, permission: &Permission, on: Option<&dyn Attributes>) -> Decision {
        let now = self.gate.0.clock.now();
        self.gate.policy().now().decide(&Question { who: Asker::from(&self.proved), permission, on, now })
    }
}

/// Whether a permission (`order:cancel`) is about this noun.
const fn is_about(permission: &str, noun: &str) -> bool {
    let (permission, noun) = (permission.as_bytes(), noun.as_bytes());
    let Some((start, _)) = permission.split_at_checked(noun.len()) else { return false };
    let mut at = 0;
    while at < noun.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, and within both lengths")]
        if start[at] != noun[at] {
            return false;
        }
        at += 1;
    }
    matches!(permission.split_at_checked(noun.len()), Some((_, [b':', ..])))
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
        let presented = admitted.who.has_presented();
        let somebody = Self::of(admitted).await.and_then(|found| found.ok_or(Rejection::Anonymous { presented }));
        somebody.map_err(|rejection| refuse(&admitted.gate, rejection, parts))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refused> {
        let admitted = admitted(parts)?;
        Self::of(admitted).await.map_err(|rejection| refuse(&admitted.gate, rejection, parts))
    }
}

/// Who looks at a page that anybody may see: to greet them by name, never to decide. When the store does not answer, the page
/// is there as for an anonymous visitor.
///
/// What depends on who it is takes `Option<Principal>`, which answers 503 then.
#[derive(Clone, Debug)]
pub struct Viewer(pub Option<Principal>);

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let admitted = admitted(parts)?;
        match Principal::of(admitted).await {
            Ok(principal) => Ok(Self(principal)),
            Err(Rejection::Unavailable(_)) => Ok(Self(None)),
            Err(rejection) => Err(refuse(&admitted.gate, rejection, parts)),
        }
    }
}

/// Something that can be permitted, as a type: what a data function asks a proof of.
pub trait Action: Send + Sync + 'static {
    /// The permission, as the route's rule writes it.
    const PERMISSION: &'static str;
}

/// Proof that this request may do `A`.
///
/// As a handler's argument (`Allowed<Update>`): its route requires `A::PERMISSION`, and the policy permits it to the caller.
/// From [`Principal::authorize`] (`Allowed<Cancel, Order>`): the policy permits it on the object that is inside.
pub struct Allowed<A: Action, R = ()> {
    on: R,
    action: PhantomData<fn() -> A>,
}

impl<A: Action, R> std::fmt::Debug for Allowed<A, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Allowed({})", A::PERMISSION)
    }
}

impl<A: Action, R> Deref for Allowed<A, R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.on
    }
}

impl<A: Action, R> Allowed<A, R> {
    /// The object, without the proof.
    pub fn into_inner(self) -> R {
        self.on
    }
}

impl<A: Action, S: Sync> FromRequestParts<S> for Allowed<A> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let admitted = admitted(parts)?;
        match &admitted.allowed {
            Some(permission) if permission.as_str() == A::PERMISSION => Ok(Self { on: (), action: PhantomData }),
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
        let admitted = admitted(parts)?;
        // An extractor before this one may have given the session a new secret.
        let token = match admitted.outbox.as_ref().and_then(|outbox| outbox.0.get()) {
            Some(Fresh { secret: Secret::Session(fresh), .. }) => Some(fresh),
            Some(Fresh { secret: Secret::Form(_), .. }) | None => admitted.who.token(),
        };
        Ok(Self(token.cloned()))
    }
}

/// The CSRF token to write into this page or answer.
///
/// For somebody with a session it is that session's; for anybody else that of a form cookie, which is set on the way.
/// Asking for it is also the moment at which a session whose roles have changed gets its new secret: the caller learns
/// the new cookie and the token that belongs to it in one answer, so nobody is left holding a stale token.
///
/// On a public route it is there during an outage of the store too: then it is a form cookie's. Tokens permit nothing.
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
        let admitted = admitted(parts)?;
        match admitted.who.principal().await {
            Ok(Some(principal)) if principal.claims().is_some() => Ok(None),
            _ => <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some),
        }
    }
}

async fn csrf_token(admitted: &Admitted, parts: &Parts) -> Result<csrf::CsrfToken, Rejection> {
    let inner = &admitted.gate.0;
    // Whoever asks a second time in a request gets a token of the secret that the first was given.
    if let Some(fresh) = admitted.outbox.as_ref().and_then(|outbox| outbox.0.get()) {
        return Ok(match &fresh.secret {
            Secret::Session(token) => inner.csrf_key.issue_session(token, &*inner.masks)?,
            Secret::Form(pre_session) => inner.csrf_key.issue_pre_session(pre_session, &*inner.masks)?,
        });
    }
    let is_public = matches!(admitted.who, Who::OnDemand(_));
    let principal = match admitted.who.principal().await {
        Err(Rejection::Unavailable(_)) if is_public => None,
        found => found?,
    };
    if let (Some(principal), Some(token)) = (principal, admitted.who.token()) {
        let fresh = match (&admitted.outbox, principal.needs_rotation()) {
            (Some(outbox), true) => match admitted.gate.rotate(principal, token).await {
                Err(Rejection::Unavailable(_)) if is_public => None,
                rotated => rotated?.map(|fresh| (outbox, fresh)),
            },
            _ => None,
        };
        let issued = inner.csrf_key.issue_session(fresh.as_ref().map_or(token, |(_, fresh)| fresh), &*inner.masks)?;
        if let Some((outbox, fresh)) = fresh {
            keep(outbox, Fresh { cookie: inner.cookies.set_session(&fresh), secret: Secret::Session(fresh) });
        }
        return Ok(issued);
    }
    let kept =
        credential::find_cookie(&parts.headers, &inner.cookies.form_name()).ok().flatten().and_then(PreSession::parse);
    if let Some(kept) = kept {
        return Ok(inner.csrf_key.issue_pre_session(&kept, &*inner.masks)?);
    }
    let fresh = PreSession::new(&*inner.random)?;
    let issued = inner.csrf_key.issue_pre_session(&fresh, &*inner.masks)?;
    if let Some(outbox) = &admitted.outbox {
        keep(outbox, Fresh { cookie: inner.cookies.set_form(&fresh), secret: Secret::Form(fresh) });
    }
    Ok(issued)
}

/// The extractors of a request run one after another, so the place is empty.
fn keep(outbox: &Outbox, fresh: Fresh) {
    drop(outbox.0.set(fresh));
}

impl<S: Sync> FromRequestParts<S> for Gate {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Ok(admitted(parts)?.gate.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::is_about;

    #[test]
    fn an_action_is_about_a_noun_when_its_permission_begins_with_it_whole() {
        assert!(is_about("order:cancel", "order"));
        for noun in ["orde", "order:", "orders", "product", "order:cancel", "order:cancel:x"] {
            assert!(!is_about("order:cancel", noun), "{noun}");
        }
    }
}
