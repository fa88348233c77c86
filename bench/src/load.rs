//! A plain load: some connections, each sending its next request when the answer to the one before is there.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What is asked, of whom.
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) request: String,
    pub(crate) pid: u32,
}

impl Target {
    /// `GET` of a path, with a cookie or an empty text for none.
    pub(crate) fn get(address: SocketAddr, pid: u32, path: &str, cookie: &str) -> Self {
        let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
        Self { address, pid, request: format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{cookie}\r\n") }
    }

    /// The edit of a product, by whoever this cookie and token belong to.
    pub(crate) fn put(address: SocketAddr, pid: u32, cookie: &str, token: &str) -> Self {
        let body = r#"{"name":"Lantern","price":24.5}"#;
        let length = body.len();
        let head = format!(
            "PUT /demo/api/products/1 HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nx-csrf-token: {token}\r\n"
        );
        let request = format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
        Self { address, pid, request }
    }
}

/// Sends the requests; panics on any answer but 200.
pub(crate) fn run(target: &Target, requests: usize, connections: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let request = &target.request;
    runtime.block_on(async {
        let tasks: Vec<_> =
            (0..connections).map(|_| one(target.address, request.clone(), requests / connections)).collect();
        let mut set = tokio::task::JoinSet::new();
        for task in tasks {
            set.spawn(task);
        }
        while let Some(done) = set.join_next().await {
            done.expect("a connection's task");
        }
    });
}

async fn one(address: SocketAddr, request: String, requests: usize) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("nodelay");
    let mut buffer = vec![0_u8; 16 * 1024];
    for _ in 0..requests {
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
