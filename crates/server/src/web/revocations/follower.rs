//! Whether a follower of the feed still may follow it.
//!
//! The gate has let it in; that was then. While it is told, its token or session is looked at again, so that nobody is told on
//! who was disabled, demoted or signed out, whose token or client is gone, or whom another policy does not permit it.

use admit::Principal;
use admit_core::credential::{self, Presented};
use admit_core::policy::Permission;
use admit_core::token::Refusal;
use http::HeaderMap;

use super::{End, Web};

/// What the route requires.
const PERMISSION: &str = "revocation:read";

/// What is known of the follower's right at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may follow.
    May,
    /// Its token was revoked: the signal that says so is in the list.
    Revoked,
    /// It may not follow any more.
    MayNot,
    /// The store does not say.
    Unknown,
}

impl Verdict {
    pub(super) fn is_good(self) -> Result<(), End> {
        if self == Self::May { Ok(()) } else { Err(End) }
    }
}

/// A follower, and what it has shown.
pub(super) struct Follower {
    web: Web,
    principal: Principal,
    presented: Option<Presented>,
    permission: Option<Permission>,
}

impl Follower {
    pub(super) fn new(web: &Web, principal: Principal, headers: &HeaderMap) -> Self {
        let presented = credential::present(headers, Some(&*web.cookies.session_name())).ok().flatten();
        Self { web: web.clone(), principal, presented, permission: Permission::parse(PERMISSION).ok() }
    }

    /// For a token no store is asked: what is revoked is in memory, and how old that is, heartbeats say.
    pub(super) async fn verdict(&self) -> Verdict {
        let operations = &self.web.operations;
        let verdict = match (self.principal.token(), &self.presented) {
            (Some(verified), _) => {
                let Some(issuer) = &operations.issuer else { return Verdict::MayNot };
                match issuer.verifier().is_still_good(verified, operations.clock.now()) {
                    Ok(()) => Verdict::May,
                    Err(Refusal::Revoked(_)) => Verdict::Revoked,
                    Err(_) => Verdict::MayNot,
                }
            }
            (None, Some(Presented::Session(token))) => {
                match operations.sessions.check(&token.digest(), operations.clock.now()).await {
                    // Other roles than those it was let in with: it asks again, and is judged by them.
                    Ok(Some(checked)) if *checked.subject.roles == *self.principal.roles() => Verdict::May,
                    Ok(_) => Verdict::MayNot,
                    Err(_) => Verdict::Unknown,
                }
            }
            (None, Some(Presented::Bearer(_)) | None) => Verdict::MayNot,
        };
        let permitted = self.permission.as_ref().is_some_and(|permission| {
            // The policy may have been replaced since.
            self.principal.decide(permission, None).is_allow()
        });
        if permitted { verdict } else { Verdict::MayNot }
    }
}
