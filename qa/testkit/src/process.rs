//! Processes that a test has started: signals, and children that must be gone.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Sends a signal (`KILL`, `STOP`, `CONT`, `INT`, ..) to processes by their ids. One that is gone already is no error.
pub(crate) fn signal(name: &str, pids: &[u32]) {
    if pids.is_empty() {
        return;
    }
    let mut command = Command::new("kill");
    command.arg(format!("-{name}")).args(pids.iter().map(ToString::to_string));
    drop(command.stdout(Stdio::null()).stderr(Stdio::null()).status());
}

/// The children of a process, as they are now.
pub(crate) fn children(of: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| state(*pid).is_some_and(|(_, parent)| parent == of)).collect()
}

/// Waits until none of these processes is alive.
///
/// # Panics
/// When one still is after ten seconds.
pub(crate) fn gone(pids: &[u32]) {
    let deadline = Instant::now() + Duration::from_secs(10);
    // A zombie is dead: its new parent has not looked yet.
    while let Some(pid) = pids.iter().find(|pid| state(**pid).is_some_and(|(state, _)| state != 'Z')) {
        assert!(Instant::now() < deadline, "process {pid} is still alive");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The state of a process and its parent.
fn state(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses, and may hold some itself.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Somebody other than root, for servers that refuse to run as root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Somebody {
    user: u32,
    group: u32,
}

impl Somebody {
    /// `postgres`, or else `nobody`, where we are root; `None` where we are somebody already.
    ///
    /// # Panics
    /// When we are root and the system has neither.
    pub(crate) fn else_than_root() -> Option<Self> {
        let root = std::fs::metadata("/proc/self").is_ok_and(|here| std::os::unix::fs::MetadataExt::uid(&here) == 0);
        if !root {
            return None;
        }
        let users = std::fs::read_to_string("/etc/passwd").expect("the users of this system");
        let find = |name: &str| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some(Self { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
        };
        Some(find("postgres").or_else(|| find("nobody")).expect("a user called postgres or nobody"))
    }

    /// Makes a command run as this user.
    pub(crate) fn runs<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.uid(self.user).gid(self.group)
    }

    /// Gives a file or folder to this user.
    pub(crate) fn owns(&self, path: &Path) {
        chown(path, Some(self.user), Some(self.group)).expect("a new owner");
    }
}

/// A program in `PATH`, or in the newest of the folders in which a distribution hides it.
pub(crate) fn program(name: &str, hidden: &str, below: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or(0);
    let mut versions: Vec<PathBuf> =
        std::fs::read_dir(hidden).map(|found| found.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
    versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
    let hidden = versions.into_iter().map(|version| version.join(below));
    std::env::split_paths(&path).chain(hidden).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Ends a server, and removes its folder, when the process that started it is gone without having stopped it: what is in
/// a static is never dropped, and nothing is after a `kill -9`.
///
/// A small shell waits for its standard input to end, which it does with the process that holds the other end.
#[derive(Debug)]
pub(crate) struct Watch(Child);

impl Watch {
    /// Over a server with this process id. `SIGQUIT` ends PostgreSQL with all its children, and Redis too.
    pub(crate) fn over(pid: u32, folder: &Path) -> Self {
        const SCRIPT: &str = r#"cat >/dev/null; kill -QUIT "$0" 2>/dev/null && sleep 0.5; rm -rf "$1""#;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, &pid.to_string()]).arg(folder).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().expect("a shell"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
