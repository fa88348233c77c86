//! Everybody who must not be called: the hosts that tokens point to, and the way out to any other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What arrived, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn push(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until nothing more has arrived for a while.
    pub(crate) fn settle(&self) -> usize {
        let (mut count, mut since) = (self.all().len(), Instant::now());
        while since.elapsed() < Duration::from_millis(300) {
            thread::sleep(Duration::from_millis(10));
            if self.all().len() != count {
                (count, since) = (self.all().len(), Instant::now());
            }
        }
        count
    }
}

/// A host of the attacker. It answers everything with a redirection to itself or with keys of his, and takes note.
pub(crate) struct Lure {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Seen,
}

impl Lure {
    /// On this address; none where the machine does not have it.
    pub(crate) fn open(address: &str, keys: &str) -> Option<Self> {
        let listener = TcpListener::bind(address).ok()?;
        let (address, seen) = (listener.local_addr().unwrap(), Seen::default());
        let (into, keys) = (seen.clone(), keys.to_owned());
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                into.push("a connection".to_owned());
                let head = read_head(&mut stream);
                into.push(head.lines().next().unwrap_or_default().to_owned());
                let answer = if head.contains("/moved") {
                    format!("HTTP/1.1 302 Found\r\nlocation: http://{address}/keys\r\ncontent-length: 0\r\n\r\n")
                } else {
                    let media = "content-type: application/jwk-set+json";
                    format!("HTTP/1.1 200 OK\r\n{media}\r\ncontent-length: {}\r\n\r\n{keys}", keys.len())
                };
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        Some(Self { address, seen })
    }
}

/// What a process is told to call, in place of others: it takes note of everything that it is sent.
pub(crate) struct WayOut {
    pub(crate) url: String,
    pub(crate) seen: Seen,
    leads_to: Arc<OnceLock<SocketAddr>>,
}

impl WayOut {
    /// One that leads nowhere, unless it is told where to.
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (url, seen) = (format!("http://{}", listener.local_addr().unwrap()), Seen::default());
        let leads_to = Arc::new(OnceLock::new());
        let (into, target) = (seen.clone(), Arc::clone(&leads_to));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (into, target) = (into.clone(), target.get().copied());
                thread::spawn(move || pass(stream, target, &into));
            }
        });
        Self { url, seen, leads_to }
    }

    /// From now on it stands in front of this address.
    pub(crate) fn lead_to(&self, address: SocketAddr) {
        self.leads_to.set(address).unwrap();
    }
}

/// Every piece that the client sends is noted by its first line, and passed on.
fn pass(mut client: TcpStream, target: Option<SocketAddr>, seen: &Seen) {
    let mut server = target.and_then(|target| TcpStream::connect(target).ok());
    if let Some(server) = &server {
        server.set_nodelay(true).unwrap();
        let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        thread::spawn(move || {
            drop(std::io::copy(&mut from, &mut to));
            drop(to.shutdown(std::net::Shutdown::Both));
        });
    }
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let piece = &buffer[..count];
        seen.push(String::from_utf8_lossy(piece).lines().next().unwrap_or_default().to_owned());
        let Some(server) = &mut server else {
            drop(client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"));
            return;
        };
        if server.write_all(piece).is_err() {
            return;
        }
    }
}

fn read_head(stream: &mut TcpStream) -> String {
    drop(stream.set_read_timeout(Some(Duration::from_secs(2))));
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        head.extend(&buffer[..count]);
        if head.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}
