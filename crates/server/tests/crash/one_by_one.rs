//! One change, its answer, `kill -9` at once, a restart: the change is there.

use admit_testkit::{Client, PASSWORD, Request, Server};
use serde_json::json;

const OTHER: &str = "velvet harbour compass";

fn server() -> Server {
    let server = Server::demo(env!("CARGO_BIN_EXE_admit")).start();
    server.user("boss", &["admin"]);
    server
}

/// The same connection and cookies, to a server that has been killed and started again.
fn killed(mut server: Server) -> Server {
    server.kill();
    server.again()
}

fn status(client: &mut Client, path: &str) -> u16 {
    client.get(path).status
}

#[test]
fn a_login_outlives_a_kill() {
    let server = server();
    let mut boss = server.signed_in("boss");
    let server = killed(server);
    assert_eq!(status(&mut boss, "/session"), 200);
    // And the token from before is good, since the server's secret is kept.
    assert_eq!(boss.call("POST", "/logout", &json!(null)).status, 204);
    drop(server);
}

#[test]
fn a_logout_outlives_a_kill() {
    let server = server();
    let mut boss = server.signed_in("boss");
    let mut old = server.client();
    old.cookies.clone_from(&boss.cookies);
    assert_eq!(boss.call("POST", "/logout", &json!(null)).status, 204);
    let server = killed(server);
    assert_eq!(status(&mut old, "/session"), 401);
    drop(server);
}

#[test]
fn other_roles_outlive_a_kill() {
    let server = server();
    let alice = server.user("alice", &["admin"]);
    let (mut boss, mut session) = (server.signed_in("boss"), server.signed_in("alice"));
    assert_eq!(status(&mut session, "/admin/api/users"), 200);
    let roles = boss.call("PUT", &format!("/admin/api/users/{alice}/roles"), &json!({ "roles": ["customer"] }));
    assert_eq!(roles.status, 200);
    let server = killed(server);
    assert_eq!(status(&mut session, "/admin/api/users"), 403);
    assert_eq!(session.refresh().json()["subject"]["roles"], json!(["customer"]));
    drop(server);
}

#[test]
fn a_ban_outlives_a_kill_and_so_does_its_end_which_brings_no_session_back() {
    let server = server();
    let alice = server.user("alice", &["customer"]);
    let (mut boss, mut session) = (server.signed_in("boss"), server.signed_in("alice"));
    assert_eq!(boss.call("POST", &format!("/admin/api/users/{alice}/disable"), &json!(null)).status, 200);
    let server = killed(server);
    assert_eq!(status(&mut session, "/session"), 401);
    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    assert_eq!(boss.call("POST", &format!("/admin/api/users/{alice}/enable"), &json!(null)).status, 200);
    let server = killed(server);
    assert_eq!(status(&mut session, "/session"), 401);
    assert_eq!(server.client().login("alice", PASSWORD).status, 200);
}

#[test]
fn a_password_change_outlives_a_kill_and_leaves_its_new_session_alone_alive() {
    let server = server();
    let (mut here, mut elsewhere) = (server.signed_in("boss"), server.signed_in("boss"));
    let mut before = server.client();
    before.cookies.clone_from(&here.cookies);
    let changed =
        here.call("POST", "/account/password", &json!({ "current_password": PASSWORD, "new_password": OTHER }));
    assert_eq!(changed.status, 200, "{}", changed.text());
    let server = killed(server);
    assert_eq!(status(&mut here, "/session"), 200);
    assert_eq!(status(&mut before, "/session"), 401);
    assert_eq!(status(&mut elsewhere, "/session"), 401);
    assert_eq!(server.client().login("boss", PASSWORD).status, 401);
    assert_eq!(server.client().login("boss", OTHER).status, 200);
}

#[test]
fn a_new_user_outlives_a_kill() {
    let server = server();
    let mut boss = server.signed_in("boss");
    let user = json!({ "username": "alice", "password": PASSWORD, "roles": ["customer"] });
    let made = boss.call("POST", "/admin/api/users", &user);
    assert_eq!(made.status, 201, "{}", made.text());
    let server = killed(server);
    let login = server.client().sign_in("alice", PASSWORD);
    assert_eq!(login["subject"]["id"], made.json()["id"]);
    assert_eq!(login["subject"]["roles"], json!(["customer"]));
}

#[test]
fn the_first_administrator_outlives_a_kill_and_the_link_is_used_up() {
    let server = Server::demo(env!("CARGO_BIN_EXE_admit")).start();
    let link = server.greeted("First admin").expect("a link in the greeting");
    let (_, token) = link.split_once("token=").expect("a token in the link");
    let first = json!({ "token": token, "username": "boss", "password": PASSWORD });
    let mut boss = server.client();
    let made = boss.send(&Request::new("POST", "/setup").json(&first));
    assert_eq!(made.status, 200, "{}", made.text());
    let server = killed(server);
    assert_eq!(status(&mut boss, "/admin/api/users"), 200);
    assert_eq!(server.greeted("First admin"), None);
    let second = json!({ "token": token, "username": "second", "password": PASSWORD });
    let again = server.client().send(&Request::new("POST", "/setup").json(&second));
    assert_eq!((again.status, again.problem().as_str()), (409, "link-dead"));
}

#[test]
fn a_revocation_by_the_command_line_outlives_a_kill() {
    let server = server();
    let mut session = server.signed_in("boss");
    let revoked = server.cli(&["--json", "session", "revoke", "boss"], "");
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let server = killed(server);
    assert_eq!(status(&mut session, "/session"), 401);
    drop(server);
}
