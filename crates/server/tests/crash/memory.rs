//! Sessions in memory alone: a kill signs everybody out, and takes nothing else.

use admit_testkit::{PASSWORD, Server};
use serde_json::json;

#[test]
fn a_kill_ends_the_sessions_that_are_kept_in_memory_and_nothing_else() {
    let starting = Server::demo(env!("CARGO_BIN_EXE_admit")).env("ADMIT_SESSIONS__URL", "memory:");
    let mut server = starting.start();
    server.user("boss", &["admin"]);
    let alice = server.user("alice", &["customer"]);
    let (mut boss, mut session) = (server.signed_in("boss"), server.signed_in("alice"));
    let roles = boss.call("PUT", &format!("/admin/api/users/{alice}/roles"), &json!({ "roles": ["admin"] }));
    assert_eq!(roles.status, 200, "{}", roles.text());
    assert_eq!(session.get("/admin/api/users").status, 200, "the session obeys the new roles before the kill");
    let before = boss.get("/admin/api/audit").json();
    for _ in 0..2 {
        server.kill();
        server = server.again();
        assert_eq!(boss.get("/session").status, 401);
        assert_eq!(session.get("/session").status, 401);
    }
    let login = server.client().sign_in("alice", PASSWORD);
    assert_eq!(login["subject"]["roles"], json!(["admin"]));
    let after = server.signed_in("boss").get("/admin/api/audit").json();
    let newest = before["events"].as_array().expect("events");
    let now = after["events"].as_array().expect("events");
    assert!(now.ends_with(newest), "the log lost something: {after}");
    assert_eq!(now.len(), newest.len() + 2, "the two logins, and no more");
}
