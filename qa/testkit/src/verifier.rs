//! A server that checks the access tokens of a [`Server`](crate::Server) by itself, in a process of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::server::{collect, locked};

/// The shop with `Gate::offline`: the example `tokens`.
pub struct Verifier {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    printed: Arc<Mutex<String>>,
    logged: Arc<Mutex<String>>,
}

impl Verifier {
    /// Starts one for the tokens of `issuer`, as the service whose secret is in `secret`. It answers when this returns, with
    /// 503 while it does not know what was revoked. `binary` is that of the server: the example is built beside it.
    ///
    /// # Panics
    /// When the example is not built, or does not listen within 30 seconds.
    #[must_use]
    pub fn begin(binary: &str, issuer: &str, secret: &Path, bound: Duration) -> Self {
        let example = example(binary);
        // It gets a port that was free a moment ago, because it says its own only when it knows everything.
        let address = free();
        let mut child = Command::new(&example)
            .arg(issuer)
            .arg(secret)
            .arg(address.to_string())
            .arg(bound.as_secs_f64().to_string())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", example.display()));
        let (printed, logged) = (collect(child.stdout.take()), collect(child.stderr.take()));
        let mut verifier = Self { child, address, printed, logged };
        verifier.wait("listen", |verifier| TcpStream::connect(verifier.address).is_ok());
        verifier
    }

    /// The same, and waits until it knows what was revoked.
    ///
    /// # Panics
    /// As [`Self::begin`], and when it does not know within 30 seconds.
    #[must_use]
    pub fn start(binary: &str, issuer: &str, secret: &Path, bound: Duration) -> Self {
        let mut verifier = Self::begin(binary, issuer, secret, bound);
        verifier.wait("follow its issuer", |verifier| verifier.knows());
        verifier
    }

    /// Whether it has said that it knows what was revoked.
    #[must_use]
    pub fn knows(&self) -> bool {
        locked(&self.printed).contains("The shop is at")
    }

    fn wait(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !done(self) {
            let ended = matches!(self.child.try_wait(), Ok(Some(_)));
            assert!(!ended && Instant::now() < deadline, "the verifier did not {what}: {}", locked(&self.logged));
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address on this machine at which nothing listens.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}

fn example(binary: &str) -> PathBuf {
    let path = Path::new(binary).with_file_name("examples").join("tokens");
    assert!(
        path.is_file(),
        "{} is not there. Build it first: cargo build --workspace --all-targets (with --release, if the tests are).",
        path.display()
    );
    path
}
