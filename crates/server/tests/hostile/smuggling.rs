//! Requests that two servers may read differently (RFC 9112 section 11.2): refused, closed, or read in the one way in
//! which nothing is hidden in them.

use std::time::Duration;

use admit_testkit::all_answers_while_open;

use super::target::Target;

/// A second answer would follow the first within microseconds. Where none comes, this is waited for in vain.
const PATIENCE: Duration = Duration::from_millis(700);

/// The statuses of the answers on a connection.
fn statuses(target: &Target, request: &str) -> Vec<u16> {
    let answers = all_answers_while_open(target.server.address, request.as_bytes(), PATIENCE);
    let text = String::from_utf8_lossy(&answers).into_owned();
    text.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)?.parse().ok()).collect()
}

#[test]
fn a_request_whose_framing_is_in_doubt_is_refused_or_the_connection_is_closed() {
    let mut target = Target::start();
    let hidden = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
    let post = |headers: &str, body: &str| format!("POST /livez HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n{body}");
    let length = hidden.len() + 5;
    // If the length is believed, the hidden request is body; if the chunks are, it is a second request.
    let doubtful = [
        (
            "both framings",
            post(&format!("content-length: {length}\r\ntransfer-encoding: chunked"), &format!("0\r\n\r\n{hidden}")),
        ),
        (
            "both, the other way round",
            post(&format!("transfer-encoding: chunked\r\ncontent-length: {length}"), &format!("0\r\n\r\n{hidden}")),
        ),
        ("two lengths", post(&format!("content-length: 0\r\ncontent-length: {}", hidden.len()), hidden)),
        (
            "two lengths, the other way round",
            post(&format!("content-length: {}\r\ncontent-length: 0", hidden.len()), hidden),
        ),
        ("an unknown coding", post("transfer-encoding: xchunked", &format!("0\r\n\r\n{hidden}"))),
        ("chunked, and then another", post("transfer-encoding: chunked, identity", &format!("0\r\n\r\n{hidden}"))),
        ("a folded coding", post("transfer-encoding:\r\n chunked", &format!("0\r\n\r\n{hidden}"))),
        ("a space before the colon", post("transfer-encoding : chunked", &format!("0\r\n\r\n{hidden}"))),
        ("a space before the first name", format!("POST /livez HTTP/1.1\r\n host: x\r\n\r\n{hidden}")),
        ("a tab in a name", post("content\tlength: 0", hidden)),
        ("a folded header", post("x: a\r\n b\r\ncontent-length: 0", hidden)),
        ("a zero byte in a value", post("x: a\0b\r\ncontent-length: 0", hidden)),
        ("a bare return in a value", post("x: a\rtransfer-encoding: chunked\r\ncontent-length: 0", hidden)),
        ("an unknown version", format!("POST /livez HTTP/1.9\r\nhost: x\r\ncontent-length: 0\r\n\r\n{hidden}")),
        ("no version", format!("POST /livez\r\n\r\n{hidden}")),
        ("two spaces", format!("POST  /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n{hidden}")),
        ("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
    ];
    for (what, request) in &doubtful {
        let statuses = statuses(&target, request);
        println!("{what}: {statuses:?}");
        assert!(!statuses.iter().any(|status| *status < 300 || *status >= 500), "{what}: {statuses:?}");
    }
    target.assert_unharmed_and_open();
}

#[test]
fn what_comes_before_a_doubt_never_lends_its_session_to_what_comes_after() {
    let mut target = Target::start();
    let cookie = Target::cookie(&target.boss);
    let hidden = "GET /admin/api/users HTTP/1.1\r\nhost: x\r\n\r\n";
    let length = hidden.len() + 5;
    let request = format!(
        "GET /session HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\ncontent-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
    );
    let found = statuses(&target, &request);
    assert!(found.iter().filter(|status| **status == 200).count() <= 1, "{found:?}");
    let last = hidden.replace("host: x", "host: x\r\nconnection: close");
    // Two whole requests on one connection are two: each with its own credential.
    let two = format!("GET /session HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\n\r\n{last}");
    assert_eq!(statuses(&target, &two), [200, 401]);
    target.assert_unharmed_and_open();
}

#[test]
fn lines_that_end_in_a_bare_newline_hide_no_header() {
    let mut target = Target::start();
    let cookie = Target::cookie(&target.boss);
    // Some servers take these, some do not; a request in one is the request in both.
    let bare = format!("GET /session HTTP/1.1\nhost: x\ncookie: {cookie}\n\n");
    let found = statuses(&target, &bare);
    assert!(matches!(found.as_slice(), [] | [200] | [400]), "{found:?}");
    let twice = format!("GET /session HTTP/1.1\nhost: x\ncookie: {cookie}\ncookie: {cookie}\n\n");
    let found = statuses(&target, &twice);
    assert!(matches!(found.as_slice(), [] | [400]), "{found:?}");
    target.assert_unharmed_and_open();
}

/// Nothing here is decided by `Host`, but a proxy in front may decide by the first what the application reads in the last.
#[test]
fn a_request_without_a_host_or_with_two_is_refused() {
    let mut target = Target::start();
    for headers in ["", "host: a\r\nhost: b\r\n", "host: a\r\nhost: a\r\n", "host: a b/c@\r\n"] {
        let found = statuses(&target, &format!("GET /livez HTTP/1.1\r\n{headers}connection: close\r\n\r\n"));
        assert_eq!(found, [400], "{headers:?}");
    }
    target.assert_unharmed_and_open();
}
