//! A pgbouncer of the test's own in front of a PostgreSQL: in a temporary folder, on a free port, stopped by its own process id.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{Somebody, Watch, program, signal};
use crate::verifier::free;

/// A running pgbouncer. It is stopped when dropped.
pub struct Pgbouncer {
    folder: TempDir,
    address: SocketAddr,
    server: u16,
    child: Child,
    _watch: Watch,
}

impl Pgbouncer {
    /// Starts one with this `pool_mode` in front of the server that this URL leads to, and waits until it takes connections.
    /// Everybody on this machine may connect.
    ///
    /// # Panics
    /// When it does not, with what it said.
    #[must_use]
    pub fn start(server: &str, mode: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("admit-pgbouncer-").tempdir().expect("a temporary folder");
        let somebody = Somebody::else_than_root();
        let address = free();
        let server = port(server);
        configure(&folder, address, server, mode);
        std::fs::write(folder.path().join("users"), "\"admit\" \"\"\n").expect("its users");
        if let Some(somebody) = somebody {
            somebody.owns(folder.path());
            for file in ["pgbouncer.ini", "users"] {
                somebody.owns(&folder.path().join(file));
            }
        }
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let mut command = Command::new(binary());
        command.arg(folder.path().join("pgbouncer.ini")).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log")).stderr(log);
        if let Some(somebody) = somebody {
            somebody.runs(&mut command);
        }
        let mut child = command.spawn().expect("pgbouncer");
        let watch = Watch::over(child.id(), folder.path());
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            let ended = child.try_wait().ok().flatten();
            let said = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            assert!(ended.is_none() && Instant::now() < deadline, "pgbouncer did not start: {said}");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { folder, address, server, child, _watch: watch }
    }

    /// The same URL by way of it.
    #[must_use]
    pub fn in_front_of(&self, url: &str) -> String {
        url.replacen(&format!(":{}/", port(url)), &format!(":{}/", self.address.port()), 1)
    }

    /// Has another `pool_mode` from now on, for those too that are connected.
    pub fn set_mode(&self, mode: &str) {
        configure(&self.folder, self.address, self.server, mode);
        signal("HUP", &[self.child.id()]);
    }
}

impl Drop for Pgbouncer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn configure(folder: &TempDir, address: SocketAddr, server: u16, mode: &str) {
    let text = format!(
        "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = {}\nlisten_port = {}\n\
         unix_socket_dir =\nauth_type = trust\nauth_file = {}/users\npool_mode = {mode}\ndefault_pool_size = 100\n\
         max_client_conn = 300\n",
        address.ip(),
        address.port(),
        folder.path().display()
    );
    std::fs::write(folder.path().join("pgbouncer.ini"), text).expect("its configuration");
}

/// The port in a URL like `postgres://admit@127.0.0.1:5432/postgres`.
fn port(url: &str) -> u16 {
    let host = url.split("://").nth(1).and_then(|rest| rest.split('/').next());
    host.and_then(|host| host.rsplit(':').next()?.parse().ok()).expect("a URL with a port")
}

fn binary() -> PathBuf {
    let hidden = PathBuf::from("/usr/sbin/pgbouncer");
    program("pgbouncer", "/nowhere", "").or_else(|| hidden.is_file().then_some(hidden)).unwrap_or_else(|| {
        panic!("pgbouncer is not there: install it (scripts/test does, as Debian's package pgbouncer)")
    })
}
