//! Who can be authenticated: a subject, its name, and the state that every check of it reads.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::id::SubjectId;

/// The longest username, in characters: an e-mail address fits (RFC 5321 section 4.5.3.1).
pub const MAX_USERNAME_CHARS: usize = 254;

/// A username, in the form it is shown and in the form it is compared.
///
/// Two spellings of one name are one account and one throttle entry: NFKC, trimmed, lower case (CVE-2025-55000 is what
/// happens otherwise).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Username {
    shown: String,
    canonical: String,
}

/// Why a text is not a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameError {
    /// Nothing there.
    #[error("The username is empty.")]
    Empty,
    /// Over [`MAX_USERNAME_CHARS`].
    #[error("The username is longer than 254 characters.")]
    Long,
    /// A character that cannot be told from another, or that is not shown at all.
    #[error("The username has a space or a character outside letters, digits and . _ - + @")]
    Character,
}

impl Username {
    /// Reads a username as typed.
    ///
    /// # Errors
    /// When it is empty, too long or has other characters than letters, digits and `. _ - + @`.
    pub fn parse(typed: &str) -> Result<Self, UsernameError> {
        // Four bytes a character at most; longer text is not normalized at all.
        if typed.len() > MAX_USERNAME_CHARS * 4 {
            return Err(UsernameError::Long);
        }
        let shown: String = typed.trim().nfkc().collect();
        if shown.is_empty() {
            return Err(UsernameError::Empty);
        }
        if shown.chars().count() > MAX_USERNAME_CHARS {
            return Err(UsernameError::Long);
        }
        if !shown.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@')) {
            return Err(UsernameError::Character);
        }
        let canonical = shown.to_lowercase().nfkc().collect();
        Ok(Self { shown, canonical })
    }

    /// As shown to people.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// As compared.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A role as it is assigned: `editor`, or `editor@acme` for what is of the tenant acme alone. Roles are assigned in the
/// accounts database; what they permit is in the policy, which knows their names without tenants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RoleName(Arc<str>);

/// Why a text is not the name of a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a role: use 1 to 64 lower-case letters, digits, - and _, and for a role in one tenant alone @ and the \
     tenant's name of as many, as in editor@acme"
)]
pub struct RoleNameError(pub String);

impl RoleName {
    /// Reads a role name.
    ///
    /// # Errors
    /// When the role or its tenant is empty, over 64 characters, or has others than `a-z 0-9 - _`.
    pub fn parse(text: &str) -> Result<Self, RoleNameError> {
        let sound = match text.split_once('@') {
            Some((role, tenant)) => plain(role) && plain(tenant),
            None => plain(text),
        };
        if sound { Ok(Self(text.into())) } else { Err(RoleNameError(text.to_owned())) }
    }

    /// Whether a role can be limited to a tenant of this name.
    #[must_use]
    pub fn is_tenant(text: &str) -> bool {
        plain(text)
    }

    /// The role's name in the policy, without the tenant.
    #[must_use]
    pub fn role(&self) -> &str {
        self.0.split_once('@').map_or(&self.0, |(role, _)| role)
    }

    /// The tenant that it is limited to.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.0.split_once('@').map(|(_, tenant)| tenant)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn plain(part: &str) -> bool {
    (1..=64).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

impl std::borrow::Borrow<str> for RoleName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RoleName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RoleName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Whether a subject may act at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May sign in.
    Active,
    /// May not; every session and token of it is dead.
    Disabled,
}

/// Which life of a subject's sessions this is. Raised by "log out everywhere", a password change and a ban: whatever was
/// born with an earlier one is dead, by one write, however many there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Generation(pub u32);

/// Which life of a subject's access tokens this is: the sum of its [`Generation`] and its roles version. Both only rise, so
/// whatever ends the sessions and whatever changes the roles raises it, and a token born with less is dead.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct TokenGeneration(pub u64);

/// What every check of a subject reads: kept once per subject beside the sessions, never copied into them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubjectState {
    /// Who.
    pub id: SubjectId,
    /// The name to show.
    pub username: Arc<str>,
    /// Whether it may act.
    pub status: Status,
    /// Sessions born with an earlier one are dead.
    pub generation: Generation,
    /// Raised by each role change: sessions born with an earlier one live on, with the new roles, under a new id.
    pub roles_version: u32,
    /// The roles held now, sorted, each once.
    pub roles: Arc<[RoleName]>,
}

impl SubjectState {
    /// What access tokens issued now are born with.
    #[must_use]
    pub fn token_generation(&self) -> TokenGeneration {
        TokenGeneration(u64::from(self.generation.0) + u64::from(self.roles_version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_are_one_account() {
        let canonical = |text: &str| Username::parse(text).unwrap().canonical().to_owned();
        assert_eq!(canonical("Alice"), canonical("  alice "));
        assert_eq!(canonical("ａｌｉｃｅ"), canonical("ALICE"));
        assert_eq!(canonical("한글"), canonical("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"));
        assert_eq!(Username::parse("Alice@Example.org").unwrap().as_str(), "Alice@Example.org");
    }

    #[test]
    fn names_with_unseen_or_confusing_characters_are_refused() {
        assert_eq!(Username::parse(" "), Err(UsernameError::Empty));
        for bad in ["a b", "a\u{200b}b", "a\u{0}b", "a\nb", "a/b", "<b>", "a\u{202e}b"] {
            assert_eq!(Username::parse(bad), Err(UsernameError::Character), "{bad:?}");
        }
        assert_eq!(Username::parse(&"a".repeat(255)), Err(UsernameError::Long));
        assert!(Username::parse(&"a".repeat(254)).is_ok());
    }

    #[test]
    fn role_names_are_plain_words() {
        assert!(RoleName::parse("shop-admin_2").is_ok());
        for bad in ["", "Admin", "a b", "a:b", "*", "관리자"] {
            assert!(RoleName::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_of_a_canonical_form_is_itself(text in "\\PC{1,40}") {
            if let Ok(name) = Username::parse(&text) {
                let again = Username::parse(name.canonical());
                prop_assert_eq!(again.as_ref().map(Username::canonical), Ok(name.canonical()));
            }
        }
    }
}
