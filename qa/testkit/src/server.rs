//! The real server in a process of its own.

use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::Client;
use crate::stores::stores_of;

/// The password of every user that tests make.
pub const PASSWORD: &str = "tulip lantern orbit";

/// How a server is to be started.
pub struct Starting {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    folder: Option<Arc<TempDir>>,
    address: Option<SocketAddr>,
}

/// A running server.
pub struct Server {
    starting: Starting,
    child: Child,
    folder: Arc<TempDir>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its address for browsers, without a slash at the end.
    pub url: String,
    /// What it has printed so far.
    printed: Arc<Mutex<String>>,
    logged: Arc<Mutex<String>>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Output {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }
}

/// Runs a command of the binary in a folder, with these variables in its environment, and gives it this input.
///
/// # Panics
/// When it cannot be run, or has not ended within 30 seconds: a server that should have refused to start has not.
#[must_use]
pub fn run(
    binary: &str,
    folder: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    stdin: impl Into<String>,
) -> Output {
    let mut starting = Server::with(binary, arguments);
    for (name, value) in environment {
        starting = starting.env(name, value);
    }
    starting.run(folder, stdin.into(), Duration::from_secs(30))
}

/// Runs a command that waits by itself, as an audit does, and has to end within this time.
///
/// # Panics
/// When it cannot be run, or has not ended by then.
#[must_use]
pub fn run_within(patience: Duration, binary: &str, folder: &Path, arguments: &[&str]) -> Output {
    Server::with(binary, arguments).run(folder, String::new(), patience)
}

impl Starting {
    fn run(&self, folder: &Path, stdin: String, patience: Duration) -> Output {
        let mut child = self
            .command(folder, &self.arguments())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        // A command that reads nothing closes its end: not an error.
        drop(child.stdin.take().map(|mut pipe| pipe.write_all(stdin.as_bytes())));
        let (stdout, stderr) = (collect(child.stdout.take()), collect(child.stderr.take()));
        let deadline = Instant::now() + patience;
        let status = loop {
            match child.try_wait().expect("its state") {
                Some(status) => break status,
                None if Instant::now() > deadline => {
                    drop(child.kill());
                    panic!("{:?} did not end: {}{}", self.arguments, locked(&stdout), locked(&stderr));
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        // Its pipes are closed; what was in them is being read.
        let ended = |text: &Arc<Mutex<String>>| {
            let deadline = Instant::now() + Duration::from_secs(5);
            while Arc::strong_count(text) > 1 && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
            locked(text)
        };
        Output { code: status.code().unwrap_or(-1), stdout: ended(&stdout), stderr: ended(&stderr) }
    }

    /// With one more environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With one more argument.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// In a folder that is there already.
    #[must_use]
    pub fn within(mut self, folder: Arc<TempDir>) -> Self {
        self.folder = Some(folder);
        self
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// When it does not within 30 seconds, with what it said.
    #[must_use]
    pub fn start(self) -> Server {
        let folder = self.folder.clone().unwrap_or_else(|| Arc::new(tempfile::tempdir().expect("a temporary folder")));
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let listen = self.address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port())));
            match self.once(&folder, listen, deadline) {
                Ok((child, address, printed, logged)) => {
                    let url = format!("http://{address}");
                    return Server { starting: self, child, folder, address, url, printed, logged };
                }
                // Another process took the port first. A server that restarts waits for its own port.
                Err(said) if said.contains("Cannot listen on") && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(said) => panic!("{said}"),
            }
        }
    }

    /// Starts it and waits until it listens. If it does not, the error is what it said.
    fn once(&self, folder: &TempDir, listen: SocketAddr, deadline: Instant) -> Result<Listening, String> {
        let mut child = self
            .command(folder.path(), &self.arguments())
            .env("ADMIT_SERVER__LISTEN", listen.to_string())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server's binary");
        let printed = collect(child.stdout.take());
        let logged = collect(child.stderr.take());
        loop {
            let both = format!("{}\n{}", locked(&printed), locked(&logged));
            if let Some(address) =
                announced(&both).filter(|_| both.contains("Stop with Ctrl-C") || both.contains("\"listening\""))
            {
                return Ok((child, address, printed, logged));
            }
            if let Ok(Some(status)) = child.try_wait() {
                std::thread::sleep(Duration::from_millis(50));
                return Err(format!("the server ended with {status}: {}{}", locked(&printed), locked(&logged)));
            }
            if Instant::now() > deadline {
                drop(child.kill());
                return Err(format!("the server did not start: {both}"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(folder).env_clear();
        for keep in ["PATH", "HOME", "TMPDIR"] {
            command.envs(std::env::var_os(keep).map(|value| (OsString::from(keep), value)));
        }
        // These open no store.
        let without = matches!(arguments.first().copied(), Some("init" | "routes" | "--help" | "--version"));
        if let Some(stores) = (!without).then(|| stores_of(folder)).flatten() {
            command.envs(stores.environment());
        }
        command.args(arguments);
        command
    }
}

/// A server, its address, what it prints and what it logs.
type Listening = (Child, SocketAddr, Arc<Mutex<String>>, Arc<Mutex<String>>);

/// A port that the system never assigns by itself, so that a restarted server finds its own port free.
fn port() -> u16 {
    10_000 + u16::try_from(RandomState::new().build_hasher().finish() % 20_000).unwrap_or_default()
}

pub(crate) fn collect(stream: Option<impl std::io::Read + Send + 'static>) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&text);
    if let Some(stream) = stream {
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let mut text = into.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        });
    }
    text
}

pub(crate) fn locked(text: &Mutex<String>) -> String {
    text.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The address in what a server prints (development) or logs (production).
fn announced(text: &str) -> Option<SocketAddr> {
    let after = |mark: &str, end: char| {
        text.split_once(mark).and_then(|(_, rest)| rest.split(end).next()).and_then(|part| part.parse().ok())
    };
    after("Sign in         http://", '/').or_else(|| after("\"address\":\"", '"'))
}

impl Server {
    /// A server to be started with these arguments, in a new folder, on a free port.
    #[must_use]
    pub fn with(binary: &str, arguments: &[&str]) -> Starting {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Starting { binary: binary.into(), arguments, environment: Vec::new(), folder: None, address: None }
    }

    /// `serve --dev --demo`, to be started.
    #[must_use]
    pub fn demo(binary: &str) -> Starting {
        Self::with(binary, &["serve", "--dev", "--demo"])
    }

    /// The folder it was started in; its data is in `admit-data` there.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed.
    #[must_use]
    pub fn printed(&self) -> String {
        locked(&self.printed)
    }

    /// What it has logged.
    #[must_use]
    pub fn logged(&self) -> String {
        locked(&self.logged)
    }

    /// The address in a line of its greeting, such as `First admin` or `Attack page`.
    #[must_use]
    pub fn greeted(&self, label: &str) -> Option<String> {
        let printed = self.printed();
        let line = printed.lines().find(|line| line.trim_start().starts_with(label))?;
        line.split_whitespace().last().map(str::to_owned)
    }

    /// A new client without cookies.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A client that has signed in as this user.
    ///
    /// # Panics
    /// When the login is not answered 200.
    #[must_use]
    pub fn signed_in(&self, username: &str) -> Client {
        let mut client = self.client();
        client.sign_in(username, PASSWORD);
        client
    }

    /// Runs `admit` in the server's folder.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    pub fn cli(&self, arguments: &[&str], stdin: &str) -> Output {
        let mut child = self
            .starting
            .command(self.folder.path(), arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        // A command that reads nothing closes its end: not an error.
        drop(child.stdin.take().map(|mut pipe| pipe.write_all(stdin.as_bytes())));
        let output = child.wait_with_output().expect("its end");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Makes a user with these roles and [`PASSWORD`]; returns its id.
    ///
    /// # Panics
    /// When that is refused.
    pub fn user(&self, name: &str, roles: &[&str]) -> String {
        let mut arguments = vec!["--json", "user", "create", name, "--password-stdin"];
        for role in roles {
            arguments.extend(["--role", role]);
        }
        let output = self.cli(&arguments, &format!("{PASSWORD}\n"));
        assert_eq!(output.code, 0, "{output:?}");
        output.json()["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Ends the process with no chance to tidy up, as `kill -9` does.
    pub fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Asks the process to end (SIGTERM) and waits; the exit code.
    ///
    /// # Panics
    /// When the signal cannot be sent.
    pub fn terminate(&mut self) -> Option<i32> {
        let sent = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill");
        assert!(sent.success());
        self.child.wait().expect("its end").code()
    }

    /// Waits until the process has ended by itself; the exit code.
    ///
    /// # Panics
    /// When that cannot be waited for.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.wait().expect("its end").code()
    }

    /// Starts it again in the same folder and on the same port.
    #[must_use]
    pub fn again(mut self) -> Self {
        self.kill();
        let starting = Starting {
            binary: self.starting.binary.clone(),
            arguments: self.starting.arguments.clone(),
            environment: self.starting.environment.clone(),
            folder: Some(Arc::clone(&self.folder)),
            address: Some(self.address),
        };
        drop(self);
        starting.start()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
