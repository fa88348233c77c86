//! The body of an unsafe request, read whole before anybody is authenticated.
//!
//! Whether somebody may act is looked up after the last thing that the caller can delay. Otherwise an administrator who holds
//! back the last byte of a request would act with rights that were taken away while the server waited for it.

use std::error::Error;

use admit_core::credential::Presented;
use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, Request};
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::checks::{Route, header_token};
use crate::rejection::Rejection;
use crate::terms::BodyReading;
use admit_core::csrf::Csrf;
use admit_core::media::{is_form, is_json_as_form};

/// Whether there is a body to read first. A client shows who it is in the call itself, so its handler reads that anyway before
/// it knows anybody.
pub(crate) fn is_due(route: &Route, request: &Request) -> bool {
    !admit_core::csrf::is_safe(request.method())
        && route.terms.csrf != Csrf::Client
        && route.terms.body != BodyReading::Streaming
        && !request.body().is_end_stream()
}

/// Whether the CSRF token, if there is one, is a field of the form in the body.
pub(crate) fn holds_token(route: &Route, headers: &HeaderMap, presented: Option<&Presented>) -> bool {
    let needs_one = match presented {
        Some(Presented::Session(_)) => true,
        Some(Presented::Bearer(_)) => false,
        None => route.terms.csrf == Csrf::BeforeLogin,
    };
    needs_one && header_token(headers).is_none() && is_form(headers)
}

/// Reads the body and puts it back for the handler.
///
/// A body that is said to be over the limit is refused before any of it is asked for (`Expect: 100-continue`).
///
/// # Errors
/// 413 over the limit of the route, 400 when the body ends early.
pub(crate) async fn read(route: &Route, request: &mut Request) -> Result<Bytes, Rejection> {
    let (limit, of_route) = match route.terms.body {
        BodyReading::Whole { at_most: Some(bytes) } => (bytes, true),
        BodyReading::Whole { at_most: None } | BodyReading::Streaming => (route.gate.0.body_limit, false),
    };
    let too_large = || Rejection::BodyTooLarge { at_most: limit };
    if request.body().size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let body = std::mem::take(request.body_mut());
    let read = Limited::new(body, limit).collect().await;
    let bytes = read.map(http_body_util::Collected::to_bytes).map_err(|error| match is_length_limit(&*error) {
        true => too_large(),
        false => Rejection::BodyEndedEarly,
    })?;
    if of_route {
        // axum's extractors have a limit of their own. What this route says goes for them too.
        DefaultBodyLimit::max(limit).apply(request);
    }
    *request.body_mut() = Body::from(bytes.clone());
    Ok(bytes)
}

/// Whether this limit, or one that a layer in front has put on the body, was reached.
fn is_length_limit(error: &(dyn Error + 'static)) -> bool {
    error.is::<LengthLimitError>() || error.source().is_some_and(is_length_limit)
}

/// The CSRF token of a form. Two are none: whoever wrote the second did not write the page.
///
/// # Errors
/// 415 when it is JSON.
pub(crate) fn token(form: &[u8]) -> Result<Option<String>, Rejection> {
    let mut tokens = form_urlencoded::parse(form).filter(|(name, _)| name == "csrf_token");
    match (tokens.next(), tokens.next()) {
        (None, _) if is_json_as_form(form) => Err(Rejection::MediaType),
        (first, None) => Ok(first.map(|(_, value)| value.into_owned())),
        (_, Some(_)) => Ok(Some(String::new())),
    }
}
