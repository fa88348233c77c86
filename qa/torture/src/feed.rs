//! Listening to what a verifier is told: the answer to its `GET /revocations`, read on its way by the proxy between the two.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

use crate::history::{FeedEvent, Heard, Nanos, Subject};
use crate::proxy::Listener;

/// An event as it passed, its subject still by its id.
struct Raw {
    verifier: usize,
    at: Nanos,
    /// When the verifier had asked.
    asked: Nanos,
    name: String,
    data: Value,
}

/// Everything that passed on the ways of all verifiers.
#[derive(Clone)]
pub(crate) struct Heardings {
    began: Instant,
    raw: Arc<Mutex<Vec<Raw>>>,
}

impl Heardings {
    /// With the clock of the run.
    pub(crate) fn new(began: Instant) -> Self {
        Self { began, raw: Arc::default() }
    }

    fn now(&self) -> Nanos {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Somebody who listens to one connection of a verifier.
    pub(crate) fn listener(&self, verifier: usize) -> impl Listener + use<> {
        Reader { heard: self.clone(), verifier, sent: Vec::new(), asked: None, body: None, rest: Vec::new() }
    }

    /// What was heard, with the numbers of the subjects.
    pub(crate) fn take(&self, number: impl Fn(&str) -> Option<Subject>) -> Vec<Heard> {
        let raw = std::mem::take(&mut *self.raw.lock().unwrap_or_else(PoisonError::into_inner));
        raw.iter().filter_map(|raw| read(raw, &number)).collect()
    }
}

fn read(raw: &Raw, number: &impl Fn(&str) -> Option<Subject>) -> Option<Heard> {
    let about = &raw.data["sub_id"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let event = match raw.name.as_str() {
        "current" | "heartbeat" => {
            // Whole milliseconds, rounded down by the node.
            FeedEvent::KnownAsOf { moment: raw.asked + raw.data["t"].as_u64()? * 1_000_000 }
        }
        "session-revoked" => FeedEvent::SignIn { name: text(&about["id"])? },
        "token-revoked" => FeedEvent::Token { id: text(&about["jti"])? },
        _ => {
            let generation = raw.data["events"].as_object()?.values().next()?["gen"].as_u64()?;
            FeedEvent::Subject { subject: number(about["sub"].as_str()?)?, generation }
        }
    };
    Some(Heard { verifier: raw.verifier, at: raw.at, event })
}

/// Reads one connection.
struct Reader {
    heard: Heardings,
    verifier: usize,
    /// The beginning of what the verifier sent.
    sent: Vec<u8>,
    /// When it had asked for the feed, if it has.
    asked: Option<Nanos>,
    /// Bytes of the answer that are no whole event yet, once its head has passed.
    body: Option<Vec<u8>>,
    /// Bytes of the answer before that.
    rest: Vec<u8>,
}

impl Listener for Reader {
    fn sends(&mut self, bytes: &[u8]) {
        const FEED: &[u8] = b"GET /revocations ";
        if self.sent.len() < FEED.len() {
            // Before it is passed on: the node has not been asked yet.
            let now = self.heard.now();
            self.sent.extend_from_slice(bytes);
            self.asked = self.sent.starts_with(FEED).then_some(now);
        }
    }

    fn receives(&mut self, bytes: &[u8]) {
        let Some(asked) = self.asked else { return };
        if self.body.is_none() {
            self.rest.extend_from_slice(bytes);
            let Some(end) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") else { return };
            self.body = Some(self.rest.split_off(end + 4));
        } else if let Some(body) = &mut self.body {
            body.extend_from_slice(bytes);
        }
        let Some(body) = &mut self.body else { return };
        // The sizes of chunks stand on lines of their own between the events, each of which comes in one chunk.
        while let Some(end) = body.windows(2).position(|pair| pair == b"\n\n") {
            let event = String::from_utf8_lossy(&body[..end]).into_owned();
            body.drain(..end + 2);
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
            let data = field("data: ").and_then(|data| serde_json::from_str(&data).ok());
            if let (Some(name), Some(data)) = (field("event: "), data) {
                let at = self.heard.now();
                let mut raw = self.heard.raw.lock().unwrap_or_else(PoisonError::into_inner);
                raw.push(Raw { verifier: self.verifier, at, asked, name, data });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_from_chunks_however_they_are_cut() {
        let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
            4a\r\nid: a.1\nevent: session-revoked\ndata: {\"sub_id\":{\"id\":\"s1\"}}\n\n\r\n\
            30\r\nid: a.1\nevent: current\ndata: {\"t\":7,\"at\":1}\n\n\r\n";
        for size in [1, 2, 5, 1000] {
            let heard = Heardings::new(Instant::now());
            let mut reader = heard.listener(2);
            "GET /revocations HTTP/1.1\r\n\r\n".as_bytes().chunks(size).for_each(|piece| reader.sends(piece));
            answer.as_bytes().chunks(size).for_each(|piece| reader.receives(piece));
            let heard = heard.take(|_| None);
            assert!(matches!(&heard[0].event, FeedEvent::SignIn { name } if name == "s1"), "{heard:?}");
            assert!(matches!(heard[1].event, FeedEvent::KnownAsOf { moment } if moment >= 7_000_000), "{heard:?}");
            assert_eq!((heard.len(), heard[0].verifier), (2, 2));
        }
    }
}
