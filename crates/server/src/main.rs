//! The `admit` binary.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match admit_server::command::run(admit_server::cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            // An answer that is no has been printed already where there is nothing more to say.
            if !ended.message().is_empty() {
                admit_server::log::last_words(format!("admit: {}\n", ended.message()));
            }
            ExitCode::from(ended.code())
        }
    }
}
