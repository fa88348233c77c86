//! A place where tokens are presented, and what it must answer.

use std::net::SocketAddr;

use admit_testkit::{Request, Response, Wire};

/// Who checks the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The issuer itself.
    Server,
    /// The shop behind an offline gate.
    Gate,
}

impl Place {
    pub(crate) const BOTH: [Self; 2] = [Self::Server, Self::Gate];

    /// Guarded routes: for whoever is signed in, and for administrators.
    fn routes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Server => &[("GET", "/session"), ("GET", "/admin/api/users"), ("PUT", "/demo/api/products/1")],
            Self::Gate => &[("PUT", "/demo/api/products/1"), ("GET", "/demo/shop/products/1/edit")],
        }
    }
}

/// A connection to one of them.
pub(crate) struct Door {
    place: Place,
    address: SocketAddr,
    wire: Wire,
}

/// From here on a request's head is too long for the server, whatever is in it; below twice this some come through.
const LONG: usize = 24 * 1024;

impl Door {
    pub(crate) fn new(place: Place, address: SocketAddr) -> Self {
        Self { place, address, wire: Wire::new(address) }
    }

    fn ask(&mut self, (method, path): (&str, &str), token: &[u8], name: &str) -> Option<Response> {
        let body = if method == "PUT" { format!(r#"{{"name":"{name}","price":1.5}}"#) } else { String::new() };
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer ", self.address);
        let tail = match body.len() {
            0 => "\r\n\r\n".to_owned(),
            length => format!("\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"),
        };
        self.wire.exchange(&[head.as_bytes(), token, tail.as_bytes()].concat())
    }

    /// What the attacks try to change.
    pub(crate) fn product(&mut self) -> String {
        self.wire.ask(&Request::new("GET", "/demo/api/products/1")).unwrap().text()
    }

    /// Whether the first guarded route lets this token in.
    pub(crate) fn opens(&mut self, token: &str) -> bool {
        let answer = self.ask(self.place.routes()[0], token.as_bytes(), "Honest").unwrap();
        assert!(matches!(answer.status, 200 | 401), "{:?}: {} {}", self.place, answer.status, answer.text());
        answer.status == 200
    }

    /// Every guarded route lets this token in.
    pub(crate) fn accepts(&mut self, row: &str, token: &str) {
        for route in self.place.routes() {
            let answer = self.ask(*route, token.as_bytes(), "Honest").unwrap();
            assert_eq!(answer.status, 200, "{row}, {:?} {route:?}: {}\n{token}", self.place, answer.text());
        }
    }

    /// No guarded route does, and each says so as RFC 6750 section 3.1 asks: 401 `invalid_token`, or 400 for what is not a
    /// token in the first place. Whose head is too long is told that, or nothing.
    pub(crate) fn refuses(&mut self, row: &str, token: &[u8]) {
        for route in self.place.routes() {
            let answer = self.ask(*route, token, "Stolen");
            let status = answer.as_ref().map(|answer| answer.status);
            let invalid = answer.as_ref().is_some_and(|answer| {
                answer.all("www-authenticate").iter().any(|challenge| challenge.contains("error=\"invalid_token\""))
            });
            let fine = match status {
                Some(401) => is_b64token(token) && invalid,
                Some(400) => !is_b64token(token) || token.len() > LONG,
                Some(431) | None => token.len() > LONG,
                Some(_) => false,
            };
            let shown = String::from_utf8_lossy(&token[..token.len().min(1200)]);
            let said = answer.map(|answer| answer.text());
            assert!(fine, "{row}, {:?} {route:?}: {status:?}\n{shown}\n{said:?}", self.place);
        }
    }
}

/// RFC 6750 section 2.1.
fn is_b64token(bytes: &[u8]) -> bool {
    let body = bytes.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    body > 0 && bytes[..body].iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
}
