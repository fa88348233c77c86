//! The `admit` binary.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match admit_server::command::run(admit_server::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            // An answer that is no has been printed already where there is nothing more to say.
            if !ended.message().is_empty() {
                drop(writeln!(std::io::stderr(), "admit: {}", ended.message()));
            }
            ExitCode::from(ended.code())
        }
    }
}
