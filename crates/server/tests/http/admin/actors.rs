//! Who acted, by way of which client and in which sign-in: what the audit log can say of every change.

use std::fs;

use admit_testkit::{PASSWORD, Tokens};
use serde_json::{Value, json};

use super::own_id;
use crate::http::support::clients::configured_with;
use crate::http::support::{admin, demo, secret};

const CONSOLE: &str = "[clients.console]\nruns = \"native\"\naudience = [\"self\"]\nadmin_api = true\n";

#[admit_testkit::everywhere]
fn an_auditor_reads_which_client_acted_and_in_which_sign_in() {
    let it = configured_with(CONSOLE);
    let mut root = admin(&it.server);
    let (root_id, root_session) = (own_id(&mut root), root.get("/session").json()["session"]["id"].clone());
    let new = |name: &str| json!({ "username": name, "password": PASSWORD });
    assert_eq!(root.call("POST", "/admin/api/users", &new("by-session")).status, 201);

    let app = it.server.tokens("console", "root");
    let made = it.client().by_token(&app.access, "POST", "/admin/api/users", &new("by-app"));
    assert_eq!(made.status, 201, "{}", made.text());

    let assertion = it.assertion(&it.claims());
    let answer = it.asserted("/oauth/token", &assertion, &[("grant_type", "client_credentials")]);
    let service = Tokens::of(&answer);
    let made = it.client().by_token(&service.access, "POST", "/admin/api/users", &new("by-service"));
    assert_eq!(made.status, 201, "{}", made.text());

    let log = root.get("/admin/api/audit?kind=subject-created").json();
    let event = |name: &str| {
        let events = log["events"].as_array().unwrap();
        events.iter().find(|event| event["username"] == name).unwrap_or_else(|| panic!("{name}: {log}")).clone()
    };
    let told = |name: &str| {
        let event = event(name);
        [event["actor"].clone(), event["detail"]["by_client"].clone(), event["detail"]["by_session"].clone()]
    };
    assert_eq!(told("by-session"), [json!(root_id), Value::Null, root_session]);
    assert_eq!(told("by-app"), [json!(root_id), json!("console"), json!(app.claim("sid"))]);
    assert_eq!(told("by-service"), [json!("client:signer"), json!("signer"), Value::Null]);
    let page = root.page("/admin/audit?kind=subject-created").text();
    assert!(page.contains("client:signer") && page.contains("by_client: console"), "{page}");

    // Tokens and their end name the client too.
    let issued = root.get("/admin/api/audit?kind=client-token-issued").json()["events"][0].clone();
    assert_eq!((&issued["actor"], &issued["detail"]["by_client"]), (&json!("client:signer"), &json!("signer")));
    let revoked = it.client().post("/oauth/revoke", &[("token", &app.refresh), ("client_id", "console")]);
    assert_eq!(revoked.status, 200);
    let ended = root.get("/admin/api/audit?kind=token-family-ended").json()["events"][0].clone();
    assert_eq!((&ended["actor"], &ended["detail"]["by_client"]), (&json!("client:console"), &json!("console")));
    let failed = json!({ "username": "root", "password": "wrong wrong wrong wrong", "client_id": "console" });
    assert_eq!(it.client().send(&admit_testkit::Request::new("POST", "/login").json(&failed)).status, 401);
    let failed = root.get("/admin/api/audit?kind=login-failed").json()["events"][0].clone();
    assert_eq!(failed["detail"]["by_client"], "console");
    assert!(!log.to_string().contains(&secret(&root)));
}

#[admit_testkit::everywhere]
fn an_export_by_the_operator_is_in_the_log_with_its_file() {
    let server = demo();
    let mut root = admin(&server);
    let exported = server.cli(&["export", "all.jsonl"], "");
    assert_eq!(exported.code, 0, "{exported:?}");
    let log = root.get("/admin/api/audit?kind=data-exported").json();
    assert_eq!((log["events"].as_array().unwrap().len(), &log["events"][0]["actor"]), (1, &json!("operator")));
    assert!(log["events"][0]["detail"]["file"].as_str().unwrap().ends_with("/all.jsonl"), "{log}");
    assert!(fs::read_to_string(server.folder().join("all.jsonl")).unwrap().contains("subject-created"));
    // One that is refused is none.
    assert_eq!(server.cli(&["export", "all.jsonl"], "").code, 2);
    assert_eq!(root.get("/admin/api/audit?kind=data-exported").json()["events"].as_array().unwrap().len(), 1);
}
