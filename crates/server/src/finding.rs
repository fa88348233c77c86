//! A problem of an installation: a stable name, what is wrong, and how to fix it.

use serde::Serialize;

/// Something that makes a server unsafe or keeps it from working.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its stable name.
    pub id: &'static str,
    /// The object that it was found at: a file, a setting, a client. Empty where nothing excuses it. A waiver names it.
    pub about: String,
    /// What is wrong.
    pub wrong: String,
    /// How to mend it.
    pub remedy: String,
}

pub(crate) fn finding(id: &'static str, wrong: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding { id, about: String::new(), wrong: wrong.into(), remedy: remedy.into() }
}

impl Finding {
    /// With the object that it was found at. Whatever may be waived has one.
    #[must_use]
    pub(crate) fn about(mut self, object: impl std::fmt::Display) -> Self {
        self.about = object.to_string();
        self
    }
}
