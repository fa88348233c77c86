//! chromedriver: found, started on a free port, and ended by its own pid together with its browser.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use admit_testkit::{Client, Request, raw};
use serde_json::{Value, json};
use tempfile::TempDir;

const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
const INSTALL: &str = "On Debian: apt-get install chromium chromium-driver. On Ubuntu, where those are snaps, install \
     Google Chrome and the chromedriver of its version.";

/// A running chromedriver with one profile folder.
pub(crate) struct Driver {
    child: Child,
    address: SocketAddr,
    profile: TempDir,
    /// Held open: a driver that cannot write ends.
    _stdout: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts chromedriver and waits until it listens. One start in some two hundred ends before (seen, its words not kept); another
    /// start does not.
    pub(crate) fn start() -> Self {
        let mut said = Vec::new();
        while said.len() < 3 {
            match Self::listening() {
                Ok(driver) => return driver,
                Err(words) => said.push(words),
            }
        }
        panic!("chromedriver ended before it listened: {said:#?}")
    }

    /// One start; what it said when it ended before it listened.
    fn listening() -> Result<Self, String> {
        let driver = found(&["chromedriver"]);
        let mut child = Command::new(&driver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}. {INSTALL}", driver.display()));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let port = loop {
            let mut line = String::new();
            if stdout.read_line(&mut line).unwrap() == 0 {
                drop(child.wait());
                return Err(said);
            }
            if let Some(port) = port(&line) {
                break port;
            }
            said.push_str(&line);
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self { child, address, profile: tempfile::tempdir().unwrap(), _stdout: stdout })
    }

    /// Where WebDriver commands go.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The capabilities of a browser with these preferences, and more arguments.
    pub(crate) fn capabilities(&self, preferences: &Value, more: &[String]) -> Value {
        let profile = format!("--user-data-dir={}", self.profile.path().display());
        let own = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-extensions",
            "--disable-breakpad",
            "--window-size=1280,900",
            &profile,
        ];
        let arguments: Vec<&str> = own.into_iter().chain(more.iter().map(String::as_str)).collect();
        let options = json!({
            "binary": found(&CHROMIUM),
            "args": arguments,
            "prefs": preferences,
        });
        json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        })
    }

    /// A command that only chromedriver knows.
    pub(crate) fn vendor(&self, session: &str, command: &str, body: &Value) -> Value {
        let path = format!("/session/{session}/{command}");
        let answer = Client::new(self.address).send(&Request::new("POST", &path).json(body));
        assert_eq!(answer.status, 200, "{command}: {}", answer.text());
        answer.json()["value"].clone()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its browser and then itself; killed, it would leave the browser behind.
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

/// The port in "ChromeDriver was started successfully on port 12345."
fn port(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim().trim_end_matches('.').parse().ok()
}

/// The first of these programs on the PATH.
fn found(names: &[&str]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let program = candidates.into_iter().find(|candidate| candidate.is_file());
    program
        .unwrap_or_else(|| panic!("The browser tests need {}, which is not installed. {INSTALL}", names.join(" or ")))
}
