//! The way of a request through the listener: a look at its `Host`, the router, a line in the log, and the headers that every
//! answer carries.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use admit::{Cause, Problem};
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
};
use http::header::{X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use hyper::body::{Body as _, Incoming};
use tower::Service;

use super::Serving;
use crate::log::REQUESTS;
use crate::metrics::Answers;
use crate::web::{Connection, language};

/// A request with a body must be answered within this time, its slow sender included.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
static RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What the requests of a listener share.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) serving: Serving,
    pub(super) requests: AtomicU64,
    pub(super) answers: Answers,
}

/// Answers a request of the main listener.
pub(super) async fn answer(shared: &Shared, peer: SocketAddr, request: Request<Incoming>) -> Response {
    let number = shared.requests.fetch_add(1, Ordering::Relaxed);
    let connection = Connection { peer, number, run: shared.serving.run };
    // Copied, because the request is given away: a path is a few bytes, a whole Uri has shared parts to count.
    let (method, path) = (request.method().clone(), Box::<str>::from(request.uri().path()));
    let language = request.uri().query().and_then(|_| language::remember(request.uri(), shared.serving.https));
    let started = shared.serving.log_requests.then(Instant::now);
    let mut response = if names_one_host(&request) {
        routed(shared, connection, request).await
    } else {
        let detail = "Send one Host header with a host and, if need be, a port (RFC 9112 section 3.2).";
        Problem::bad_request("malformed-host", "The Host header is wrong", detail).into_response()
    };
    if response.status().is_server_error() || started.is_some() {
        log(&response, connection, &method, &path, started);
    }
    shared.answers.count(response.status());
    harden(response.headers_mut(), language, connection.request_id_bytes(), shared.serving.https);
    response
}

async fn routed(shared: &Shared, connection: Connection, mut request: Request<Incoming>) -> Response {
    request.extensions_mut().insert(connection);
    plainly(shared.router.clone(), request).await
}

/// The answer of a router to a request, with nothing around it.
pub(super) async fn plainly(mut router: Router, request: Request<Incoming>) -> Response {
    let waits_for_body = !request.body().is_end_stream();
    let answering = router.call(request.map(Body::new));
    if !waits_for_body {
        return infallible(answering.await);
    }
    match tokio::time::timeout(ANSWERED_WITHIN, answering).await {
        Ok(answered) => infallible(answered),
        Err(_) => {
            let detail = "The body did not arrive in time. Send it at once.";
            Problem::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", "The request took too long", detail)
                .into_response()
        }
    }
}

/// Whether a request says once and well for which host it is. Nothing here decides by it, but a proxy in front may
/// have read another of two.
fn names_one_host(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte);
            !host.is_empty() && host.as_bytes().iter().all(plain)
        }
        (None, None) => request.version() == Version::HTTP_10,
        _ => false,
    }
}

/// One line a request. The query is left out: a set-up link's secret is in it.
fn log(response: &Response, connection: Connection, method: &Method, path: &str, started: Option<Instant>) {
    let (request, status) = (connection.request_id(), response.status().as_u16());
    if response.status().is_server_error() {
        let cause = response.extensions().get::<Cause>().map(|cause| cause.0.as_str());
        tracing::error!(request, %method, path, status, cause, "answered with a server error");
    }
    if let Some(started) = started {
        let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(target: REQUESTS, request, %method, path, status, took_us, "request");
    }
}

fn infallible(answered: Result<Response, std::convert::Infallible>) -> Response {
    let Ok(response) = answered;
    response
}

/// The headers that every answer carries, unless a page has set its own; pages get those that only pages need.
fn harden(headers: &mut HeaderMap, language: Option<HeaderValue>, id: [u8; 25], https: bool) {
    headers.reserve(9);
    if let Ok(id) = HeaderValue::from_bytes(&id) {
        headers.insert(&X_REQUEST_ID, id);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // An answer that the gate lets another origin read says so itself.
    headers.entry(&RESOURCE).or_insert(HeaderValue::from_static("same-origin"));
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if headers.get(CONTENT_TYPE).is_some_and(|media| media.as_bytes().starts_with(b"text/html")) {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        // Not no-referrer: with that, browsers send `Origin: null` from our own forms.
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(&OPENER, HeaderValue::from_static("same-origin"));
        if let Some(cookie) = language {
            headers.append(SET_COOKIE, cookie);
        }
    }
}
