//! `admit audit`: runs `admit-audit`, a separate program, so that no server ships attack code.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use admit_words::Language;

use super::Ended;
use crate::cli::Common;

/// Replaces this process, so that the auditor has its environment, standard streams and signals, and sets the exit code.
pub(super) fn run(common: &Common, arguments: &[OsString]) -> Result<(), Ended> {
    let auditor = auditor()?;
    let error = Command::new(&auditor).args(common.json.then_some("--json")).args(arguments).exec();
    Err(Ended::Incomplete(match error.kind() {
        ErrorKind::NotFound => format!(
            "`admit audit` needs the program {}, which was not found: install it from the same release as admit, or build it with \
             `cargo build --release -p admit-audit`.",
            auditor.display()
        ),
        _ => format!("{} could not be started: {error}.", auditor.display()),
    }))
}

/// How the auditor explains one of its checks. `None` when there is no such check or no auditor.
pub(super) fn explain(id: &str, language: Language) -> Option<String> {
    let mut auditor = Command::new(auditor().ok()?);
    let explained = auditor.args(["--lang", language.tag(), "--explain", id]).output().ok()?;
    explained.status.success().then(|| String::from_utf8_lossy(&explained.stdout).into_owned())
}

/// The program in the same folder, never one from the PATH: it is given passwords, and sends what an attacker would send. Anyone
/// who can write into this folder can replace admit too.
fn auditor() -> Result<PathBuf, Ended> {
    let this = std::env::current_exe();
    this.map(|path| path.with_file_name("admit-audit"))
        .map_err(|error| Ended::Incomplete(format!("The folder of admit could not be determined: {error}.")))
}
