//! Somebody who follows `GET /revocations`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use admit_testkit::with_port;
use serde_json::Value;

/// One event of the stream.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct Feed {
    reader: BufReader<Chunks>,
    /// The head of the answer, in lower case.
    pub(crate) head: String,
}

impl Feed {
    /// Follows with this token, from this place on.
    pub(crate) fn open(address: SocketAddr, token: &str, from: Option<&str>) -> Self {
        Self::shown(address, &format!("authorization: Bearer {token}"), from)
    }

    /// Follows with the credential in this header.
    pub(crate) fn shown(address: SocketAddr, credential: &str, from: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
        let from = from.map_or_else(String::new, |id| format!("last-event-id: {id}\r\n"));
        let request = format!("GET /revocations HTTP/1.1\r\nhost: {address}\r\n{credential}\r\n{from}\r\n");
        stream.write_all(&with_port(request.as_bytes(), address.port())).expect("it is sent");
        let mut stream = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut head).expect("an answer") > 0, "{head}");
        }
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        let head = head.to_ascii_lowercase();
        Self { reader: BufReader::new(Chunks { stream, left: 0, first: true, done: false }), head }
    }

    /// The next event; `None` when the stream has ended.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let mut event = Event { id: String::new(), name: String::new(), data: Value::Null };
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).expect("nothing comes") == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("id", id)) => event.id = id.to_owned(),
                Some(("event", name)) => event.name = name.to_owned(),
                // How long to wait when the answer has ended: a test does not.
                Some(("retry", _)) => {}
                Some(("data", data)) => event.data = serde_json::from_str(data).expect("JSON"),
                None if line == "\n" => return Some(event),
                _ => panic!("no line of a stream of events: {line:?}"),
            }
        }
    }

    /// The next event that is no heartbeat.
    pub(crate) fn next_told(&mut self) -> Option<Event> {
        loop {
            let event = self.next()?;
            if event.name != "heartbeat" {
                return Some(event);
            }
        }
    }

    /// What is told before `current`, and `current` itself.
    pub(crate) fn until_current(&mut self) -> (Vec<Event>, Event) {
        let mut before = Vec::new();
        loop {
            let event = self.next().expect("current comes");
            if event.name == "current" {
                return (before, event);
            }
            before.push(event);
        }
    }
}

/// The body of an answer in chunks (RFC 9112 section 7.1).
struct Chunks {
    stream: BufReader<TcpStream>,
    left: usize,
    first: bool,
    done: bool,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.done {
            return Ok(0);
        }
        if self.left == 0 {
            let mut line = String::new();
            if !std::mem::take(&mut self.first) {
                self.stream.read_line(&mut line)?;
                line.clear();
            }
            self.stream.read_line(&mut line)?;
            // A connection that breaks off ends the stream as well as a last chunk does.
            self.left = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            if self.left == 0 {
                self.done = true;
                return Ok(0);
            }
        }
        let most = self.left.min(into.len());
        let count = self.stream.read(into.get_mut(..most).unwrap_or_default())?;
        self.left -= count;
        Ok(count)
    }
}
