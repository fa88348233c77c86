//! A small HTTP/1.1 client that sends exactly what a test says, and keeps cookies like a browser.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Without headers or body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As a browser that navigates: it wants a page.
    #[must_use]
    pub fn page(self) -> Self {
        self.header("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { body, ..self.header("content-type", "application/json") }
    }

    /// With a form as the body.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
        Self { body, ..self.header("content-type", "application/x-www-form-urlencoded") }
    }

    /// With these bytes as the body.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// As it is sent to this host, with these cookies.
    #[must_use]
    pub fn write(&self, host: &str, cookies: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let has = |name: &str| self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if !has("host") {
            head.push_str(&format!("host: {host}\r\n"));
        }
        if !cookies.is_empty() && !has("cookie") {
            head.push_str(&format!("cookie: {cookies}\r\n"));
        }
        if !has("content-length")
            && (!self.body.is_empty() || !matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS"))
        {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(&self.body);
        bytes
    }
}

impl Response {
    /// Reads an answer, to a HEAD or to something else; `None` when it does not come whole.
    #[must_use]
    pub fn read(stream: &mut BufReader<TcpStream>, head_only: bool) -> Option<Self> {
        let status = line(stream)?.split(' ').nth(1)?.parse().ok()?;
        let port = stream.get_ref().peer_addr().map_or(0, |address| address.port());
        let mut headers = Vec::new();
        loop {
            let line = line(stream)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), without_port(value.trim(), port)));
        }
        let response = Self { status, headers, body: Vec::new() };
        if head_only || matches!(status, 204 | 304) || status < 200 {
            return Some(response);
        }
        let body = if response.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            chunked(stream)?
        } else if let Some(length) = response.header("content-length") {
            let mut body = vec![0; length.parse().ok()?];
            stream.read_exact(&mut body).ok()?;
            body
        } else {
            let mut body = Vec::new();
            stream.read_to_end(&mut body).ok()?;
            body
        };
        Some(Self { body, ..response })
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All headers of this name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}): {} {}", self.status, self.text()))
    }

    /// The `type` of a problem document, without its prefix; empty when it is none.
    #[must_use]
    pub fn problem(&self) -> String {
        let value: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        value["type"].as_str().unwrap_or_default().trim_start_matches("urn:admit:problem:").to_owned()
    }

    /// The value of the form field of this name in a page.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split('"').next().map(str::to_owned)
    }
}

/// The cookies whose names end with the port in development. Tests write them without, and this module adds and takes it.
const NAMES: [&str; 2] = ["admit_session", "admit_form"];

/// The bytes of a request, with the port in the names of its cookies.
#[must_use]
pub fn with_port(bytes: &[u8], port: u16) -> Vec<u8> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
    let (head, rest) = bytes.split_at(end);
    let mut written = Vec::with_capacity(bytes.len() + 12);
    for (number, line) in head.split(|byte| *byte == b'\n').enumerate() {
        if number > 0 {
            written.push(b'\n');
        }
        let is_cookie = line.get(..7).is_some_and(|name| name.eq_ignore_ascii_case(b"cookie:"));
        for (number, pair) in line.split(|byte| is_cookie && *byte == b';').enumerate() {
            if number > 0 {
                written.push(b';');
            }
            let before = if is_cookie && number == 0 { 7 } else { 0 };
            let blank = pair[before..].iter().take_while(|byte| **byte == b' ').count();
            let (lead, pair) = pair.split_at(before + blank);
            written.extend(lead);
            match NAMES.iter().find(|name| is_cookie && pair.starts_with(format!("{name}=").as_bytes())) {
                Some(name) => {
                    written.extend(format!("{name}_{port}").as_bytes());
                    written.extend(&pair[name.len()..]);
                }
                None => written.extend(pair),
            }
        }
    }
    written.extend(rest);
    written
}

/// The value of a header of an answer, without the port in the name of a cookie.
fn without_port(value: &str, port: u16) -> String {
    for name in NAMES {
        if let Some(rest) = value.strip_prefix(&format!("{name}_{port}=")) {
            return format!("{name}={rest}");
        }
    }
    value.to_owned()
}

/// Sends bytes and reads one answer; `None` when the server closed without one.
#[must_use]
pub fn raw(address: SocketAddr, bytes: &[u8]) -> Option<Response> {
    let mut stream = connect(address).ok()?;
    // A server may answer and close before it has read all.
    drop(stream.write_all(&with_port(bytes, address.port())));
    let head_only = bytes.starts_with(b"HEAD ");
    Response::read(&mut BufReader::new(stream), head_only)
}

pub(crate) fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A line without its end.
fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    line.ends_with('\n').then(|| line.trim_end().to_owned())
}

fn chunked(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(line(stream)?.split(';').next()?, 16).ok()?;
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk).ok()?;
        if length == 0 {
            return Some(body);
        }
        chunk.truncate(length);
        body.extend(chunk);
    }
}

/// Whether the other side has not closed this connection yet.
#[must_use]
pub fn is_open(stream: &BufReader<TcpStream>) -> bool {
    let stream = stream.get_ref();
    let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    let open = matches!(peeked, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
    open && stream.set_nonblocking(false).is_ok()
}

/// A client with a cookie jar and a connection that it keeps.
pub struct Client {
    pub(crate) address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    /// The cookies, by name.
    pub cookies: BTreeMap<String, String>,
    /// The CSRF token of the session, once [`Client::sign_in`] or [`Client::refresh`] has fetched it.
    pub csrf_token: String,
}

impl Client {
    /// Without cookies.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, cookies: BTreeMap::new(), csrf_token: String::new() }
    }

    /// Sends a request with the cookies in the jar, and keeps those that come back.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn send(&mut self, request: &Request) -> Response {
        self.try_send(request).unwrap_or_else(|| panic!("no answer to {} {}", request.method, request.path))
    }

    /// The jar as a browser sends it.
    pub(crate) fn cookie_header(&self) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Sends a request; `None` when the connection broke.
    pub fn try_send(&mut self, request: &Request) -> Option<Response> {
        let bytes = request.write(&self.address.to_string(), &self.cookie_header());
        let bytes = with_port(&bytes, self.address.port());
        let head_only = request.method == "HEAD";
        let had_none = !self.stream.as_ref().is_some_and(is_open);
        let kept = self.stream.take().filter(is_open).and_then(|mut stream| {
            stream.get_mut().write_all(&bytes).ok()?;
            Response::read(&mut stream, head_only).map(|response| (stream, response))
        });
        // A kept connection was open a moment ago. If it gave no answer all the same, the request may have been carried
        // out: only a safe one is sent again.
        let may_repeat = had_none || matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        let (stream, response) = match kept {
            Some(kept) => kept,
            None if !may_repeat => return None,
            None => {
                let mut stream = BufReader::new(connect(self.address).ok()?);
                stream.get_mut().write_all(&bytes).ok();
                let response = Response::read(&mut stream, head_only)?;
                (stream, response)
            }
        };
        self.stream = (response.header("connection") != Some("close")).then_some(stream);
        for cookie in response.all("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                if cookie.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Some(response)
    }

    /// Sends a request once, on a connection of its own; `None` when no whole answer came. Whether the server has carried
    /// it out is then unknown: it is never sent a second time.
    pub fn once(&mut self, request: &Request) -> Option<Response> {
        self.stream = None;
        self.try_send(request)
    }

    /// `GET` as a program.
    pub fn get(&mut self, path: &str) -> Response {
        self.send(&Request::new("GET", path))
    }

    /// `GET` as a browser.
    pub fn page(&mut self, path: &str) -> Response {
        self.send(&Request::new("GET", path).page())
    }

    /// An unsafe request with the session's CSRF token and a JSON body.
    pub fn call(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let request = Request::new(method, path).header("x-csrf-token", &self.csrf_token.clone());
        let request = if body.is_null() { request } else { request.json(body) };
        self.send(&request)
    }

    /// `POST /login` in JSON, without judging the answer.
    pub fn login(&mut self, username: &str, password: &str) -> Response {
        let request =
            Request::new("POST", "/login").json(&serde_json::json!({ "username": username, "password": password }));
        let request =
            if self.csrf_token.is_empty() { request } else { request.header("x-csrf-token", &self.csrf_token.clone()) };
        let response = self.send(&request);
        if response.status == 200 {
            self.csrf_token = response.json()["csrf_token"].as_str().unwrap_or_default().to_owned();
        }
        response
    }

    /// `POST /login` in JSON.
    ///
    /// # Panics
    /// When it is not answered 200.
    pub fn sign_in(&mut self, username: &str, password: &str) -> Value {
        let response = self.login(username, password);
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    /// `GET /session`, keeping its CSRF token.
    pub fn refresh(&mut self) -> Response {
        let response = self.get("/session");
        if response.status == 200 {
            self.csrf_token = response.json()["csrf_token"].as_str().unwrap_or_default().to_owned();
        }
        response
    }
}
