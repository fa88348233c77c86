//! One text in every language.

use std::borrow::Cow;

use serde::Serialize;

use crate::Language;

/// One text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// English.
    pub en: Cow<'static, str>,
    /// Korean.
    pub ko: Cow<'static, str>,
}

impl Words {
    /// A text that is known when the program is built.
    #[must_use]
    pub const fn fixed(en: &'static str, ko: &'static str) -> Self {
        Self { en: Cow::Borrowed(en), ko: Cow::Borrowed(ko) }
    }

    /// A text that reads alike in both: a name, a line of code, what a library said.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: Cow::Owned(text.clone()), ko: Cow::Owned(text) }
    }

    /// The text in one language.
    #[must_use]
    pub fn tell(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ko => &self.ko,
        }
    }
}

/// [`Words`] of one sentence, with the same variables in both languages.
#[macro_export]
macro_rules! say {
    ($en:literal, $ko:literal $(,)?) => {
        $crate::Words { en: format!($en).into(), ko: format!($ko).into() }
    };
}
