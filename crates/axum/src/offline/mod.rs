//! A gate for another server's access tokens: checked here, without a call for any request, and dead here within the bound
//! after they were revoked there.
//!
//! A task of its own fetches the issuer's keys and follows its feed of revocations. Nothing that a request carries makes this
//! process call anybody: not an unknown key, not a URL in a token.

mod fetch;
mod follow;
mod fresh;
mod sse;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use admit_core::client::{Audience, AudienceError, ClientId, ClientIdError};
use admit_core::credential::ClientSecret;
use admit_core::csrf::{Origin, OriginError};
use admit_core::policy::LivePolicy;
use admit_core::random::RandomError;
use admit_core::signal::Revocations;
use admit_core::token::Verifier;

use crate::gate::Gate;
use fetch::Fetch;
use follow::Follower;
use fresh::Fresh;

/// Why a gate cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// The issuer's name is not an origin.
    #[error("the issuer {0}")]
    Issuer(#[from] OriginError),
    /// The issuer is reached in the clear.
    #[error(
        "the issuer {0} is not https: whoever is on the way could give this server keys of his own. Plain http is for an \
         issuer on this machine"
    )]
    PlainHttp(String),
    /// The audience has a wrong form.
    #[error(transparent)]
    Audience(#[from] AudienceError),
    /// The client's name has a wrong form.
    #[error(transparent)]
    Client(#[from] ClientIdError),
    /// No client was given.
    #[error("the issuer tells only its own services what is revoked: call client(id, secret)")]
    NoClient,
    /// There is no runtime to follow the feed in.
    #[error("there is no tokio runtime here: call start() from within one")]
    NoRuntime,
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Http(reqwest::Error),
    /// There is no randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// A gate for tokens under construction.
pub struct OfflineBuilder {
    issuer: String,
    audience: String,
    client: Option<(String, ClientSecret)>,
    address: Option<IpAddr>,
    policy: LivePolicy,
    max_staleness: Duration,
}

impl Gate {
    /// A gate that takes the access tokens of `issuer` (its public URL) that are for `audience`.
    #[must_use]
    pub fn offline(issuer: &str, audience: &str) -> OfflineBuilder {
        OfflineBuilder {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            client: None,
            address: None,
            policy: LivePolicy::default(),
            max_staleness: Duration::from_secs(5),
        }
    }
}

impl OfflineBuilder {
    /// The service that this server is at the issuer: a client that `runs = "service"` and has a role that permits
    /// `revocation:read`.
    #[must_use]
    pub fn client(mut self, id: &str, secret: ClientSecret) -> Self {
        self.client = Some((id.to_owned(), secret));
        self
    }

    /// Reaches the issuer at this IP address, whatever its host name resolves to: one node of several, or an internal network.
    /// The port is that of the issuer's URL, and a certificate has to be for its name all the same.
    #[must_use]
    pub fn reached_at(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// What the roles permit here. A token carries the names of roles and no permission.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<LivePolicy>) -> Self {
        self.policy = policy.into();
        self
    }

    /// How old the knowledge of revocations may be on routes that do not say otherwise: 5 s. Past it they answer 503.
    #[must_use]
    pub fn max_staleness(mut self, at_most: Duration) -> Self {
        self.max_staleness = at_most;
        self
    }

    /// The gate. Until keys and revocations are here it answers 503; it goes on following until the last clone is dropped.
    ///
    /// # Errors
    /// When a name has a wrong form, there is no client, or no tokio runtime.
    pub fn start(self) -> Result<Gate, OfflineError> {
        let issuer = Origin::parse(&self.issuer)?;
        let local = matches!(issuer.host(), "localhost" | "127.0.0.1" | "[::1]");
        if !issuer.is_https() && !local {
            return Err(OfflineError::PlainHttp(self.issuer));
        }
        let (id, secret) = self.client.ok_or(OfflineError::NoClient)?;
        let client = ClientId::parse(&id)?;
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| OfflineError::NoRuntime)?;
        let fetch = Fetch::new(&issuer, self.address, client, secret).map_err(OfflineError::Http)?;
        let (revocations, fresh) = (Arc::new(Revocations::default()), Arc::new(Fresh::default()));
        let audience = Audience::parse(&self.audience)?;
        let verifier =
            Arc::new(Verifier::new(issuer.as_str(), audience, Arc::clone(&revocations), Arc::clone(&fresh) as _));
        let follower = Follower::new(fetch, Arc::clone(&verifier), revocations, fresh, self.max_staleness);
        let following = Following(runtime.spawn(follower.run()));
        let gate = Gate::for_tokens(verifier, self.policy)?.max_staleness(self.max_staleness);
        Ok(gate.beside(Arc::new(following)).build())
    }
}

/// The task, ended with the last gate.
struct Following(tokio::task::JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}
