//! Where a request comes from, by what the browser says: `Origin` and Fetch Metadata.
//!
//! Where the own origin is configured, `Origin` has to be that, scheme and port included, whatever `Sec-Fetch-Site` says
//! beside it; `Host` decides nothing, because whoever sends the request chooses it, and a proxy may rewrite it. Where none is
//! configured the rules are those of Go's `net/http.CrossOriginProtection`, which compares `Origin` with `Host` and cannot see
//! the scheme. There are no exemptions by path: one that matched too much became CVE-2025-47910.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Forgery, Origin};

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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
    use super::*;

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
