//! Everybody who must not be called: the hosts that tokens point to, and the way out to any other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
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

/// A forward proxy that a process is told to use for whatever it calls. It lets through what is for one address, and takes
/// note of everything that it is sent.
pub(crate) struct WayOut {
    pub(crate) url: String,
    pub(crate) seen: Seen,
}

impl WayOut {
    pub(crate) fn to(issuer: Option<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (url, seen) = (format!("http://{}", listener.local_addr().unwrap()), Seen::default());
        let into = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let into = into.clone();
                thread::spawn(move || pass(stream, issuer, &into));
            }
        });
        Self { url, seen }
    }
}

/// Every piece that the client sends is noted by its first line; requests to others are not passed on.
fn pass(mut client: TcpStream, issuer: Option<SocketAddr>, seen: &Seen) {
    let mut server: Option<TcpStream> = None;
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let piece = &buffer[..count];
        let line = String::from_utf8_lossy(piece).lines().next().unwrap_or_default().to_owned();
        let ours = issuer.filter(|issuer| server.is_some() || line.contains(&format!(" http://{issuer}/")));
        seen.push(line);
        let Some(issuer) = ours else {
            drop(client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"));
            return;
        };
        if server.is_none() {
            let Ok(stream) = TcpStream::connect(issuer) else { return };
            stream.set_nodelay(true).unwrap();
            let (mut from, mut to) = (stream.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                drop(std::io::copy(&mut from, &mut to));
                drop(to.shutdown(std::net::Shutdown::Both));
            });
            server = Some(stream);
        }
        if server.as_mut().is_none_or(|server| server.write_all(piece).is_err()) {
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
