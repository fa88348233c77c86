//! `POST /oauth/introspect` (RFC 7662): whether a token is good now, for services that would rather ask than check.

use admit_core::assurance::{Assurance, Methods};
use admit_core::client::{Audience, ClientId};
use admit_core::id::SessionId;
use admit_core::subject::RoleName;
use admit_core::token::{Claims, Holder, TokenId};
use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::authenticate::authenticate;
use super::error::OauthError;
use super::parameters::Parameters;
use crate::web::{Context, Web};

/// RFC 7662 section 2.2. Of a token that is not good, nothing but that is said.
#[derive(Serialize)]
struct Answer<'a> {
    active: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    token: Option<Token<'a>>,
}

#[derive(Serialize)]
struct Token<'a> {
    token_type: &'static str,
    iss: &'a str,
    aud: &'a Audience,
    sub: String,
    client_id: &'a ClientId,
    iat: u64,
    exp: u64,
    jti: TokenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amr: Option<Methods>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    roles: &'a [RoleName],
}

impl<'a> Token<'a> {
    fn new(claims: &'a Claims, issuer: &'a str) -> Self {
        let sub = match claims.holder {
            Holder::User { id, .. } => id.to_string(),
            Holder::Client => claims.client.to_string(),
        };
        let assurance = claims.assurance();
        Self {
            token_type: "Bearer",
            iss: issuer,
            aud: &claims.audience,
            sub,
            client_id: &claims.client,
            iat: claims.issued_at.seconds(),
            exp: claims.expires_at.seconds(),
            jti: claims.id,
            sid: claims.session(),
            auth_time: assurance.map(|assurance| assurance.proved_at().seconds()),
            amr: assurance.map(Assurance::methods),
            acr: assurance.map(|assurance| assurance.level().as_str()),
            roles: &claims.roles,
        }
    }
}

pub(in crate::web) async fn submit(
    State(web): State<Web>,
    context: Context,
    request: Request,
) -> Result<Response, OauthError> {
    let parameters = Parameters::read(&web, request).await?;
    let token = parameters.need("token")?;
    let known = authenticate(&web, &context, &parameters).await?;
    let claims = web.operations.introspect(known.service()?, token).await?;
    let token = claims.as_ref().map(|claims| Token::new(claims, web.public.as_str()));
    Ok(Json(Answer { active: token.is_some(), token }).into_response())
}
