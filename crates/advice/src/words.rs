//! Sentences in two languages, and where a claim can be looked up.

use admit_words::Language;

/// The same in English and Korean: one without the other does not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Korean.
    pub ko: &'static str,
}

/// [`Words`] from English and Korean.
#[must_use]
pub(super) const fn words(en: &'static str, ko: &'static str) -> Words {
    Words { en, ko }
}

impl Words {
    /// In one language.
    #[must_use]
    pub const fn say(self, lang: Language) -> &'static str {
        match lang {
            Language::En => self.en,
            Language::Ko => self.ko,
        }
    }
}

/// A claim, and the document with its section where a reader can check it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The claim: one or two sentences.
    pub says: Words,
    /// An RFC, an OWASP or a NIST document, with the section: `RFC 6749 section 4.4.3`.
    pub source: &'static str,
}

/// A [`Reason`] from its source, English and Korean.
#[must_use]
pub(super) const fn reason(source: &'static str, en: &'static str, ko: &'static str) -> Reason {
    Reason { says: words(en, ko), source }
}
