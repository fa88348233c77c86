//! `admit audit`: starts `admit-audit`, a program of its own. A server carries no tool that attacks.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use admit_words::Language;

use super::Ended;
use crate::cli::Common;

/// Takes this process's place, so that environment, standard streams, signals and exit code are the auditor's own.
pub(super) fn run(common: &Common, arguments: &[OsString]) -> Result<(), Ended> {
    let auditor = auditor()?;
    let error = Command::new(&auditor).args(common.json.then_some("--json")).args(arguments).exec();
    Err(Ended::Incomplete(match error.kind() {
        ErrorKind::NotFound => format!(
            "`admit audit` starts {}, which is not there: install admit-audit beside admit, from the same release, or build it with \
             `cargo build --release -p admit-audit`.",
            auditor.display()
        ),
        _ => format!("{} could not be started: {error}.", auditor.display()),
    }))
}

/// What the auditor says about one of its checks; nothing when it has no such check, or is not there.
pub(super) fn explain(id: &str, language: Language) -> Option<String> {
    let mut auditor = Command::new(auditor().ok()?);
    let explained = auditor.args(["--lang", language.tag(), "--explain", id]).output().ok()?;
    explained.status.success().then(|| String::from_utf8_lossy(&explained.stdout).into_owned())
}

/// The program beside this one, and never one from the PATH: it is given passwords, and sends what an attacker would send. Whoever
/// can write into this folder can put another admit there too.
fn auditor() -> Result<PathBuf, Ended> {
    let this = std::env::current_exe();
    this.map(|path| path.with_file_name("admit-audit"))
        .map_err(|error| Ended::Incomplete(format!("The folder of this program is not known: {error}.")))
}
