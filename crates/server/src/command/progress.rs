//! How far a long command is, on standard error: a line that moves where a person looks, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often the line of a terminal moves.
const TERMINAL: Duration = Duration::from_millis(200);

/// How often a log gets a line.
const LOG: Duration = Duration::from_secs(10);

/// The progress of a command.
pub(super) struct Progress {
    what: &'static str,
    begun: Instant,
    said: Instant,
    terminal: bool,
    moved: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str) -> Self {
        let now = Instant::now();
        Self { what, begun: now, said: now, terminal: std::io::stderr().is_terminal(), moved: false }
    }

    /// So many are done.
    pub(super) fn at(&mut self, count: u64) {
        if self.said.elapsed() < if self.terminal { TERMINAL } else { LOG } {
            return;
        }
        self.said = Instant::now();
        let text = format!("{} {}, {} s", grouped(count), self.what, self.begun.elapsed().as_secs());
        let mut out = std::io::stderr().lock();
        if self.terminal {
            self.moved = true;
            drop(write!(out, "\r{text}\x1b[K").and_then(|()| out.flush()));
        } else {
            drop(writeln!(out, "{text}"));
        }
    }

    /// It is over; the line makes room.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.moved) {
            drop(write!(std::io::stderr(), "\r\x1b[K"));
        }
    }
}

/// A number with commas.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups_of_three() {
        let written = [0, 999, 1000, 65_536, 1_000_000].map(grouped);
        assert_eq!(written, ["0", "999", "1,000", "65,536", "1,000,000"]);
    }
}
