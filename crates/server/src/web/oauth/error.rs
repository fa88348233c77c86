//! Errors as RFC 6749 section 5.2 writes them.

use admit::Problem;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::operation::{Denied, Failure};

/// An error of a token endpoint.
#[derive(Debug)]
pub(in crate::web) struct OauthError {
    status: StatusCode,
    error: &'static str,
    description: String,
    /// For a failure of ours: its headers and cause.
    problem: Option<Problem>,
    challenge: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'static str,
    error_description: &'a str,
}

impl OauthError {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), problem: None, challenge: false }
    }

    /// The request cannot be read.
    pub(super) fn request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// Client authentication failed. `challenge`: it tried by the `Authorization` header.
    pub(super) fn client(description: impl Into<String>, challenge: bool) -> Self {
        Self { challenge, ..Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description) }
    }

    /// The client may not do this.
    pub(super) fn unauthorized(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", description)
    }

    /// A grant type that is not offered.
    pub(super) fn grant_type(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", description)
    }
}

impl From<Denied> for OauthError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Grant(sentence) => Self::new(StatusCode::BAD_REQUEST, "invalid_grant", sentence),
            Denied::Unauthorized(sentence) => Self::unauthorized(sentence),
            Denied::Target(sentence) => Self::new(StatusCode::BAD_REQUEST, "invalid_target", sentence),
            Denied::Failure(failure) => failure.into(),
        }
    }
}

impl From<Failure> for OauthError {
    fn from(failure: Failure) -> Self {
        let problem = Problem::from(failure);
        let later = problem.status().is_server_error() || problem.status() == StatusCode::TOO_MANY_REQUESTS;
        let error = if later { "temporarily_unavailable" } else { "invalid_request" };
        let answer = Self::new(problem.status(), error, problem.detail());
        Self { problem: Some(problem), ..answer }
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let body = Body { error: self.error, error_description: &self.description };
        let mut response = (self.status, Json(body)).into_response();
        if self.challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"admit\""));
        }
        if let Some(problem) = self.problem {
            response.headers_mut().extend(problem.headers().clone());
            if let Some(cause) = problem.cause() {
                response.extensions_mut().insert(cause.clone());
            }
        }
        response
    }
}
