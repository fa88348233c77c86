//! A disk that takes no more: changes are refused, `/readyz` says so, nothing that was acknowledged is lost, and when there is
//! room again everything goes on by itself.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use admit_testkit::{Client, PASSWORD, Server, free};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_admit");
const SOON: Duration = Duration::from_secs(15);

/// Until this is so.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < SOON, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A server, its administrator and a customer.
struct World {
    server: Server,
    metrics: std::net::SocketAddr,
    root: Client,
    alice: Client,
    alice_id: String,
}

impl World {
    fn start(script: &str) -> Self {
        let metrics = free();
        let server = Server::with("/bin/bash", &["-c", script]).env("ADMIT_METRICS__LISTEN", &metrics.to_string());
        let server = server.env("ADMIT_LOG__REQUESTS", "true").start();
        let link = server.greeted("First admin").unwrap();
        let token = link.split_once("token=").unwrap().1.to_owned();
        let mut root = server.client();
        let first = json!({ "token": token, "username": "root", "password": PASSWORD });
        let made = root.send(&admit_testkit::Request::new("POST", "/setup").json(&first));
        assert_eq!(made.status, 200, "{}", made.text());
        let mut root = server.signed_in("root");
        let new = json!({ "username": "alice", "password": PASSWORD, "roles": [] });
        let made = root.call("POST", "/admin/api/users", &new);
        assert_eq!(made.status, 201, "{}", made.text());
        let alice_id = made.json()["id"].as_str().unwrap().to_owned();
        let alice = server.signed_in("alice");
        Self { server, metrics, root, alice, alice_id }
    }

    fn disable(&mut self) -> u16 {
        self.root.call("POST", &format!("/admin/api/users/{}/disable", self.alice_id), &Value::Null).status
    }

    fn is_up(&self) -> bool {
        let text = Client::new(self.metrics).get("/metrics").text();
        text.lines().any(|line| line == r#"admit_store_up{store="accounts"} 1"#)
    }

    fn refuses_changes(&mut self) {
        until("a sign-in is still taken", || self.server.client().login("alice", PASSWORD).status == 503);
        assert_eq!(self.disable(), 503);
        until("/readyz says that it is ready", || self.server.client().get("/readyz").status == 503);
        assert!(!self.is_up(), "the metrics say that the store is up");
        assert_eq!(self.server.client().get("/livez").status, 200);
        assert_eq!(self.alice.get("/session").status, 200, "checks need no disk");
    }

    fn goes_on(mut self) {
        until("/readyz does not say that it is ready again", || self.server.client().get("/readyz").status == 200);
        assert!(self.is_up());
        assert_eq!(self.server.client().login("alice", PASSWORD).status, 200);
        assert_eq!(self.alice.get("/session").status, 200, "what was acknowledged is there");
        assert_eq!(self.disable(), 200);
        assert_eq!(self.alice.get("/session").status, 401);
        assert_eq!(self.server.terminate(), Some(0));
    }
}

#[test]
fn where_files_cannot_grow_changes_are_503_and_so_is_readyz_until_they_can_again() {
    let mut world = World::start(&format!("trap '' XFSZ; exec '{BINARY}' serve --dev --demo"));
    let limit = |size: &str| {
        let pid = world.server.pid().to_string();
        Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={size}:unlimited")]).status().unwrap().success()
    };
    assert!(limit("4096"));
    world.refuses_changes();
    let pid = world.server.pid().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:unlimited"]).status().unwrap();
    assert!(lifted.success());
    world.goes_on();
}

#[test]
fn a_full_disk_that_holds_the_data_and_the_log_stops_nobody_once_there_is_room_again() {
    let may =
        Command::new("unshare").args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    if !may.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: this user may mount no file system of its own, so no disk is really full");
        return;
    }
    let script = format!(
        "mkdir disk && exec unshare --map-root-user --mount /bin/bash -c \"mount -t tmpfs -o size=4m none disk && cd disk && \
         exec '{BINARY}' serve --dev --demo 2>>log\""
    );
    let mut world = World::start(&script);
    let disk = PathBuf::from(format!("/proc/{}/root{}/disk", world.server.pid(), world.server.folder().display()));
    assert!(disk.join("admit-data").is_dir(), "{}", disk.display());
    let mut filler = fs::File::create(disk.join("filler")).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
    while filler.write_all(&[0]).is_ok() {}
    world.refuses_changes();
    // Each leaves a line in the log: more than the page at the end of the file has room for.
    for _ in 0..100 {
        assert_eq!(world.server.client().get("/livez").status, 200);
    }
    drop(filler);
    fs::remove_file(disk.join("filler")).unwrap();
    until("nothing says that lines were lost", || {
        fs::read_to_string(disk.join("log")).is_ok_and(|log| log.contains("log lines were lost"))
    });
    world.goes_on();
}
