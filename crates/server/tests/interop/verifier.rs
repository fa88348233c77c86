//! One library that checks access tokens, whichever it is.

use admit_testkit::Server;
use serde_json::{Value, json};

use crate::interop::jsonwebtoken::Jsonwebtoken;
use crate::interop::partner::Partner;

/// What a verifier is told beforehand, and takes from nowhere else.
#[derive(Clone)]
pub(crate) struct Expected {
    pub(crate) server: std::net::SocketAddr,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) typ: String,
    pub(crate) algorithm: String,
}

impl Expected {
    /// An access token of this server for itself.
    pub(crate) fn of(server: &Server, algorithm: &str) -> Self {
        let url = || server.url.clone();
        let (typ, algorithm) = ("at+jwt".to_owned(), algorithm.to_owned());
        Self { server: server.address, issuer: url(), audience: url(), typ, algorithm }
    }

    fn begin(&self) -> Value {
        json!({ "begin": {
            "jwks": format!("http://{}/.well-known/jwks.json", self.server),
            "issuer": self.issuer,
            "audience": self.audience,
            "typ": self.typ,
            "algorithms": [self.algorithm],
        } })
    }
}

/// The libraries.
#[derive(Clone, Copy)]
pub(crate) enum Library {
    /// npm
    Jose,
    /// PyPI
    PyJwt,
    /// The crate of that name
    Jsonwebtoken,
}

/// A verifier that stays up, and keeps the keys that it has fetched.
pub(crate) enum Verifier {
    Partner(Partner),
    Here(Jsonwebtoken),
}

impl Verifier {
    /// Starts it; `None` where the library is not installed.
    pub(crate) fn start(library: Library, expected: &Expected) -> Option<Self> {
        let mut partner = match library {
            Library::Jose => Partner::node(include_str!("jose.mjs"), "jose")?,
            Library::PyJwt => Partner::python(include_str!("pyjwt.py"), "jwt")?,
            Library::Jsonwebtoken => return Some(Self::Here(Jsonwebtoken::new(expected.clone()))),
        };
        partner.ask(&expected.begin());
        Some(Self::Partner(partner))
    }

    /// The claims of a good token, or why it is none.
    #[track_caller]
    pub(crate) fn check(&mut self, token: &str) -> Result<Value, String> {
        let mut answer = match self {
            Self::Partner(partner) => partner.ask(&json!({ "token": token })),
            Self::Here(library) => return library.check(token),
        };
        match answer["refused"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(answer["good"].take()),
        }
    }
}
