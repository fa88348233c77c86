//! A product, and what may become one: names and prices are parsed once, at the door, into types that hold only good ones.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::flaw::Flaw;
use crate::price::Price;

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// Something for sale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    /// Its number in the catalogue.
    pub id: u32,
    /// What it is called.
    pub name: Name,
    /// What it costs.
    pub price: Price,
}

/// What a product is to become: a whole new name and price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The new name.
    pub name: Name,
    /// The new price.
    pub price: Price,
}

/// The name of a product: 1 to 100 characters on one line, without spaces around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Reads a name as typed.
    ///
    /// # Errors
    /// When nothing is left after trimming, when it is too long, or when a character of it would not be seen as it is.
    pub fn parse(typed: &str) -> Result<Self, Flaw> {
        let name = typed.trim();
        if name.is_empty() {
            return Err(Flaw::NameEmpty);
        }
        if name.chars().count() > MAX_NAME_CHARS {
            return Err(Flaw::NameLong);
        }
        if name.chars().any(is_control) {
            return Err(Flaw::NameControl);
        }
        Ok(Self(name.to_owned()))
    }

    /// Reads a name from JSON.
    ///
    /// # Errors
    /// As [`Self::parse`], and when it is absent or not a string.
    pub fn from_json(value: Option<&Value>) -> Result<Self, Flaw> {
        match value {
            None => Err(Flaw::NameMissing),
            Some(value) => Self::parse(value.as_str().ok_or(Flaw::NameNotText)?),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Control characters, line separators, and those that turn the direction of text round: a name that holds one does not
/// read as what it is.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_is_one_line_of_1_to_100_characters_whatever_the_script() {
        assert_eq!(Name::parse("  램프 ").unwrap().as_str(), "램프");
        assert!(Name::parse(&"가".repeat(100)).is_ok());
        assert_eq!(Name::parse(&"가".repeat(101)), Err(Flaw::NameLong));
        assert_eq!(Name::parse(" \n "), Err(Flaw::NameEmpty));
        for bad in ["a\nb", "a\u{0}b", "a\u{202e}b", "a\u{7f}b", "a\u{2028}b"] {
            assert_eq!(Name::parse(bad), Err(Flaw::NameControl), "{bad:?}");
        }
        assert_eq!(Name::from_json(Some(&json!(5))), Err(Flaw::NameNotText));
        assert_eq!(Name::from_json(None), Err(Flaw::NameMissing));
    }
}
