//! `GET /revocations`: what makes tokens dead, as server-sent events (WHATWG HTML section 9.2), for verifiers.
//!
//! First whatever a token alive could still need, or only what the caller has missed since its `Last-Event-ID`; then
//! `current`; then each signal when it is in force, and a heartbeat when there is none. `current` and `heartbeat` carry `t`:
//! everything that was acknowledged until `t` milliseconds after the answer began has been told. A caller that adds them to
//! the moment at which it asked knows as of when it knows everything, whatever the two clocks say and however long the bytes
//! were on their way. `at` is the clock here at that moment, in milliseconds since 1970: a caller whose own is seconds apart
//! cannot judge whether a token is over.
//!
//! Of nodes that share a database none knows by its own clock that nothing has happened. So `t` is the beginning of the
//! last completed question to the database ([`Coming::known_as_of`](admit_core::store::Coming::known_as_of)). A node that the
//! database does not answer sends no heartbeat, and then ends the answer: the caller asks again, maybe another node.
//!
//! The caller shows who it is when it asks, and is looked at again while it is told: see `follower`.

mod follower;
mod places;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

use admit::{Principal, Problem};
use admit_core::random::{BufferedRandom, spread};
use admit_core::signal::{Position, Signal, write};
use admit_core::store::Following;
use admit_core::time::{Clock, Moment};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::Web;
use crate::operation::Failure;
use follower::{Follower, Verdict};
use places::Place;

pub use places::Places;

static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The longest that one answer goes on. The caller asks again, and so shows again that it may. Not all of those that came at once,
/// after a restart, at the same moment again: each answer ends somewhere in the second half of this time.
const AT_MOST: Duration = Duration::from_secs(5 * 60);

/// How often it is looked whether the caller still may follow. What ends tokens is a signal and noticed at once; this is for
/// what is not: the end of a session without tokens, another policy.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Heartbeats that may stay out, because nothing can be proved, before the answer ends.
const UNPROVED: u32 = 3;

/// Says of a response that its body goes on while nothing else happens on the connection.
#[derive(Clone, Copy, Debug)]
pub struct GoesOn;

pub(super) async fn follow(
    State(web): State<Web>,
    principal: Principal,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // Before anything is asked of the store: what is proved from here on is proved after the caller had asked.
    let began = web.operations.clock.monotonic();
    let from = match headers.get(&LAST_EVENT_ID).map(|id| id.to_str().unwrap_or_default()).filter(|id| !id.is_empty()) {
        None => None,
        Some(id) => Some(id.parse::<Position>().map_err(|error| {
            let title = "The Last-Event-ID cannot be read";
            Problem::bad_request("malformed-position", title, format!("{id:?} cannot be read: {error}."))
        })?),
    };
    let Some(place) = web.followers.take(&whose(&principal)) else {
        let detail = "As many verifiers follow this node as tokens.max_followers allows, of which no client has more than three \
             quarters. Raise it, or follow another node.";
        return Err(Problem::unavailable("too-many-followers", "Too many followers", detail));
    };
    let following = web.operations.signals.follow(from).await.map_err(Failure::from)?;
    let feed = Feed {
        issuer: web.public.to_string(),
        following,
        began,
        clock: Arc::clone(&web.operations.clock),
        heartbeat: web.heartbeat,
        follower: Follower::new(&web, principal, &headers),
        _place: place,
    };
    let (sender, receiver) = mpsc::channel(64);
    let mut stopping = web.stopping.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = feed.send_to(sender) => {}
            () = tokio::time::sleep(spread(AT_MOST, &BufferedRandom)) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    });
    let mut response = Response::new(Body::new(Stream(receiver)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // Proxies that gather an answer before they pass it on would hold back the news.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.extensions_mut().insert(GoesOn);
    Ok(response)
}

/// Whose share of the places it is: the user's, or the client's that acts for itself.
fn whose(principal: &Principal) -> String {
    match (principal.subject(), principal.token()) {
        (Some(subject), _) => format!("user:{}", subject.id),
        (None, Some(token)) => format!("client:{}", token.claims().client),
        (None, None) => String::new(),
    }
}

/// How long a client that lost this answer waits until it asks again, in milliseconds (`retry` of server-sent events).
const RETRY: Duration = Duration::from_secs(2);

/// The answer ends: the follower is gone, too slow, or may not follow any more, or nothing can be proved to it.
struct End;

/// One answer to one follower.
struct Feed {
    issuer: String,
    following: Following,
    began: Moment,
    clock: Arc<dyn Clock>,
    heartbeat: Duration,
    follower: Follower,
    _place: Place,
}

impl Feed {
    async fn send_to(mut self, to: mpsc::Sender<Bytes>) -> Result<(), End> {
        // Asked after the following began: what ends the follower's right from here on is among what comes.
        self.follower.verdict().await.is_good()?;
        for signal in std::mem::take(&mut self.following.missed) {
            to.send(self.event(&signal)).await.map_err(|_| End)?;
        }
        let (mut name, mut last) = ("current", None);
        let (mut due, mut sent) = (Instant::now(), Instant::now());
        let mut revoked_before = false;
        loop {
            let verdict = self.follower.verdict().await;
            match verdict {
                Verdict::May => {}
                // The signal that says so is on its way, and the last that the follower gets.
                Verdict::Revoked if !revoked_before => {}
                Verdict::Revoked | Verdict::MayNot | Verdict::Unknown => return Err(End),
            }
            revoked_before = verdict == Verdict::Revoked;
            if due <= Instant::now() && !revoked_before {
                if let Some(as_of) = self.known_as_of(&to).await?.filter(|as_of| last.is_none_or(|last| *as_of > last))
                {
                    self.follower.verdict().await.is_good()?;
                    to.send(self.pulse(name, as_of)).await.map_err(|_| End)?;
                    (name, last, sent) = ("heartbeat", Some(as_of), Instant::now());
                } else if sent.elapsed() > (self.heartbeat * UNPROVED).max(Duration::from_secs(1)) {
                    return Err(End);
                }
                due = Instant::now() + self.heartbeat;
            }
            let pulse = due.saturating_duration_since(Instant::now());
            let wait = if revoked_before { LOOK_AGAIN } else { pulse.min(LOOK_AGAIN) };
            if let Ok(signal) = tokio::time::timeout(wait, self.following.coming.next()).await {
                self.pass_on(signal, &to).await?;
                // Who is told that keys have changed fetches them with the next claim, and so it comes at once.
                due = Instant::now();
            }
        }
    }

    /// The latest moment after the beginning of this answer as of which everything has been told. `None` when none can be
    /// proved now.
    async fn known_as_of(&mut self, to: &mpsc::Sender<Bytes>) -> Result<Option<Moment>, End> {
        let mut known = self.following.coming.known_as_of(self.heartbeat / 2);
        let known = loop {
            tokio::select! {
                known = &mut known => break known,
                signal = self.following.coming.next() => self.pass_on(signal, to).await?,
            }
        };
        // Whatever was in force by then is ready here.
        while let Ok(signal) = tokio::time::timeout(Duration::ZERO, self.following.coming.next()).await {
            self.pass_on(signal, to).await?;
        }
        Ok(known.ok().filter(|as_of| *as_of >= self.began))
    }

    /// Tells of one signal. None: the follower was too slow, or the store stops, and it asks again from where it was.
    async fn pass_on(&mut self, signal: Option<Signal>, to: &mpsc::Sender<Bytes>) -> Result<(), End> {
        let signal = signal.ok_or(End)?;
        let verdict = self.follower.verdict().await;
        if matches!(verdict, Verdict::MayNot | Verdict::Unknown) {
            return Err(End);
        }
        to.send(self.event(&signal)).await.map_err(|_| End)?;
        self.following.seq = signal.seq;
        // A follower whose own token has been revoked has to show again that it may.
        verdict.is_good()
    }

    fn event(&self, signal: &Signal) -> Bytes {
        let position = Position { log: self.following.log, seq: signal.seq };
        let (name, claims) = write(signal, &self.issuer, position);
        Bytes::from(format!("id: {position}\nevent: {name}\ndata: {claims}\n\n"))
    }

    fn pulse(&self, name: &str, as_of: Moment) -> Bytes {
        let position = Position { log: self.following.log, seq: self.following.seq };
        // Rounded down, so that a moment is never claimed that has not been proved.
        let t = as_of.since(self.began).as_millis();
        let at = self.clock.now().minus(self.clock.monotonic().since(as_of)).millis();
        // Others than ours ask again at once, all of them, unless they are told otherwise.
        let retry = match name {
            "current" => format!("retry: {}\n", spread(RETRY, &BufferedRandom).as_millis()),
            _ => String::new(),
        };
        Bytes::from(format!("id: {position}\nevent: {name}\n{retry}data: {{\"t\":{t},\"at\":{at}}}\n\n"))
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
