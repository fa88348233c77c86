//! A connection to a node: a request is sent once, and its answer comes whole, or not at all.
//!
//! Unlike a browser it never sends a request a second time: whether the first was carried out is what the judge has to
//! reckon with.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use admit_testkit::{Request, Response, is_open};
use serde_json::Value;

/// How long a connection may take to be opened.
const CONNECT_WITHIN: Duration = Duration::from_millis(1500);

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `x-request-id`.
    pub request: Option<String>,
    /// The value of the session cookie, when one was set.
    pub secret: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Nothing was sent: there is nobody.
    Unsent,
    /// It was sent, and no whole answer came in time.
    Sent,
}

/// A request by somebody who is signed in.
pub trait InSession {
    /// With a session's secret, and the CSRF token that belongs to it. The port is that of the public address.
    #[must_use]
    fn session(self, port: u16, secret: &str, csrf_token: &str) -> Self;
}

impl InSession for Request {
    fn session(self, port: u16, secret: &str, csrf_token: &str) -> Self {
        self.header("cookie", &format!("admit_session_{port}={secret}")).header("x-csrf-token", csrf_token)
    }
}

/// A request of which so much has been sent that the node knows of it, on a connection of its own.
pub struct Held {
    stream: BufReader<TcpStream>,
    rest: Vec<u8>,
}

impl Held {
    /// Sends a request up to its last `kept_back` bytes. `None` when there is nobody.
    #[must_use]
    pub fn begin(address: SocketAddr, request: &Request, kept_back: usize, patience: Duration) -> Option<Self> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_WITHIN).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(patience)).ok()?;
        let mut bytes = request.write(&address.to_string(), "");
        let rest = bytes.split_off(bytes.len().saturating_sub(kept_back));
        let mut stream = BufReader::new(stream);
        stream.get_mut().write_all(&bytes).ok()?;
        Some(Self { stream, rest })
    }

    /// Sends the rest.
    pub fn finish(&mut self) {
        // Whoever has closed the connection has answered, maybe.
        drop(self.stream.get_mut().write_all(&std::mem::take(&mut self.rest)));
    }

    /// The answer.
    #[must_use]
    pub fn answer(mut self) -> Option<Answer> {
        read(&mut self.stream).map(|(answer, _)| answer)
    }
}

/// A kept connection to one address.
pub struct Wire {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Wire {
    /// To this address. Nothing is opened yet.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and waits for its answer, so long between one piece and the next.
    ///
    /// # Errors
    /// When there is none.
    pub fn ask(&mut self, request: &Request, patience: Duration) -> Result<Answer, Lost> {
        let kept = self.stream.take().filter(is_open);
        let mut stream = match kept {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.address, CONNECT_WITHIN).map_err(|_| Lost::Unsent)?;
                stream.set_nodelay(true).map_err(|_| Lost::Unsent)?;
                BufReader::new(stream)
            }
        };
        let timely = stream.get_ref().set_read_timeout(Some(patience));
        timely.and_then(|()| stream.get_ref().set_write_timeout(Some(patience))).map_err(|_| Lost::Unsent)?;
        stream.get_mut().write_all(&request.write(&self.address.to_string(), "")).map_err(|_| Lost::Sent)?;
        let (answer, closes) = read(&mut stream).ok_or(Lost::Sent)?;
        self.stream = (!closes).then_some(stream);
        Ok(answer)
    }
}

/// An answer, and whether the connection ends with it.
fn read(stream: &mut BufReader<TcpStream>) -> Option<(Answer, bool)> {
    let response = Response::read(stream, false)?;
    let has_end = |name| response.header(name).is_some();
    // Without one of these an answer that was cut off looks like a whole one.
    if !matches!(response.status, 204 | 304) && !has_end("content-length") && !has_end("transfer-encoding") {
        return None;
    }
    // Its name ends with the port of the public address.
    let secret = response.all("set-cookie").into_iter().rev().find_map(|cookie| {
        let (_, rest) = cookie.strip_prefix("admit_session")?.split_once('=')?;
        rest.split(';').next().filter(|secret| !secret.is_empty()).map(str::to_owned)
    });
    let closes = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let request = response.header("x-request-id").map(str::to_owned);
    Some((Answer { status: response.status, request, secret, body: response.body }, closes))
}
