//! `/admin/api/audit`, and what is listed in pages.

use admit_testkit::PASSWORD;
use serde_json::{Value, json};

use super::{create, on, own_id, set_roles};
use crate::support::{admin, demo, members};

#[test]
fn the_audit_log_says_who_did_what_to_whom_in_order() {
    let server = demo();
    let mut admin = admin(&server);
    let root = own_id(&mut admin);
    let id = create(&mut admin, "alice", &[]).json()["id"].as_str().unwrap().to_owned();
    let mut alice = server.client();
    assert_eq!(alice.login("alice", "wrong wrong wrong wrong").status, 401);
    alice.sign_in("alice", PASSWORD);
    let session = alice.get("/session").json()["session"]["id"].clone();
    assert_eq!(set_roles(&mut admin, &id, &["customer"]).status, 200);
    alice.refresh();
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204);
    assert_eq!(on(&mut admin, &id, "sessions/revoke").status, 200);
    let disabled = on(&mut admin, &id, "disable");
    assert_eq!(server.cli(&["user", "enable", "alice"], "").code, 0);
    let input = format!("{PASSWORD} again\n");
    assert_eq!(server.cli(&["user", "set-password", "alice", "--password-stdin"], &input).code, 0);

    let log = admin.get(&format!("/admin/api/audit?subject={id}")).json();
    assert_eq!(members(&log), ["events", "next"].into());
    let events: Vec<&Value> = log["events"].as_array().unwrap().iter().rev().collect();
    let told: Vec<(&str, &str)> = events
        .iter()
        .map(|event| (event["kind"].as_str().unwrap(), event["actor"].as_str().unwrap()))
        .map(|(kind, actor)| {
            (
                kind,
                if actor == root {
                    "admin"
                } else if actor == id {
                    "alice"
                } else {
                    actor
                },
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("subject-created", "admin"),
            ("session-created", "alice"),
            ("roles-changed", "admin"),
            ("session-rotated", "server"),
            ("session-revoked", "alice"),
            ("sessions-revoked", "admin"),
            ("subject-disabled", "admin"),
            ("subject-enabled", "operator"),
            ("password-changed", "operator"),
        ]
    );
    assert!(events.is_sorted_by_key(|event| event["seq"].as_u64()));
    for event in &events {
        assert_eq!((&event["subject"], &event["username"]), (&json!(id), &json!("alice")));
    }
    assert_eq!(events[1]["detail"]["session"], session);
    assert_eq!(events[2]["detail"]["roles"], json!(["customer"]));
    assert_eq!(events[1]["address"], "127.0.0.1");
    assert_eq!(events[6]["request"].as_str(), disabled.header("x-request-id"), "its log lines can be found");

    let failures = admin.get("/admin/api/audit?kind=login-failed").json();
    assert_eq!(failures["events"].as_array().unwrap().len(), 1);
    assert_eq!(failures["events"][0]["actor"], "anonymous");
    for wrong in ["kind=nonsense", "subject=nonsense"] {
        let answer = admin.get(&format!("/admin/api/audit?{wrong}"));
        let name = wrong.split('=').next().unwrap();
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!(name)));
    }
    let page = admin.page("/admin/audit").text();
    assert!(page.contains("alice") && page.contains("session-revoked"));
}

fn names(page: &Value) -> Vec<String> {
    page["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn users_are_searched_and_paged_and_so_is_the_log() {
    let server = demo();
    let mut admin = admin(&server);
    for number in 0..52 {
        assert_eq!(create(&mut admin, &format!("user{number:02}@example.org"), &[]).status, 201);
    }
    let first = admin.get("/admin/api/users").json();
    let after = first["next"].as_str().unwrap();
    let second = admin.get(&format!("/admin/api/users?after={after}")).json();
    assert_eq!((names(&first).len(), names(&second).len(), &second["next"]), (50, 3, &Value::Null));
    let mut all = [names(&first), names(&second)].concat();
    all.dedup();
    assert_eq!(all.len(), 53, "each once");

    assert_eq!(names(&admin.get("/admin/api/users?query=USER07").json()), ["user07@example.org"]);
    assert_eq!(names(&admin.get("/admin/api/users?query=user0").json()).len(), 10);
    assert_eq!(names(&admin.get("/admin/api/users?query=ser07").json()).len(), 0, "it is the beginning of a name");
    for none in ["%25", "_", "%27%20OR%201=1--", "nobody", "%00"] {
        assert_eq!(names(&admin.get(&format!("/admin/api/users?query={none}")).json()).len(), 0, "{none}");
    }
    let page = admin.page("/admin?query=user07").text();
    assert!(page.contains("user07@example.org") && !page.contains("user08@example.org"));

    let log = admin.get("/admin/api/audit").json();
    let before = log["next"].as_u64().unwrap();
    let rest = admin.get(&format!("/admin/api/audit?before={before}")).json();
    let seqs = |log: &Value| -> Vec<u64> {
        log["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()).collect()
    };
    let all = [seqs(&log), seqs(&rest)].concat();
    assert!(all.iter().rev().copied().eq(1..=all.len() as u64), "every event, newest first, none twice: {all:?}");
    assert_eq!(rest["next"], Value::Null);
}
