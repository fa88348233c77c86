//! More connections than the system gives descriptors for.

use std::net::TcpStream;

use admit_testkit::Server;

#[test]
fn with_few_descriptors_the_surplus_waits_its_turn_and_whoever_is_in_is_answered() {
    let command = format!("ulimit -n 80 && exec '{}' serve --dev", env!("CARGO_BIN_EXE_admit"));
    let server = Server::with("/bin/sh", &["-c", &command]).start();
    let mut inside = server.client();
    assert_eq!(inside.get("/livez").status, 200);

    let idle: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    for _ in 0..20 {
        assert_eq!(inside.get("/livez").status, 200, "somebody who is in");
    }
    drop(idle);
    assert_eq!(server.client().get("/livez").status, 200, "somebody who waited");
    let logged = server.logged();
    assert!(!logged.contains("could not be accepted"), "{logged}");
    assert!(logged.contains("raise the limit of open files"), "{logged}");
}
