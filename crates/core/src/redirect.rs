//! Where a person may be sent after login: a place on this site, and nothing else.

/// A path on this site, safe to put into `Location`.
///
/// Browsers read `//host`, `/\host` and control characters in ways that lead elsewhere (open redirect, CWE-601), so
/// only a plain absolute path with an optional query is taken, and anything else is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// Takes `text` when it is a path on this site.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let plain = text.len() <= 1024
            && !rest.starts_with(['/', '\\'])
            && text
                .bytes()
                .all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'\\' | b'"' | b'<' | b'>' | b'#'));
        plain.then(|| Self(text.to_owned()))
    }

    /// The path, as given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::LocalPath;

    #[test]
    fn only_a_plain_path_on_this_site_is_taken() {
        for good in ["/", "/account", "/demo/shop?page=2&sort=price", "/a/b%20c"] {
            assert!(LocalPath::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "https://evil.example",
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
}
