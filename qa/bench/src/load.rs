//! A plain load: some connections, each sending its next request when the answer to the one before is there.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is asked, of whom.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    /// Sent in turn.
    pub(crate) requests: Arc<Mutex<Requests>>,
    pub(crate) pid: u32,
}

/// One request for ever, or many once each.
pub(crate) enum Requests {
    Same(Arc<str>),
    Distinct(std::vec::IntoIter<String>),
}

impl Requests {
    fn next(&mut self) -> Arc<str> {
        match self {
            Self::Same(request) => Arc::clone(request),
            Self::Distinct(requests) => requests.next().expect("as many tokens as requests").into(),
        }
    }
}

impl Target {
    /// `GET` of a path, with a cookie or an empty text for none.
    pub(crate) fn get(address: SocketAddr, pid: u32, path: &str, cookie: &str) -> Self {
        let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
        Self::same(address, pid, format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{cookie}\r\n"))
    }

    /// `GET` of a path with one access token.
    pub(crate) fn bearer(address: SocketAddr, pid: u32, path: &str, token: &str) -> Self {
        Self::same(address, pid, bearer(address, path, token))
    }

    /// `GET` of a path with a new access token each time.
    pub(crate) fn bearers(address: SocketAddr, pid: u32, path: &str, tokens: &[String]) -> Self {
        let requests: Vec<String> = tokens.iter().map(|token| bearer(address, path, token)).collect();
        Self { address, pid, requests: Arc::new(Mutex::new(Requests::Distinct(requests.into_iter()))) }
    }

    fn same(address: SocketAddr, pid: u32, request: String) -> Self {
        Self { address, pid, requests: Arc::new(Mutex::new(Requests::Same(request.into()))) }
    }

    /// The edit of a product, by whoever this cookie and token belong to.
    pub(crate) fn put(address: SocketAddr, pid: u32, cookie: &str, token: &str) -> Self {
        let body = r#"{"name":"Lantern","price":24.5}"#;
        let length = body.len();
        let head = format!(
            "PUT /demo/api/products/1 HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nx-csrf-token: {token}\r\n"
        );
        let request = format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
        Self::same(address, pid, request)
    }
}

fn bearer(address: SocketAddr, path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n")
}

/// Sends the requests; panics on any answer but 200.
pub(crate) fn run(target: &Target, requests: usize, connections: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let tasks: Vec<_> = (0..connections)
            .map(|_| one(target.address, Arc::clone(&target.requests), requests / connections))
            .collect();
        let mut set = tokio::task::JoinSet::new();
        for task in tasks {
            set.spawn(task);
        }
        while let Some(done) = set.join_next().await {
            done.expect("a connection's task");
        }
    });
}

async fn one(address: SocketAddr, what: Arc<Mutex<Requests>>, requests: usize) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("nodelay");
    let mut buffer = vec![0_u8; 16 * 1024];
    for _ in 0..requests {
        let request = what.lock().expect("no panic before").next();
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut filled = 0;
        loop {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "the server closed");
            filled += read;
            if let Some(length) = whole(&buffer[..filled]) {
                assert_eq!(length, filled, "one answer a request");
                break;
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..filled]));
    }
}

/// The length of the answer when it is all there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let at = text.find("content-length: ")? + "content-length: ".len();
    let length: usize = text[at..].split('\r').next()?.parse().ok()?;
    (bytes.len() >= head + length).then_some(head + length)
}
