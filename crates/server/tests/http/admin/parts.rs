//! What a page or an answer consists of: each part under its own permission.

use std::fs;
use std::sync::Arc;

use admit_server::config::policy::BUILT_IN;
use admit_testkit::{PASSWORD, Request, Server};
use serde_json::{Value, json};

use super::{create, on, own_id, set_roles};
use crate::http::support::{BINARY, admin, history};

/// A role for each permission of administration by itself, and with `user:read`.
const ROLES: &str = r#"
[roles.reader]
permissions = ["user:read"]
[roles.auditor]
permissions = ["user:read", "audit:read"]
[roles.ender]
permissions = ["user:read", "session:revoke"]
[roles.updater]
permissions = ["user:update"]
[roles.revoker]
permissions = ["session:revoke"]
"#;

fn server() -> Server {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, format!("{BUILT_IN}{ROLES}")).unwrap();
    let server = Server::demo(BINARY).within(folder).env("ADMIT_SERVER__POLICY", &policy.display().to_string()).start();
    for role in ["reader", "auditor", "ender", "updater", "revoker"] {
        server.user(role, &[role]);
    }
    server
}

#[admit_testkit::everywhere]
fn whoever_may_end_sessions_and_not_read_the_log_is_told_no_failed_sign_ins() {
    let server = server();
    let id = server.user("alice", &["customer"]);
    assert_eq!(server.client().login("alice", "a wrong password").status, 401);
    server.user("root", &["admin"]);
    for (who, told) in [("revoker", false), ("root", true)] {
        let listed = server.signed_in(who).get(&format!("/admin/api/users/{id}/sessions"));
        assert_eq!(listed.status, 200, "{who}: {}", listed.text());
        assert_eq!(listed.json().get("failed_sign_ins").is_some(), told, "{who}: {}", listed.text());
    }
}

#[admit_testkit::everywhere]
fn a_reader_of_users_sees_neither_their_devices_nor_what_they_did() {
    let server = server();
    let id = server.user("alice", &["customer"]);
    let mut alice = server.client();
    let browser = Request::new("POST", "/login")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let signed_in = alice.send(&browser.json(&json!({ "username": "alice", "password": PASSWORD })));
    assert_eq!(signed_in.status, 200);
    let page = format!("/admin/users/{id}");
    // What betrays the devices, the events, and that there is a form to change something.
    for (who, devices, events, forms) in [
        ("reader", false, false, false),
        ("auditor", false, true, false),
        ("ender", true, false, true),
        ("root", true, true, true),
    ] {
        if who == "root" {
            server.user("root", &["admin"]);
        }
        let mut caller = server.signed_in(who);
        let shown = caller.page(&page);
        let text = shown.text();
        assert_eq!(shown.status, 200, "{who}");
        assert!(text.contains("alice") && text.contains("customer"), "{who}");
        assert_eq!(text.contains("Firefox"), devices, "{who}");
        assert_eq!(text.contains("session-created"), events, "{who}");
        assert_eq!(text.contains("127.0.0.1"), devices || events, "{who}");
        assert_eq!(text.contains(&format!("{page}/sessions/revoke")), forms, "{who}");
        assert_eq!(text.matches("/end\"").count(), usize::from(forms), "{who}");
        let api = caller.get(&format!("/admin/api/users/{id}/sessions")).status;
        assert_eq!(api, if forms { 200 } else { 403 }, "{who}");
        assert_eq!(text.contains(&format!("{page}/roles")), who == "root", "{who}");
        assert_eq!(text.contains(&format!("{page}/disable")), who == "root", "{who}");
        let list = caller.page("/admin").text();
        assert_eq!(list.contains("action=\"/admin/users\""), who == "root", "{who}");
        assert_eq!(list.contains("href=\"/admin/audit\""), caller.page("/admin/audit").status == 200, "{who}");
        assert_eq!(caller.get("/admin/api/audit").status == 200, events, "{who}");
    }
}

#[admit_testkit::everywhere]
fn a_caller_who_may_change_users_and_not_read_them_is_shown_none() {
    let server = server();
    let mut admin = admin(&server);
    let id = create(&mut admin, "alice", &["customer"]).json()["id"].as_str().unwrap().to_owned();
    let mut updater = server.signed_in("updater");
    let mut revoker = server.signed_in("revoker");
    assert_eq!(updater.get(&format!("/admin/api/users/{id}")).status, 403);
    for answer in [
        set_roles(&mut updater, &id, &[]),
        on(&mut updater, &id, "disable"),
        on(&mut updater, &id, "enable"),
        on(&mut revoker, &id, "sessions/revoke"),
    ] {
        assert_eq!((answer.status, answer.text()), (204, String::new()));
    }
    let done = ["subject-created", "roles-changed", "subject-disabled", "subject-enabled", "sessions-revoked"];
    assert_eq!(history(&mut admin, &id), done);
    // Nor by a form that comes back with what is wrong.
    let csrf_token = updater.csrf_token.clone();
    let form = |path: &str, fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().copied().chain([("csrf_token", csrf_token.as_str())]).collect();
        Request::new("POST", path).page().form(&fields)
    };
    let own = own_id(&mut admin);
    for (path, fields, status) in [
        ("/admin/users".to_owned(), vec![("username", "x y"), ("password", PASSWORD)], 422),
        (format!("/admin/users/{id}/roles"), vec![("role", "emperor")], 422),
        (format!("/admin/users/{own}/disable"), vec![], 409),
    ] {
        let answer = updater.send(&form(&path, &fields));
        assert_eq!(answer.status, status, "{path} {}", answer.text());
        let text = answer.text();
        assert!(!text.contains("alice") && !text.contains("root"), "{path}: {text}");
    }
    assert_eq!(set_roles(&mut admin, &id, &["customer"]).json()["roles"], json!(["customer"]), "an admin sees it");
    assert_eq!(on(&mut admin, &id, "enable").json()["username"], Value::from("alice"));
}
