//! A PostgreSQL of the test's own: in a temporary folder, on a free port, stopped by its own process id.

mod dump;
mod standby;

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{Somebody, Watch, children, gone, program, signal};
use crate::redis::certificates;
use crate::verifier::free;

pub use dump::Dump;

/// The user that owns everything in it.
const USER: &str = "admit";

/// How a PostgreSQL is to be started.
#[derive(Clone, Debug, Default)]
pub struct PostgresStarting {
    durable: bool,
    password: Option<String>,
    tls: bool,
    settings: Vec<(String, String)>,
}

/// A running PostgreSQL.
pub struct Postgres {
    starting: PostgresStarting,
    folder: TempDir,
    port: u16,
    somebody: Option<Somebody>,
    postmaster: Child,
    watch: Watch,
}

/// A database in a PostgreSQL, dropped with this value.
#[derive(Debug)]
pub struct Database {
    /// The server, as the user `admit` reaches its database `postgres`.
    server: String,
    name: String,
    /// Where it is: `postgres://…/name`.
    pub url: String,
}

impl PostgresStarting {
    /// Writes reach the disk before they are acknowledged, as in production. Without this, a crash of the machine would
    /// lose them; the kill of the server alone does not.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Connections have to show this password (SCRAM-SHA-256), which is in the URLs then. Without it everybody on this
    /// machine may connect: checking a password takes longer than most tests.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// With TLS alone, by a certificate for 127.0.0.1 and localhost of a certificate authority of its own.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// With one more setting of `postgresql.conf`.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Makes it, starts it, and waits until it takes connections.
    ///
    /// # Panics
    /// When it does not, with what it said.
    #[must_use]
    pub fn start(self) -> Postgres {
        let folder = tempfile::Builder::new().prefix("admit-postgres-").tempdir().expect("a temporary folder");
        let somebody = Somebody::else_than_root();
        let password = folder.path().join("password");
        if let Some(text) = &self.password {
            std::fs::write(&password, text).expect("the password's file");
        }
        if let Some(somebody) = somebody {
            somebody.owns(folder.path());
            if self.password.is_some() {
                somebody.owns(&password);
            }
        }
        let mut initdb = Command::new(binary("initdb"));
        initdb.args(["--no-sync", "--encoding=UTF8", "--no-locale", "--username", USER]);
        match &self.password {
            Some(_) => initdb.arg("--auth=scram-sha-256").arg("--pwfile").arg(&password),
            None => initdb.arg("--auth=trust"),
        };
        initdb.arg("--pgdata").arg(folder.path().join("data")).current_dir(folder.path()).stdin(Stdio::null());
        if let Some(somebody) = somebody {
            somebody.runs(&mut initdb);
        }
        let made = initdb.output().expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        drop(std::fs::remove_file(password));
        if self.tls {
            self.takes_tls_alone(folder.path(), somebody);
        }
        let port = free().port();
        let postmaster = launch(&self, folder.path(), port, somebody);
        let watch = Watch::over(postmaster.id(), folder.path());
        let mut server = Postgres { starting: self, folder, port, somebody, postmaster, watch };
        server.ready();
        server
    }
}

impl PostgresStarting {
    fn takes_tls_alone(&self, folder: &Path, somebody: Option<Somebody>) {
        certificates(folder);
        let data = folder.join("data");
        for file in ["server.crt", "server.key"] {
            let kept = data.join(file);
            std::fs::copy(folder.join(file), &kept).expect("a certificate");
            std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).expect("a private key");
            if let Some(somebody) = somebody {
                somebody.owns(&kept);
            }
        }
        let method = if self.password.is_some() { "scram-sha-256" } else { "trust" };
        std::fs::write(
            data.join("pg_hba.conf"),
            format!("hostssl all all 127.0.0.1/32 {method}\nhostssl replication all 127.0.0.1/32 {method}\n"),
        )
        .expect("its rules");
    }
}

impl Postgres {
    /// One that forgets what it acknowledged if the machine crashes, and is quick.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self::with().start()
    }

    /// One to be started in another way.
    #[must_use]
    pub fn with() -> PostgresStarting {
        PostgresStarting::default()
    }

    /// Where one of its databases is.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_at(self.port, database)
    }

    /// The same for whoever reaches it by another way, whose port this is.
    #[must_use]
    pub fn url_at(&self, port: u16, database: &str) -> String {
        let password = self.starting.password.as_ref().map(|password| format!(":{password}")).unwrap_or_default();
        let tls = match self.starting.tls {
            true => format!("?sslmode=verify-full&sslrootcert={}", self.ca().display()),
            false => String::new(),
        };
        format!("postgres://{USER}{password}@127.0.0.1:{port}/{database}{tls}")
    }

    /// The certificate of its certificate authority.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id of the postmaster.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.postmaster.id()
    }

    /// What it has logged.
    #[must_use]
    pub fn logged(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Makes an empty database; its URL.
    ///
    /// # Panics
    /// When that is refused.
    #[must_use]
    pub fn create_database(&self, name: &str) -> String {
        create(&self.url("postgres"), name);
        self.url(name)
    }

    /// Runs a statement in one of its databases.
    ///
    /// # Panics
    /// When it is refused.
    pub fn execute(&self, database: &str, statement: &str) {
        psql(&self.url(database), statement).expect("a statement");
    }

    /// Ends every process of it with no chance to tidy up.
    pub fn kill(&mut self) {
        // A postmaster that stands still makes no new children.
        signal("STOP", &[self.pid()]);
        let processes = children(self.pid());
        signal("KILL", &[self.pid()]);
        signal("KILL", &processes);
        drop(self.postmaster.wait());
        gone(&processes);
    }

    /// Lets every process of it stand still: connections stay open, and nothing answers.
    pub fn pause(&self) {
        signal("STOP", &[self.pid()]);
        signal("STOP", &children(self.pid()));
    }

    /// Lets it go on.
    pub fn resume(&self) {
        signal("CONT", &children(self.pid()));
        signal("CONT", &[self.pid()]);
    }

    /// Starts it again on the same data and port, after [`Self::kill`] or instead of it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        // Its processes are gone; a lock that they have left belongs to nobody.
        drop(std::fs::remove_file(self.data().join("postmaster.pid")));
        self.postmaster = launch(&self.starting, self.folder.path(), self.port, self.somebody);
        self.watch = Watch::over(self.pid(), self.folder.path());
        self.ready();
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Waits until it takes connections: the last line of its lock file says so.
    fn ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let lock = self.data().join("postmaster.pid");
        loop {
            let text = std::fs::read_to_string(&lock).unwrap_or_default();
            if text.lines().last().is_some_and(|line| line.trim() == "ready") {
                return;
            }
            let ended = self.postmaster.try_wait().ok().flatten();
            assert!(ended.is_none() && Instant::now() < deadline, "PostgreSQL did not start: {}", self.logged());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

fn launch(starting: &PostgresStarting, folder: &Path, port: u16, somebody: Option<Somebody>) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log");
    let mut command = Command::new(binary("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
    let flush = if starting.durable { "on" } else { "off" };
    let own = [
        ("listen_addresses", "127.0.0.1"),
        // Its path might be longer than the system allows, and nobody uses it.
        ("unix_socket_directories", ""),
        ("max_connections", "300"),
        ("shared_buffers", "64MB"),
        // In a file of its folder, which goes with it: a server that is killed leaves what is in /dev/shm there for ever.
        ("dynamic_shared_memory_type", "mmap"),
        ("fsync", flush),
        ("full_page_writes", flush),
        // Always: a commit that has only been put into the server's own memory is lost when the server is killed.
        ("synchronous_commit", "on"),
        // A standby that is away for a while finds what it has missed.
        ("wal_keep_size", "256MB"),
        ("wal_retrieve_retry_interval", "100ms"),
        ("log_min_messages", "warning"),
        ("ssl", if starting.tls { "on" } else { "off" }),
    ];
    let settings = starting.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.into_iter().chain(settings) {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().expect("the log")).stderr(log);
    if let Some(somebody) = somebody {
        somebody.runs(&mut command);
    }
    command.spawn().expect("postgres")
}

static MADE: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// A new, empty one in the server that this URL leads to, with a name that no other has.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(server: &str) -> Arc<Self> {
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        create(server, &name);
        let (plain, query) = server.split_once('?').map_or((server, ""), |(plain, query)| (plain, query));
        let base = plain.rsplit_once('/').map_or(plain, |(base, _)| base);
        let mark = if query.is_empty() { "" } else { "?" };
        Arc::new(Self { server: server.to_owned(), url: format!("{base}/{name}{mark}{query}"), name })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(psql(&self.server, &format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name)));
    }
}

/// Drops the databases that tests on this machine have left: those of processes that are gone.
///
/// # Panics
/// When the server cannot be asked.
pub(crate) fn sweep(server: &str) {
    let found = psql(server, "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'").expect("the databases");
    for name in found.lines() {
        let pid = name.split('_').nth(1).and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Another may be dropping it too.
            drop(psql(server, &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")));
        }
    }
}

fn create(server: &str, name: &str) {
    // From template0: nobody can be connected to it, so any number can be made at once. Copying its files takes a quarter of
    // what writing all of them to the log does; before version 15 there was nothing else, and no word for it.
    let made = format!("CREATE DATABASE \"{name}\" TEMPLATE template0");
    let said = psql(server, &format!("{made} STRATEGY file_copy")).or_else(|_| psql(server, &made));
    assert!(said.is_ok(), "the database {name} could not be made: {said:?}");
}

/// Runs a statement; the rows of its answer, one a line.
fn psql(server: &str, statement: &str) -> Result<String, String> {
    let output = Command::new(binary("psql"))
        .args([
            "--no-psqlrc",
            "--quiet",
            "--no-password",
            "--set=ON_ERROR_STOP=1",
            "--tuples-only",
            "--no-align",
            "--command",
            statement,
            server,
        ])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// A program of PostgreSQL's, of the server's own version.
///
/// # Panics
/// When it is not installed.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let found = |name: &str| program(name, "/usr/lib/postgresql", "bin");
    // Those that stand beside the server: the psql in Debian's PATH is a script that looks for them, ten times as slow.
    let beside = found("postgres").map(|server| server.with_file_name(name)).filter(|path| path.is_file());
    beside.or_else(|| found(name)).unwrap_or_else(|| {
        panic!("{name} is not there: install PostgreSQL (scripts/test does, as Debian's package postgresql)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_postgresql_comes_back_with_its_databases_and_leaves_no_process() {
        let mut server = Postgres::with().password("lantern").start();
        let url = server.create_database("first");
        let made = psql(&url, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
        assert!(made.is_ok(), "{made:?}");
        let processes = children(server.pid());
        assert!(!processes.is_empty());
        let shared = std::fs::read_dir(server.data().join("pg_dynshmem")).unwrap().count();
        assert!(shared > 0, "what its processes share is in its own folder");
        server.kill();
        assert!(children(server.pid()).is_empty());
        assert!(psql(&url, "SELECT 1").is_err());
        server.restart();
        assert_eq!(psql(&url, "SELECT id FROM kept").as_deref(), Ok("1\n"));
        assert!(psql(&url.replace("lantern", "wrong"), "SELECT 1").is_err());
        server.pause();
        server.resume();
        assert!(psql(&url, "SELECT 1").is_ok());
        let database = Database::new(&server.url("postgres"));
        let its = database.url.clone();
        assert!(psql(&its, "SELECT 1").is_ok());
        drop(database);
        assert!(psql(&its, "SELECT 1").is_err());
    }
}
