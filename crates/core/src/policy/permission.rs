//! Permissions, and patterns of them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A permission as routes and policies write it: `product:update`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(Arc<str>);

/// Why a text is not a permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a permission: write noun:verb in lower-case letters, digits, - and _, as in product:update")]
pub struct PermissionError(pub String);

/// Verbs that say that nothing is changed. A permission with another one is not for `GET`.
const READING: [&str; 8] = ["read", "list", "view", "show", "search", "export", "download", "follow"];

fn is_word(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

impl Permission {
    /// Reads `noun:verb`, at most 128 characters.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn parse(text: &str) -> Result<Self, PermissionError> {
        match text.split_once(':') {
            Some((noun, verb)) if is_word(noun) && is_word(verb) && text.len() <= 128 => Ok(Self(text.into())),
            _ => Err(PermissionError(text.to_owned())),
        }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is about: `product`.
    #[must_use]
    pub fn noun(&self) -> &str {
        self.0.split_once(':').map_or("", |(noun, _)| noun)
    }

    /// What is done: `update`.
    #[must_use]
    pub fn verb(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, verb)| verb)
    }

    /// Whether its verb says that nothing is changed: read, list, view, show, search, export, download or follow, alone or
    /// before a hyphen (`read-all`). Every other verb is taken to change something.
    #[must_use]
    pub fn reads(&self) -> bool {
        let first = self.verb().split(['-', '_']).next().unwrap_or_default();
        READING.contains(&first)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A permission's place in the bit sets of one [`super::Policy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionIndex(pub(super) usize);

/// Permissions as a policy names them: one, all of a noun (`product:*`), or all (`*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    All,
    Noun(String),
    One(Permission),
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, PermissionError> {
        match text.strip_suffix(":*") {
            _ if text == "*" => Ok(Self::All),
            Some(noun) if is_word(noun) && text.len() <= 128 => Ok(Self::Noun(noun.to_owned())),
            Some(_) => Err(PermissionError(text.to_owned())),
            None => Permission::parse(text).map(Self::One),
        }
    }

    /// The places of what it stands for among sorted permissions.
    pub(super) fn places(&self, sorted: &[Permission]) -> Range<usize> {
        let before = |text: &str| sorted.partition_point(|permission| permission.as_str() < text);
        match self {
            Self::All => 0..sorted.len(),
            // `;` comes after `:`.
            Self::Noun(noun) => before(&format!("{noun}:"))..before(&format!("{noun};")),
            Self::One(one) => {
                let place = before(one.as_str());
                place..place + usize::from(sorted.get(place) == Some(one))
            }
        }
    }

    #[cfg(test)]
    pub(super) fn matches(&self, permission: &Permission) -> bool {
        match self {
            Self::All => true,
            Self::Noun(noun) => permission.noun() == noun,
            Self::One(one) => permission == one,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_has_a_noun_and_a_verb_and_says_whether_it_only_reads() {
        let permission = Permission::parse("order:cancel").unwrap();
        assert_eq!((permission.noun(), permission.verb(), permission.reads()), ("order", "cancel", false));
        for (text, reads) in
            [("a:read", true), ("a:read-all", true), ("a:reader", false), ("a:export_csv", true), ("a:readd", false)]
        {
            assert_eq!(Permission::parse(text).unwrap().reads(), reads, "{text}");
        }
        for text in ["", ":", "a", "a:", ":b", "a:b:c", "A:b", "a:*", "*", "a b:c", "a:b\n", "é:b"] {
            assert!(Permission::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_star_stands_for_a_whole_verb_or_for_everything_and_for_nothing_in_between() {
        let update = Permission::parse("product:update").unwrap();
        for (text, matches) in [("*", true), ("product:*", true), ("product:update", true), ("prod:*", false)] {
            assert_eq!(Pattern::parse(text).unwrap().matches(&update), matches, "{text}");
        }
        for text in ["product:up*", "*:update", "pro*:update", "product:**", "**", "*:*", ":*"] {
            assert!(Pattern::parse(text).is_err(), "{text:?}");
        }
    }
}
