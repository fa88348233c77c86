//! The gate: everything that a route's steps need, built once.

#[cfg(feature = "offline")]
use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::client::ClientId;
use admit_core::csrf::{CsrfKey, Origins};
use admit_core::policy::LivePolicy;
use admit_core::random::{BufferedRandom, OsRandom, Random, RandomError};
use admit_core::secret::ServerSecret;
use admit_core::session::SessionRules;
use admit_core::store::Sessions;
use admit_core::time::Clock;
use admit_core::token::Verifier;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{Extensions, HeaderMap, HeaderValue, Method, Uri};

use admit_core::credential::{Malformed, SuccessorKey};

use crate::cookie::Cookies;
use crate::problem::Problem;
use crate::rejection::{Rejection, anonymous};
use crate::witness::Witness;

/// How old the knowledge of revoked tokens may be when nobody says otherwise.
const DEFAULT_MAX_STALENESS: Duration = Duration::from_secs(5);

/// Most bytes of a body when nobody says otherwise: as axum's extractors.
const DEFAULT_BODY_LIMIT: usize = 2 * 1024 * 1024;

/// The parts of a request that the answer to a rejection may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a Method,
    /// The path and query.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The extensions.
    pub extensions: &'a Extensions,
}

impl<'a> Asked<'a> {
    /// The parts of a request.
    pub(crate) fn of(request: &'a Request) -> Self {
        let (method, uri) = (request.method(), request.uri());
        Self { method, uri, headers: request.headers(), extensions: request.extensions() }
    }
}

/// Gives people pages where programs get problem documents.
pub trait Face: Send + Sync + 'static {
    /// The answer to a rejection; `None` for the problem document.
    fn refuse(&self, rejection: &Rejection, asked: Asked<'_>) -> Option<Response>;

    /// The answer for a path that is not there; `None` for the problem document.
    fn not_found(&self, asked: Asked<'_>) -> Option<Response>;

    /// The answer for a path that is there, and does not take this method; `None` for the problem document.
    fn method_not_allowed(&self, asked: Asked<'_>) -> Option<Response> {
        let _ = asked;
        None
    }
}

pub(crate) struct Inner {
    pub(crate) sessions: Option<Arc<dyn Sessions>>,
    pub(crate) tokens: Option<Arc<Verifier>>,
    /// The clients whose tokens are taken by routes for named ones.
    pub(crate) named_clients: BTreeSet<ClientId>,
    /// For routes that do not say otherwise.
    pub(crate) max_staleness: Duration,
    pub(crate) policy: LivePolicy,
    pub(crate) rules: SessionRules,
    pub(crate) csrf_key: CsrfKey,
    /// For the secrets that take the place of others.
    pub(crate) successors: SuccessorKey,
    pub(crate) origins: Origins,
    pub(crate) cookies: Cookies,
    pub(crate) clock: Arc<dyn Clock>,
    /// For secrets.
    pub(crate) random: Arc<dyn Random>,
    /// For masks.
    pub(crate) masks: Arc<dyn Random>,
    pub(crate) face: Option<Arc<dyn Face>>,
    pub(crate) witness: Option<Arc<dyn Witness>>,
    /// Most bytes of a body, for routes that do not say otherwise.
    pub(crate) body_limit: usize,
    /// What has to go on as long as the gate is there.
    #[cfg(feature = "offline")]
    pub(crate) _beside: Option<Arc<dyn Any + Send + Sync>>,
}

/// What stands between a request and its handler. Cheap to clone.
#[derive(Clone)]
pub struct Gate(pub(crate) Arc<Inner>);

/// A [`Gate`] under construction.
pub struct GateBuilder(Inner);

impl Gate {
    /// A gate over these sessions, with this policy and this server's secret. Cookies are for https unless said otherwise.
    #[must_use]
    pub fn builder(sessions: Arc<dyn Sessions>, policy: impl Into<LivePolicy>, secret: &ServerSecret) -> GateBuilder {
        GateBuilder::new(Some(sessions), None, policy.into(), secret)
    }

    /// A gate that takes access tokens alone: there are no sessions, and no cookie is a credential.
    ///
    /// # Errors
    /// When there is no randomness for the key of forms.
    pub fn for_tokens(tokens: Arc<Verifier>, policy: impl Into<LivePolicy>) -> Result<GateBuilder, RandomError> {
        Ok(GateBuilder::new(None, Some(tokens), policy.into(), &ServerSecret::new(&OsRandom)?))
    }

    /// The policy that routes are decided by, and where another is put in its place.
    #[must_use]
    pub fn policy(&self) -> &LivePolicy {
        &self.0.policy
    }

    /// The names and attributes of this deployment's cookies.
    #[must_use]
    pub fn cookies(&self) -> &Cookies {
        &self.0.cookies
    }

    /// The lifetimes of sessions.
    #[must_use]
    pub fn rules(&self) -> &SessionRules {
        &self.0.rules
    }

    /// How old the knowledge of revoked tokens is; `None` while there is none, or where no tokens are taken. For a health
    /// check: past its bound a route answers 503 by itself.
    #[must_use]
    pub fn token_staleness(&self) -> Option<Duration> {
        self.0.tokens.as_ref().and_then(|tokens| tokens.staleness())
    }

    /// The answer to a rejection, as a page or as a problem document.
    #[must_use]
    pub fn refuse(&self, rejection: Rejection, asked: Asked<'_>) -> Response {
        let page = self.0.face.as_ref().and_then(|face| face.refuse(&rejection, asked));
        let broken_cookie = matches!(rejection, Rejection::Malformed(Malformed::Cookie | Malformed::DuplicateCookie));
        let mut response = page.unwrap_or_else(|| self.problem(&rejection).into_response());
        // Whom it turned away is one person's business.
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if broken_cookie {
            // Otherwise a browser would send the broken one forever.
            response.headers_mut().append(SET_COOKIE, self.0.cookies.clear_session());
        }
        response
    }
}

impl Gate {
    /// The problem document of a rejection, with the challenges of the credentials that this gate takes.
    pub(crate) fn problem(&self, rejection: &Rejection) -> Problem {
        let Rejection::Anonymous { presented } = rejection else { return rejection.problem() };
        anonymous(*presented, self.0.sessions.is_some(), self.0.tokens.is_some())
    }
}

impl GateBuilder {
    fn new(
        sessions: Option<Arc<dyn Sessions>>,
        tokens: Option<Arc<Verifier>>,
        policy: LivePolicy,
        secret: &ServerSecret,
    ) -> Self {
        Self(Inner {
            sessions,
            tokens,
            named_clients: BTreeSet::new(),
            max_staleness: DEFAULT_MAX_STALENESS,
            policy,
            rules: SessionRules::default(),
            csrf_key: CsrfKey::new(&secret.derive("csrf")),
            successors: SuccessorKey::new(secret),
            origins: Origins::default(),
            cookies: Cookies::https(crate::cookie::SameSite::Lax),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            masks: Arc::new(BufferedRandom),
            face: None,
            witness: None,
            body_limit: DEFAULT_BODY_LIMIT,
            #[cfg(feature = "offline")]
            _beside: None,
        })
    }

    /// Takes access tokens too, beside sessions.
    #[must_use]
    pub fn tokens(mut self, tokens: Arc<Verifier>) -> Self {
        self.0.tokens = Some(tokens);
        self
    }

    /// The clients whose tokens are taken by routes with [`crate::Guarded::by_named_clients`]. None, unless they are named.
    #[must_use]
    pub fn named_clients(mut self, clients: impl IntoIterator<Item = ClientId>) -> Self {
        self.0.named_clients = clients.into_iter().collect();
        self
    }

    /// How old the knowledge of revoked tokens may be on routes that do not say otherwise. Past it they answer 503.
    #[must_use]
    pub fn max_staleness(mut self, at_most: Duration) -> Self {
        self.0.max_staleness = at_most;
        self
    }

    /// Lifetimes and limits of sessions.
    #[must_use]
    pub fn rules(mut self, rules: SessionRules) -> Self {
        self.0.rules = rules;
        self
    }

    /// This site's own origin, and others whose pages may send unsafe requests. Say it wherever the site has a public address:
    /// without it `Origin` is compared with the `Host` header.
    #[must_use]
    pub fn origins(mut self, origins: Origins) -> Self {
        self.0.origins = origins;
        self
    }

    /// How cookies are written.
    #[must_use]
    pub fn cookies(mut self, cookies: Cookies) -> Self {
        self.0.cookies = cookies;
        self
    }

    /// Where the time comes from.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.0.clock = clock;
        self
    }

    /// Where unpredictable bytes come from.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.0.masks = Arc::clone(&random);
        self.0.random = random;
        self
    }

    /// Pages for people.
    #[must_use]
    pub fn face(mut self, face: Arc<dyn Face>) -> Self {
        self.0.face = Some(face);
        self
    }

    /// Somebody who watches every request's steps. For development.
    #[must_use]
    pub fn witness(mut self, witness: Arc<dyn Witness>) -> Self {
        self.0.witness = Some(witness);
        self
    }

    /// The most bytes of an unsafe request's body, on routes that do not say otherwise: over it, 413. 2 MiB unless this is said,
    /// which is also where axum's own extractors stop.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.0.body_limit = bytes;
        self
    }

    /// Keeps something alive as long as the gate.
    #[cfg(feature = "offline")]
    pub(crate) fn beside(mut self, beside: Arc<dyn Any + Send + Sync>) -> Self {
        self.0._beside = Some(beside);
        self
    }

    /// The gate.
    #[must_use]
    pub fn build(self) -> Gate {
        Gate(Arc::new(self.0))
    }
}
