//! The `admit` binary.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match admit_server::command::run(admit_server::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            drop(writeln!(std::io::stderr(), "admit: {}", ended.message()));
            ExitCode::from(ended.code())
        }
    }
}
