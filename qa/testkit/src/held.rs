//! A request whose last byte is kept back.

use std::io::{BufReader, Write};
use std::net::TcpStream;

use crate::client::{Client, Request, Response, connect, with_port};

/// A request of which everything but the last byte of its body has been sent.
pub struct Held {
    stream: BufReader<TcpStream>,
    last: u8,
}

impl Client {
    /// Sends all of a request but its last byte, with the cookies in the jar, on a connection of its own. The server has begun
    /// to serve it when this returns: it has answered another request since.
    ///
    /// # Panics
    /// When the server cannot be reached, or the request has no body.
    #[must_use]
    pub fn hold(&self, request: &Request) -> Held {
        let bytes = with_port(&request.write(&self.address.to_string(), &self.cookie_header()), self.address.port());
        let (last, all_but) = bytes.split_last().expect("a request");
        assert!(bytes.ends_with(&[*last]) && !bytes.ends_with(b"\r\n\r\n"), "a request with a body");
        let mut stream = BufReader::new(connect(self.address).expect("a connection"));
        stream.get_mut().write_all(all_but).expect("the first part of a request");
        for _ in 0..3 {
            assert!(Self::new(self.address).get("/livez").status < 500, "the server is there");
        }
        Held { stream, last: *last }
    }
}

impl Held {
    /// Sends the last byte and reads the answer.
    ///
    /// # Panics
    /// When none comes.
    #[must_use]
    pub fn release(mut self) -> Response {
        // A server may have answered and closed before it has read all.
        drop(self.stream.get_mut().write_all(&[self.last]));
        Response::read(&mut self.stream, false).expect("an answer")
    }
}
