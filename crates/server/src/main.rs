//! The `admit` binary.

use std::process::ExitCode;

use admit_server::cli::Cli;
use admit_server::command::{Ended, run};
use clap::Parser;

fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        Ok(cli) => run(cli),
        // What it says has been printed; of help and version it matters whether that worked.
        Err(usage) if usage.use_stderr() => {
            drop(usage.print());
            Err(Ended::Usage(String::new()))
        }
        Err(help) => Ended::unwritten(help.print()),
    };
    match ended {
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
