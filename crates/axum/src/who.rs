//! Who a request comes from, for the extractors: known at the door, or found out when the handler first asks.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use admit_core::credential::{Presented, SessionToken};
use admit_core::csrf::{Csrf, CsrfPass};
use admit_core::principal::Principal;

use crate::checks::Route;
use crate::rejection::Rejection;

/// Who it is.
#[derive(Clone)]
pub(crate) enum Who {
    /// Authenticated at the door, or nobody who presented anything.
    Known {
        /// `None` is anonymous.
        principal: Option<Principal>,
        /// The session secret that was presented.
        token: Option<SessionToken>,
    },
    /// On a public route. A handler that does not ask reads no store, so that its page is there during an outage too.
    OnDemand(Arc<OnDemand>),
}

impl Who {
    /// Who it is.
    ///
    /// # Errors
    /// On a public route: an access token that is refused or of a client that is not named, or a store that does not answer.
    pub(crate) async fn principal(&self) -> Result<Option<&Principal>, Rejection> {
        match self {
            Self::Known { principal, .. } => Ok(principal.as_ref()),
            Self::OnDemand(asked) => asked.principal().await,
        }
    }

    /// The session secret that was presented.
    pub(crate) fn token(&self) -> Option<&SessionToken> {
        match self {
            Self::Known { token, .. } => token.as_ref(),
            Self::OnDemand(asked) => match &asked.presented {
                Presented::Session(token) => Some(token),
                Presented::Bearer(_) => None,
            },
        }
    }

    /// Whether a credential was presented that is not, or no longer, good; asked where there is nobody.
    pub(crate) fn has_presented(&self) -> bool {
        match self {
            Self::Known { token, .. } => token.is_some(),
            Self::OnDemand(_) => true,
        }
    }
}

/// An authentication that nobody has asked for yet. It takes place once a request at most.
pub(crate) struct OnDemand {
    route: Arc<Route>,
    presented: Presented,
    pass: Mutex<Option<CsrfPass>>,
    found: OnceLock<Result<Option<Principal>, Rejection>>,
}

impl OnDemand {
    pub(crate) fn new(route: Arc<Route>, presented: Presented, pass: CsrfPass) -> Arc<Self> {
        Arc::new(Self { route, presented, pass: Mutex::new(Some(pass)), found: OnceLock::new() })
    }

    /// What was found, if anybody has asked.
    pub(crate) fn found(&self) -> Option<&Result<Option<Principal>, Rejection>> {
        self.found.get()
    }

    async fn principal(&self) -> Result<Option<&Principal>, Rejection> {
        if self.found.get().is_none() {
            let pass = self.pass.lock().unwrap_or_else(PoisonError::into_inner).take();
            let Some(pass) = pass else {
                return Err(Rejection::Unavailable("who it is was asked twice at the same time".to_owned()));
            };
            let found = self.authenticate(pass).await;
            drop(self.found.set(found));
        }
        match self.found.get() {
            Some(Ok(principal)) => Ok(principal.as_ref()),
            Some(Err(rejection)) => Err(rejection.clone()),
            None => Ok(None),
        }
    }

    async fn authenticate(&self, pass: CsrfPass) -> Result<Option<Principal>, Rejection> {
        match self.route.authenticate(Some(&self.presented), pass).await {
            Ok(Ok(principal)) => self.route.by_named_client(principal.as_ref()).map(|()| principal),
            // A dead token, like a dead session, does not keep its owner from signing in.
            Ok(Err(_)) if self.route.terms.csrf == Csrf::BeforeLogin => Ok(None),
            Ok(Err(refusal)) => Err(Rejection::InvalidToken(refusal)),
            Err(error) => Err(error.into()),
        }
    }
}
