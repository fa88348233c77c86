//! The listener: connections, their limits, and the headers that every answer carries.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use admit::{Cause, Problem};
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, REFERRER_POLICY, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
};
use http::header::{X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::Service;

use crate::metrics::Answers;
use crate::web::revocations::GoesOn;
use crate::web::{Connection, language};

/// A connection on which no whole request head came, and nothing is being answered, for this long is closed: at the next
/// look, so after twice this at the latest.
const HEADERS_WITHIN: Duration = Duration::from_secs(15);
/// A request with a body must be answered within this time, its slow sender included.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// After a signal, requests under way have this long.
const DRAIN: Duration = Duration::from_secs(10);
/// Where reading a request's head stops: hyper looks between two reads, so up to twice this may come through.
const MAX_HEAD: usize = 32 * 1024;
/// Most headers of a request.
const MAX_HEADERS: usize = 100;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
static RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// How to serve.
#[derive(Clone, Copy, Debug)]
pub struct Serving {
    /// Tells the runs of the server apart in request ids.
    pub run: u32,
    /// Most open connections.
    pub max_connections: usize,
    /// Whether browsers reach this server by https: then they are told to go on doing so.
    pub https: bool,
    /// Whether every request is logged.
    pub log_requests: bool,
}

struct Shared {
    router: Router,
    serving: Serving,
    requests: AtomicU64,
    answers: Answers,
}

/// Serves until `stop` is done, then lets requests under way finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    serving: Serving,
    answers: Answers,
    stop: impl Future<Output = ()>,
) {
    let shared = Arc::new(Shared { router, serving, requests: AtomicU64::new(0), answers });
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(serving.max_connections.max(1)));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let line =
            Arc::new(Line { shared: Arc::clone(&shared), peer, begun: AtomicU64::new(0), done: AtomicU64::new(0) });
        let seen = Arc::clone(&line);
        let service = service_fn(move |request| {
            let line = Arc::clone(&line);
            async move {
                line.begun.fetch_add(1, Ordering::Relaxed);
                let response = answer(&line.shared, line.peer, request).await;
                if response.extensions().get::<GoesOn>().is_some() {
                    return Ok(response.map(|body| Body::new(Going { body, line })));
                }
                line.done.fetch_add(1, Ordering::Relaxed);
                Ok::<_, std::convert::Infallible>(response)
            }
        });
        let connection = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away, or does not speak HTTP, has been answered by hyper as far as it can be.
            tokio::select! {
                biased;
                ended = connection => drop(ended),
                () = idle(&seen.begun, &seen.done) => {}
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = DRAIN.as_secs(), "some requests had not finished when the time for draining was over");
    }
}

/// A connection, and what happens on it. One timer looks at it now and then: hyper's own is set anew for each request,
/// which costs a session check a twentieth.
struct Line {
    shared: Arc<Shared>,
    peer: SocketAddr,
    begun: AtomicU64,
    done: AtomicU64,
}

/// A body that counts as being answered until its last byte is sent or nobody wants it any more.
struct Going {
    body: Body,
    line: Arc<Line>,
}

impl hyper::body::Body for Going {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.line.done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns when nothing has happened for [`HEADERS_WITHIN`] (slow headers, CWE-400; or an idle connection).
async fn idle(begun: &AtomicU64, done: &AtomicU64) {
    let mut before = begun.load(Ordering::Relaxed);
    loop {
        tokio::time::sleep(HEADERS_WITHIN).await;
        let (done, begun) = (done.load(Ordering::Relaxed), begun.load(Ordering::Relaxed));
        if begun == before && done == begun {
            return;
        }
        before = begun;
    }
}

type Accepted = (tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Small answers must not wait for an acknowledgement of the one before.
            drop(stream.set_nodelay(true));
            Some((stream, peer, place))
        }
        Err(error) => {
            // Out of descriptors, most likely. Going on at once would only burn the processor.
            tracing::error!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn answer(shared: &Shared, peer: SocketAddr, request: Request<Incoming>) -> Response {
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

async fn routed(shared: &Shared, connection: Connection, request: Request<Incoming>) -> Response {
    let waits_for_body = !request.body().is_end_stream();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(connection);
    let answering = shared.router.clone().call(request);
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
        tracing::info!(request, %method, path, status, took_us, "request");
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
    headers.insert(&RESOURCE, HeaderValue::from_static("same-origin"));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_sends_no_whole_head_is_closed_and_one_that_waits_for_its_answer_is_not() {
        let (begun, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let started = tokio::time::Instant::now();
        assert!(tokio::time::timeout(HEADERS_WITHIN * 10, idle(&begun, &done)).await.is_ok(), "it is never closed");
        assert_eq!(started.elapsed(), HEADERS_WITHIN);

        begun.fetch_add(1, Ordering::Relaxed);
        let waited = tokio::time::timeout(HEADERS_WITHIN * 10, idle(&begun, &done)).await;
        assert!(waited.is_err(), "a request is being answered");
        done.fetch_add(1, Ordering::Relaxed);
        let closed = tokio::time::timeout(HEADERS_WITHIN * 2, idle(&begun, &done)).await;
        assert!(closed.is_ok(), "answered, and silent since");
    }
    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_an_answer_goes_on_is_left_alone_until_that_ends() {
        let serving = Serving { run: 0, max_connections: 1, https: false, log_requests: false };
        let shared = Arc::new(Shared {
            router: Router::new(),
            serving,
            requests: AtomicU64::new(0),
            answers: Answers::default(),
        });
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let line = Arc::new(Line { shared, peer, begun: AtomicU64::new(1), done: AtomicU64::new(0) });
        let going = Going { body: Body::empty(), line: Arc::clone(&line) };
        let waited = tokio::time::timeout(HEADERS_WITHIN * 20, idle(&line.begun, &line.done)).await;
        assert!(waited.is_err(), "it was closed under the one who listens");
        drop(going);
        let closed = tokio::time::timeout(HEADERS_WITHIN * 2, idle(&line.begun, &line.done)).await;
        assert!(closed.is_ok(), "nobody listens any more");
    }
}
