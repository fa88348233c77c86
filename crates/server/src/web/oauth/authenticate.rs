//! Who is the client? Shown in the call itself: by a secret, by a signature, or, for an app that can keep neither, not at
//! all (RFC 6749 section 2.3, RFC 7523 section 2.2).

use admit_core::audit::{Actor, EventKind};
use admit_core::client::{Client, ClientId, Proof, Runs};
use admit_core::jws::KeySet;
use admit_core::throttle::{Attempt, Claimant, Stopped};
use admit_core::token::{AssertionError, check_assertion, claimed_client};
use data_encoding::BASE64;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::error::OauthError;
use super::parameters::Parameters;
use crate::operation::Failure;
use crate::web::{Context, Web};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client that is itself, or one of those that can show nothing (a native app).
pub(super) struct Known<'a>(&'a Client);

impl<'a> Known<'a> {
    /// The client.
    pub(super) fn client(&self) -> &'a Client {
        self.0
    }

    /// The client, if it is one that has shown who it is.
    pub(super) fn service(&self) -> Result<&'a Client, OauthError> {
        match self.0.runs {
            Runs::Service => Ok(self.0),
            Runs::Native | Runs::Browser => {
                Err(OauthError::client(format!("{} can show nothing, so this is not for it.", self.0.id), false))
            }
        }
    }
}

/// What a client shows of itself.
enum Shown<'a> {
    Nothing { id: &'a str },
    Secret { id: String, secret: Zeroizing<String>, by_header: bool },
    Assertion { id: Option<&'a str>, text: &'a str },
}

/// Finds out which client calls.
///
/// A wrong proof is an event of the audit log; those of one address at one client are counted in one row. After fifty of them
/// more are 429 for a while, and an assertion is not looked at. A right secret is taken all the same: it cannot be guessed, so
/// whoever fails on purpose behind a service's address does not keep that service out.
///
/// # Errors
/// `invalid_client` alike for an unknown client, a wrong secret and a wrong signature; `invalid_request` for two proofs at
/// once; 429 after too many of them.
pub(super) async fn authenticate<'a>(
    web: &'a Web,
    context: &Context,
    parameters: &Parameters,
) -> Result<Known<'a>, OauthError> {
    let shown = shown(parameters)?;
    let claimed = match &shown {
        Shown::Nothing { id } => find(web, id),
        Shown::Secret { id, .. } => find(web, id),
        // One client by what the assertion says of itself: nobody's signature is tried against everybody's keys.
        Shown::Assertion { id, text } => {
            let claimed = claimed_client(text).filter(|claimed| id.is_none_or(|id| id == claimed.as_str()));
            claimed.and_then(|id| web.operations.clients.get(&id))
        }
    };
    let failed = Failed { web, context, claimed, by_header: matches!(shown, Shown::Secret { by_header: true, .. }) };
    match (&shown, claimed) {
        (Shown::Nothing { .. }, Some(client)) if client.proof.is_none() && client.runs != Runs::Service => {
            Ok(Known(client))
        }
        (Shown::Secret { secret, .. }, Some(client)) => match &client.proof {
            Some(Proof::Secret(digest)) if digest.is_of(secret) => Ok(Known(client)),
            Some(_) | None => Err(failed.because("the secret is wrong", None).await),
        },
        (Shown::Assertion { text, .. }, Some(client @ Client { id, proof: Some(Proof::Keys(keys)), .. })) => {
            let attempt = failed.attempt()?;
            match by_assertion(web, id, keys, text).await {
                Ok(Ok(())) => {
                    attempt.succeeded();
                    Ok(Known(client))
                }
                Ok(Err(why)) => Err(failed.counted("the assertion is not good", why).await),
                Err(error) => {
                    attempt.not_judged();
                    Err(error)
                }
            }
        }
        (Shown::Nothing { .. }, Some(_)) => Err(failed.because("nothing was shown", None).await),
        (Shown::Assertion { .. }, Some(_)) => Err(failed.because("it signs nothing", None).await),
        (_, None) => Err(failed.because("there is no such client", None).await),
    }
}

fn find<'a>(web: &'a Web, id: &str) -> Option<&'a Client> {
    ClientId::parse(id).ok().and_then(|id| web.operations.clients.get(&id))
}

/// What a failure is counted and told by.
struct Failed<'a> {
    web: &'a Web,
    context: &'a Context,
    /// The client that it is said to be, if there is one of that name. A name that somebody made up is written down nowhere.
    claimed: Option<&'a Client>,
    by_header: bool,
}

impl Failed<'_> {
    /// Begins an attempt, which has failed unless it is told otherwise. Only the client at this address is counted: a service
    /// whose proof is wrong must not keep out the others at its address, nor a stranger elsewhere the service itself.
    fn attempt(&self) -> Result<Attempt, OauthError> {
        let operations = &self.web.operations;
        let account = self.claimed.map_or("", |client| client.id.as_str());
        let prefix = self.context.prefix();
        let claimant = Claimant { account, prefix: &prefix, known: true, session: None };
        operations.client_throttle.begin(claimant, operations.clock.monotonic()).map_err(|stopped| {
            let wait = if let Stopped::Wait(wait) = stopped { wait.as_secs() } else { 0 };
            Failure::Throttled(wait.max(1)).into()
        })
    }

    /// Counts it, writes it down, and answers.
    async fn because(self, why: &'static str, told: Option<String>) -> OauthError {
        match self.attempt() {
            Ok(attempt) => drop(attempt),
            Err(wait) => return wait,
        }
        self.counted(why, told).await
    }

    /// Writes down what is counted already, and answers. `told`: what the holder of the client's key may know.
    async fn counted(self, why: &'static str, told: Option<String>) -> OauthError {
        let operations = &self.web.operations;
        let now = operations.clock.now();
        let mut event = self.context.cause(Actor::Anonymous).event(EventKind::ClientRefused, now).with("because", why);
        if let Some(client) = self.claimed {
            event = event.with("client", client.id.as_str());
        }
        tracing::warn!(
            client = self.claimed.map(|client| client.id.as_str()),
            why,
            address = self.context.prefix(),
            "client authentication failed"
        );
        if let Err(error) = operations.accounts.record(event).await {
            return Failure::from(error).into();
        }
        match told {
            Some(told) => OauthError::client(
                format!("The client_assertion is signed as it should be, but {told}."),
                self.by_header,
            ),
            None => OauthError::client("The client is unknown, or what it shows of itself is wrong.", self.by_header),
        }
    }
}

fn shown(parameters: &Parameters) -> Result<Shown<'_>, OauthError> {
    let basic = basic(&parameters.headers)?;
    let id = parameters.get("client_id");
    let assertion = match (parameters.get("client_assertion"), parameters.get("client_assertion_type")) {
        (None, None) => None,
        (Some(text), Some(ASSERTION)) => Some(text),
        _ => return Err(OauthError::request(format!("client_assertion goes with client_assertion_type={ASSERTION}."))),
    };
    match (basic, parameters.get("client_secret"), assertion) {
        (Some((basic, secret)), None, None) if id.is_none_or(|id| id == basic) => {
            Ok(Shown::Secret { id: basic, secret, by_header: true })
        }
        (None, Some(secret), None) => {
            let id = parameters.need("client_id")?.to_owned();
            Ok(Shown::Secret { id, secret: Zeroizing::new(secret.to_owned()), by_header: false })
        }
        (None, None, Some(text)) => Ok(Shown::Assertion { id, text }),
        (None, None, None) => Ok(Shown::Nothing { id: parameters.need("client_id")? }),
        _ => Err(OauthError::request("The client shows who it is in two ways at once, or under two names. Use one.")),
    }
}

/// The name and secret of `Authorization: Basic`, each form-encoded before they were joined (RFC 6749 section 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, Zeroizing<String>)>, OauthError> {
    let malformed = || OauthError::request("The Authorization: Basic header is not a name and a secret in base64.");
    let mut found = None;
    for header in headers.get_all(AUTHORIZATION) {
        let text = header.to_str().map_err(|_| malformed())?;
        let Some((scheme, encoded)) = text.split_once(' ') else { continue };
        if !scheme.eq_ignore_ascii_case("basic") {
            continue;
        }
        let decoded = Zeroizing::new(BASE64.decode(encoded.trim().as_bytes()).map_err(|_| malformed())?);
        let decoded = std::str::from_utf8(&decoded).map_err(|_| malformed())?;
        let (id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
        let plain = |text: &str| {
            let pair = format!("x={text}");
            let mut pairs = form_urlencoded::parse(pair.as_bytes());
            pairs.next().map(|(_, value)| value.into_owned()).filter(|_| pairs.next().is_none()).ok_or_else(malformed)
        };
        if found.replace((plain(id)?, Zeroizing::new(plain(secret)?))).is_some() {
            return Err(malformed());
        }
    }
    Ok(found)
}

/// Whether this client's key signed this, for this server, for the first time. Otherwise why not, if the signature is good: that
/// tells nobody anything but the holder of the key.
async fn by_assertion(
    web: &Web,
    client: &ClientId,
    keys: &KeySet,
    text: &str,
) -> Result<Result<(), Option<String>>, OauthError> {
    let issuer = web.public.as_str();
    let endpoint = format!("{issuer}/oauth/token");
    let operations = &web.operations;
    let now = operations.clock.now();
    match check_assertion(text, client, keys, issuer, &endpoint, now) {
        Ok(assertion) => {
            let used = operations.families.use_assertion(client.clone(), assertion.id, assertion.expires_at, now);
            let first = used.await.map_err(Failure::from)?;
            Ok(if first { Ok(()) } else { Err(Some("its jti was used before".to_owned())) })
        }
        Err(error @ (AssertionError::Claims(_) | AssertionError::Time)) => Ok(Err(Some(error.to_string()))),
        Err(error) => {
            tracing::debug!(%client, %error, "an assertion is not this client's");
            Ok(Err(None))
        }
    }
}
