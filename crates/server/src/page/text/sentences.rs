//! The form in which a page's sentences are written down: a name, the English, the Korean.

/// Declares the struct of a page's sentences, and its English and Korean values. The English is the documentation.
macro_rules! sentences {
    ($(#[$about:meta])* $name:ident { $($field:ident: $en:literal, $ko:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $name {
            $(#[doc = $en] pub $field: &'static str,)+
        }
        pub(super) static EN: $name = $name { $($field: $en,)+ };
        pub(super) static KO: $name = $name { $($field: $ko,)+ };

        #[cfg(test)]
        mod the_two_languages {
            #[test]
            fn hold_the_same_values_and_neither_is_empty() {
                $(
                    let (en, ko) = ($en, $ko);
                    assert!(!en.trim().is_empty() && !ko.trim().is_empty(), stringify!($field));
                    assert_eq!(en.matches("{}").count(), ko.matches("{}").count(), stringify!($field));
                    // "1 seconds": a number needs the two forms of what is counted.
                    assert!(!["{} second", "{} character", "{} user"].iter().any(|one| en.contains(one)), "{en}");
                )+
            }
        }
    };
}
