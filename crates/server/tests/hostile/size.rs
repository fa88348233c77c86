//! Too much of everything: heads, headers, addresses, bodies; and bodies that do not come, or not as announced.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use admit_testkit::{Request, Wire, all_answers, raw};
use serde_json::json;

use super::target::Target;

const PATIENCE: Duration = Duration::from_secs(5);

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The limit on the head's bytes is not sharp: hyper looks at it between two reads, so that between one and two times
/// 32 KiB it depends on how the bytes arrive. These are far on either side.
#[test]
fn a_head_over_its_limits_is_refused_and_one_just_within_is_not() {
    let mut target = Target::start();
    let address = target.server.address;
    let head = |extra: String| format!("GET /livez HTTP/1.1\r\nhost: x\r\n{extra}\r\n").into_bytes();
    let many = |count: usize| head((0..count).map(|n| format!("x-{n}: y\r\n")).collect());
    let status = |bytes: Vec<u8>| raw(address, &bytes).map(|answer| answer.status);
    assert_eq!(status(many(90)), Some(200));
    assert_eq!(status(head(format!("x: {}\r\n", "y".repeat(20 * 1024)))), Some(200));
    assert_eq!(status(many(101)), Some(431));
    assert_eq!(status(many(5_000)), Some(431));
    assert_eq!(status(head(format!("x: {}\r\n", "y".repeat(128 * 1024)))), Some(431));
    assert_eq!(status(head(format!("{}: y\r\n", "x".repeat(128 * 1024)))), Some(431));
    assert_eq!(status(head(format!("cookie: {}\r\n", "a=b; ".repeat(20_000)))), Some(431));
    for length in [100 * 1024, 400 * 1024] {
        let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(length)).into_bytes();
        let answered = status(long);
        assert!(matches!(answered, Some(414 | 431 | 400)), "{answered:?}");
    }
    let query = format!("GET /livez?{} HTTP/1.1\r\nhost: x\r\n\r\n", "a=b&".repeat(5_000));
    assert_eq!(status(query.into_bytes()), Some(200));
    // A head without an end is not collected without an end: the connection is closed on it.
    let endless = all_answers(address, "GET /livez HTTP/1.1\r\n".repeat(50_000).as_bytes(), PATIENCE);
    assert!(!text(&endless).contains(" 200 "), "{}", text(&endless));
    target.assert_unharmed_and_open();
}

#[test]
fn a_body_over_its_limit_is_413_whether_its_length_was_said_or_not() {
    let mut target = Target::start();
    let cookie = Target::cookie(&target.boss);
    let token = target.boss.csrf_token.clone();
    let alice = target.alice_id.clone();
    let address = target.server.address;
    let over = 65 * 1024;
    let json_body = format!("{{\"roles\":[\"{}\"]}}", "x".repeat(over));
    let form_body = format!("username={}&password=x&csrf_token=x", "x".repeat(over));
    let requests = [
        ("PUT", format!("/admin/api/users/{alice}/roles"), "application/json", &json_body),
        ("POST", "/admin/api/users".to_owned(), "application/json", &json_body),
        ("POST", "/account/password".to_owned(), "application/json", &json_body),
        ("PUT", "/demo/api/products/1".to_owned(), "application/json", &json_body),
        ("POST", "/admin/users".to_owned(), "application/x-www-form-urlencoded", &form_body),
        ("POST", "/account/password".to_owned(), "application/x-www-form-urlencoded", &form_body),
    ];
    for (method, path, media_type, body) in &requests {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\nx-csrf-token: {token}\r\ncontent-type: {media_type}\r\n"
        );
        let said = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        for bytes in [said, chunked] {
            let answer = raw(address, bytes.as_bytes()).expect("an answer");
            assert_eq!((answer.status, answer.problem().as_str()), (413, "body-too-large"), "{method} {path}");
        }
    }
    // Without the header the gate reads a form itself, to find its token: the same limit.
    let form =
        Request::new("POST", "/login").bytes(form_body).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(target.server.client().send(&form).status, 413);
    let login = Request::new("POST", "/login").json(&json!({ "username": "x".repeat(over), "password": "y" }));
    assert_eq!(target.server.client().send(&login).status, 413);
    target.assert_unharmed_and_open();
}

#[test]
fn lengths_that_are_not_the_bodys_are_refused_and_hold_nothing_up() {
    let mut target = Target::start();
    let address = target.server.address;
    let post = |headers: &str, body: &str| {
        format!("POST /login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{headers}\r\n\r\n{body}")
    };
    let refused = [
        post("content-length: -1", "{}"),
        post("content-length: +2", "{}"),
        post("content-length: 0x2", "{}"),
        post("content-length: 2, 3", "{}"),
        post("content-length: 99999999999999999999999999", "{}"),
        post("content-length: two", "{}"),
        post("content-length: 1000", "{}"),
        post("transfer-encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n"),
        post("transfer-encoding: chunked", "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        post("transfer-encoding: chunked", "2\r\n{}\r\n"),
        post("transfer-encoding: chunked", "-2\r\n{}\r\n0\r\n\r\n"),
    ];
    for request in &refused {
        let answers = text(&all_answers(address, request.as_bytes(), PATIENCE));
        let first = answers.split("\r\n").next().unwrap_or_default();
        assert!(first.is_empty() || first.starts_with("HTTP/1.1 4"), "{request:?}: {first}");
        assert!(answers.matches("HTTP/1.1 ").count() <= 1, "{request:?}: {answers}");
    }
    // What is beyond the length is a second request, and not a good one.
    let beyond = text(&all_answers(address, post("content-length: 2", "{}{\"a\":1}").as_bytes(), PATIENCE));
    assert!(beyond.starts_with("HTTP/1.1 4") && !beyond.contains(" 200 "), "{beyond}");
    target.assert_unharmed();
}

#[test]
fn clients_that_go_away_in_the_middle_harm_nobody() {
    let mut target = Target::start();
    let address = target.server.address;
    let whole = format!(
        "POST /login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{{\"username\":\"alice\",\"pass"
    );
    let mut open = Vec::new();
    for end in (1..whole.len()).step_by(3) {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.write_all(&whole.as_bytes()[..end]).expect("the beginning");
        // Some are closed at once, the others stay, silent, to the end of the test.
        if end % 2 == 0 {
            open.push(stream);
        }
    }
    assert!(open.len() > 10);
    let mut wire = Wire::new(address);
    for _ in 0..50 {
        assert_eq!(wire.ask(&Request::new("GET", "/livez")).expect("an answer").status, 200);
    }
    target.assert_unharmed_and_open();
    drop(open);
}
