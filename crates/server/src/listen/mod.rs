//! The listeners: connections and their limits. `answer` is what happens to a request of the main one.

mod answer;
mod places;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpStream};

use crate::metrics::Answers;
use crate::web::revocations::GoesOn;
use answer::{Shared, answer, plainly};
use places::{Line, Place, Places, Taken};

pub use places::Limits;

/// A connection on which no whole request head came, and nothing is being answered, for this long is closed: at the next
/// look, so after twice this at the latest.
const HEADERS_WITHIN: Duration = Duration::from_secs(15);
/// After a signal, requests under way have this long.
const DRAIN: Duration = Duration::from_secs(10);
/// Where reading a request's head stops: hyper looks between two reads, so up to twice this may come through.
const MAX_HEAD: usize = 32 * 1024;
/// Most headers of a request.
const MAX_HEADERS: usize = 100;
/// How long accepting rests when the system gives no connection: at first, and at most.
const REST: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));
/// What a connection is told whose address has too many.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How to serve.
#[derive(Clone, Copy, Debug)]
pub struct Serving {
    /// Tells the runs of the server apart in request ids.
    pub run: u32,
    /// Whether browsers reach this server by https: then they are told to go on doing so.
    pub https: bool,
    /// Whether every request is logged.
    pub log_requests: bool,
}

/// Serves until `stop` is done, then lets requests under way finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    serving: Serving,
    limits: Limits,
    answers: Answers,
    stop: impl Future<Output = ()>,
) {
    let shared = Arc::new(Shared { router, serving, requests: AtomicU64::new(0), answers });
    let answer = move |peer, request| {
        let shared = Arc::clone(&shared);
        async move { answer(&shared, peer, request).await }
    };
    take(listener, limits, answer, stop).await;
}

/// Serves a router as it is, to few who ask, until the task is dropped.
pub async fn serve_few(listener: TcpListener, router: Router) {
    let limits = Limits { connections: 16, per_address: 8, proxies: crate::proxy::TrustedProxies::default() };
    let answer = move |_, request| plainly(router.clone(), request);
    take(listener, limits, answer, std::future::pending()).await;
}

/// Takes connections until `stop` is done, then lets requests under way finish.
async fn take<A, F>(listener: TcpListener, limits: Limits, answer: A, stop: impl Future<Output = ()>)
where
    A: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    let places = Places::new(limits);
    let mut stop = pin!(stop);
    let ticking = Arc::clone(&places);
    let mut ticking = pin!(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            ticking.tick();
        }
    });
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stop => break,
            () = &mut ticking => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let line = Arc::clone(&place.line);
        let (answer, of) = (answer.clone(), Arc::clone(&places));
        let service = service_fn(move |request| {
            let line = Arc::clone(&line);
            of.asked(&line);
            let answering = answer(peer, request);
            async move {
                let mut response = answering.await;
                if line.leaves() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                if response.extensions().get::<GoesOn>().is_some() {
                    return Ok(response.map(|body| Body::new(Going { body, line })));
                }
                line.done.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(response)
            }
        });
        let connection = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let (mut connection, mut idle) = (pin!(connection), pin!(idle(&place.line)));
            loop {
                // A client that goes away, or does not speak HTTP, has been answered by hyper as far as it can be.
                tokio::select! {
                    biased;
                    _ = &mut connection => break,
                    () = &mut idle => break,
                    // One that is being answered is closed after its answer.
                    () = place.line.leave.notified() => if place.line.is_idle() { break },
                }
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = DRAIN.as_secs(), "some requests had not finished when the time for draining was over");
    }
}

/// The next connection that has a place.
async fn accept(listener: &TcpListener, places: &Arc<Places>) -> (TcpStream, SocketAddr, Place) {
    let (mut rest, most) = REST;
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::error!(%error, "a connection could not be accepted");
                if is_exhausted(&error) {
                    places.make_room();
                }
                // Going on at once would only burn the processor.
                tokio::time::sleep(rest).await;
                rest = (rest * 2).min(most);
                continue;
            }
        };
        rest = REST.0;
        loop {
            match places.take(peer) {
                Taken::Place(place) => {
                    // Small answers must not wait for an acknowledgement of the one before.
                    drop(stream.set_nodelay(true));
                    return (stream, peer, place);
                }
                Taken::TooMany => {
                    tracing::warn!(address = %peer.ip(), "an address has as many connections as it may have");
                    drop(stream.try_write(TOO_MANY));
                    break;
                }
                // It may be told that it is another's turn by somebody who took that: so it looks now and then.
                Taken::Full => drop(tokio::time::timeout(most, places.freed.notified()).await),
            }
        }
    }
}

/// Whether there are no descriptors or no memory for one more connection. Anything else says something about that connection
/// alone (accept(2)).
fn is_exhausted(error: &std::io::Error) -> bool {
    let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    error.raw_os_error().is_some_and(|code| exhausted.contains(&Errno::from_raw_os_error(code)))
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

/// Returns when nothing has happened for [`HEADERS_WITHIN`] (slow headers, CWE-400; or an idle connection). One timer looks
/// at a connection now and then: hyper's own is set anew for each request, which costs a session check a twentieth.
async fn idle(line: &Line) {
    let mut before = line.begun.load(Ordering::Relaxed);
    loop {
        tokio::time::sleep(HEADERS_WITHIN).await;
        let begun = line.begun.load(Ordering::Relaxed);
        if begun == before && line.is_idle() {
            return;
        }
        before = begun;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_sends_no_whole_head_is_closed_and_one_that_waits_for_its_answer_is_not() {
        let line = Line::default();
        let started = tokio::time::Instant::now();
        assert!(tokio::time::timeout(HEADERS_WITHIN * 10, idle(&line)).await.is_ok(), "it is never closed");
        assert_eq!(started.elapsed(), HEADERS_WITHIN);

        line.begun.fetch_add(1, Ordering::Relaxed);
        let waited = tokio::time::timeout(HEADERS_WITHIN * 10, idle(&line)).await;
        assert!(waited.is_err(), "a request is being answered");
        line.done.fetch_add(1, Ordering::Relaxed);
        let closed = tokio::time::timeout(HEADERS_WITHIN * 2, idle(&line)).await;
        assert!(closed.is_ok(), "answered, and silent since");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_an_answer_goes_on_is_left_alone_until_that_ends() {
        let line = Arc::new(Line::default());
        line.begun.fetch_add(1, Ordering::Relaxed);
        let going = Going { body: Body::empty(), line: Arc::clone(&line) };
        let waited = tokio::time::timeout(HEADERS_WITHIN * 20, idle(&line)).await;
        assert!(waited.is_err(), "it was closed under the one who listens");
        drop(going);
        let closed = tokio::time::timeout(HEADERS_WITHIN * 2, idle(&line)).await;
        assert!(closed.is_ok(), "nobody listens any more");
    }
}
