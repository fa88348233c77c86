//! The calls to the issuer, and to nobody else.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::client::ClientId;
use admit_core::credential::ClientSecret;
use admit_core::csrf::Origin;
use admit_core::jws::KeySet;
use admit_core::time::{Clock, Moment};
use http::StatusCode;
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use reqwest::{Client, Response, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How long a call may take, the feed apart. With the longest wait between two tries it stays under five seconds: that is
/// how long an issuer that answers again may go unnoticed.
const CALL: Duration = Duration::from_secs(3);
/// The most bytes of an answer, the feed apart.
const MAX_ANSWER: usize = 256 * 1024;

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// It did not reach the issuer, or its answer did not come.
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    /// Another answer than hoped for.
    #[error("{what} was answered {status}: {text:?}")]
    Status { what: &'static str, status: StatusCode, text: String },
    /// An answer that cannot be used.
    #[error("{what} gave an answer that cannot be used: {why}")]
    Answer { what: &'static str, why: String },
}

/// RFC 8414, as far as it is needed.
#[derive(Clone, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    token_endpoint: String,
    jwks_uri: String,
    admit_revocations_endpoint: String,
    admit_revocations_heartbeat: u64,
}

impl Metadata {
    /// How often the feed says that nothing has happened.
    pub(super) fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.admit_revocations_heartbeat.clamp(50, 60_000))
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: u64,
}

/// Our own access token, to follow the feed with.
struct Ticket {
    token: String,
    until: Instant,
}

/// The issuer, as this service calls it.
pub(super) struct Fetch {
    issuer: String,
    client: ClientId,
    secret: ClientSecret,
    http: Client,
    ticket: Option<Ticket>,
}

impl Fetch {
    pub(super) fn new(
        issuer: &Origin,
        address: Option<IpAddr>,
        client: ClientId,
        secret: ClientSecret,
    ) -> Result<Self, reqwest::Error> {
        // A redirection could lead anywhere, and the secret with it. No connection is kept for a later call: there are
        // minutes between two, and one that has died unnoticed would cost a whole time-out.
        let mut http =
            Client::builder().redirect(redirect::Policy::none()).connect_timeout(CALL).pool_max_idle_per_host(0);
        if let Some(address) = address {
            // The port is ignored: that of the URL counts.
            http = http.resolve(issuer.host(), SocketAddr::new(address, 0));
        }
        if !issuer.is_https() {
            // An issuer on this machine: a proxy that the environment names would get the secret in the clear.
            http = http.no_proxy();
        }
        Ok(Self { issuer: issuer.as_str().to_owned(), client, secret, http: http.build()?, ticket: None })
    }

    /// Where things are at the issuer. It must call itself what we call it, and have everything at its own address.
    pub(super) async fn metadata(&self) -> Result<Metadata, FetchError> {
        const WHAT: &str = "GET /.well-known/oauth-authorization-server";
        let url = format!("{}/.well-known/oauth-authorization-server", self.issuer);
        let metadata: Metadata = json(WHAT, self.ask(&url).await?).await?;
        if metadata.issuer != self.issuer {
            let why = format!("the issuer calls itself {}, and not {}", metadata.issuer, self.issuer);
            return Err(FetchError::Answer { what: WHAT, why });
        }
        let own = format!("{}/", self.issuer);
        for url in [&metadata.token_endpoint, &metadata.jwks_uri, &metadata.admit_revocations_endpoint] {
            if !url.starts_with(&own) {
                let why = format!("{url} is not at the issuer's own address");
                return Err(FetchError::Answer { what: WHAT, why });
            }
        }
        Ok(metadata)
    }

    /// The issuer's keys.
    pub(super) async fn keys(&self, metadata: &Metadata) -> Result<KeySet, FetchError> {
        const WHAT: &str = "GET jwks.json";
        let text = text(WHAT, self.ask(&metadata.jwks_uri).await?).await?;
        KeySet::parse(&text).map_err(|error| FetchError::Answer { what: WHAT, why: error.to_string() })
    }

    /// `GET`, and no copy that a cache on the way has kept: what is asked for has just changed, perhaps.
    async fn ask(&self, url: &str) -> Result<Response, reqwest::Error> {
        self.http.get(url).timeout(CALL).header(CACHE_CONTROL, "no-cache").send().await
    }

    /// The feed, from `position` on, and the moment at which it was asked for.
    pub(super) async fn feed(
        &mut self,
        metadata: &Metadata,
        position: Option<&str>,
    ) -> Result<(Moment, Response), FetchError> {
        let kept = self.ticket.is_some();
        match self.try_feed(metadata, position).await {
            // The token that was kept has been revoked since, or its key: it says nothing about us.
            Err(FetchError::Status { status: StatusCode::UNAUTHORIZED, .. }) if kept => {
                self.try_feed(metadata, position).await
            }
            answer => answer,
        }
    }

    async fn try_feed(
        &mut self,
        metadata: &Metadata,
        position: Option<&str>,
    ) -> Result<(Moment, Response), FetchError> {
        const WHAT: &str = "GET /revocations";
        let token = self.token(metadata).await?;
        let mut request = self
            .http
            .get(&metadata.admit_revocations_endpoint)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(ACCEPT, "text/event-stream");
        if let Some(position) = position {
            request = request.header("last-event-id", position);
        }
        let late = |_| FetchError::Answer { what: WHAT, why: "no answer in time".to_owned() };
        let asked = SystemClock.monotonic();
        let response = tokio::time::timeout(CALL, request.send()).await.map_err(late)??;
        if response.status() != StatusCode::OK {
            // It may be the token; the next try asks for a new one.
            self.ticket = None;
            tokio::time::timeout(CALL, text(WHAT, response)).await.map_err(late)??;
            return Err(FetchError::Answer { what: WHAT, why: "it is no feed".to_owned() });
        }
        let media = response.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        if !media.starts_with("text/event-stream") {
            return Err(FetchError::Answer { what: WHAT, why: format!("it is {media:?} and no feed") });
        }
        Ok((asked, response))
    }

    /// A token of our own that is good for a while, asked for when the one before is nearly over.
    async fn token(&mut self, metadata: &Metadata) -> Result<String, FetchError> {
        if let Some(ticket) = self.ticket.as_ref().filter(|ticket| Instant::now() < ticket.until) {
            return Ok(ticket.token.clone());
        }
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("audience", &self.issuer)
            .append_pair("client_id", self.client.as_str())
            .append_pair("client_secret", self.secret.reveal())
            .finish();
        let request = self
            .http
            .post(&metadata.token_endpoint)
            .timeout(CALL)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let answer: TokenAnswer = json("POST /oauth/token", request.send().await?).await?;
        let until = Instant::now() + Duration::from_secs(answer.expires_in / 2);
        self.ticket = Some(Ticket { token: answer.access_token.clone(), until });
        Ok(answer.access_token)
    }
}

async fn json<T: DeserializeOwned>(what: &'static str, response: Response) -> Result<T, FetchError> {
    let text = text(what, response).await?;
    serde_json::from_str(&text).map_err(|error| FetchError::Answer { what, why: error.to_string() })
}

async fn text(what: &'static str, mut response: Response) -> Result<String, FetchError> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > MAX_ANSWER {
            return Err(FetchError::Answer { what, why: "it does not end".to_owned() });
        }
    }
    let text = String::from_utf8(bytes).map_err(|error| FetchError::Answer { what, why: error.to_string() })?;
    if response.status() == StatusCode::OK {
        Ok(text)
    } else {
        Err(FetchError::Status { what, status: response.status(), text: text.chars().take(300).collect() })
    }
}
