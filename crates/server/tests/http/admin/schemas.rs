//! One schema for each thing, wherever it is.

use admit_testkit::PASSWORD;
use serde_json::{Value, json};

use super::{create, on, set_roles};
use crate::http::support::clients::configured;
use crate::http::support::{admin, demo, members};

const USER: [&str; 6] = ["created_at", "id", "last_login_at", "roles", "status", "username"];

#[admit_testkit::everywhere]
fn a_user_has_the_same_members_in_a_list_alone_and_after_a_change() {
    let server = demo();
    let mut root = admin(&server);
    let made = create(&mut root, "alice", &["customer"]);
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.json()["last_login_at"], Value::Null);
    server.client().sign_in("alice", PASSWORD);
    let alone = root.get(&format!("/admin/api/users/{id}")).json();
    assert!(alone["last_login_at"].is_string() && alone["created_at"].is_string(), "{alone}");
    let listed = root.get("/admin/api/users?query=alice").json()["users"][0].clone();
    assert_eq!(listed, alone);
    for (answer, what) in [
        (made, "made"),
        (set_roles(&mut root, &id, &["customer"]), "roles"),
        (on(&mut root, &id, "disable"), "disabled"),
        (on(&mut root, &id, "enable"), "enabled"),
        (on(&mut root, &id, "sessions/revoke"), "signed out"),
    ] {
        let user = answer.json();
        assert_eq!(members(&user), USER.into(), "{what}");
        assert_eq!(user["created_at"], alone["created_at"], "{what}");
    }
    let told = root.get(&format!("/admin/api/users/{id}/permissions")).json();
    let holder = root.get("/admin/api/permissions/user:read").json()["users"][0].clone();
    for (user, more) in [(&told, vec!["permissions", "next"]), (&holder, vec!["how"])] {
        assert_eq!(members(user), USER.into_iter().chain(more).collect(), "{user}");
    }
    for name in USER {
        assert_eq!(told[name], alone[name], "{name}");
    }
}

#[admit_testkit::everywhere]
fn how_a_permission_is_held_is_told_in_parts_by_role_and_by_user_alike() {
    let server = demo();
    let mut root = admin(&server);
    let held = root.get("/admin/api/permissions/product:update").json();
    assert_eq!(members(&held), ["next", "permission", "roles", "users"].into());
    assert_eq!(held["permission"], "product:update");
    let how = json!({
        "always": true,
        "permitted_by": [{ "kind": "role", "name": "admin", "conditions": null }],
        "forbidden_by": [],
        "summary": "yes, by admin",
    });
    assert_eq!(held["roles"], json!([{ "role": "admin", "how": how }]));
    assert_eq!((&held["users"][0]["username"], &held["users"][0]["how"]), (&json!("root"), &how));
    let id = held["users"][0]["id"].as_str().unwrap();
    let told = root.get(&format!("/admin/api/users/{id}/permissions")).json();
    let line = told["permissions"].as_array().unwrap().iter().find(|line| line["permission"] == "product:update");
    assert_eq!(line, Some(&json!({ "permission": "product:update", "how": how })));
    let by_cli = server.cli(&["--json", "policy", "who", "product:update"], "").json();
    assert_eq!((&by_cli["roles"], &by_cli["users"]), (&held["roles"], &held["users"]));
    let words = server.cli(&["policy", "who", "product:update"], "").stdout;
    assert!(words.contains("yes, by admin") && words.contains("root"), "{words}");
}

#[admit_testkit::everywhere]
fn a_session_and_its_subject_look_the_same_by_cookie_by_token_and_in_the_list() {
    let it = configured();
    let id = it.server.user("alice", &["customer"]);
    let mut browser = it.server.client();
    let begun = browser.sign_in("alice", PASSWORD);
    let by_cookie = browser.get("/session").json();
    let app = it.server.tokens("app", "alice");
    let by_token = |path: &str| it.client().by_token(&app.access, "GET", path, &Value::Null).json();
    let by_app = by_token("/session");
    let subject = json!({ "id": id, "username": "alice", "roles": ["customer"] });
    for said in [&begun, &by_cookie, &by_app] {
        assert_eq!(said["subject"], subject, "{said}");
        let all = ["absolute_expires_at", "authenticated_at", "created_at", "id", "idle_expires_at", "methods"];
        assert_eq!(members(&said["session"]), all.into(), "{said}");
        assert_eq!(said["session"]["methods"], json!(["pwd"]), "{said}");
        let listed = by_token("/sessions")["sessions"].as_array().unwrap().clone();
        let same = listed.iter().find(|listed| listed["id"] == said["session"]["id"]).expect("in the list");
        for time in ["absolute_expires_at", "created_at"] {
            assert_eq!(said["session"][time], same[time], "{time}");
        }
    }
    assert_eq!(by_app["session"]["id"], app.claims()["sid"]);
}
