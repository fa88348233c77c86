//! Where a link or a redirect of ours may lead: a place on this site, and nothing else.

use std::borrow::Cow;

/// The longest that is taken, in bytes.
const LIMIT: usize = 1024;

/// A path on this site, safe to put into `Location` and into a link.
///
/// Browsers read `//host`, `/\host` and control characters in ways that lead elsewhere (open redirect, CWE-601), and a proxy
/// that tidies addresses may make such a one out of `/%2fhost`, `/.//host` or `/%252fhost`. So only a plain absolute path with
/// an optional query is taken, which stays one however often it is decoded, and anything else is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Takes `text` when it is a path on this site.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'#');
        if text.len() > LIMIT || !text.bytes().all(plain) {
            return None;
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        (every_reading(path, leads_nowhere_else) && every_reading(query, has_no_control)).then(|| Self(text.to_owned()))
    }

    /// The path, as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether this holds for a text as it is, and for what it is after each time of percent-decoding.
fn every_reading(text: &str, holds: fn(&[u8]) -> bool) -> bool {
    let mut reading = Cow::Borrowed(text.as_bytes());
    loop {
        if !holds(&reading) {
            return false;
        }
        // Each time it gets shorter, or is over.
        let decoded: Vec<u8> = percent_encoding::percent_decode(&reading).collect();
        if decoded.len() == reading.len() {
            return true;
        }
        reading = Cow::Owned(decoded);
    }
}

/// A path from the root without empty segments or dots, which some reader would take out, and without what some take for a
/// slash.
fn leads_nowhere_else(path: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(b"/") else { return false };
    let mut segments = rest.split(|byte| *byte == b'/').peekable();
    let mut inner = true;
    while let Some(segment) = segments.next() {
        // The last may be empty: a slash at the end.
        inner &= !matches!(segment, b"." | b"..") && (!segment.is_empty() || segments.peek().is_none());
    }
    inner && has_no_control(path) && !path.contains(&b'\\')
}

fn has_no_control(text: &[u8]) -> bool {
    !text.iter().any(u8::is_ascii_control)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::LocalPath;

    #[test]
    fn only_a_plain_path_on_this_site_is_taken() {
        for good in [
            "/",
            "/account",
            "/account/",
            "/demo/shop?page=2&sort=price",
            "/a/b%20c",
            "/a?next=//b&x=%2F%2Fc",
            "/.well-known/change-password",
            "/%ED%95%9C",
            "/100%",
            "/a%zz",
        ] {
            assert!(LocalPath::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "account",
            "?a",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/a\\b",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=1",
            "/\tx",
            "/ñ",
            "/a#b",
            "/\"x",
        ] {
            assert!(LocalPath::parse(bad).is_none(), "{bad:?}");
        }
        assert!(LocalPath::parse(&format!("/{}", "a".repeat(1024))).is_none());
    }

    #[test]
    fn a_path_that_leads_elsewhere_once_it_is_decoded_or_tidied_is_not_taken() {
        for bad in [
            "/%2fevil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "/%5Cevil.example",
            "%2f%2fevil.example",
            "/%252fevil.example",
            "/%25252fevil.example",
            "/%%32%66evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/%2e//evil.example",
            "/a/..//evil.example",
            "/a/%2e%2e/%2fevil.example",
            "/./evil.example",
            "/a//b",
            "/%09/evil.example",
            "/%0d%0aLocation:%20https://evil.example",
            "/%00",
            "/a?b=%0d%0aSet-Cookie:%20x=1",
            "/a?b=%250d%250a",
            "/%7f",
        ] {
            assert!(LocalPath::parse(bad).is_none(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_taken_begins_with_one_slash_however_often_it_is_decoded(
            text in "/?([/\\\\a.]|%2f|%5C|%2e|%25|%0[ad]|2f|5c|\\?){0,12}",
        ) {
            if let Some(path) = LocalPath::parse(&text) {
                let mut reading = path.as_str().split('?').next().unwrap_or_default().to_owned();
                for _ in 0..16 {
                    prop_assert!(reading.starts_with('/') && !reading.starts_with("//"), "{reading}");
                    prop_assert!(!reading.contains(['\\', '\r', '\n']) && !reading.contains("//"), "{reading}");
                    reading = percent_encoding::percent_decode_str(&reading).decode_utf8_lossy().into_owned();
                }
            }
        }
    }
}
