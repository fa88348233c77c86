//! The text of a store's address, which may hold a password and is never shown. [`super::stores`] has it read.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// The URL of a store, as it is configured.
#[derive(Clone)]
pub struct StoreUrl(Zeroizing<String>);

impl StoreUrl {
    /// From its text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// All of it, for the one who reads it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&Zeroizing::new(text)))
    }
}

/// A message that quotes a line of a configuration, without what a password could be in.
#[must_use]
pub(super) fn without_passwords(message: &str) -> String {
    let line = |line: &str| match line.split_once("://") {
        Some((before, rest)) if rest.contains(['@', '?']) => format!("{before}://…"),
        _ => match line.split_once("password=") {
            Some((before, _)) => format!("{before}password=…"),
            None => line.to_owned(),
        },
    };
    message.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_never_shown_and_a_line_that_is_quoted_in_an_error_has_no_password() {
        assert_eq!(format!("{:?}", StoreUrl::new("postgres://a:hunter2@h/d")), "…");
        let quoted =
            without_passwords("at line 2\n2 | url = \"postgres://a:hunt@er2@h/d\n  | ^^\nuse password=hunter2");
        assert_eq!(quoted, "at line 2\n2 | url = \"postgres://…\n  | ^^\nuse password=…");
        let public = "2 | public_url = \"https://login.example\"";
        assert_eq!(without_passwords(public), public);
    }
}
