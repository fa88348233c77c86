//! A site of the testbed as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The stacks in which the flawed site is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    Axum,
    Express,
    FastApi,
}

/// A site that runs until it is dropped.
pub(crate) struct Site {
    pub(crate) url: String,
    child: Child,
}

impl Site {
    /// Starts the flawed site of a stack.
    pub(crate) fn flawed(stack: Stack, options: &[&str]) -> Self {
        match stack {
            Stack::Axum => Self::start(Command::new(axum()).args(["--port", "0"]).args(options)),
            Stack::Express => Self::node("express/site.js", options),
            Stack::FastApi => Self::python("fastapi/app.py", options),
        }
    }

    /// Starts a site of the testbed that runs on node.
    pub(crate) fn node(script: &str, options: &[&str]) -> Self {
        let installed = installed("node");
        // The packages are found from where the script seems to stand: beside them.
        let linked = installed.join("testbed");
        if !linked.exists() {
            drop(std::os::unix::fs::symlink(root().join("testbed"), &linked));
        }
        let mut command = Command::new("node");
        command.args(["--preserve-symlinks", "--preserve-symlinks-main"]).arg(linked.join(script));
        Self::start(command.args(["--port", "0"]).args(options))
    }

    /// Starts a site of the testbed that runs on Python.
    pub(crate) fn python(script: &str, options: &[&str]) -> Self {
        let mut command = Command::new(installed("python").join("bin/python"));
        Self::start(command.arg(root().join("testbed").join(script)).args(["--port", "0"]).args(options))
    }

    /// Starts any program that says where it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let out = child.stdout.take().expect("its output");
        let mut lines = BufReader::new(out).lines();
        let url = loop {
            let line = lines.next().unwrap_or_else(|| panic!("{command:?} ended early")).expect("a line");
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        // Whatever it says later is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { url, child }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The names of the flaws that a stack has.
pub(crate) fn flaws(stack: Stack) -> Vec<String> {
    let mut command = match stack {
        Stack::Axum => Command::new(axum()),
        Stack::Express => {
            let mut command = Command::new("node");
            command.args(["--preserve-symlinks", "--preserve-symlinks-main"]);
            command.arg(installed("node").join("testbed/express/site.js"));
            command
        }
        Stack::FastApi => {
            let mut command = Command::new(installed("python").join("bin/python"));
            command.arg(root().join("testbed/fastapi/app.py"));
            command
        }
    };
    let out = command.arg("--list").output().expect("the list of flaws");
    String::from_utf8(out.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the project").to_path_buf()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    // …/target/debug/deps/this
    std::env::current_exe().expect("this test").ancestors().nth(3).expect("the target folder").to_path_buf()
}

fn axum() -> PathBuf {
    target().join("debug/testbed-axum")
}

fn installed(what: &str) -> PathBuf {
    let folder = target().join("testbed").join(what);
    assert!(
        folder.exists(),
        "{} is missing: `bash scripts/testbed` installs what the sites of the testbed need.",
        folder.display()
    );
    folder
}
