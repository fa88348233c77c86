//! Where a request comes from, by what the browser says: `Origin` and Fetch Metadata.
//!
//! Where the own origin is configured, `Origin` has to be that, scheme and port included, whatever `Sec-Fetch-Site` says
//! beside it; `Host` decides nothing, because whoever sends the request chooses it, and a proxy may rewrite it. Where none is
//! configured the rules are those of Go's `net/http.CrossOriginProtection`, which compares `Origin` with `Host` and cannot see
//! the scheme. There are no exemptions by path: one that matched too much became CVE-2025-47910.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Forgery;

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// An origin as RFC 6454 writes it: scheme, host and, when it is not the scheme's own, port.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority_at: usize,
}

/// Why a text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{shown} is not an origin: {why}. Write scheme://host or scheme://host:port, as in https://shop.example")]
pub struct OriginError {
    /// The text in quotes; without what may be a password.
    shown: String,
    why: &'static str,
}

impl Origin {
    /// The origin of a site's address, as people copy it from a browser: with a slash at the end, or without.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn of_site(address: &str) -> Result<Self, OriginError> {
        let address = address.trim();
        // Two of them are a path.
        Self::parse(address.strip_suffix('/').filter(|rest| !rest.ends_with('/')).unwrap_or(address))
    }

    /// Reads `scheme://host[:port]`, and writes it as browsers do: in lower case, without the scheme's own port. Space around it is dropped.
    ///
    /// # Errors
    /// When there is no scheme, no host that could be one, or a path, query, fragment or user.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let text = text.trim();
        let wrong = |why| OriginError { shown: format!("\"{text}\""), why };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
        let (scheme, own_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => ("http", 80),
            "https" => ("https", 443),
            _ => return Err(wrong("its scheme is neither https nor http")),
        };
        if rest.contains('@') {
            return Err(OriginError { shown: format!("\"{scheme}://…\""), why: "it has a user in it" });
        }
        if rest.strip_suffix('/').is_some_and(|host| !host.contains('/')) {
            return Err(wrong("it has a slash at the end: leave that out"));
        }
        let authority = rest;
        if authority.contains(['/', '\\', '?', '#']) {
            return Err(wrong("it goes on after the host"));
        }
        if !authority.is_ascii() {
            return Err(wrong("its host has letters beyond ASCII: write it as browsers send it, with xn--"));
        }
        let (host, port) = match authority.rfind(']') {
            Some(end) => authority.split_at_checked(end + 1).unwrap_or_default(),
            None => authority.find(':').and_then(|at| authority.split_at_checked(at)).unwrap_or((authority, "")),
        };
        let host = if host.starts_with('[') { address_in_brackets(host) } else { name(host) };
        let host = host.ok_or_else(|| wrong("its host cannot be one"))?;
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let port = digits.parse::<u16>().ok().filter(|port| *port != 0);
                Some(port.ok_or_else(|| wrong("its port is not a number from 1 to 65535"))?)
            }
            None if port.is_empty() => None,
            _ => return Err(wrong("its port is not a number from 1 to 65535")),
        };
        let port = port.filter(|port| *port != own_port).map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { text: format!("{scheme}://{host}{port}"), authority_at: scheme.len() + 3 })
    }

    /// The origin, as a browser writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port, as a `Host` header writes them.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.text.get(self.authority_at..).unwrap_or_default()
    }

    /// The host without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// The port: that of the scheme where none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        let written = self.authority().strip_prefix(self.host()).and_then(|port| port.strip_prefix(':'));
        written.and_then(|port| port.parse().ok()).unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }
}

/// An address of IPv6 as browsers write it: those of IPv4 in it have no dots (WHATWG URL, host serializer).
fn address_in_brackets(host: &str) -> Option<String> {
    let address: Ipv6Addr = host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
    Some(match address.to_ipv4_mapped() {
        Some(_) => {
            let [.., high, low] = address.segments();
            format!("[::ffff:{high:x}:{low:x}]")
        }
        None => format!("[{address}]"),
    })
}

/// A name or an address of IPv4. What ends in a number is an address, and has to be written as one (WHATWG URL, host parser).
fn name(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(is_letter)
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return None;
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    (!is_number || host.parse::<Ipv4Addr>().is_ok()).then_some(host)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The origins whose requests are ours.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// The public origin of this site, as browsers see it. Without it `Origin` is compared with the request's own `Host`, which
    /// knows no scheme and is believed as it comes: good for a start, not behind a proxy.
    pub own: Option<Origin>,
    /// Other names of this same site, for development: a browser that was sent to `localhost` says so in `Origin`. Believed only
    /// where it says `Sec-Fetch-Site: same-origin` too, which no page can make it say.
    pub aliases: Vec<Origin>,
    /// Other origins whose pages may send unsafe requests here, and read the answers of routes that are open to them (CORS). Empty
    /// unless somebody chose otherwise.
    pub trusted: Vec<Origin>,
}

impl Origins {
    /// The `Origin` of a request, if it is one of the trusted, byte for byte. What such a page may send and what it may read (CORS)
    /// are decided by this alone, so that the two cannot disagree.
    #[must_use]
    pub fn trusted_sender<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else { return None };
        self.trusted.iter().any(|trusted| trusted.as_str().as_bytes() == origin.as_bytes()).then_some(origin)
    }

    /// The check of one unsafe request.
    ///
    /// # Errors
    /// When the browser says, or the `Origin` header shows, that another origin sent it.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Forgery> {
        let mut sites = headers.get_all(&SEC_FETCH_SITE).iter();
        let site = sites.next();
        // Two different answers are no answer: only one plain value is believed.
        let plain = sites.next().is_none();
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = origins.next().filter(|value| !value.is_empty());
        if origins.next().is_some() {
            return Err(Forgery::Origin);
        }
        if self.trusted_sender(headers).is_some() {
            return Ok(());
        }
        let by_browser = match site.map(HeaderValue::as_bytes) {
            Some(b"same-origin" | b"none") if plain => true,
            Some(b"") | None => false,
            Some(_) => return Err(Forgery::FetchMetadata),
        };
        // No browser sends an unsafe request from a page without one of the two headers.
        if origin.is_none() {
            return Ok(());
        }
        let text = origin.and_then(|value| value.to_str().ok()).ok_or(Forgery::Origin)?;
        // `null` names nobody. A page under `Referrer-Policy: no-referrer` sends it with its own forms.
        let alias = || self.aliases.iter().any(|alias| alias.as_str() == text);
        if by_browser && (text == "null" || self.own.is_none() || alias()) {
            return Ok(());
        }
        let ours = match &self.own {
            Some(own) => own.as_str() == text,
            None => {
                let host = headers.get(HOST).and_then(|host| host.to_str().ok());
                let authority = text.split_once("://").map(|(_, authority)| authority);
                authority.is_some() && authority == host
            }
        };
        if ours { Ok(()) } else { Err(Forgery::Origin) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, origin) in [
            ("https://example.com", "https://example.com"),
            ("https://example.com:8080", "https://example.com:8080"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://example.com/", "https://example.com"),
            ("HTTPS://Login.Example.COM", "https://login.example.com"),
            (" https://example.com\n", "https://example.com"),
            ("https://example.com:443", "https://example.com"),
            ("https://example.com:0443/", "https://example.com"),
            ("http://example.com:80", "http://example.com"),
            ("https://example.com:80", "https://example.com:80"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://[2001:DB8:0:0::1]:8080", "http://[2001:db8::1]:8080"),
            ("http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"),
            ("https://xn--bj0bj06e.example", "https://xn--bj0bj06e.example"),
            ("https://a_b.example", "https://a_b.example"),
        ] {
            assert_eq!(Origin::of_site(text).unwrap().as_str(), origin, "{text}");
            assert_eq!(Origin::parse(text).ok().is_none(), text.ends_with('/'), "{text}");
        }
        let origin = Origin::parse("http://[::1]:81").unwrap();
        assert_eq!((origin.host(), origin.authority(), origin.port()), ("[::1]", "[::1]:81", 81));
        assert_eq!(Origin::parse("http://[2001:db8::80]").unwrap().port(), 80);
        assert_eq!(Origin::of_site("https://Example.com/").unwrap().host(), "example.com");
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused_with_the_reason() {
        for (bad, why) in [
            ("example.com", "no scheme"),
            ("", "no scheme"),
            ("null", "no scheme"),
            ("*", "no scheme"),
            ("https:example.com", "no scheme"),
            ("ftp://example.com", "scheme is neither"),
            ("https://", "host"),
            ("https:///", "host"),
            ("https://example.com/path", "goes on"),
            ("https://example.com//", "goes on"),
            ("https://example.com?", "goes on"),
            ("https://example.com/?query=value", "goes on"),
            ("https://example.com#fragment", "goes on"),
            ("https://example.com\\", "goes on"),
            ("https://user:hunter2@example.com", "a user in it"),
            ("https://ex ample.com", "host"),
            ("https://exam\tple.com", "host"),
            ("https://*", "host"),
            ("https://*.example.com", "host"),
            ("https://example..com", "host"),
            ("https://example.com.", "host"),
            ("https://ex%61mple.com", "host"),
            ("https://127.1", "host"),
            ("https://0x7f000001", "host"),
            ("https://999.0.0.1", "host"),
            ("https://::1", "host"),
            ("https://[::1", "host"),
            ("https://[::1]x", "port"),
            ("https://[fe80::1%25eth0]", "host"),
            ("https://로그인.example", "xn--"),
            ("https://example.com:", "port"),
            ("https://example.com:0", "port"),
            ("https://example.com:99999", "port"),
            ("https://example.com:+80", "port"),
            ("https://example.com:80:80", "port"),
        ] {
            let error = Origin::parse(bad).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("https://shop.example"), "{bad}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn reading_an_origin_again_changes_nothing(text in "[hH]ttps?://[ -~]{0,30}") {
            if let Ok(origin) = Origin::parse(&text) {
                prop_assert_eq!(Origin::parse(origin.as_str()), Ok(origin));
            }
        }
    }

    fn checked(origins: &Origins, pairs: &[(&'static str, &str)]) -> Result<(), Forgery> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        origins.check(&headers)
    }

    #[test]
    fn where_the_own_origin_is_known_an_origin_is_that_one_or_foreign() {
        let own = |url: &str| Origins { own: Some(Origin::parse(url).unwrap()), ..Origins::default() };
        let site = own("https://www.example.com");
        for foreign in [
            "http://www.example.com",
            "https://www.example.com:8443",
            "https://example.com",
            "https://www.example.com.evil.example",
            "https://evil.example",
            "HTTPS://www.example.com",
            "https://www.example.com/",
            "www.example.com",
        ] {
            let authority = foreign.split_once("://").map_or(foreign, |(_, authority)| authority);
            for host in ["www.example.com", "internal:8080", authority] {
                let sent = [("host", host), ("origin", foreign)];
                assert_eq!(checked(&site, &sent), Err(Forgery::Origin), "{sent:?}");
                for claim in ["same-origin", "none"] {
                    let sent = [("host", host), ("origin", foreign), ("sec-fetch-site", claim)];
                    assert_eq!(checked(&site, &sent), Err(Forgery::Origin), "{sent:?}");
                }
            }
        }
        for host in ["www.example.com", "internal:8080"] {
            let sent = [("host", host), ("origin", "https://www.example.com")];
            assert_eq!(checked(&site, &sent), Ok(()), "{sent:?}");
        }
        let with_port = own("http://localhost:8080");
        assert_eq!(checked(&with_port, &[("origin", "http://localhost:8080")]), Ok(()));
        assert_eq!(checked(&with_port, &[("origin", "http://localhost"), ("host", "localhost")]), Err(Forgery::Origin));
    }

    #[test]
    fn another_name_of_the_site_passes_only_where_the_browser_says_that_it_is_the_same() {
        let parsed = |text: &str| Origin::parse(text).unwrap();
        let aliases = vec![parsed("http://localhost:8080")];
        let site = Origins { own: Some(parsed("http://127.0.0.1:8080")), aliases, ..Origins::default() };
        let from = |origin, site_header: Option<&'static str>| {
            let mut sent = vec![("origin", origin), ("host", "localhost:8080")];
            sent.extend(site_header.map(|value| ("sec-fetch-site", value)));
            checked(&site, &sent)
        };
        assert_eq!(from("http://localhost:8080", Some("same-origin")), Ok(()));
        assert_eq!(from("http://localhost:8080", Some("same-site")), Err(Forgery::FetchMetadata));
        assert_eq!(from("http://localhost:8080", None), Err(Forgery::Origin));
        assert_eq!(from("http://localhost:8081", Some("same-origin")), Err(Forgery::Origin));
    }

    #[test]
    fn an_origin_of_null_is_nobody_s_and_passes_only_where_the_browser_says_that_it_is_ours() {
        let own = Origins { own: Some(Origin::parse("https://www.example.com").unwrap()), ..Origins::default() };
        assert_eq!(checked(&own, &[("origin", "null")]), Err(Forgery::Origin));
        assert_eq!(checked(&own, &[("origin", "null"), ("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(checked(&own, &[("origin", "null"), ("sec-fetch-site", "cross-site")]), Err(Forgery::FetchMetadata));
    }

    #[test]
    fn whoever_is_trusted_is_named_to_the_byte_and_nobody_who_looks_like_that() {
        let trusted = vec![Origin::parse("https://app.example.com").unwrap()];
        let own = Some(Origin::parse("https://login.example.com").unwrap());
        let site = Origins { own, trusted, ..Origins::default() };
        let named = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("origin", value.parse().unwrap());
            }
            // Whatever the browser says of the site beside it.
            headers.append("sec-fetch-site", "cross-site".parse().unwrap());
            let is_named = site.trusted_sender(&headers).is_some();
            assert_eq!(is_named, site.check(&headers).is_ok(), "{values:?}: it may read what it may send");
            is_named
        };
        assert!(named(&["https://app.example.com"]));
        for stranger in [
            "http://app.example.com",
            "https://app.example.com:443",
            "https://app.example.com:8443",
            "https://app.example.com/",
            "https://app.example.com.evil.example",
            "https://evilapp.example.com",
            "https://app.example.co",
            "https://example.com",
            "https://x.app.example.com",
            "https://APP.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com https://evil.example",
            "https://app.example.com, https://evil.example",
            "app.example.com",
            "null",
            "*",
            "",
        ] {
            assert!(!named(&[stranger]), "{stranger}");
        }
        assert!(!named(&["https://app.example.com", "https://app.example.com"]), "one, or none");
        assert!(!named(&[]));
    }

    #[test]
    fn contradicting_headers_are_refused() {
        let mut headers = HeaderMap::new();
        headers.append("sec-fetch-site", "same-origin".parse().unwrap());
        headers.append("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(Origins::default().check(&headers), Err(Forgery::FetchMetadata));
        let mut headers = HeaderMap::new();
        headers.append("host", "a.example".parse().unwrap());
        headers.append("origin", "https://a.example".parse().unwrap());
        headers.append("origin", "https://b.example".parse().unwrap());
        assert_eq!(Origins::default().check(&headers), Err(Forgery::Origin));
    }
}
