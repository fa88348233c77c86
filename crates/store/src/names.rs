//! A search for users: by the beginning of their names, as they are compared.
//!
//! An index answers that with a few pages, among a million of names as among ten. A search for any part of a name would have to
//! look at all of them.

use admit_core::subject::Username;

/// No name has this character, and in the order of names it comes after every other.
const LAST: char = char::MAX;

/// The names that begin like this: from the one to the other, which is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) from: String,
    pub(crate) to: String,
}

impl Beginning {
    /// Of what somebody has typed; nothing typed is where all names begin. `None` when no name begins so.
    pub(crate) fn of(typed: &str) -> Option<Self> {
        let from = match typed.trim() {
            "" => String::new(),
            typed => Username::existing(typed).ok()?.canonical().to_owned(),
        };
        let to = format!("{from}{LAST}");
        Some(Self { from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_begin_with_a_text_are_between_two_names() {
        let within = |typed: &str, name: &str| {
            let names = Beginning::of(typed).unwrap();
            let name = Username::parse(name).unwrap();
            (names.from.as_str()..names.to.as_str()).contains(&name.canonical())
        };
        for (typed, name) in [("", "𝛼"), ("al", "al"), (" AL ", "alice"), ("홍길", "홍길동"), ("a@", "a@b.c")] {
            assert!(within(typed, name), "{typed} {name}");
        }
        for (typed, name) in [("al", "bal"), ("al", "am"), ("al", "a"), ("길", "홍길동")] {
            assert!(!within(typed, name), "{typed} {name}");
        }
        for typed in ["%", "a b", "a\0", "\""] {
            assert_eq!(Beginning::of(typed), None, "{typed}");
        }
    }
}
