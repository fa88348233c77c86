//! The `admit-audit` binary, which `admit audit` starts. Exit codes: 0 nothing failed, 1 something did or the output could not be
//! written, 2 wrong usage, 3 could not be completed.

mod cli;
mod command;
mod progress;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

/// Why the program failed.
enum Ended {
    /// Something failed, as the report says: exit code 1.
    Failed,
    /// The report was not written: exit code 1.
    Unwritten(String),
    /// Wrong usage: exit code 2.
    Usage(String),
    /// Could not be completed: exit code 3.
    Incomplete(String),
}

fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        Ok(cli) => command::run(&cli),
        // If a usage error cannot be printed, its exit code still says so; help and version have to be printed.
        Err(usage) if usage.use_stderr() => {
            drop(usage.print());
            return ExitCode::from(2);
        }
        Err(help) => unwritten(help.print()),
    };
    let (code, message) = match ended {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Ended::Failed) => return ExitCode::from(1),
        Err(Ended::Unwritten(message)) => (1, message),
        Err(Ended::Usage(message)) => (2, message),
        Err(Ended::Incomplete(message)) => (3, message),
    };
    drop(writeln!(std::io::stderr(), "admit: {message}"));
    ExitCode::from(code)
}

/// Prints to standard output.
fn print(text: &str) -> Result<(), Ended> {
    let mut out = std::io::stdout().lock();
    unwritten(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// A closed pipe (`admit-audit --list | head`) is not an error: the reader has read enough.
fn unwritten(written: std::io::Result<()>) -> Result<(), Ended> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Ended::Unwritten(format!("The output could not be written: {error}.")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
