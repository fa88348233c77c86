//! A server that is told to stop while somebody holds it up.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use admit_testkit::Server;

fn signal(server: &Server, name: &str) {
    let sent = Command::new("kill").args([name, &server.pid().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_second_signal_ends_at_once_what_a_slow_client_holds_up() {
    for (first, second) in [("-TERM", "-TERM"), ("-TERM", "-INT")] {
        let mut server = Server::demo(env!("CARGO_BIN_EXE_admit")).start();
        let mut slow = TcpStream::connect(server.address).unwrap();
        slow.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n\
                    content-length: 9\r\n\r\n";
        slow.write_all(head.as_bytes()).unwrap();
        let mut invited = [0; 25];
        slow.read_exact(&mut invited).unwrap();
        signal(&server, first);
        let begun = Instant::now();
        while TcpStream::connect(server.address).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(5), "it goes on taking connections");
        }
        signal(&server, second);
        assert_eq!(server.ended(), Some(1), "{second}");
        assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
        assert!(server.logged().contains("second signal"), "{}", server.logged());
    }
}
