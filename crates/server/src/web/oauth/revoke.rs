//! `POST /oauth/revoke` (RFC 7009).

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::authenticate::authenticate;
use super::error::OauthError;
use super::parameters::Parameters;
use crate::web::{Context, Web};

pub(in crate::web) async fn submit(State(web): State<Web>, context: Context, request: Request) -> Response {
    match revoked(&web, &context, request).await {
        // A token that was no good before is no error (RFC 7009 section 2.2).
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn revoked(web: &Web, context: &Context, request: Request) -> Result<(), OauthError> {
    let parameters = Parameters::read(web, request).await?;
    let token = parameters.need("token")?;
    let known = authenticate(web, context, &parameters).await?;
    Ok(web.operations.revoke_token(&context.cause_by(&known.client().id), known.client(), token).await?)
}
