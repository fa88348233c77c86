//! The options of `admit check`.

use std::path::PathBuf;

use clap::Args;

use super::audit::Language;

/// `check`
#[derive(Debug, Args)]
pub struct Check {
    /// Look at the configuration and its files only: no store is asked
    #[arg(long)]
    pub offline: bool,
    /// Also count what is only told: exit code 1 for it too
    #[arg(long)]
    pub strict: bool,
    /// Write what was found in SARIF 2.1.0 to this file
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// List every id, with how grave it is and what becomes of it, and stop
    #[arg(long)]
    pub list: bool,
    /// Say what an id means, why, and what to do, and stop; ids of `admit audit` too
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,
    /// The language of --list and --explain [default: Korean where the environment's is, else English]
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    pub lang: Option<Language>,
}
