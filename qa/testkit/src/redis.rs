//! A Redis of the test's own: in a temporary folder, on a free port, stopped by its own process id. One server, a server
//! with its replica and sentinels, or a cluster.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{Watch, gone, signal};
use crate::verifier::free;

/// How a Redis is to be started.
#[derive(Clone, Debug, Default)]
pub struct RedisStarting {
    settings: Vec<(String, String)>,
    users: Vec<String>,
    password: Option<String>,
    tls: bool,
    sentinel: Option<String>,
}

/// A running Redis.
pub struct Redis {
    starting: RedisStarting,
    folder: TempDir,
    port: u16,
    server: Child,
    watch: Watch,
}

/// A primary, its replica, and a sentinel that makes the one the other when it fails.
pub struct Sentinels {
    /// The server that is the primary at first.
    pub primary: Redis,
    /// The one that follows it.
    pub replica: Redis,
    /// The sentinel. One is enough here: its quorum is 1.
    pub sentinel: Redis,
}

/// Servers that share the slots, and for each of them a replica if that is asked for.
pub struct Cluster {
    /// The primaries, then the replicas.
    pub nodes: Vec<Redis>,
}

impl RedisStarting {
    /// With one more setting of `redis.conf`.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an append-only file, flushed before every acknowledgement: what was acknowledged is there after a kill.
    #[must_use]
    pub fn durable(self) -> Self {
        self.set("appendonly", "yes").set("appendfsync", "always")
    }

    /// With one more user, as `ACL SETUSER` takes it: `app on >password ~admit:* +@read`.
    #[must_use]
    pub fn user(mut self, rules: &str) -> Self {
        self.users.push(rules.to_owned());
        self
    }

    /// With a password, which it gives its own primary too.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.set("requirepass", password).set("masterauth", password)
    }

    /// With TLS alone, by a certificate for 127.0.0.1 and localhost of a certificate authority of its own.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts it, and waits until it takes connections.
    ///
    /// # Panics
    /// When it does not, with what it said.
    #[must_use]
    pub fn start(self) -> Redis {
        let folder = tempfile::Builder::new().prefix("admit-redis-").tempdir().expect("a temporary folder");
        if self.tls {
            certificates(folder.path());
        }
        if let Some(sentinel) = &self.sentinel {
            std::fs::write(folder.path().join("sentinel.conf"), sentinel).expect("the sentinel's file");
        }
        let port = free().port();
        let server = launch(&self, folder.path(), port);
        let watch = Watch::over(server.id(), folder.path());
        let server = Redis { starting: self, folder, port, server, watch };
        server.ready();
        server
    }
}

impl Redis {
    /// One that keeps nothing on disk.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start() -> Self {
        Self::with().start()
    }

    /// One to be started in another way.
    #[must_use]
    pub fn with() -> RedisStarting {
        RedisStarting::default()
    }

    /// Its URL for whoever needs no password.
    #[must_use]
    pub fn url(&self) -> String {
        if self.starting.tls {
            format!("rediss://127.0.0.1:{}?ca={}", self.port, self.ca().display())
        } else {
            format!("redis://127.0.0.1:{}", self.port)
        }
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.server.id()
    }

    /// The certificate of its certificate authority.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// The folder with its files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills it (`SIGKILL`), and waits until it is gone.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn kill(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
        gone(&[self.server.id()]);
    }

    /// Starts it again with the same files on the same port, having killed it if it runs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.server = launch(&self.starting, self.folder.path(), self.port);
        self.watch = Watch::over(self.server.id(), self.folder.path());
        self.ready();
    }

    /// Stops it without ending it: it keeps its connections and answers nothing.
    pub fn pause(&self) {
        signal("STOP", &[self.server.id()]);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        signal("CONT", &[self.server.id()]);
    }

    /// What it answers a command, by `redis-cli`.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn command(&self, arguments: &[&str]) -> String {
        let output = self.cli().args(arguments).output().expect("redis-cli");
        let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {said}{wrong}");
        said.trim_end().to_owned()
    }

    fn cli(&self) -> Command {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).stdin(Stdio::null());
        command.envs(self.starting.password.iter().map(|password| ("REDISCLI_AUTH", password)));
        if self.starting.tls {
            command.arg("--tls").arg("--cacert").arg(self.ca());
        }
        command
    }

    /// What it has printed.
    ///
    /// # Panics
    /// When that cannot be read.
    #[must_use]
    pub fn logged(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("its log")
    }

    fn ready(&self) {
        // One that asks for a password is there too.
        let ready = || ["PONG", "NOAUTH"].iter().any(|answer| self.asked("PING").contains(answer));
        until(ready, || format!("Redis did not start: {}", self.logged()));
    }

    /// What it answers, or nothing while it does not.
    fn asked(&self, question: &str) -> String {
        let output = self
            .cli()
            .args(question.split(' '))
            .output()
            .expect("redis-cli is not there: install Redis (scripts/test does, as Debian's package redis-server)");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

impl Sentinels {
    /// Starts all three, and waits until the sentinel knows the replica.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn start() -> Self {
        Self::starting(RedisStarting::default(), None)
    }

    /// The same with a password of the servers, and another of the sentinel, which its user `watcher` has too.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn with_passwords(servers: &str, sentinel: &str) -> Self {
        Self::starting(Redis::with().password(servers), Some(sentinel.to_owned()))
    }

    fn starting(servers: RedisStarting, password: Option<String>) -> Self {
        let primary = servers.clone().start();
        let port = primary.port().to_string();
        let replica = servers.clone().set("replicaof", &format!("127.0.0.1 {port}")).start();
        let mut conf = format!(
            "sentinel monitor mymaster 127.0.0.1 {port} 1\nsentinel down-after-milliseconds mymaster 400\n\
             sentinel failover-timeout mymaster 2000\n"
        );
        if let Some(password) = &servers.password {
            conf.push_str(&format!("sentinel auth-pass mymaster {password}\n"));
        }
        if let Some(password) = &password {
            conf.push_str(&format!("requirepass {password}\nuser watcher on >{password} allchannels +@all\n"));
        }
        let sentinel = RedisStarting { sentinel: Some(conf), password, ..RedisStarting::default() }.start();
        let all = Self { primary, replica, sentinel };
        until(
            || {
                all.replica.asked("INFO replication").contains("master_link_status:up")
                    && all.sentinel.asked("SENTINEL replicas mymaster").contains(&all.replica.port().to_string())
            },
            || format!("the sentinel knows no replica: {}", all.sentinel.logged()),
        );
        all
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis-sentinel://127.0.0.1:{}/mymaster", self.sentinel.port())
    }
}

impl Cluster {
    /// Three primaries, and for each of them so many replicas.
    ///
    /// # Panics
    /// When they do not become a cluster.
    #[must_use]
    pub fn start(replicas: usize) -> Self {
        let node = || {
            Redis::with()
                .set("cluster-enabled", "yes")
                .set("cluster-port", &free().port().to_string())
                .set("cluster-node-timeout", "1000")
                .set("repl-diskless-sync-delay", "0")
                .start()
        };
        let nodes: Vec<Redis> = (0..3 * (1 + replicas)).map(|_| node()).collect();
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())));
        create.args(["--cluster-replicas", &replicas.to_string(), "--cluster-yes"]).stdin(Stdio::null());
        let created = create.output().expect("redis-cli");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stdout));
        let cluster = Self { nodes };
        cluster.ready(3 * (1 + replicas));
        cluster
    }

    /// Waits until every node that is there knows so many, and serves all slots.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn ready(&self, known: usize) {
        for node in &self.nodes {
            until(
                || {
                    let state = node.asked("CLUSTER INFO");
                    let linked = !node.asked("INFO replication").contains("master_link_status:down");
                    state.contains("cluster_state:ok")
                        && state.contains(&format!("cluster_known_nodes:{known}\r"))
                        && linked
                },
                || format!("no cluster: {} {}", node.asked("CLUSTER INFO"), node.logged()),
            );
        }
    }

    /// Its URL, with one of its nodes: the others are found by it.
    #[must_use]
    pub fn url(&self) -> String {
        let hosts: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        format!("redis-cluster://{}", hosts.join(","))
    }
}

fn launch(starting: &RedisStarting, folder: &Path, port: u16) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).expect("a log");
    let mut command = Command::new("redis-server");
    if starting.sentinel.is_some() {
        command.arg(folder.join("sentinel.conf")).arg("--sentinel");
    }
    command.args(["--bind", "127.0.0.1"]);
    if starting.tls {
        // A name that its certificate does not have.
        command.arg("127.0.0.2");
    }
    command.arg("--dir").arg(folder);
    if starting.tls {
        command.args(["--port", "0", "--tls-port", &port.to_string(), "--tls-auth-clients", "no"]);
        for (name, file) in
            [("tls-cert-file", "server.crt"), ("tls-key-file", "server.key"), ("tls-ca-cert-file", "ca.crt")]
        {
            command.arg(format!("--{name}")).arg(folder.join(file));
        }
    } else {
        command.args(["--port", &port.to_string()]);
    }
    if starting.sentinel.is_none() {
        command.args(["--save", "", "--enable-debug-command", "local"]);
    }
    for (name, value) in &starting.settings {
        command.arg(format!("--{name}")).args(value.split(' '));
    }
    for user in &starting.users {
        command.arg("--user").args(user.split(' '));
    }
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone().expect("the log")).stderr(log);
    command
        .spawn()
        .expect("redis-server is not there: install Redis (scripts/test does, as Debian's package redis-server)")
}

/// A certificate authority (`ca.crt`), and a certificate of it for 127.0.0.1 and localhost with its key (`server.crt`,
/// `server.key`).
pub(crate) fn certificates(folder: &Path) {
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n").expect("the names");
    for arguments in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.crt",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=store -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
    ] {
        let made = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("openssl");
        assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
    }
}

fn until(mut good: impl FnMut() -> bool, otherwise: impl Fn() -> String) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !good() {
        assert!(Instant::now() < deadline, "{}", otherwise());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_durable_redis_comes_back_with_its_keys_and_another_without() {
        for (mut server, kept) in [(Redis::with().durable().start(), "1"), (Redis::start(), "")] {
            server.command(&["SET", "key", "1"]);
            server.restart();
            assert_eq!(server.command(&["GET", "key"]), kept);
            server.pause();
            server.resume();
            server.kill();
            assert_eq!(server.asked("PING"), "");
        }
    }

    #[test]
    fn one_with_tls_takes_no_plain_connection() {
        let server = Redis::with().tls().start();
        assert_eq!(server.command(&["PING"]), "PONG");
        let plain = Command::new("redis-cli").args(["-p", &server.port().to_string(), "PING"]).output().unwrap();
        assert!(!String::from_utf8_lossy(&plain.stdout).contains("PONG"));
    }
}
