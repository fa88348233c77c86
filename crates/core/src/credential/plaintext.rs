//! A password as somebody typed it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The longest password taken, in bytes as sent. NIST SP 800-63B-4 asks for at least 64 characters; nothing is ever cut off.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// A password as a person typed it, in Unicode normal form KC (NIST SP 800-63B-4 section 3.1.1.2).
pub struct Password {
    text: Zeroizing<String>,
    /// As it was typed, where that is another text: the hashes of other systems were made of it.
    typed: Option<Zeroizing<String>>,
}

impl Password {
    /// Takes a typed password; `None` when it is empty or over [`MAX_PASSWORD_BYTES`].
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        if typed.is_empty() || typed.len() > MAX_PASSWORD_BYTES {
            return None;
        }
        let text: Zeroizing<String> = Zeroizing::new(typed.nfkc().collect());
        let typed = (*text != *typed).then(|| Zeroizing::new(typed.to_owned()));
        Some(Self { text, typed })
    }

    /// The normalized text, for the rules that look at it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text as it was typed.
    pub(crate) fn typed(&self) -> &str {
        self.typed.as_ref().unwrap_or(&self.text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
