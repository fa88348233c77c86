//! `GET /revocations`: what makes tokens dead, as server-sent events (WHATWG HTML section 9.2), for verifiers.
//!
//! First whatever a token alive could still need, or only what the caller has missed since its `Last-Event-ID`; then
//! `current`; then each signal when it is in force, and a heartbeat when there is none. `current` and `heartbeat` carry `t`,
//! the milliseconds since the answer began: a caller that adds them to the moment at which it asked knows as of when it
//! knows everything, whatever the two clocks say and however long the bytes were on their way. `at` is the clock here, in
//! milliseconds since 1970: a caller whose own is seconds apart cannot judge whether a token is over.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

use admit::{Principal, Problem};
use admit_core::signal::{Position, Signal, Told, write};
use admit_core::store::Following;
use admit_core::time::Clock;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::Frame;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Web;
use crate::operation::Failure;

static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The longest that one answer goes on. The caller asks again, and so shows again that it may.
const AT_MOST: Duration = Duration::from_secs(5 * 60);

/// Says of a response that its body goes on while nothing else happens on the connection.
#[derive(Clone, Copy, Debug)]
pub struct GoesOn;

pub(super) async fn follow(State(web): State<Web>, principal: Principal, headers: HeaderMap) -> Response {
    let from = match headers.get(&LAST_EVENT_ID).map(|id| id.to_str().unwrap_or_default()).filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => match id.parse::<Position>() {
            Ok(position) => Some(position),
            Err(error) => {
                let title = "The Last-Event-ID cannot be read";
                return Problem::bad_request("malformed-position", title, format!("{id:?} cannot be read: {error}."))
                    .into_response();
            }
        },
    };
    let Ok(place) = Arc::clone(&web.followers).try_acquire_owned() else {
        return Problem::unavailable("too-many-followers", "Too many followers", "Too many verifiers follow at once.")
            .into_response();
    };
    let following = match web.operations.signals.follow(from).await {
        Ok(following) => following,
        Err(error) => return Failure::from(error).problem().into_response(),
    };
    let claims = principal.claims();
    // A caller follows no longer than its own token lives.
    let lives = claims.map_or(AT_MOST, |claims| claims.expires_at.since(web.operations.clock.now()).min(AT_MOST));
    let teller = Teller {
        issuer: web.public.to_string(),
        following,
        began: Instant::now(),
        clock: Arc::clone(&web.operations.clock),
        heartbeat: web.heartbeat,
        own: claims.map(|claims| Told::Token(claims.id)),
        _place: place,
    };
    let (sender, receiver) = mpsc::channel(64);
    let mut stopping = web.stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = teller.tell(sender) => {}
            () = tokio::time::sleep(lives) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    });
    let mut response = Response::new(Body::new(Stream(receiver)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Proxies that gather an answer before they pass it on would hold back the news.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.extensions_mut().insert(GoesOn);
    response
}

/// One answer to one follower.
struct Teller {
    issuer: String,
    following: Following,
    began: Instant,
    clock: Arc<dyn Clock>,
    heartbeat: Duration,
    /// The signal that would make the caller's own token dead.
    own: Option<Told>,
    _place: OwnedSemaphorePermit,
}

impl Teller {
    /// Tells until the follower is gone, too slow, or may not any more.
    async fn tell(mut self, to: mpsc::Sender<Bytes>) {
        for signal in std::mem::take(&mut self.following.missed) {
            if to.send(self.event(&signal)).await.is_err() {
                return;
            }
        }
        let mut name = "current";
        loop {
            // The time is taken before the look: what was in force by then is in the channel, so nothing that happened
            // before `t` is still to be told when `t` is.
            let t = self.began.elapsed();
            match tokio::time::timeout(Duration::ZERO, self.following.coming.next()).await {
                Ok(signal) => {
                    if !self.pass_on(signal, &to).await {
                        return;
                    }
                    continue;
                }
                Err(_) => {
                    if to.send(self.pulse(name, t)).await.is_err() {
                        return;
                    }
                    name = "heartbeat";
                }
            }
            if let Ok(signal) = tokio::time::timeout(self.heartbeat, self.following.coming.next()).await
                && !self.pass_on(signal, &to).await
            {
                return;
            }
        }
    }

    /// Tells of one signal; `false` when that was the last. None: the follower was too slow, or the store stops, and asks
    /// again from where it was.
    async fn pass_on(&mut self, signal: Option<Signal>, to: &mpsc::Sender<Bytes>) -> bool {
        let Some(signal) = signal else { return false };
        let told = to.send(self.event(&signal)).await;
        self.following.seq = signal.seq;
        // A follower whose own token died has to show again that it may; a withdrawn key may have signed it.
        let ends = matches!(signal.told, Told::Key(_)) || self.own.as_ref() == Some(&signal.told);
        told.is_ok() && !ends
    }

    fn event(&self, signal: &Signal) -> Bytes {
        let position = Position { log: self.following.log, seq: signal.seq };
        let (name, claims) = write(signal, &self.issuer, position);
        Bytes::from(format!("id: {position}\nevent: {name}\ndata: {claims}\n\n"))
    }

    fn pulse(&self, name: &str, t: Duration) -> Bytes {
        let position = Position { log: self.following.log, seq: self.following.seq };
        let (t, at) = (t.as_millis(), self.clock.now().millis());
        Bytes::from(format!("id: {position}\nevent: {name}\ndata: {{\"t\":{t},\"at\":{at}}}\n\n"))
    }
}

/// A body of what comes through a channel.
struct Stream(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
