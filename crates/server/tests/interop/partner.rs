//! A program of another language: a JSON value a line in, one a line out, for as long as the test wants.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A running partner; ended by its own pid when dropped.
pub(crate) struct Partner {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Partner {
    /// A script for node, with the npm package that it needs. `None`, said out loud, where that is missing.
    pub(crate) fn node(script: &str, package: &str) -> Option<Self> {
        let folder = installed("node")?;
        if !folder.join("node_modules").join(package).is_dir() {
            return missing(&format!("the npm package {package}"));
        }
        let mut command = Command::new("node");
        // A module given on the command line finds its packages from the folder that it is run in.
        command.current_dir(folder).args(["--input-type=module", "--eval", script, "--"]);
        Some(Self::start(&mut command))
    }

    /// A script for Python, with the package that it needs. `None`, said out loud, where that is missing.
    pub(crate) fn python(script: &str, package: &str) -> Option<Self> {
        let python = installed("python")?.join("bin/python");
        let mut command = Command::new(&python);
        let found = command.args(["-c", &format!("import {package}")]).stderr(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            return missing(&format!("the Python package {package}"));
        }
        Some(Self::start(Command::new(python).args(["-u", "-c", script])))
    }

    fn start(command: &mut Command) -> Self {
        // What it complains of is shown with the test's own output.
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{:?} does not start: {error}", command.get_program()));
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    /// Says something and reads the answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.stdin, "{question}").unwrap();
        let mut line = String::new();
        let read = self.stdout.read_line(&mut line).unwrap();
        assert!(read > 0, "the partner ended instead of answering {question}");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("not JSON ({error}): {line}"))
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where `scripts/interop` has put the packages of a language.
fn installed(language: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let folder = target.join("interop").join(language);
    if folder.is_dir() { Some(folder) } else { missing(&format!("{}", folder.display())) }
}

/// Says that a test does not run; in CI that is an error.
fn missing<T>(what: &str) -> Option<T> {
    let sentence = format!("SKIPPED: {what} is not there (scripts/interop installs it)");
    assert!(std::env::var_os("CI").is_none(), "{sentence}; CI must have it");
    drop(writeln!(std::io::stderr(), "{sentence}"));
    None
}
