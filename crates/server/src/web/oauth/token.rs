//! `POST /oauth/token` and `POST /session/token`: tokens for refresh tokens, for services, for sessions.

use admit_core::credential::{Presented, present};
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::PRAGMA;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;

use super::authenticate::authenticate;
use super::error::OauthError;
use super::parameters::Parameters;
use crate::operation::{Failure, Tokens};
use crate::web::{Context, Web};

/// The answer with tokens (RFC 6749 section 5.1).
pub(in crate::web) struct Body(Tokens);

#[derive(Serialize)]
struct Written<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl From<Tokens> for Body {
    fn from(tokens: Tokens) -> Self {
        Self(tokens)
    }
}

impl IntoResponse for Body {
    /// `Cache-Control: no-store` is on every answer.
    fn into_response(self) -> Response {
        let written = Written {
            access_token: &self.0.access.token,
            token_type: "Bearer",
            expires_in: self.0.access.expires_in,
            refresh_token: self.0.refresh.as_ref().map(|token| token.as_str()),
        };
        ([(PRAGMA, HeaderValue::from_static("no-cache"))], Json(written)).into_response()
    }
}

pub(in crate::web) async fn submit(
    State(web): State<Web>,
    context: Context,
    request: Request,
) -> Result<Body, OauthError> {
    let parameters = Parameters::read(&web, request).await?;
    let grant_type = parameters.need("grant_type")?;
    let known = authenticate(&web, &context, &parameters).await?;
    let (by, audience) = (context.cause_by(&known.client().id), parameters.audience()?);
    let tokens = match grant_type {
        "refresh_token" => {
            not_from_a_page(&parameters.headers, &known.client().origins)?;
            let token = parameters.need("refresh_token")?;
            web.operations.refresh(&by, known.client(), token, audience).await?
        }
        "client_credentials" => {
            let client = known.client();
            if client.proof.is_none() {
                let sentence =
                    "client_credentials is for services, which show who they are. Sign a user in with POST /login.";
                return Err(OauthError::unauthorized(sentence));
            }
            web.operations.client_token(&by, client, audience).await?
        }
        "password" | "authorization_code" | "implicit" => {
            let sentence = format!(
                "{grant_type} is not offered here. A user of a native app signs in with POST /login and its client_id."
            );
            return Err(OauthError::grant_type(sentence));
        }
        _ => return Err(OauthError::grant_type("grant_type is refresh_token or client_credentials.")),
    };
    Ok(tokens.into())
}

/// An app is no page: what a browser sends comes from a script, whose storage any other script of the page can read. A web
/// view of the app's own is named in its `origins`.
///
/// Of the `Sec-Fetch` headers only the site tells: the `fetch` of Node, in which servers and apps are written too, sends
/// `Sec-Fetch-Mode`. A browser that sends neither sends `Origin` with every POST of a script.
pub(in crate::web) fn not_from_a_page(
    headers: &HeaderMap,
    origins: &[admit_core::csrf::Origin],
) -> Result<(), Failure> {
    let origin = headers.get(http::header::ORIGIN).map(|origin| origin.as_bytes());
    let named = origin.is_some_and(|origin| origins.iter().any(|own| own.as_str().as_bytes() == origin));
    // Every browser that says one of these says Sec-Fetch-Site. Sec-Fetch-Mode alone is what the fetch of Node.js sends.
    let by_browser =
        ["sec-fetch-site", "sec-fetch-dest", "sec-fetch-user"].iter().any(|name| headers.contains_key(*name));
    if named || (origin.is_none() && !by_browser) {
        return Ok(());
    }
    let sentence = "This request comes from a page, and tokens are not given to pages: any script that gets into the page \
                    could read them. Sign in without client_id and use the session cookie. A web view of a native app is \
                    named in its client's origins.";
    Err(Failure::Refused { kind: "tokens-for-a-browser", sentence: sentence.to_owned() })
}

/// Exchanges a user's session for an access token: for the server of a server-rendered app, which has the user's cookie
/// with the request that it is answering, and a proof of its own that no page has.
pub(in crate::web) async fn exchange(
    State(web): State<Web>,
    context: Context,
    request: Request,
) -> Result<Body, OauthError> {
    let parameters = Parameters::read(&web, request).await?;
    let known = authenticate(&web, &context, &parameters).await?;
    let client = known.service()?;
    not_from_a_page(&parameters.headers, &[])?;
    let audience = parameters
        .audience()?
        .ok_or_else(|| OauthError::request("The parameter audience is missing: name the API that the token is for."))?;
    let mut cookies = parameters.headers.clone();
    // The client's own proof may be in it; it is no credential of the user.
    cookies.remove(http::header::AUTHORIZATION);
    let presented = present(&cookies, Some(&*web.cookies.session_name()));
    let Ok(Some(Presented::Session(session))) = presented else {
        let sentence = "The user's session cookie is missing, malformed or there twice. Pass on the Cookie header of the \
                        request that you are answering.";
        return Err(OauthError::request(sentence));
    };
    let tokens = web.operations.exchange_session(&context.cause_by(&client.id), client, &session, audience).await?;
    Ok(tokens.into())
}
