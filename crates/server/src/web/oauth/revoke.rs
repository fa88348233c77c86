//! `POST /oauth/revoke` (RFC 7009).

use axum::extract::{Request, State};
use http::StatusCode;

use super::authenticate::authenticate;
use super::error::OauthError;
use super::parameters::Parameters;
use crate::web::{Context, Web};

pub(in crate::web) async fn submit(
    State(web): State<Web>,
    context: Context,
    request: Request,
) -> Result<StatusCode, OauthError> {
    let parameters = Parameters::read(&web, request).await?;
    let token = parameters.need("token")?;
    let known = authenticate(&web, &context, &parameters).await?;
    let client = known.client();
    web.operations.revoke_token(&context.cause_by(&client.id), client, token).await?;
    // A token that was no good before is no error (RFC 7009 section 2.2).
    Ok(StatusCode::OK)
}
