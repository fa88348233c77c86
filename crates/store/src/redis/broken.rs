//! Why a connection cannot be used.

use std::fmt;
use std::sync::Arc;

/// Why there is no connection.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    words: Arc<str>,
    /// Somebody did not answer in time: no request waits for it, and at the start it is tried again for a while.
    pub(super) late: bool,
}

impl Broken {
    /// For this reason.
    pub(super) fn new(words: impl Into<Arc<str>>) -> Self {
        Self { words: words.into(), late: false }
    }

    /// No answer in time.
    pub(super) fn late() -> Self {
        Self::late_because("it did not answer in time")
    }

    /// The same, naming the server it is about.
    pub(super) fn of(self, who: impl fmt::Display) -> Self {
        Self { words: format!("{who}: {self}").into(), ..self }
    }

    /// No answer in time, in other words.
    pub(super) fn late_because(words: impl Into<Arc<str>>) -> Self {
        Self { words: words.into(), late: true }
    }
}

impl From<redis::RedisError> for Broken {
    fn from(error: redis::RedisError) -> Self {
        match error.code() {
            _ if error.is_timeout() => Self::late(),
            Some(code) => Self::new(words_of(code, error.detail())),
            None => Self::new(error.to_string()),
        }
    }
}

/// A refusal, as the server said it.
pub(super) fn words_of(code: &str, details: Option<&str>) -> String {
    format!("{code} {}", details.unwrap_or_default()).trim_end().to_owned()
}

impl From<Broken> for Arc<str> {
    fn from(broken: Broken) -> Self {
        broken.words
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
