//! What a route checks in a request: the four steps as separate functions. [`steps`](crate::steps) puts them in order.

use std::borrow::Cow;
use std::time::Duration;

use admit_core::credential::{self, Malformed, Presented};
use admit_core::csrf::{self, Csrf, CsrfPass, Shown, Verdict};
use admit_core::policy::{Asker, Decision, Ground, Permission, PermissionIndex, Question, Reason};
use admit_core::principal::{self, Doors, Identity, Principal};
use admit_core::store::Reply;
use http::{HeaderMap, Method};

use crate::gate::Gate;
use crate::rejection::Rejection;
use crate::terms::{Accepts, Terms};

/// A route's rule, its permission found in the policy.
pub(crate) enum Compiled {
    Public,
    SignedIn,
    Require(Permission, PermissionIndex),
}

/// A route as the steps see it.
pub(crate) struct Route {
    pub(crate) gate: Gate,
    pub(crate) rule: Compiled,
    pub(crate) terms: Terms,
    pub(crate) path: String,
}

impl Route {
    pub(crate) fn new(gate: Gate, rule: Compiled, terms: Terms, path: &str) -> Self {
        Self { gate, rule, terms, path: path.to_owned() }
    }

    /// How old the knowledge may be: the strictest of what the route and the policy say.
    fn max_staleness(&self) -> Option<Duration> {
        let by_policy = match &self.rule {
            Compiled::Require(_, index) => self.gate.policy().now().max_staleness_at(*index),
            Compiled::Public | Compiled::SignedIn => None,
        };
        match (self.terms.max_staleness, by_policy) {
            (Some(route), Some(policy)) => Some(route.min(policy)),
            (route, policy) => route.or(policy),
        }
    }

    /// Step 1. Pure.
    pub(crate) fn extract(&self, headers: &HeaderMap) -> Result<Option<Presented>, Rejection> {
        if self.terms.csrf == Csrf::Client {
            return Ok(None);
        }
        let inner = &self.gate.0;
        let cookie = inner.sessions.is_some().then(|| inner.cookies.session_name());
        match credential::present(headers, cookie.as_deref()).map_err(Rejection::Malformed)? {
            Some(Presented::Bearer(_)) if inner.tokens.is_none() || self.terms.accepts == Accepts::Session => {
                Err(Rejection::Malformed(Malformed::BearerNotTaken))
            }
            presented => Ok(presented),
        }
    }

    /// Step 2. Pure: a forged request reads no store.
    pub(crate) fn csrf(
        &self,
        method: &Method,
        headers: &HeaderMap,
        presented: Option<&Presented>,
        token: Option<&str>,
    ) -> Result<(CsrfPass, Verdict), Rejection> {
        let inner = &self.gate.0;
        // Only what is sent before login has one.
        let form_cookie = if self.is_before_login(method) { inner.cookies.form_name() } else { Cow::default() };
        let shown = Shown { method, headers, presented, token, form_cookie: &form_cookie };
        Ok(csrf::check(self.terms.csrf, &shown, &inner.origins, &inner.csrf_key)?)
    }

    /// What step 2 can say of a form whose token is in its body, before the body is read.
    pub(crate) fn csrf_by_origin(&self, headers: &HeaderMap) -> Result<(), Rejection> {
        csrf::check_origin(self.terms.csrf, headers, &self.gate.0.origins).map_err(Rejection::Forged)
    }

    /// Whether this is what is sent before there is a session.
    pub(crate) fn is_before_login(&self, method: &Method) -> bool {
        self.terms.csrf == Csrf::BeforeLogin && !csrf::is_safe(method)
    }

    /// Whether anybody passes.
    pub(crate) fn is_public(&self) -> bool {
        matches!(self.rule, Compiled::Public)
    }

    /// Step 3. Reads the session store, or the token and what is known of revocations.
    pub(crate) fn authenticate(&self, presented: Option<&Presented>, pass: CsrfPass) -> Reply<Identity> {
        let inner = &self.gate.0;
        let max_staleness = self.max_staleness();
        let doors = Doors {
            sessions: inner.sessions.as_deref(),
            tokens: inner.tokens.as_ref(),
            session_staleness: max_staleness.unwrap_or_default(),
            token_staleness: max_staleness.unwrap_or(inner.max_staleness),
        };
        principal::authenticate(presented, pass, doors, inner.clock.now())
    }

    /// Whether tokens of its client are taken here; asked wherever somebody was found.
    pub(crate) fn by_named_client(&self, principal: Option<&Principal>) -> Result<(), Rejection> {
        match principal.and_then(Principal::client) {
            Some(client)
                if self.terms.accepts == Accepts::NamedClients && !self.gate.0.named_clients.contains(client) =>
            {
                Err(Rejection::Client(client.clone()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Step 4. Pure: the permission that is granted, where the rule requires one.
    pub(crate) fn authorize(
        &self,
        principal: Option<&Principal>,
        presented: bool,
    ) -> Result<Option<Permission>, Rejection> {
        self.by_named_client(principal)?;
        match (&self.rule, principal) {
            (Compiled::Public, _) | (Compiled::SignedIn, Some(_)) => Ok(None),
            (_, None) => Err(Rejection::Anonymous { presented }),
            (Compiled::Require(permission, index), Some(who)) => match self.decide(permission, *index, who) {
                Decision::Allow { .. } => Ok(Some(permission.clone())),
                Decision::Deny(Reason::NeedsObject { .. }) if self.terms.on_object => Ok(None),
                Decision::Deny(reason) => Err(Rejection::denied(permission, who, reason)),
            },
        }
    }

    pub(crate) fn decide(&self, permission: &Permission, index: PermissionIndex, who: &Principal) -> Decision {
        let policy = self.gate.policy().now();
        if let Some(role) = policy.by_role(index, who.roles()) {
            return Decision::Allow { by: Ground::Role(role.clone()) };
        }
        let now = self.gate.0.clock.now();
        policy.decide_place(index, &Question { who: Asker::from(who), permission, on: None, now })
    }
}

/// The CSRF token in its header.
pub(crate) fn header_token(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-csrf-token").map(|value| value.to_str().unwrap_or_default())
}
