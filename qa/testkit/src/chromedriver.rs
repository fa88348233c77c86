//! A chromedriver, and the browsers that stay open behind it for whichever test needs one next.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::raw;
use crate::process::{Watch, program};

/// The variable with the folder of a chromedriver that runs: its address is in a file there, and so are its browsers.
pub const CHROMEDRIVER: &str = "ADMIT_TEST_CHROMEDRIVER";
const ADDRESS: &str = "address";

const INSTALL: &str = "On Debian: apt-get install chromium chromium-driver. On Ubuntu, where those are snaps, install \
     Google Chrome and the chromedriver of its version.";

/// A running chromedriver. Its browsers end with it: each reads its commands from a pipe that is closed then.
pub struct Chromedriver {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
    /// Held open: a driver that cannot write ends.
    _stdout: BufReader<ChildStdout>,
    _watch: Watch,
}

/// A browser that nobody else has now. Another test may have had it before, and another will have it next.
pub struct Lease {
    /// Where WebDriver commands go.
    pub driver: SocketAddr,
    /// Its session there, as whoever had it before wrote it down; empty when there is none yet.
    pub session: String,
    file: PathBuf,
    /// Locked as long as this process has the browser, however it ends.
    _lock: File,
}

impl Chromedriver {
    /// Starts it and waits until it listens. One start in some two hundred ends before (seen, its words not kept); another
    /// start does not.
    ///
    /// # Panics
    /// When it is not there, or three starts end early.
    #[must_use]
    pub fn start() -> Self {
        let mut said = Vec::new();
        while said.len() < 3 {
            match Self::listening() {
                Ok(driver) => return driver,
                Err(words) => said.push(words),
            }
        }
        panic!("chromedriver ended before it listened: {said:#?}")
    }

    /// Whether this machine has one.
    #[must_use]
    pub fn is_there() -> bool {
        program("chromedriver", "/nowhere", "").is_some()
    }

    /// The folder with its address.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// One start; what it said when it ended before it listened.
    fn listening() -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("admit-browsers-").tempdir().expect("a temporary folder");
        let mut child = Command::new(found(&["chromedriver"]))
            .arg("--port=0")
            // The profiles of its browsers are there.
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start: {error}. {INSTALL}"));
        let watch = Watch::over(child.id(), folder.path());
        let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
        let mut said = String::new();
        let port = loop {
            let mut line = String::new();
            if stdout.read_line(&mut line).expect("what it says") == 0 {
                drop(child.wait());
                return Err(said);
            }
            if let Some(port) = port(&line) {
                break port;
            }
            said.push_str(&line);
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        fs::write(folder.path().join(ADDRESS), address.to_string()).expect("its address is written");
        Ok(Self { child, address, folder, _stdout: stdout, _watch: watch })
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // It ends its browsers, removes their profiles, and then ends itself.
        drop(raw(self.address, b"GET /shutdown HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Lease {
    /// The first browser of a kind that nobody has now. The chromedriver is the one of `ADMIT_TEST_CHROMEDRIVER`, which
    /// `with-stores` sets, and otherwise one of this process.
    ///
    /// # Panics
    /// When there is no chromedriver, or its folder cannot be used.
    #[must_use]
    pub fn take(kind: &str) -> Self {
        // What is kept in a static is never dropped: its watch ends it when this process is gone.
        static OWN: LazyLock<Chromedriver> = LazyLock::new(Chromedriver::start);
        let folder = std::env::var_os(CHROMEDRIVER).map_or_else(|| OWN.folder().to_owned(), PathBuf::from);
        let driver = fs::read_to_string(folder.join(ADDRESS)).expect("its address").parse().expect("an address");
        let mut number = 0;
        loop {
            let file = folder.join(format!("{kind}-{number}"));
            let lock = File::options().create(true).append(true).open(&file).expect("a file for the browser");
            match lock.try_lock() {
                Ok(()) => {
                    let session = fs::read_to_string(&file).expect("its session");
                    return Self { driver, session, file, _lock: lock };
                }
                Err(TryLockError::WouldBlock) => number += 1,
                Err(TryLockError::Error(error)) => panic!("{}: {error}", file.display()),
            }
        }
    }

    /// Writes its session down: whoever has it next goes on with that.
    ///
    /// # Panics
    /// When that cannot be written.
    pub fn keep(&self) {
        fs::write(&self.file, &self.session).expect("the session is written");
    }
}

/// The Chromium to be driven.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn chromium() -> PathBuf {
    found(&["chromium", "chromium-browser", "google-chrome"])
}

/// The port in "ChromeDriver was started successfully on port 12345."
fn port(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim().trim_end_matches('.').parse().ok()
}

/// The first of these programs on the PATH.
fn found(names: &[&str]) -> PathBuf {
    let program = names.iter().find_map(|name| program(name, "/nowhere", ""));
    program
        .unwrap_or_else(|| panic!("The browser tests need {}, which is not installed. {INSTALL}", names.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_had_by_one_test_at_a_time_and_the_next_goes_on_with_its_session() {
        let kind = format!("of-{}", std::process::id());
        let mut first = Lease::take(&kind);
        first.session = "one".to_owned();
        first.keep();
        assert_eq!(Lease::take(&kind).session, "", "another one");
        drop(first);
        assert_eq!(Lease::take(&kind).session, "one");
    }
}
