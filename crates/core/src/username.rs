//! Usernames: what may be one, and when two spellings are one name.
//!
//! A name is compared in its canonical form. A new name must besides be one that nobody takes for another by its look, as far
//! as UTS 39 ("Unicode Security Mechanisms") knows it: no hidden characters, and no letters of two scripts in one word. Two
//! words in one other script may still look alike (`сосо` in Cyrillic, `coco`): whoever gives rights to a name looks at its id.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class as class, is_combining_mark};
use unicode_script::Script;
use unicode_security::GeneralSecurityProfile;
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::mixed_script::AugmentedScriptSet;

/// The longest username, in characters: an e-mail address fits (RFC 5321 section 4.5.3.1).
pub const MAX_USERNAME_CHARS: usize = 254;

/// The most marks on one letter; UTS 39 section 5.4.
const MAX_MARKS: usize = 4;

const DOT_ABOVE: char = '\u{307}';

/// The class of marks that stand above their letter, and of those the first takes the place of the dot of an i.
const ABOVE: u8 = 230;

/// A username, in the form it is shown and in the form it is compared.
///
/// Two spellings of one name are one account and one throttle entry (CVE-2025-55000 is what happens otherwise): NFKC, trimmed,
/// lower case, one apostrophe, and no dot above an i that has one anyway: `İlker`, `i̇lker` as programs write it in lower case,
/// and `ilker` as a person does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Username {
    shown: String,
    canonical: String,
    /// The canonical form that earlier releases stored, where it is another.
    earlier: Option<String>,
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
    /// A character that names do not have.
    #[error("The username has {}. Use letters, digits and . _ - + @ '", Named(*.0))]
    Character(char),
    /// A character that is not shown.
    #[error("The username has a character that cannot be seen, {}. Remove it.", Named(*.0))]
    Hidden(char),
    /// An accent or vowel sign where none belongs.
    #[error("The username has the mark {} without a letter, twice on one letter, or with too many others.", Named(*.0))]
    Mark(char),
    /// Letters of scripts that are not written together.
    #[error(
        "The username mixes letters of two scripts in one word, {0} and {1}, which can look alike. Use one of them."
    )]
    Mixed(&'static str, &'static str),
}

/// A character as a sentence can show it.
struct Named(char);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ' ' => f.write_str("a space"),
            seen if seen.is_ascii_graphic()
                || seen.is_alphanumeric() && !is_hidden(seen) && !is_combining_mark(seen) =>
            {
                write!(f, "\"{seen}\"")
            }
            other => write!(f, "U+{:04X}", u32::from(other)),
        }
    }
}

impl Username {
    /// Reads a name that somebody is to have from now on.
    ///
    /// # Errors
    /// When it is empty, too long, has others than letters, digits, marks and `. _ - + @ '`, or may be taken for another name.
    pub fn parse(typed: &str) -> Result<Self, UsernameError> {
        let name = Self::existing(typed)?;
        check(&name.shown)?;
        check(&name.canonical)?;
        Ok(name)
    }

    /// Reads a name that somebody may have already: an earlier release took some that [`Self::parse`] does not, and whoever has
    /// one keeps it.
    ///
    /// # Errors
    /// When it is empty, too long, or has a character that no name ever had.
    pub fn existing(typed: &str) -> Result<Self, UsernameError> {
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
        if let Some(other) = shown.chars().find(|c| !is_of_names(*c)) {
            return Err(if is_hidden(other) { UsernameError::Hidden(other) } else { UsernameError::Character(other) });
        }
        let lower: String = shown.to_lowercase().nfkc().collect();
        let canonical: String = without_second_dots(&lower).nfkc().collect();
        let earlier = (canonical != lower).then_some(lower);
        Ok(Self { shown, canonical, earlier })
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

    /// The canonical forms under which it may be stored, the one to be preferred first. They differ where an earlier release
    /// made another: whoever was stored under that one is found by it.
    #[must_use]
    pub fn stored_forms(&self) -> [&str; 2] {
        [self.earlier.as_deref().unwrap_or(&self.canonical), &self.canonical]
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Whether a name may have this character, now or ever.
fn is_of_names(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '.' | '_' | '-' | '+' | '@') || is_apostrophe(c)
}

/// The ones that keyboards put where an apostrophe was meant. They look the same.
fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{2bb}' | '\u{2bc}' | '\u{a78b}' | '\u{a78c}')
}

/// Whether nothing is seen of it: `Default_Ignorable_Code_Point`, and what controls text.
fn is_hidden(c: char) -> bool {
    c.is_control() || c.identifier_type() == Some(IdentifierType::Default_Ignorable)
}

/// Whether the dot of this letter makes room for a mark above (`Soft_Dotted`); of the letters that names have in lower case.
fn is_soft_dotted(c: char) -> bool {
    matches!(
        c,
        'i' | 'j'
            | '\u{12f}'
            | '\u{249}'
            | '\u{268}'
            | '\u{29d}'
            | '\u{3f3}'
            | '\u{456}'
            | '\u{458}'
            | '\u{1d96}'
            | '\u{1da4}'
            | '\u{1da8}'
            | '\u{1e2d}'
            | '\u{1ecb}'
    )
}

/// One apostrophe, and no dot above a letter that has one: it is drawn as if it were not there.
fn without_second_dots(lower: &str) -> String {
    let mut dotted = false;
    let mut text = String::with_capacity(lower.len());
    for c in lower.chars() {
        match class(c) {
            0 => dotted = is_soft_dotted(c),
            ABOVE if c == DOT_ABOVE && dotted => continue,
            ABOVE => dotted = false,
            _ => {}
        }
        text.push(if is_apostrophe(c) { '\'' } else { c });
    }
    text
}

/// Whether a name is one that is not taken for another.
fn check(name: &str) -> Result<(), UsernameError> {
    if name.chars().count() > MAX_USERNAME_CHARS {
        return Err(UsernameError::Long);
    }
    name.chars().try_for_each(is_seen)?;
    // Of an e-mail address each label of the domain is a word of its own.
    let (local, domain) = name.split_once('@').unwrap_or((name, ""));
    [local].into_iter().chain(domain.split(['.', '@'])).try_for_each(|word| {
        one_script(word)?;
        marks(word)
    })
}

fn is_seen(c: char) -> Result<(), UsernameError> {
    use IdentifierType as Type;
    match c.identifier_type() {
        _ if is_hidden(c) => Err(UsernameError::Hidden(c)),
        _ if c.is_ascii() || is_apostrophe(c) => Ok(()),
        // Scripts and letters of few people are somebody's all the same.
        Some(Type::Recommended | Type::Inclusion | Type::Limited_Use | Type::Uncommon_Use) => Ok(()),
        // Scripts that nobody writes any more, phonetic letters, what looks like another letter. A letter that has its marks in it
        // is as good as the letter without them.
        _ => {
            let mut parts = c.nfd();
            match (parts.next(), parts.next()) {
                (Some(letter), Some(_)) => is_seen(letter),
                _ => Err(UsernameError::Character(c)),
            }
        }
    }
}

/// Letters of one script, or of those that are written together, such as Hangul and Latin: UTS 39 section 5.2, "highly
/// restrictive".
fn one_script(word: &str) -> Result<(), UsernameError> {
    let (mut all, mut others) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    let mut first = None;
    for c in word.chars() {
        let own = AugmentedScriptSet::for_char(c);
        let name = own.base.iter().next().map_or("Common", Script::full_name);
        all.intersect_with(own);
        if !own.base.contains_script(Script::Latin) {
            others.intersect_with(own);
        }
        if all.is_empty() && !(others.hanb || others.jpan || others.kore) {
            return Err(UsernameError::Mixed(first.unwrap_or(name), name));
        }
        if !own.is_all() {
            first = first.or(Some(name));
        }
    }
    Ok(())
}

/// Marks belong to letters, each once on one and not too many: else one covers another, or is not seen.
fn marks(word: &str) -> Result<(), UsernameError> {
    let mut letter = None;
    let mut on_it = Vec::new();
    for c in word.nfd() {
        if !is_combining_mark(c) {
            letter = Some(c).filter(|c| c.is_alphabetic());
            on_it.clear();
            continue;
        }
        // A dotless i with a dot is an i.
        let dotted = matches!(letter, Some('\u{131}' | '\u{237}')) && c == DOT_ABOVE;
        if letter.is_none() || dotted || on_it.contains(&c) || on_it.len() == MAX_MARKS {
            return Err(UsernameError::Mark(c));
        }
        on_it.push(c);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
