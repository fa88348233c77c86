//! A service that checks access tokens by itself: `Gate::offline` in a process of its own, which follows one node.

use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use admit::Gate;
use admit::core::credential::ClientSecret;
use admit::core::policy::Policy;
use admit_shop::Shop;
use rustix::process::{Pid, Signal, kill_process};

use crate::node::answers;
use crate::{EDITOR, NODE};

/// The value of [`NODE`] that makes this program a verifier.
const VERIFIER: &str = "verifier";

/// How old the knowledge of a verifier may be.
pub(crate) const BOUND: Duration = Duration::from_secs(1);

/// Tells whether it knows what was revoked.
const READY: &str = "/ready";

/// How one is started.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    /// This program.
    pub(crate) program: PathBuf,
    /// The name of the issuer.
    pub(crate) issuer: String,
    /// Where the way to its node begins.
    pub(crate) way: IpAddr,
    /// The secret that its node gives it.
    pub(crate) secret: PathBuf,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    pub(crate) log: PathBuf,
}

/// One.
pub(crate) struct Verifier {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Verifier {
    /// Starts one, and waits until it knows what was revoked. `None` when it does not.
    pub(crate) fn start(launch: &Launch) -> Option<Self> {
        let log = File::options().create(true).append(true).open(&launch.log).ok()?;
        let child = Command::new(&launch.program)
            .env_clear()
            .env(NODE, VERIFIER)
            .args([&launch.issuer, &launch.way.to_string()])
            .arg(&launch.secret)
            .arg(launch.address.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .ok()?;
        let verifier = Self { child, address: launch.address };
        let deadline = Instant::now() + Duration::from_secs(60);
        while !verifier.is_ready() {
            if Instant::now() > deadline {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(verifier)
    }

    /// Whether it knows what was revoked.
    pub(crate) fn is_ready(&self) -> bool {
        answers(self.address, READY)
    }

    /// Lets it stand still.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, signal).unwrap_or_default();
        }
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whether this process is to be a verifier.
#[must_use]
pub fn is_wanted() -> bool {
    std::env::var_os(NODE).is_some_and(|role| role == VERIFIER)
}

/// This program as a verifier. It does not outlive whoever started it.
#[must_use]
pub fn serve() -> ExitCode {
    std::thread::spawn(|| {
        drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        std::process::exit(3);
    });
    match tokio::runtime::Runtime::new().map_err(|error| error.to_string()).and_then(|it| it.block_on(follow())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("verifier: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn follow() -> Result<(), String> {
    fn say(error: impl std::fmt::Display) -> String {
        error.to_string()
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [issuer, way, secret, address] = arguments.as_slice() else { return Err("four arguments".to_owned()) };
    let secret = std::fs::read_to_string(Path::new(secret)).map_err(say)?;
    let routes = admit_shop::routes(Shop::default());
    let policy = format!("[roles.{EDITOR}]\npermissions = [\"product:update\"]\n");
    let gate = Gate::offline(issuer, issuer)
        .client("demo-shop", ClientSecret::parse(&secret).map_err(say)?)
        .reached_at(way.parse().map_err(say)?)
        .policy(Policy::read(&policy, &routes.permissions()).map_err(say)?)
        .max_staleness(BOUND)
        .start()
        .map_err(say)?;
    let ready = gate.clone();
    let ready = move || async move {
        let known = ready.token_staleness().is_some_and(|age| age <= BOUND);
        if known { axum::http::StatusCode::OK } else { axum::http::StatusCode::SERVICE_UNAVAILABLE }
    };
    let app = routes.mount(&gate).map_err(say)?.route(READY, axum::routing::get(ready));
    let address: SocketAddr = address.parse().map_err(say)?;
    let listener = tokio::net::TcpListener::bind(address).await.map_err(say)?;
    axum::serve(listener, app).await.map_err(say)
}
