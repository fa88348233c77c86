//! A node: `admit serve` in a process of its own, killed, stopped and started again at the same address.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admit_testkit::Request;
use rustix::process::{Pid, Signal, kill_process};

use crate::wire::Wire;

/// The configuration of a node, in its folder.
pub(crate) const CONFIGURATION: &str = "admit.toml";

/// How a node is started.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program, which is `admit` or behaves like it.
    pub program: PathBuf,
    /// Where it runs. Its data and its log are there.
    pub folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its environment beside `PATH`.
    pub environment: Vec<(String, String)>,
}

/// A node.
pub struct Node {
    launch: Launch,
    child: Option<Child>,
}

impl Launch {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(&self.folder).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("ADMIT_SERVER__LISTEN", self.address.to_string());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Its log, of all its lives.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Runs a command of `admit` in its folder, with this on its standard input.
    ///
    /// # Errors
    /// What it said, when it did not succeed.
    pub fn run(&self, arguments: &[&str], stdin: &str) -> Result<String, String> {
        use std::io::Write;
        let command = &mut self.command(arguments);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().map_err(|error| error.to_string())?;
        drop(child.stdin.take().map(|mut pipe| pipe.write_all(stdin.as_bytes())));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }
}

impl Node {
    /// One that is not running yet.
    #[must_use]
    pub fn new(launch: Launch) -> Self {
        Self { launch, child: None }
    }

    /// How it is started.
    #[must_use]
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// Starts it, again and again while it ends by itself (its stores may be away), until it answers or time is up.
    pub fn start(&mut self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            let alive = self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)));
            if !alive {
                self.child = spawn(&self.launch);
            }
            if answers(self.launch.address, "/livez") {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Ends it with no chance to tidy up.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// Lets it stand still.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.as_ref().and_then(|child| i32::try_from(child.id()).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // One that has ended by itself hears nothing.
            kill_process(pid, signal).unwrap_or_default();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(launch: &Launch) -> Option<Child> {
    let log = File::options().create(true).append(true).open(launch.log()).ok()?;
    let mut command = launch.command(&["serve", "--dev", "--demo", "--config", CONFIGURATION]);
    // The end of the pipe goes with this process: a node that is this program ends when it finds that closed.
    command.stdin(Stdio::piped()).stdout(log.try_clone().ok()?).stderr(log).spawn().ok()
}

/// Whether a path of a node is answered with success within half a second.
#[must_use]
pub fn answers(address: SocketAddr, path: &str) -> bool {
    let answer = Wire::new(address).ask(&Request::new("GET", path), Duration::from_millis(500));
    answer.is_ok_and(|answer| answer.status == 200)
}

/// The last lines of a node's log, for whoever has to find out why it did not start.
#[must_use]
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
