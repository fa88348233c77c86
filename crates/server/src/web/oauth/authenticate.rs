//! Who is the client? Shown in the call itself: by a secret, by a signature, or, for an app that can keep neither, not at
//! all (RFC 6749 section 2.3, RFC 7523 section 2.2).

use admit_core::client::{Client, ClientId, Proof, Runs};
use admit_core::token::{AssertionError, check_assertion};
use data_encoding::BASE64;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::error::OauthError;
use super::parameters::Parameters;
use crate::operation::Failure;
use crate::web::Web;

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
/// # Errors
/// `invalid_client` alike for an unknown client, a wrong secret and a wrong signature; `invalid_request` for two proofs at
/// once.
pub(super) async fn authenticate<'a>(web: &'a Web, parameters: &Parameters) -> Result<Known<'a>, OauthError> {
    let client = match shown(parameters)? {
        Shown::Nothing { id } => find(web, id).filter(|client| client.proof.is_none() && client.runs != Runs::Service),
        Shown::Secret { id, secret, by_header } => {
            let client = find(web, &id).filter(|client| match &client.proof {
                Some(Proof::Secret(digest)) => digest.is_of(&secret),
                Some(Proof::Keys(_)) | None => false,
            });
            return client.map(Known).ok_or_else(|| refused(by_header));
        }
        Shown::Assertion { id, text } => by_assertion(web, id, text).await?,
    };
    client.map(Known).ok_or_else(|| refused(false))
}

fn find<'a>(web: &'a Web, id: &str) -> Option<&'a Client> {
    ClientId::parse(id).ok().and_then(|id| web.operations.clients.get(&id))
}

fn refused(by_header: bool) -> OauthError {
    tracing::warn!("a client did not show that it is itself");
    OauthError::client("The client is unknown, or what it shows of itself is wrong.", by_header)
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

/// The client whose key signed this, for this server, for the first time.
async fn by_assertion<'a>(web: &'a Web, id: Option<&str>, text: &str) -> Result<Option<&'a Client>, OauthError> {
    let issuer = web.public.as_str();
    let endpoint = format!("{issuer}/oauth/token");
    let operations = &web.operations;
    let now = operations.clock.now();
    let mut why = None;
    for client in operations.clients.values().filter(|client| id.is_none_or(|id| id == client.id.as_str())) {
        let Some(Proof::Keys(keys)) = &client.proof else { continue };
        match check_assertion(text, &client.id, keys, issuer, &endpoint, now) {
            Ok(assertion) => {
                let used =
                    operations.families.use_assertion(client.id.clone(), assertion.id, assertion.expires_at, now);
                if used.await.map_err(Failure::from)? {
                    return Ok(Some(client));
                }
                why = Some("its jti was used before".to_owned());
            }
            // Its signature is good, so this tells nobody anything but the holder of the client's key.
            Err(error @ (AssertionError::Claims(_) | AssertionError::Time)) => why = Some(error.to_string()),
            Err(error) => tracing::debug!(client = %client.id, %error, "an assertion is not this client's"),
        }
    }
    match why {
        Some(why) => {
            Err(OauthError::client(format!("The client_assertion is signed as it should be, but {why}."), false))
        }
        None => Ok(None),
    }
}
