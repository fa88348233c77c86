//! The progress of an audit, on standard error.

use std::io::{IsTerminal, Write};

use admit_audit::{Progress, State};
use admit_words::{Language, Words};

/// The progress line, on a terminal.
pub(crate) struct Line {
    language: Language,
    terminal: bool,
    moved: bool,
}

impl Line {
    pub(crate) fn new(language: Language) -> Self {
        Self { language, terminal: std::io::stderr().is_terminal(), moved: false }
    }

    pub(crate) fn moves(&mut self, progress: &Progress<'_>) {
        match progress {
            Progress::Begins { number, of, id, sent } if self.terminal => {
                self.moved = true;
                let requests = Words::fixed("requests", "요청");
                let text = format!("\r[{number}/{of}] {id} · {sent} {}\u{1b}[K", requests.tell(self.language));
                drop(std::io::stderr().lock().write_all(text.as_bytes()));
            }
            Progress::Ends { id, state: State::Fail } if self.terminal => {
                drop(writeln!(std::io::stderr(), "\r✗ {id}\u{1b}[K"));
            }
            _ => {}
        }
    }

    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.moved) {
            drop(write!(std::io::stderr(), "\r\u{1b}[K"));
        }
    }
}
