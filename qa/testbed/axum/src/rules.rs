//! What a new password has to be: long, and not known to everybody. Nothing is asked of its composition.

use crate::flaw::Flaw;
use crate::site::Site;

const LONGEST: usize = 128;

const COMMON: &[&str] = &[
    "password1234567",
    "passwordpassword",
    "123456789012345",
    "1234567890123456",
    "qwertyuiopasdfg",
    "qwertyuiopasdfgh",
    "iloveyouiloveyou",
    "letmeinletmeinletmein",
];

/// Why the password is refused.
pub(crate) fn refusal(site: &Site, password: &str) -> Option<&'static str> {
    let characters = password.chars().count();
    if site.has(Flaw::PasswordShort) {
        if characters < 6 {
            return Some("A password has at least 6 characters.");
        }
    } else if characters < 15 {
        return Some("A password has at least 15 characters.");
    }
    if site.has(Flaw::PasswordLong) && characters > 20 {
        return Some("A password has at most 20 characters.");
    }
    if characters > LONGEST {
        return Some("A password has at most 128 characters.");
    }
    if !site.has(Flaw::PasswordCommon) && COMMON.contains(&password.to_lowercase().as_str()) {
        return Some("This password is in every list of passwords.");
    }
    if site.has(Flaw::PasswordComposition) && !is_composed(password) {
        return Some("A password has an upper case letter, a digit and a sign.");
    }
    None
}

fn is_composed(password: &str) -> bool {
    password.chars().any(char::is_uppercase)
        && password.chars().any(|character| character.is_ascii_digit())
        && password.chars().any(|character| !character.is_alphanumeric())
}
