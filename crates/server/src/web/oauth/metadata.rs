//! `/.well-known`: where things are, and which keys sign (RFC 8414, RFC 7517).

use admit::Problem;
use admit_core::jws::{Algorithm, PublicJwk};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::Serialize;

use crate::web::Web;

/// RFC 8414 section 2. There is no authorization endpoint: users sign in with a password at `POST /login`.
#[derive(Serialize)]
struct Server {
    issuer: String,
    token_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: [&'static str; 4],
    token_endpoint_auth_signing_alg_values_supported: [Algorithm; 3],
    // Whoever finds nothing here takes it for client_secret_basic alone, and an app revokes its tokens too.
    revocation_endpoint_auth_methods_supported: [&'static str; 4],
    revocation_endpoint_auth_signing_alg_values_supported: [Algorithm; 3],
    introspection_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_signing_alg_values_supported: [Algorithm; 3],
    /// Our own: the feed of what was revoked.
    admit_revocations_endpoint: String,
    /// Our own: how often the feed says that nothing has happened, in milliseconds.
    admit_revocations_heartbeat: u64,
}

const SERVICES: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
const ANYBODY: [&str; 4] = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub(in crate::web) async fn server(State(web): State<Web>) -> Response {
    let at = |path: &str| format!("{}{path}", web.public);
    let server = Server {
        issuer: web.public.to_string(),
        token_endpoint: at("/oauth/token"),
        revocation_endpoint: at("/oauth/revoke"),
        introspection_endpoint: at("/oauth/introspect"),
        jwks_uri: at("/.well-known/jwks.json"),
        response_types_supported: [],
        grant_types_supported: ["refresh_token", "client_credentials"],
        token_endpoint_auth_methods_supported: ANYBODY,
        token_endpoint_auth_signing_alg_values_supported: Algorithm::ALL,
        revocation_endpoint_auth_methods_supported: ANYBODY,
        revocation_endpoint_auth_signing_alg_values_supported: Algorithm::ALL,
        introspection_endpoint_auth_methods_supported: SERVICES,
        introspection_endpoint_auth_signing_alg_values_supported: Algorithm::ALL,
        admit_revocations_endpoint: at("/revocations"),
        admit_revocations_heartbeat: u64::try_from(web.heartbeat.as_millis()).unwrap_or(u64::MAX),
    };
    ([(CACHE_CONTROL, CACHED)], Json(server)).into_response()
}

#[derive(Serialize)]
struct Keys {
    keys: Vec<PublicJwk>,
}

pub(in crate::web) async fn jwks(State(web): State<Web>) -> Result<Response, Problem> {
    let keys = web.operations.issuer()?.published().await;
    let media = HeaderValue::from_static("application/jwk-set+json");
    Ok(([(CACHE_CONTROL, CACHED), (CONTENT_TYPE, media)], Json(Keys { keys })).into_response())
}
