//! What is wrong with a policy, as sentences that name the place and the remedy.

use std::fmt;

/// A mistake in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// Where in the text, in bytes.
    pub(super) at: Option<usize>,
    /// The line in the text, from 1; 0 where there is no text, or no one place.
    pub line: usize,
    /// What is wrong, and how to mend it.
    pub sentence: String,
}

impl PolicyError {
    pub(super) fn at(at: usize, sentence: impl Into<String>) -> Self {
        Self { at: Some(at), line: 0, sentence: sentence.into() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.sentence),
            line => write!(f, "line {line}: {}", self.sentence),
        }
    }
}

/// Every mistake in a policy at once, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyErrors(pub Vec<PolicyError>);

impl PolicyErrors {
    /// With the lines of this text.
    pub(super) fn located(mut self, text: &str) -> Self {
        let ends: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        for error in &mut self.0 {
            let at = error.at.filter(|at| *at <= text.len());
            error.line = at.map_or(0, |at| ends.partition_point(|end| *end < at) + 1);
        }
        self.0.sort_by_key(|error| error.line);
        self
    }

    /// A line for each, as compilers write them: `policy.toml:12: …`.
    #[must_use]
    pub fn in_file(&self, file: &str) -> String {
        let line = |error: &PolicyError| match error.line {
            0 => format!("{file}: {}", error.sentence),
            line => format!("{file}:{line}: {}", error.sentence),
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for PolicyErrors {}
