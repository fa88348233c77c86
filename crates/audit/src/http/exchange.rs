//! One request with its answer: the evidence.

use std::time::Duration;

use url::Url;

use super::cookie::Cookie;
use super::request::Request;

/// An answer.
#[derive(Clone, Debug)]
pub struct Received {
    /// The status.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text, at most a mebibyte of it.
    pub body: String,
    /// The protocol, as in `HTTP/2.0`.
    pub version: String,
}

/// One request with its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its number in this audit, from 1.
    pub number: u32,
    /// What was sent.
    pub request: Request,
    /// The `Cookie` header that was sent with it.
    pub cookies: Option<String>,
    /// What came back.
    pub received: Received,
    /// From sending to the end of the body.
    pub elapsed: Duration,
}

impl Exchange {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.received.status
    }

    /// Whether it is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.received.status)
    }

    /// Whether it is a redirect to somewhere.
    #[must_use]
    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.received.status) && self.header("location").is_some()
    }

    /// The first header of a name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.received.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All headers of a name, which is given in lower case.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.received.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Where it redirects to.
    #[must_use]
    pub fn location(&self) -> Option<Url> {
        self.request.url.join(self.header("location")?).ok()
    }

    /// The cookies that it sets.
    pub fn set_cookies(&self) -> impl Iterator<Item = Cookie> + '_ {
        self.headers("set-cookie").filter_map(Cookie::parse)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.received.body
    }

    /// Whether it says that it is HTML.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.header("content-type").is_some_and(|media| media.to_ascii_lowercase().contains("html"))
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.received.body).ok()
    }
}
