//! Sessions outlive the server, on every pair of stores that keeps them anywhere but in its memory.

use serde_json::Value;

use crate::http::support::{demo, is_signed_in, twin};

#[admit_testkit::everywhere(lasting)]
fn a_session_that_was_revoked_while_the_server_was_down_is_dead_when_it_is_up_again() {
    let mut server = demo();
    server.user("alice", &[]);
    let (mut alice, mut other) = (server.signed_in("alice"), server.signed_in("alice"));
    let id = alice.get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(server.terminate(), Some(0));
    let revoked = server.cli(&["session", "revoke", "alice", &id], "");
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let _server = server.again();
    assert!(!is_signed_in(&mut alice));
    assert!(is_signed_in(&mut other));
}

#[admit_testkit::everywhere(lasting)]
fn after_a_restart_sessions_are_as_they_were_and_revoked_ones_stay_dead() {
    let mut server = demo();
    server.user("alice", &[]);
    let (mut alice, mut ended) = (server.signed_in("alice"), server.signed_in("alice"));
    let dead = twin(&server, &ended);
    assert_eq!(ended.call("POST", "/logout", &Value::Null).status, 204);
    assert_eq!(server.terminate(), Some(0));
    let server = server.again();
    let mut dead = twin(&server, &dead);
    assert!(!is_signed_in(&mut dead));
    assert!(is_signed_in(&mut alice));
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204, "its CSRF token is good still");
}
