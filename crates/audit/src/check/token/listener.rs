//! A place for keys of the auditor's own, which no site has a reason to fetch.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::key::OwnKey;

/// It serves until it is dropped.
pub(super) struct Listener {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Listener {
    /// Serves the public half of a key. `bind` is `HOST:PORT`; `address` is how the site reaches it, and none where it
    /// is on the same machine.
    pub(super) async fn start(bind: &str, address: Option<&str>, key: &OwnKey, kids: &[&str]) -> std::io::Result<Self> {
        let socket = TcpListener::bind(bind).await?;
        let address = match address {
            Some(address) => address.trim_end_matches('/').to_owned(),
            None => format!("http://{}", socket.local_addr()?),
        };
        let keys: Vec<_> = kids.iter().map(|kid| key.jwk(Some(kid))).collect();
        let body = json!({ "keys": keys }).to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (body, noted) = (body.clone(), Arc::clone(&noted));
                tokio::spawn(async move {
                    if let Some(path) = serve(stream, &body).await {
                        noted.lock().unwrap_or_else(PoisonError::into_inner).push(path);
                    }
                });
            }
        });
        Ok(Self { address, seen, task })
    }

    /// The address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// The paths that were asked for.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one request; the path that it asked for.
async fn serve(mut stream: TcpStream, body: &str) -> Option<String> {
    let mut request = Vec::new();
    let mut part = [0; 1_024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < 16_384 {
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        request.extend_from_slice(part.get(..read)?);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split_whitespace().nth(1)?.to_owned();
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    // Who hung up before the end has asked all the same.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    Some(path)
}
