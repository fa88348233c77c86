//! Cookies as a browser reads and returns them (RFC 6265bis).

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use url::Url;

/// The `SameSite` attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Never sent from another site.
    Strict,
    /// Sent from another site with a navigation that reads.
    Lax,
    /// Sent from everywhere.
    None,
}

/// A `Set-Cookie` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Over TLS alone.
    pub secure: bool,
    /// Out of reach of scripts.
    pub http_only: bool,
    /// From where it is sent; `None` when the site does not say.
    pub same_site: Option<SameSite>,
    /// For which domain and all under it; `None`: for this host alone.
    pub domain: Option<String>,
    /// For which path.
    pub path: Option<String>,
    /// `Max-Age` in seconds.
    pub max_age: Option<i64>,
    /// `Expires` as written.
    pub expires: Option<String>,
}

impl Cookie {
    /// Reads a header; a line without a name is none.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let name = name.trim();
        if name.is_empty() {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.trim().trim_matches('"').to_owned(),
            secure: false,
            http_only: false,
            same_site: None,
            domain: None,
            path: None,
            max_age: None,
            expires: None,
        };
        for part in parts {
            let (attribute, text) = part.split_once('=').unwrap_or((part, ""));
            let text = text.trim();
            match attribute.trim().to_ascii_lowercase().as_str() {
                "secure" => cookie.secure = true,
                "httponly" => cookie.http_only = true,
                "samesite" => {
                    cookie.same_site = match text.to_ascii_lowercase().as_str() {
                        "strict" => Some(SameSite::Strict),
                        "lax" => Some(SameSite::Lax),
                        "none" => Some(SameSite::None),
                        _ => None,
                    }
                }
                "domain" if !text.is_empty() => cookie.domain = Some(text.trim_start_matches('.').to_ascii_lowercase()),
                "path" => cookie.path = Some(text.to_owned()),
                "max-age" => cookie.max_age = text.parse().ok(),
                "expires" => cookie.expires = Some(text.to_owned()),
                _ => {}
            }
        }
        Some(cookie)
    }

    /// Whether the header takes the cookie away. `now` in seconds since 1970.
    #[must_use]
    pub fn removes(&self, now: i64) -> bool {
        match (self.max_age, self.lifetime(now)) {
            (Some(seconds), _) => seconds <= 0,
            (None, Some(seconds)) => seconds <= 0,
            (None, None) => self.value.is_empty(),
        }
    }

    /// For how many seconds from `now` a browser keeps it; `None`: until it is closed.
    #[must_use]
    pub fn lifetime(&self, now: i64) -> Option<i64> {
        self.max_age.or_else(|| self.expires.as_deref().and_then(seconds_of).map(|then| then - now))
    }
}

/// A date as HTTP writes it, in seconds since 1970. The old form with dashes is read too.
fn seconds_of(date: &str) -> Option<i64> {
    let date = date.replace('-', " ").replace("GMT", "+0000").replace("UTC", "+0000");
    jiff::fmt::rfc2822::parse(&date).ok().map(|at| at.timestamp().as_second())
}

/// A value as the framework meant it that wrote it: cookies have no encoding of their own, and most are percent-encoded.
pub(crate) fn plain(value: &str) -> Cow<'_, str> {
    percent_decode_str(value).decode_utf8_lossy()
}

/// The cookies of one visitor, by name. One site has one host here, so domain and path are not told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Jar {
    cookies: BTreeMap<String, String>,
}

impl Jar {
    /// Takes up what an answer sets.
    pub(crate) fn take_up(&mut self, cookies: impl Iterator<Item = Cookie>, url: &Url, now: i64) {
        for cookie in cookies {
            if cookie.removes(now) {
                self.cookies.remove(&cookie.name);
            } else if !cookie.secure || trustworthy(url) {
                self.cookies.insert(cookie.name, cookie.value);
            }
        }
    }

    /// The header to send.
    pub(crate) fn header(&self) -> Option<String> {
        if self.cookies.is_empty() {
            return None;
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(pairs.join("; "))
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn put(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.cookies.remove(name);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cookies.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.cookies.keys().cloned().collect()
    }
}

/// Whether browsers keep `Secure` cookies of this address: https, or this machine.
pub(crate) fn trustworthy(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Whether an address is this machine's own.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cookie_is_read_with_all_that_it_says() {
        let line = "__Host-sid=a.b=; Path=/; secure; HTTPONLY; SameSite=lax; Max-Age=60; Domain=.Shop.example";
        let cookie = Cookie::parse(line).expect("a cookie");
        assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("__Host-sid", "a.b="));
        assert!(cookie.secure && cookie.http_only && cookie.same_site == Some(SameSite::Lax));
        assert_eq!((cookie.max_age, cookie.domain.as_deref()), (Some(60), Some("shop.example")));
        assert!(Cookie::parse("no cookie").is_none() && Cookie::parse("=x").is_none());
    }

    #[test]
    fn a_cookie_is_taken_away_by_its_age_its_date_or_its_empty_value() {
        let removes = |line: &str| Cookie::parse(line).is_some_and(|cookie| cookie.removes(1_800_000_000));
        let past = "Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        let dashed = "expires=Thu, 01-Jan-1970 00:00:00 GMT";
        for attributes in ["Max-Age=0", "Max-Age=-1", past, dashed] {
            assert!(removes(&format!("a=b; {attributes}")), "{attributes}");
        }
        assert!(removes("a=; Path=/"));
        let later = "Expires=Fri, 01 Jan 2100 00:00:00 GMT";
        for attributes in ["Path=/", &format!("Max-Age=5; {past}"), later, "Expires=soon"] {
            assert!(!removes(&format!("a=b; {attributes}")), "{attributes}");
        }
    }

    #[test]
    fn a_value_is_decoded_whole_and_a_plus_in_it_is_a_plus() {
        assert_eq!(plain("s%3Aa+b&c%2B%zz"), "s:a+b&c+%zz");
    }

    #[test]
    fn secure_cookies_are_kept_where_browsers_keep_them() {
        let kept = |url: &str| {
            let mut jar = Jar::default();
            jar.take_up(Cookie::parse("a=b; Secure").into_iter(), &Url::parse(url).expect("an address"), 0);
            jar.value("a").is_some()
        };
        assert!(kept("https://shop.example") && kept("http://127.0.0.1:1") && kept("http://localhost"));
        assert!(!kept("http://shop.example") && !kept("http://10.0.0.1"));
    }

    proptest! {
        #[test]
        fn no_header_is_too_broken_to_be_read(line in ".{0,200}") {
            let _ = Cookie::parse(&line).map(|cookie| cookie.removes(0));
        }
    }
}
