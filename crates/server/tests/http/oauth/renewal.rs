//! Renewals whose answers are lost, or that fail for another reason than the token: neither costs the sign-in.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use admit_testkit::{APP, Server, Tokens};
use serde_json::json;

use crate::http::support::clients::{configured, is_good};
use crate::http::support::{demo, history};

/// Sends a renewal and hangs up without reading the answer.
fn renew_and_hang_up(server: &Server, refresh: &str, patience: Duration) {
    let body = format!("grant_type=refresh_token&client_id={APP}&refresh_token={refresh}");
    let mut wire = TcpStream::connect(server.address).unwrap();
    let head = "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded";
    wire.write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    std::thread::sleep(patience);
}

#[admit_testkit::everywhere]
fn an_app_whose_renewal_got_no_answer_tries_again_and_stays_signed_in() {
    let server = demo();
    server.user("root", &["admin"]);
    let alice = server.user("alice", &["customer"]);
    let mut tokens = server.tokens(APP, "alice");
    for round in 0..12 {
        for lost in 0..round % 4 {
            renew_and_hang_up(&server, &tokens.refresh, Duration::from_millis(lost * 20));
        }
        let answer = server.client().redeem(APP, &tokens.refresh);
        assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        let renewed = Tokens::of(&answer);
        assert!(is_good(&server, &renewed.access), "round {round}");
        let again = Tokens::of(&server.client().redeem(APP, &tokens.refresh));
        assert_eq!(again.refresh, renewed.refresh, "round {round}: one successor");
        tokens = renewed;
    }
    let kinds = history(&mut server.signed_in("root"), &alice);
    assert!(!kinds.iter().any(|kind| kind == "refresh-token-reused"), "{kinds:?}");
}

#[admit_testkit::everywhere]
fn a_renewal_whose_access_token_would_be_too_long_leaves_the_refresh_token_good() {
    let server = demo();
    server.user("root", &["admin"]);
    let alice = server.user("alice", &["customer"]);
    let tokens = server.tokens(APP, "alice");
    let many: Vec<String> = (0..60).map(|tenant| format!("customer@tenant-{tenant:02}")).collect();
    let mut set = vec!["user", "set-roles", "alice"];
    set.extend(many.iter().map(String::as_str));
    assert_eq!(server.cli(&set, "").code, 0);
    for _ in 0..2 {
        assert_eq!(server.client().redeem(APP, &tokens.refresh).status, 409);
    }
    let login = server.client().login_client(APP, "alice", admit_testkit::PASSWORD);
    assert_eq!((login.status, login.problem().as_str()), (409, "token-too-large"));
    assert_eq!(server.cli(&["user", "set-roles", "alice", "customer"], "").code, 0);
    // Within ten seconds a token that was spent is good again.
    std::thread::sleep(Duration::from_millis(10_100));
    let answer = server.client().redeem(APP, &tokens.refresh);
    assert_eq!(answer.status, 200, "nothing was spent: {}", answer.text());
    assert_eq!(Tokens::of(&answer).claims()["roles"], json!(["customer"]));
    let kinds = history(&mut server.signed_in("root"), &alice);
    let begun = kinds.iter().filter(|kind| *kind == "token-family-begun").count();
    assert_eq!(begun, 1, "nor did the login begin a sign-in that nobody holds: {kinds:?}");
}

#[admit_testkit::everywhere]
fn a_session_whose_token_would_be_too_long_is_not_exchanged() {
    let it = configured();
    it.server.user("root", &["admin"]);
    let id = it.server.user("alice", &[]);
    let alice = it.server.signed_in("alice");
    let many: Vec<String> = (0..60).map(|tenant| format!("customer@tenant-{tenant:02}")).collect();
    let mut set = vec!["user", "set-roles", "alice"];
    set.extend(many.iter().map(String::as_str));
    assert_eq!(it.server.cli(&set, "").code, 0);
    assert_eq!(it.exchange("site", &alice, &it.server.url).status, 409);
    let kinds = history(&mut it.server.signed_in("root"), &id);
    assert!(!kinds.iter().any(|kind| kind == "session-exchanged"), "{kinds:?}");
}
