//! Where a store is: a URL that may hold a password, and never shows it.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::unsafety::is_local;

/// The URL of a store. What is printed of it has `…` for whatever could be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(Zeroizing<String>);

impl StoreUrl {
    /// From its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// All of it, for the one who connects.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What stands before the first colon, in lower case.
    #[must_use]
    pub fn scheme(&self) -> String {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase()
    }

    /// What follows `sqlite:`; `None` for any other scheme or when nothing follows.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        self.0.strip_prefix("sqlite:").filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Whether a password is in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        let user = self.parts().0;
        user.is_some_and(|user| user.contains(':')) || self.parameter("password").is_some()
    }

    /// The value of a parameter after the question mark, as it is written.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.parts().1.split_once('?')?;
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Without a parameter that is not for the one who connects.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let Some((base, query)) = self.0.split_once('?') else { return self.clone() };
        let kept: Vec<&str> =
            query.split('&').filter(|pair| pair.split_once('=').map_or(*pair, |(key, _)| key) != name).collect();
        let kept = kept.join("&");
        Self(Zeroizing::new(if kept.is_empty() { base.to_owned() } else { format!("{base}?{kept}") }))
    }

    /// The first of its hosts that is not this machine. Those that `host` and `hostaddr` name count too; an absolute path
    /// is a Unix socket.
    #[must_use]
    pub fn remote(&self) -> Option<String> {
        let authority = self.parts().1.split(['/', '?']).next().unwrap_or_default();
        let more = ["host", "hostaddr"].into_iter().filter_map(|name| self.parameter(name));
        let hosts = std::iter::once(authority).chain(more).flat_map(|hosts| hosts.split(','));
        hosts.map(host).find(|host| !(host.is_empty() || is_socket(host) || is_local(host))).map(str::to_owned)
    }

    /// The user with its password, and all that follows. A `@` in a password belongs to the password, whatever follows.
    fn parts(&self) -> (Option<&str>, &str) {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        }
    }
}

/// Without its port.
fn host(text: &str) -> &str {
    match text.split_once(']') {
        Some((address, _)) => address.trim_start_matches('['),
        // An address of IPv6 without brackets, as `hostaddr` has it.
        None if text.matches(':').count() > 1 => text,
        None => text.split(':').next().unwrap_or(text),
    }
}

fn is_socket(host: &str) -> bool {
    host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f")
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, _)) = self.0.split_once("://") else {
            // No authority, so no password: a path, or something that was meant to be another thing.
            return match self.0.split_once(':') {
                Some(("sqlite" | "accounts" | "memory", _)) => f.write_str(&self.0),
                Some((scheme, _)) => write!(f, "{scheme}:…"),
                None => f.write_str("…"),
            };
        };
        let (user, rest) = self.parts();
        write!(f, "{scheme}://")?;
        if let Some(user) = user {
            match user.split_once(':') {
                Some((name, _)) => write!(f, "{name}:…@")?,
                None => write!(f, "{user}@")?,
            }
        }
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        f.write_str(place)?;
        for (at, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
            f.write_str(if at == 0 { "?" } else { "&" })?;
            match pair.split_once('=') {
                Some((name, _)) if name.to_ascii_lowercase().ends_with("password") => write!(f, "{name}=…")?,
                _ => f.write_str(pair)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&Zeroizing::new(text)))
    }
}

/// A message that quotes a line of a configuration, without the passwords of the URLs in it.
#[must_use]
pub(super) fn without_passwords(message: &str) -> String {
    let line = |line: &str| {
        let hidden = match (line.split_once("://"), line.rsplit_once('@')) {
            (Some((scheme, _)), Some((before, rest))) if before.len() > scheme.len() => format!("{scheme}://…@{rest}"),
            _ => line.to_owned(),
        };
        match hidden.split_once("password=") {
            Some((before, _)) => format!("{before}password=…"),
            None => hidden,
        }
    };
    message.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password_however_strange_that_is() {
        for (url, shown) in [
            ("postgres://a:hunter2@h/d?pool=3", "postgres://a:…@h/d?pool=3"),
            ("postgres://a:hun/te@r2?x@h/d", "postgres://a:…@h/d"),
            ("redis://:hunter2@h:6379/1", "redis://:…@h:6379/1"),
            ("postgres://a@h/d?password=hunter2&sslmode=require", "postgres://a@h/d?password=…&sslmode=require"),
            ("postgres://a@h/d", "postgres://a@h/d"),
            ("postgres:a:hunter2@h", "postgres:…"),
            ("hunter2", "…"),
            ("sqlite:data/x.db", "sqlite:data/x.db"),
        ] {
            let url = StoreUrl::new(url);
            assert_eq!((url.to_string(), format!("{url:?}")), (shown.to_owned(), shown.to_owned()));
            assert_eq!(url.has_password(), shown.contains("://") && shown.contains('…'), "{url}");
        }
    }

    #[test]
    fn a_host_that_is_not_this_machine_is_found_wherever_it_is_named() {
        let remote = |url: &str| StoreUrl::new(url).remote();
        for local in [
            "postgres://a@127.0.0.1:1/d",
            "postgres://a@localhost/d",
            "postgres://a@[::1]:5432/d",
            "postgres:///d?host=/run/postgresql",
            "postgres://a@%2Frun%2Fpostgresql/d",
            "redis-cluster://127.0.0.1:1,127.0.0.2:2",
        ] {
            assert_eq!(remote(local), None, "{local}");
        }
        assert_eq!(remote("postgres://a:p@10.0.0.1/d").as_deref(), Some("10.0.0.1"));
        assert_eq!(remote("postgres://a:p@127.0.0.1,db.example:1/d").as_deref(), Some("db.example"));
        assert_eq!(remote("postgres:///d?host=db.example").as_deref(), Some("db.example"));
        assert_eq!(remote("postgres://localhost/d?hostaddr=2001:db8::1").as_deref(), Some("2001:db8::1"));
        assert_eq!(remote("redis://[2001:db8::1]:6379").as_deref(), Some("2001:db8::1"));
    }

    #[test]
    fn a_line_that_is_quoted_in_an_error_is_quoted_without_a_password() {
        let quoted =
            without_passwords("at line 2\n2 | url = \"postgres://a:hunt@er2@h/d\n  | ^^\nuse password=hunter2");
        assert!(!quoted.contains("er2") && quoted.contains("postgres://…@h/d"), "{quoted}");
        assert_eq!(
            StoreUrl::new("redis://h?danger_plain=true&prefix=a:").without("danger_plain").reveal(),
            "redis://h?prefix=a:"
        );
        assert_eq!(StoreUrl::new("redis://h?danger_plain=true").without("danger_plain").reveal(), "redis://h");
    }
}
