//! A site of the testbed as a process of its own.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

/// The stacks in which the flawed site is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    Axum,
    Express,
    FastApi,
}

/// What is told to a site when it starts, in every stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) flaw: Option<String>,
    /// Seconds.
    pub(crate) idle: Option<u64>,
    /// Seconds.
    pub(crate) token_lifetime: Option<u64>,
    /// Passwords cost next to nothing.
    pub(crate) quick: bool,
    /// PEM files.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
}

/// A site that runs until it is dropped.
pub(crate) struct Site {
    pub(crate) url: String,
    /// An access token of it that is meant for another audience, where it has been asked for.
    pub(crate) foreign_token: Option<String>,
    /// Ends it; dropped before the process is waited for.
    _running: Running,
}

enum Running {
    Process(Child),
    /// In a process that many share, and that ends with this one.
    Hosted,
    /// In this process: a runtime that ends when it is dropped.
    Here {
        _runtime: tokio::runtime::Runtime,
        _site: admit_testbed::Running,
    },
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Self::Process(child) = self {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Site {
    /// Starts the flawed site of a stack.
    pub(crate) fn flawed(stack: Stack, wanted: &Wanted) -> Self {
        if stack == Stack::Axum {
            return Self::here(wanted);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let foreign = folder.path().join("foreign").display().to_string();
        let mut options = vec!["--foreign-token".to_owned(), foreign.clone()];
        let mut option = |name: &str, value: Option<String>| {
            options.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        option("--flaw", wanted.flaw.clone());
        option("--idle", wanted.idle.map(|seconds| seconds.to_string()));
        option("--token-lifetime", wanted.token_lifetime.map(|seconds| seconds.to_string()));
        options.extend(wanted.quick.then(|| "--quick-hashes".to_owned()));
        let options: Vec<&str> = options.iter().map(String::as_str).collect();
        let mut site = match stack {
            // Where real time is looked at, nobody else is in the same process.
            Stack::FastApi if wanted.quick => Self::hosted(&options),
            Stack::FastApi => Self::python(FASTAPI, &options),
            Stack::Express | Stack::Axum => Self::node("express/site.js", &options),
        };
        site.foreign_token = std::fs::read_to_string(&foreign).ok();
        site
    }

    /// Starts the site in axum, in this process.
    fn here(wanted: &Wanted) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let mut options = admit_testbed::Options::default();
        options.idle = wanted.idle.map_or(options.idle, Duration::from_secs);
        options.token_lifetime = wanted.token_lifetime.map_or(options.token_lifetime, Duration::from_secs);
        options.quick_hashes = wanted.quick;
        options.tls = wanted.tls.as_ref().map(|(cert, key)| admit_testbed::Tls {
            cert: std::fs::read(cert).expect("the certificate"),
            key: std::fs::read(key).expect("the key"),
        });
        let flaw = wanted.flaw.as_ref().map(|flaw| flaw.parse().expect("a flaw"));
        let site = runtime.block_on(admit_testbed::start(flaw, options)).expect("the site");
        let foreign_token = site.foreign_token("alice", "billing");
        Self { url: site.url.clone(), foreign_token, _running: Running::Here { _runtime: runtime, _site: site } }
    }

    /// Starts a site of the testbed that runs on node.
    pub(crate) fn node(script: &str, options: &[&str]) -> Self {
        let installed = installed("node");
        // The packages are found from where the script seems to stand: beside them.
        let linked = installed.join("testbed");
        if !linked.exists() {
            drop(std::os::unix::fs::symlink(root().join("qa/testbed"), &linked));
        }
        let mut command = Command::new("node");
        command.args(["--preserve-symlinks", "--preserve-symlinks-main"]).arg(linked.join(script));
        Self::start(command.args(["--port", "0"]).args(options))
    }

    /// Starts a site of the testbed that runs on Python.
    pub(crate) fn python(script: &str, options: &[&str]) -> Self {
        Self::start(python(script).args(["--port", "0"]).args(options))
    }

    /// Starts a site in the process that has all those in FastAPI of this test: an interpreter with its packages takes longer
    /// to start than a site takes to be audited.
    fn hosted(options: &[&str]) -> Self {
        // It ends when the test does, and with that its input.
        static HOST: LazyLock<Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>> = LazyLock::new(|| {
            let (mut child, lines) = spawned(python(FASTAPI).arg("--many"));
            Mutex::new((child.stdin.take().expect("its input"), lines))
        });
        let mut host = HOST.lock().expect("a host that starts sites");
        let (stdin, lines) = &mut *host;
        writeln!(stdin, "{}", options.join("\t")).expect("a host that reads");
        Self { url: listening(lines), foreign_token: None, _running: Running::Hosted }
    }

    /// Starts any program that says where it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let (child, mut lines) = spawned(command);
        let url = listening(&mut lines);
        // Whatever it says later is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { url, foreign_token: None, _running: Running::Process(child) }
    }
}

const FASTAPI: &str = "fastapi/app.py";

/// A script of the testbed, to be run.
fn python(script: &str) -> Command {
    let mut command = Command::new(installed("python").join("bin/python"));
    command.arg(root().join("qa/testbed").join(script));
    command
}

fn spawned(command: &mut Command) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let out = child.stdout.take().expect("its output");
    (child, BufReader::new(out).lines())
}

/// The address in the next line that has one.
fn listening(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    loop {
        let line = lines.next().expect("it ended early").expect("a line");
        if let Some(url) = line.strip_prefix("listening on ") {
            return url.to_owned();
        }
    }
}

/// The names of the flaws that a stack has.
pub(crate) fn flaws(stack: Stack) -> Vec<String> {
    let mut command = match stack {
        Stack::Axum => return admit_testbed::Flaw::ALL.iter().map(ToString::to_string).collect(),
        Stack::Express => {
            let mut command = Command::new("node");
            command.args(["--preserve-symlinks", "--preserve-symlinks-main"]);
            command.arg(installed("node").join("testbed/express/site.js"));
            command
        }
        Stack::FastApi => python(FASTAPI),
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

fn installed(what: &str) -> PathBuf {
    let folder = target().join("testbed").join(what);
    assert!(
        folder.exists(),
        "{} is missing: `bash scripts/testbed` installs what the sites of the testbed need.",
        folder.display()
    );
    folder
}
