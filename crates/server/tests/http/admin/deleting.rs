//! `DELETE /admin/api/users/{id}`, the page and the command: a user is deleted for good.

use admit_testkit::{APP, PASSWORD, Request};
use serde_json::{Value, json};

use super::{SOMEBODY, create};
use crate::http::support::clients::is_good;
use crate::http::support::{admin, demo, is_signed_in};

#[admit_testkit::everywhere]
fn a_deleted_user_is_signed_out_everywhere_and_a_namesake_inherits_nothing() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("zoe", &["admin"]);
    let (mut zoe, app) = (server.signed_in("zoe"), server.tokens(APP, "zoe"));
    assert!(is_signed_in(&mut zoe) && is_good(&server, &app.access));
    let path = format!("/admin/api/users/{id}");
    let answer = admin.call("DELETE", &path, &Value::Null);
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    assert!(!is_signed_in(&mut zoe), "the session is over");
    assert!(!is_good(&server, &app.access), "and the access token");
    assert_eq!(server.client().redeem(APP, &app.refresh).status, 400);
    assert_eq!(server.client().login("zoe", PASSWORD).status, 401);
    for (method, path) in [("GET", path.clone()), ("POST", format!("{path}/enable"))] {
        assert_eq!(admin.call(method, &path, &Value::Null).status, 404, "{method} {path}");
    }
    assert_eq!(admin.call("DELETE", &path, &Value::Null).status, 204, "whoever was not sure asks again");
    assert_eq!(admin.page(&format!("/admin/users/{id}")).status, 404);
    let again = create(&mut admin, "zoe", &[]);
    assert_eq!(again.status, 201, "the name is free");
    assert_ne!(again.json()["id"], json!(id));
    let mut namesake = server.signed_in("zoe");
    assert_eq!(namesake.get("/session").json()["subject"]["roles"], json!([]));
    assert_eq!(namesake.get("/admin/api/users").status, 403);
    let users = admin.get("/admin/api/users").json();
    assert_eq!(users["users"].as_array().unwrap().len(), 2, "{users}");
}

#[admit_testkit::everywhere]
fn the_audit_log_keeps_the_id_of_a_deleted_user_and_no_name() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("zoe", &[]);
    server.client().login("zoe", "wrong wrong wrong");
    drop(server.signed_in("zoe"));
    assert_eq!(admin.call("DELETE", &format!("/admin/api/users/{id}"), &Value::Null).status, 204);
    let log = admin.get(&format!("/admin/api/audit?subject={id}"));
    assert!(!log.text().contains("zoe"), "{}", log.text());
    let events = log.json()["events"].clone();
    let kinds: Vec<&str> = events.as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"subject-deleted"), "{kinds:?}");
    assert_eq!(kinds.last(), Some(&"subject-created"), "{kinds:?}");
    for event in events.as_array().unwrap() {
        let own = event["kind"] == "subject-deleted";
        assert_eq!((event["subject"].clone(), event["address"].is_null()), (json!(id), !own), "{event}");
    }
    let page = admin.page(&format!("/admin/audit?subject={id}"));
    assert!(page.status == 200 && page.text().contains("User deleted") && page.text().contains(&id));
}

#[admit_testkit::everywhere]
fn a_user_is_deleted_on_the_page_after_typing_the_name_and_by_the_command_line() {
    let server = demo();
    let mut admin = admin(&server);
    let (zoe, max) = (server.user("zoe", &[]), server.user("max", &[]));
    let page = format!("/admin/users/{zoe}");
    let shown = admin.page(&page);
    assert!(shown.text().contains("To confirm, enter the username: zoe"));
    let csrf_token = shown.field("csrf_token").unwrap();
    let mut delete = |name: &str| {
        let fields = [("csrf_token", csrf_token.as_str()), ("username", name)];
        admin.send(&Request::new("POST", &format!("{page}/delete")).page().form(&fields))
    };
    let other = delete("max");
    assert_eq!(other.status, 422);
    assert!(other.text().contains("The username does not match. Nothing was deleted."), "{}", other.text());
    let done = delete("zoe");
    assert_eq!((done.status, done.header("location")), (303, Some("/admin?notice=deleted")));
    assert!(admin.page("/admin?notice=deleted").text().contains("The account was deleted."));
    let unsure = server.cli(&["user", "delete", "max"], "");
    assert!(unsure.code == 2 && unsure.stderr.contains("repeat the command with --yes"), "{unsure:?}");
    let output = server.cli(&["--json", "user", "delete", "max", "--yes"], "");
    assert_eq!((output.code, output.json()), (0, json!({ "id": max, "status": "deleted" })));
    for (whom, code) in [(max.as_str(), 0), ("max", 1), (SOMEBODY, 1)] {
        let again = server.cli(&["user", "delete", whom, "--yes"], "");
        assert_eq!(again.code, code, "{again:?}");
    }
    assert_eq!(server.cli(&["--json", "user", "list"], "").json().as_array().unwrap().len(), 1);
}

#[admit_testkit::everywhere]
fn neither_the_last_administrator_nor_an_unknown_user_is_deleted() {
    let server = demo();
    let mut admin = admin(&server);
    let own = admin.get("/session").json()["subject"]["id"].as_str().unwrap().to_owned();
    let refused = admin.call("DELETE", &format!("/admin/api/users/{own}"), &Value::Null);
    assert_eq!((refused.status, refused.problem().as_str()), (409, "last-admin"));
    assert!(!admin.page(&format!("/admin/users/{own}")).text().contains("/delete\""), "not offered for oneself");
    for id in [SOMEBODY, "nonsense"] {
        assert_eq!(admin.call("DELETE", &format!("/admin/api/users/{id}"), &Value::Null).status, 404, "{id}");
    }
    let id = server.user("zoe", &["customer"]);
    let mut zoe = server.signed_in("zoe");
    assert_eq!(zoe.call("DELETE", &format!("/admin/api/users/{id}"), &Value::Null).status, 403);
    assert_eq!(server.client().call("DELETE", &format!("/admin/api/users/{id}"), &Value::Null).status, 401);
}
