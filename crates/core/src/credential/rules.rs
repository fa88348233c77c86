//! Which passwords may be chosen: NIST SP 800-63B-4 section 3.1.1.2.
//!
//! Length and a blocklist; no composition rules, no expiry, no hints. The blocklist is the 19,640 most used passwords
//! of the list that Django ships (see `NOTICE`). OWASP ASVS 5.0 (6.2.4) asks for 3,000 that the length would let through:
//! with 8 characters that is so (8,354 of them), with the default of 15 the length stops all but 48 by itself. Whoever has to
//! write 15 characters puts two common ones together (`password1234567`), so two of the list in a row are refused too.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::password::Password;
use crate::subject::Username;

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common-passwords.txt").lines().collect());

/// The rules that a new password must keep.
#[derive(Clone, Copy, Debug)]
pub struct PasswordRules {
    /// The least number of characters: code points of Unicode normal form C, so that each counts as what is typed, however it
    /// is encoded, and none as the letters that normal form KC writes out for it. NIST: 15 where the password is the only factor, never under 8.
    pub min_length: usize,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_length: 15 }
    }
}

/// Why a password was not taken, as a sentence for the person who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too few characters.
    #[error(
        "The password is too short: use at least {min_length} characters. Several ordinary words in a row work well."
    )]
    Short {
        /// The least number of characters.
        min_length: usize,
    },
    /// On the blocklist, or a repetition of something on it, or two from it in a row.
    #[error("The password is one that attackers try first. Choose another; several ordinary words in a row work well.")]
    Common,
    /// The user's own name, or made of it alone.
    #[error("The password is made of the username. Choose another; several ordinary words in a row work well.")]
    Username,
    /// One character or a short group again and again.
    #[error(
        "The password repeats one short group of characters. Choose another; several ordinary words in a row work well."
    )]
    Repetition,
}

impl PasswordRules {
    /// Whether `password` may be chosen by `username`.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self, password: &Password, username: &Username) -> Result<(), Refused> {
        let text = password.text().to_lowercase();
        if password.typed().nfc().count().min(text.nfc().count()) < self.min_length {
            return Err(Refused::Short { min_length: self.min_length });
        }
        let unit = shortest_unit(&text);
        if COMMON.contains(text.as_str()) || COMMON.contains(unit) || is_two_common(&text) {
            return Err(Refused::Common);
        }
        if unit == username.canonical() {
            return Err(Refused::Username);
        }
        if unit.chars().count() <= 4 && unit.len() < text.len() {
            return Err(Refused::Repetition);
        }
        Ok(())
    }
}

/// The shortest text that, repeated (the last time perhaps cut off), makes up `text`.
fn shortest_unit(text: &str) -> &str {
    text.char_indices()
        .skip(1)
        .map(|(at, _)| text.split_at(at).0)
        .find(|unit| text.as_bytes().iter().zip(unit.bytes().cycle()).all(|(a, b)| *a == b))
        .unwrap_or(text)
}

/// Whether the text is one common password behind another.
fn is_two_common(text: &str) -> bool {
    let mut cuts = text.char_indices().skip(1).map(|(at, _)| text.split_at(at));
    cuts.any(|(first, second)| COMMON.contains(first) && COMMON.contains(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str, min_length: usize) -> Result<(), Refused> {
        PasswordRules { min_length }.check(&Password::new(text).unwrap(), &Username::parse("margarethe").unwrap())
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert_eq!(choose("fourteen chars", 15), Err(Refused::Short { min_length: 15 }));
        assert_eq!(choose("fifteen charsss", 15), Ok(()));
        assert_eq!(choose("비밀번호는 길수록 좋습니다 네", 15), Ok(()));
        assert_eq!(choose("짧은비밀번호", 15), Err(Refused::Short { min_length: 15 }));
    }

    #[test]
    fn a_character_counts_once_however_many_letters_its_normal_form_has() {
        let short = Err(Refused::Short { min_length: 15 });
        for few in ["\u{fdfa}", "\u{fdfa}\u{fdfb}", "㌀㌁㌂㌃", "ﷺabc", "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭", "ﬃﬄﬁﬂﬀ", "Ⅷ㏂㏘⅓"]
        {
            assert_eq!(choose(few, 15), short, "{few}");
        }
        // Nor does one count as more because it was typed in parts, or as nothing because they are put together.
        assert_eq!(choose(&"e\u{301}".repeat(14), 15), short);
        assert_eq!(choose("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} \u{1107}\u{1175}", 15), short);
        assert_eq!(choose("\u{fdfa} tulip lantern", 15), Ok(()));
        assert_eq!(choose("비밀번호는 길수록 좋습니다 네", 15), Ok(()));
    }

    #[test]
    fn common_passwords_are_refused_in_any_case_and_when_repeated() {
        assert!(COMMON.len() > 10_000);
        for common in ["password1", "PASSWORD1", "passwordpassword", "qwertyuiop123", "123456789012345"] {
            assert!(matches!(choose(common, 8), Err(Refused::Common)), "{common}");
        }
    }

    #[test]
    fn two_common_passwords_in_a_row_are_as_common() {
        for common in ["password1234567", "iloveyoupassword", "Qwertyuiopasdfg", "1234567password"] {
            assert!(matches!(choose(common, 15), Err(Refused::Common)), "{common}");
        }
        // Three are a phrase, and so is what has something of its own in between.
        assert_eq!(choose("tulip lantern orbit", 15), Ok(()));
    }

    #[test]
    fn the_username_and_short_repetitions_are_refused() {
        assert_eq!(choose("Margarethe", 8), Err(Refused::Username));
        assert_eq!(choose("margarethemargarethe", 15), Err(Refused::Username));
        assert_eq!(choose("zx!zx!zx!zx!zx!zx!", 15), Err(Refused::Repetition));
    }

    #[test]
    fn there_are_no_composition_rules() {
        assert_eq!(choose("correct horse battery staple", 15), Ok(()));
        assert_eq!(choose("tulip lantern orbit", 15), Ok(()));
    }
}
