//! What the API says when it refuses: problems (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::flaw::Flaw;
use crate::page::with;
use crate::site::Site;

/// JSON that is for one caller.
pub(crate) fn private_json(value: &Value) -> Response {
    let response = axum::Json(value).into_response();
    with(response, header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

pub(crate) fn problem(status: StatusCode, sentence: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": sentence,
    });
    let mut response = private_json(&body);
    *response.status_mut() = status;
    with(response, header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))
}

/// 401, and how to do better.
pub(crate) fn unauthorized(site: &Site, sentence: &str) -> Response {
    let response = problem(StatusCode::UNAUTHORIZED, sentence);
    if site.has(Flaw::AccessWwwAuthenticate) {
        return response;
    }
    with(response, header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

pub(crate) fn too_many(seconds: u64) -> Response {
    let response = problem(StatusCode::TOO_MANY_REQUESTS, "Too many wrong tries for this name.");
    with(response, header::RETRY_AFTER, HeaderValue::from(seconds))
}
