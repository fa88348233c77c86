//! A connection on which a test writes the very bytes that it wants, and reads what comes back.

use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::client::{Request, Response, connect, with_port};

/// A connection that is kept from request to request, and made anew when the server has closed it.
pub struct Wire {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    /// How many connections were opened so far.
    pub opened: usize,
}

impl Wire {
    /// To this server. Nothing is opened yet.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None, opened: 0 }
    }

    /// Sends one request as bytes and reads its answer.
    ///
    /// A kept connection that turns out to be closed is replaced once. `None` when a new connection gave no answer.
    pub fn exchange(&mut self, bytes: &[u8]) -> Option<Response> {
        let kept = self.stream.take().and_then(|stream| self.on(stream, bytes));
        kept.or_else(|| {
            self.opened += 1;
            let fresh = BufReader::new(connect(self.address).ok()?);
            self.on(fresh, bytes)
        })
    }

    /// Sends a request and reads its answer, as [`Self::exchange`] does.
    pub fn ask(&mut self, request: &Request) -> Option<Response> {
        self.exchange(&request.write(&self.address.to_string(), ""))
    }

    fn on(&mut self, mut stream: BufReader<TcpStream>, bytes: &[u8]) -> Option<Response> {
        // A server may answer and close before it has read everything.
        drop(stream.get_mut().write_all(&with_port(bytes, self.address.port())));
        let head_only = bytes.starts_with(b"HEAD ");
        let mut response = Response::read(&mut stream, head_only)?;
        while response.status < 200 {
            response = Response::read(&mut stream, head_only)?;
        }
        let closes = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        self.stream = (!closes).then_some(stream);
        Some(response)
    }
}

/// Sends bytes on a new connection, says that no more will come, and returns all that comes back until the server closes
/// or is silent for `patience`.
#[must_use]
pub fn all_answers(address: SocketAddr, bytes: &[u8], patience: Duration) -> Vec<u8> {
    exchange_all(address, bytes, patience, true)
}

/// The same, with the connection left open for more: a server that has read too little will wait, one that takes the
/// bytes for two requests will answer twice.
#[must_use]
pub fn all_answers_while_open(address: SocketAddr, bytes: &[u8], patience: Duration) -> Vec<u8> {
    exchange_all(address, bytes, patience, false)
}

fn exchange_all(address: SocketAddr, bytes: &[u8], patience: Duration, finish: bool) -> Vec<u8> {
    let Ok(mut stream) = connect(address) else { return Vec::new() };
    drop(stream.write_all(&with_port(bytes, address.port())));
    if finish {
        drop(stream.shutdown(Shutdown::Write));
    }
    drop(stream.set_read_timeout(Some(patience)));
    let mut answers = Vec::new();
    let mut buffer = [0; 16 * 1024];
    // An error is the silence, or a reset after what the server did not want to read: what came before counts.
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        answers.extend(&buffer[..count]);
    }
    answers
}
