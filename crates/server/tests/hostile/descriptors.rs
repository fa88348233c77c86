//! More connections than the system gives descriptors for.

use std::net::{SocketAddr, TcpStream};

use admit_testkit::{Client, Server, free, run};

const BINARY: &str = env!("CARGO_BIN_EXE_admit");

fn with_descriptors(descriptors: u32) -> admit_testkit::Starting {
    Server::with("/bin/sh", &["-c", &format!("ulimit -n {descriptors} && exec '{BINARY}' serve --dev")])
}

#[test]
fn with_few_descriptors_whoever_is_silent_makes_room_and_whoever_asks_is_answered() {
    let server = with_descriptors(128).start();
    let mut inside = server.client();
    assert_eq!(inside.get("/livez").status, 200);

    let idle: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    for _ in 0..20 {
        assert_eq!(server.client().get("/livez").status, 200, "somebody new");
        let _more = TcpStream::connect(server.address).unwrap();
    }
    drop(idle);
    assert_eq!(server.client().get("/livez").status, 200, "somebody afterwards");
    let logged = server.logged();
    assert!(!logged.contains("could not be accepted"), "{logged}");
    assert!(logged.contains("raise the limit of open files"), "{logged}");
}

#[test]
fn silent_connections_to_the_metrics_listener_take_nothing_from_the_main_one() {
    let metrics: SocketAddr = free();
    let server = with_descriptors(300).env("ADMIT_METRICS__LISTEN", &metrics.to_string()).start();
    let idle: Vec<TcpStream> = (0..400).filter_map(|_| TcpStream::connect(metrics).ok()).collect();
    assert!(idle.len() > 300, "{}", idle.len());
    for _ in 0..20 {
        assert_eq!(server.client().get("/livez").status, 200);
    }
    assert_eq!(Client::new(metrics).get("/metrics").status, 200, "Prometheus is answered too");
    let logged = server.logged();
    assert!(!logged.contains("could not be accepted"), "{logged}");
}

#[test]
fn fewer_descriptors_than_a_server_needs_are_refused_at_the_start_in_a_sentence() {
    let folder = admit_testkit::folder();
    let command = format!("ulimit -n 64 && exec '{BINARY}' serve --dev");
    let refused = run("/bin/sh", folder.path(), &["-c", &command], &[], "");
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stderr.contains("open 64 files") && refused.stderr.contains("ulimit -n"), "{refused:?}");
}
