//! A connection to a node: a request is sent once, and its answer comes whole, or not at all.
//!
//! Unlike a browser it never sends a request a second time: whether the first was carried out is what the judge has to
//! reckon with.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long a connection may take to be opened.
const CONNECT_WITHIN: Duration = Duration::from_millis(1500);

/// The longest answer that is read, in bytes.
const LONGEST: usize = 1 << 20;

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

/// A request without its `Host`.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The request line and the headers, each line ended.
    head: String,
    body: String,
}

impl Ask {
    /// Without headers or body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self { head: format!("{method} {path} HTTP/1.1\r\n"), body: String::new() }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// With a session's secret, and the CSRF token that belongs to it. The port is that of the public address.
    #[must_use]
    pub fn session(self, port: u16, secret: &str, csrf_token: &str) -> Self {
        self.header("cookie", &format!("admit_session_{port}={secret}")).header("x-csrf-token", csrf_token)
    }

    /// With an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { body: body.to_string(), ..self.header("content-type", "application/json") }
    }

    /// With a form of names and values that need no encoding.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self { body: pairs.join("&"), ..self.header("content-type", "application/x-www-form-urlencoded") }
    }

    fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let (head, body) = (&self.head, &self.body);
        format!("{head}host: {host}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
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
    pub fn begin(address: SocketAddr, ask: &Ask, kept_back: usize, patience: Duration) -> Option<Self> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_WITHIN).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_read_timeout(Some(patience)).ok()?;
        let mut bytes = ask.bytes(address);
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
    pub fn ask(&mut self, ask: &Ask, patience: Duration) -> Result<Answer, Lost> {
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
        stream.get_mut().write_all(&ask.bytes(self.address)).map_err(|_| Lost::Sent)?;
        let (answer, closes) = read(&mut stream).ok_or(Lost::Sent)?;
        self.stream = (!closes).then_some(stream);
        Ok(answer)
    }
}

/// Whether the other side has not closed this connection yet.
fn is_open(stream: &BufReader<TcpStream>) -> bool {
    let stream = stream.get_ref();
    let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    let open = matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock);
    open && stream.set_nonblocking(false).is_ok()
}

/// An answer, and whether the connection ends with it.
fn read(stream: &mut BufReader<TcpStream>) -> Option<(Answer, bool)> {
    let status = line(stream)?.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, request: None, secret: None, body: Vec::new() };
    let (mut length, mut chunked, mut closes) = (None, false, false);
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Some(value.parse::<usize>().ok().filter(|length| *length <= LONGEST)?),
            "transfer-encoding" => chunked = value.contains("chunked"),
            "connection" => closes = value.eq_ignore_ascii_case("close"),
            "x-request-id" => answer.request = Some(value.to_owned()),
            "set-cookie" => {
                // Its name ends with the port of the public address.
                let value = value.strip_prefix("admit_session").and_then(|rest| rest.split_once('='));
                let secret = value.and_then(|(_, rest)| rest.split(';').next());
                answer.secret = secret.filter(|secret| !secret.is_empty()).map(str::to_owned).or(answer.secret);
            }
            _ => {}
        }
    }
    match length {
        _ if status == 204 || status == 304 => {}
        Some(length) => {
            answer.body = vec![0; length];
            stream.read_exact(&mut answer.body).ok()?;
        }
        None if chunked => loop {
            let length = usize::from_str_radix(line(stream)?.split(';').next()?, 16).ok()?;
            let before = answer.body.len();
            if before + length > LONGEST {
                return None;
            }
            answer.body.resize(before + length + 2, 0);
            stream.read_exact(&mut answer.body[before..]).ok()?;
            answer.body.truncate(before + length);
            if length == 0 {
                break;
            }
        },
        None => return None,
    }
    Some((answer, closes))
}

fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let count = stream.by_ref().take(64 * 1024).read_line(&mut line).ok()?;
    (count > 0 && line.ends_with('\n')).then(|| line.trim_end().to_owned())
}
