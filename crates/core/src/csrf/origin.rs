//! An origin (RFC 6454): scheme, host and port of a page, as browsers write them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An origin as RFC 6454 writes it: scheme, host and, when it is not the scheme's own, port.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority_at: usize,
}

/// Why a text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{shown} is not an origin: {why}. Write scheme://host or scheme://host:port, such as https://shop.example")]
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
            return Err(wrong("it ends with a slash: remove it"));
        }
        let authority = rest;
        if authority.contains(['/', '\\', '?', '#']) {
            return Err(wrong("it goes on after the host"));
        }
        if !authority.is_ascii() {
            return Err(wrong("its host has non-ASCII letters: write it as browsers send it, with xn--"));
        }
        let (host, port) = match authority.rfind(']') {
            Some(end) => authority.split_at_checked(end + 1).unwrap_or_default(),
            None => authority.find(':').and_then(|at| authority.split_at_checked(at)).unwrap_or((authority, "")),
        };
        let host = if host.starts_with('[') { address_in_brackets(host) } else { name(host) };
        let host = host.ok_or_else(|| wrong("its host is not valid"))?;
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
            assert_eq!(Origin::parse(text).is_err(), text.ends_with('/'), "{text}");
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
        fn an_origin_is_the_one_that_the_url_standard_reads(
            scheme in "[hH]ttps?", host in "([a-z0-9A-Z_.-]|xn--){1,20}|[0-9.x]{1,12}|\\[[0-9a-fA-F:.]{2,24}\\]",
            port in "(:[0-9]{1,5})?", more in "[/?#@\\\\%\t ]{0,2}",
        ) {
            let text = format!("{scheme}://{host}{port}{more}");
            if let (Ok(origin), Ok(url)) = (Origin::of_site(&text), url::Url::parse(&text)) {
                prop_assert_eq!(origin.as_str(), url.origin().ascii_serialization());
                prop_assert_eq!(Some(origin.host()), url.host_str());
                prop_assert_eq!(Some(origin.port()), url.port_or_known_default());
            }
        }

        #[test]
        fn reading_an_origin_again_changes_nothing(text in "[hH]ttps?://[ -~]{0,30}") {
            if let Ok(origin) = Origin::parse(&text) {
                prop_assert_eq!(Origin::parse(origin.as_str()), Ok(origin));
            }
        }
    }
}
