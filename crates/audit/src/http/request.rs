//! A request as a kind of caller would send it.

use url::Url;

/// From where a browser would say that a request comes (Fetch Metadata, W3C; `Origin`, RFC 6454).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Typed into the address bar, or a bookmark.
    Address,
    /// A link or form of the site itself.
    Own,
    /// A script of the site itself.
    OwnScript,
    /// A form of another site.
    Foreign,
    /// A script of another site.
    ForeignScript,
    /// A browser that sends neither `Origin` nor Fetch Metadata, or an app.
    Unsaid,
}

/// The other site of forged requests. It belongs to nobody (RFC 2606).
pub(crate) const ATTACKER: &str = "https://attacker.example";

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) method: &'static str,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<(String, String)>,
    pub(crate) origin: Origin,
}

impl Request {
    pub(crate) fn new(method: &'static str, url: Url, origin: Origin) -> Self {
        Self { method, url, headers: Vec::new(), body: None, origin }
    }

    /// A page that is opened.
    pub(crate) fn get(url: Url) -> Self {
        Self::new("GET", url, Origin::Address)
    }

    /// A form that is sent, `application/x-www-form-urlencoded`.
    pub(crate) fn form<'a>(url: Url, fields: impl IntoIterator<Item = (&'a str, &'a str)>, origin: Origin) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::new("POST", url, origin).body("application/x-www-form-urlencoded", body)
    }

    /// JSON that is sent.
    pub(crate) fn json(url: Url, body: &serde_json::Value, origin: Origin) -> Self {
        Self::new("POST", url, origin).body("application/json", body.to_string()).header("Accept", "application/json")
    }

    pub(crate) fn body(mut self, media: &str, body: impl Into<String>) -> Self {
        self.body = Some((media.to_owned(), body.into()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    pub(crate) fn from(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The headers that a browser would add, as far as sites decide by them.
    pub(crate) fn browser_headers(&self) -> Vec<(String, String)> {
        let own = self.url.origin().ascii_serialization();
        let (site, mode, origin) = match self.origin {
            Origin::Unsaid => return Vec::new(),
            Origin::Address => ("none", "navigate", None),
            Origin::Own => ("same-origin", "navigate", Some(own.as_str())),
            Origin::OwnScript => ("same-origin", "cors", Some(own.as_str())),
            Origin::Foreign => ("cross-site", "navigate", Some(ATTACKER)),
            Origin::ForeignScript => ("cross-site", "no-cors", Some(ATTACKER)),
        };
        let destination = if mode == "navigate" { "document" } else { "empty" };
        let mut headers = vec![
            ("Sec-Fetch-Site".to_owned(), site.to_owned()),
            ("Sec-Fetch-Mode".to_owned(), mode.to_owned()),
            ("Sec-Fetch-Dest".to_owned(), destination.to_owned()),
        ];
        if let Some(origin) = origin {
            // A GET by navigation has a Referer and no Origin.
            if self.method != "GET" && self.method != "HEAD" {
                headers.push(("Origin".to_owned(), origin.to_owned()));
            }
            headers.push(("Referer".to_owned(), format!("{origin}/")));
        }
        headers
    }
}
