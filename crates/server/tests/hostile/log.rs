//! A log that cannot be written costs log lines, and nobody an answer. Nobody chooses how fast it grows, or the audit log.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use admit_testkit::{Client, PASSWORD, Server, free, run};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_admit");
const SOON: Duration = Duration::from_secs(10);

fn logged_to(redirection: &str, metrics: &str) -> Server {
    let command = format!("exec '{BINARY}' serve --dev --demo {redirection}");
    let server = Server::with("/bin/bash", &["-c", &command]).env("ADMIT_LOG__REQUESTS", "true");
    server.env("ADMIT_METRICS__LISTEN", metrics).start()
}

fn user(server: &Server, name: &str, role: &str) -> String {
    let arguments = ["--json", "user", "create", name, "--password-stdin", "--role", role];
    let made = run(BINARY, server.folder(), &arguments, &[], format!("{PASSWORD}\n"));
    made.json()["id"].as_str().unwrap().to_owned()
}

/// What people do, with a line in the log for each: some hundred kilobytes, more than a pipe holds.
fn goes_on(mut server: Server) {
    user(&server, "root", "admin");
    let alice_id = user(&server, "alice", "customer");
    let (mut root, mut alice) = (server.signed_in("root"), server.signed_in("alice"));
    for _ in 0..8 {
        let status = server.client().login("nobody", "a wrong guess").status;
        assert!(matches!(status, 401 | 429), "{status}");
    }
    for _ in 0..2_000 {
        assert_eq!(alice.get("/session").status, 200);
    }
    assert_eq!(root.call("POST", &format!("/admin/api/users/{alice_id}/disable"), &Value::Null).status, 200);
    assert_eq!(alice.get("/session").status, 401);
    assert_eq!(server.client().get("/livez").status, 200);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_log_on_a_full_disk_fails_no_request_and_what_is_lost_is_counted() {
    let metrics = free();
    let server = logged_to("2>/dev/full", &metrics.to_string());
    assert_eq!(server.client().get("/livez").status, 200);
    let begun = Instant::now();
    let lost = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("admit_log_lines_dropped_total "));
        line.and_then(|count| count.parse::<u64>().ok()).unwrap_or_default()
    };
    while lost(&Client::new(metrics).get("/metrics").text()) == 0 {
        assert!(begun.elapsed() < SOON, "nothing is counted");
    }
    goes_on(server);
}

#[test]
fn a_log_whose_reader_has_gone_fails_no_request() {
    goes_on(logged_to("2> >(exec true)", &free().to_string()));
}

#[test]
fn a_log_whose_reader_has_stalled_holds_up_no_request_and_no_shutdown() {
    goes_on(logged_to("2> >(exec sleep 60)", &free().to_string()));
}

/// Ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_greeting_that_nobody_reads_holds_up_no_start() {
    let (folder, address) = (admit_testkit::folder(), free());
    // A pipe that is full already.
    let command = format!("exec 3> >(exec sleep 60); head -c 65536 /dev/zero >&3; exec '{BINARY}' serve --dev >&3");
    let child = Command::new("/bin/bash")
        .args(["-c", &command])
        .current_dir(folder.path())
        .env("ADMIT_SERVER__LISTEN", address.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let begun = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < SOON, "it does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(Client::new(address).get("/livez").status, 200);
    assert!(Command::new("kill").arg(running.0.id().to_string()).status().unwrap().success());
    while running.0.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < SOON * 2, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_stranger_who_guesses_on_and_on_fills_neither_the_log_nor_the_audit_log() {
    let mut server = Server::demo(BINARY).start();
    server.user("root", &["admin"]);
    server.user("alice", &[]);
    let mut root = server.signed_in("root");
    // Refusals are held back for a while, so many guess at once.
    let throttled: usize = std::thread::scope(|scope| {
        let guess = || {
            let mut guesser = server.client();
            (0..8).filter(|_| guesser.login("alice", "a wrong guess").status == 429).count()
        };
        let guessers: Vec<_> = (0..24).map(|_| scope.spawn(guess)).collect();
        guessers.into_iter().map(|guesser| guesser.join().expect("a guesser")).sum()
    });
    assert!(throttled > 100, "{throttled}");
    let failures = root.get("/admin/api/audit?kind=login-failed").json();
    let rows = failures["events"].as_array().unwrap().clone();
    assert!((1..=3).contains(&rows.len()), "{rows:?}");
    assert_eq!(server.terminate(), Some(0));
    let begun = Instant::now();
    while !server.logged().contains("more of this kind") {
        assert!(begun.elapsed() < SOON, "no summary: {}", server.logged());
    }
    let logged = server.logged();
    let lines = logged.lines().filter(|line| line.contains("throttled")).count();
    // As much for each ten seconds that it took.
    assert!(lines <= 6 * 4, "{lines} lines\n{logged}");
}

#[test]
fn a_password_that_is_nobodys_by_its_length_is_refused_and_leaves_no_event() {
    let server = Server::demo(BINARY).start();
    server.user("root", &["admin"]);
    let mut root = server.signed_in("root");
    let mut guesser = server.client();
    for name in ["root", "nobody"] {
        for _ in 0..20 {
            assert_eq!(guesser.login(name, &"x".repeat(1_100)).status, 401);
        }
    }
    let failures = root.get("/admin/api/audit?kind=login-failed").json();
    assert_eq!(failures["events"].as_array().unwrap().len(), 0, "{failures}");
    assert_eq!(server.signed_in("root").get("/session").status, 200, "nobody is throttled by it");
}
