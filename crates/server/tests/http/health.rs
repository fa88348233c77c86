//! `/livez`, `/readyz`, and the end of a server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use admit_testkit::{PASSWORD, Request};
use serde_json::json;

use crate::http::support::demo;

#[admit_testkit::everywhere]
fn anybody_may_ask_whether_it_lives_and_is_ready() {
    let server = demo();
    for (path, says) in [("/livez", "alive\n"), ("/readyz", "ready\n")] {
        for method in ["GET", "HEAD"] {
            let answer = server.client().send(&Request::new(method, path));
            assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
            assert!(answer.all("set-cookie").is_empty());
        }
        assert_eq!(server.client().get(path).text(), says);
    }
}

#[admit_testkit::everywhere]
fn on_sigterm_a_request_under_way_is_answered_new_ones_are_not_taken_and_the_exit_code_is_0() {
    let mut server = demo();
    server.user("alice", &[]);
    let body = json!({ "username": "alice", "password": PASSWORD }).to_string();
    let (first, second) = body.split_at(10);
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n\
         content-length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    let mut invited = [0; 25];
    slow.read_exact(&mut invited).unwrap();
    assert_eq!(&invited, b"HTTP/1.1 100 Continue\r\n\r\n", "the server waits for the body: the request is under way");
    slow.write_all(first.as_bytes()).unwrap();
    let mut idle = server.client();
    assert_eq!(idle.get("/livez").status, 200);

    assert!(Command::new("kill").arg(server.pid().to_string()).status().unwrap().success());
    let mut refused = false;
    for _ in 0..100 {
        refused = TcpStream::connect(server.address).is_err();
        if refused {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(refused, "it takes no new connections");
    slow.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "the login under way is finished: {answer}");
    assert_eq!(server.ended(), Some(0));
}
