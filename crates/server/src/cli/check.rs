//! The options of `admit check`.

use std::path::PathBuf;

use admit_words::Language;
use clap::Args;

use super::language;

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// Check only the configuration and its files, and connect to no store
    #[arg(long)]
    pub offline: bool,
    /// Treat warnings as errors: exit code 1
    #[arg(long)]
    pub strict: bool,
    /// Write the findings in SARIF 2.1.0 to this file
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// List every id with its severity and whether it is an error or a warning, and stop
    #[arg(long)]
    pub list: bool,
    /// Explain an id and its fix, and stop; also for ids of `admit audit`
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,
    /// The language of --list and --explain [default: that of the environment, or English]
    #[arg(long, value_parser = language(), value_name = "LANGUAGE")]
    pub lang: Option<Language>,
}
