//! `/admin/api/users/{id}/username`: another name for a user.

use admit_testkit::{APP, PASSWORD, Request};
use serde_json::{Value, json};

use super::{SOMEBODY, create};
use crate::http::support::{admin, demo, history, is_signed_in, twin};

#[admit_testkit::everywhere]
fn a_renamed_user_stays_signed_in_and_signs_in_by_the_new_name() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &["customer"]);
    let (mut alice, app) = (server.signed_in("alice"), server.tokens(APP, "alice"));
    let path = format!("/admin/api/users/{id}/username");
    let answer = admin.call("PUT", &path, &json!({ "username": "Alicia" }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((&answer.json()["id"], &answer.json()["username"]), (&json!(id), &json!("Alicia")));
    assert_eq!(alice.get("/session").json()["subject"]["username"], "Alicia", "by the session of before");
    let by_token = server.client().by_token(&app.access, "GET", "/session", &Value::Null);
    assert_eq!((by_token.status, &by_token.json()["subject"]["username"]), (200, &json!("Alicia")));
    assert_eq!(server.client().redeem(APP, &app.refresh).status, 200);
    assert_eq!(server.client().login("alicia", PASSWORD).status, 200);
    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    let log = admin.get(&format!("/admin/api/audit?subject={id}&kind=subject-renamed")).json();
    assert_eq!(log["events"][0]["detail"]["from"], "alice");
    assert_eq!(
        (&log["events"][0]["detail"]["to"], &log["events"][0]["username"]),
        (&json!("Alicia"), &json!("Alicia"))
    );
    let second = create(&mut admin, "alice", &[]);
    assert_eq!(second.status, 201, "the old name is free");
    assert!(is_signed_in(&mut alice));
}

#[admit_testkit::everywhere]
fn a_name_that_is_none_or_taken_is_refused_and_the_user_keeps_theirs() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    server.user("bob", &[]);
    let path = format!("/admin/api/users/{id}/username");
    for (name, status) in [("bob", 409), ("BOB", 409), ("ｂｏｂ", 409), ("", 422), ("a b", 422), ("a\0b", 422)] {
        let answer = admin.call("PUT", &path, &json!({ "username": name }));
        assert_eq!((answer.status, answer.json()["field"].clone()), (status, json!("username")), "{name:?}");
    }
    assert_eq!(admin.call("PUT", &path, &json!({ "username": "x".repeat(255) })).status, 422);
    for body in [json!({}), json!({ "username": "carol", "roles": [] }), json!({ "username": 7 })] {
        assert_eq!(admin.call("PUT", &path, &body).status, 422, "{body}");
    }
    let nobody = format!("/admin/api/users/{SOMEBODY}/username");
    assert_eq!(admin.call("PUT", &nobody, &json!({ "username": "carol" })).status, 404);
    assert_eq!(history(&mut admin, &id), ["subject-created"]);
    assert_eq!(server.client().login("alice", PASSWORD).status, 200);
}

#[admit_testkit::everywhere]
fn of_renamings_and_creations_of_one_name_at_once_one_succeeds() {
    let server = demo();
    let admin = admin(&server);
    let ids: Vec<String> = (0..3).map(|number| server.user(&format!("user{number}"), &[])).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let renaming = ids.iter().map(|id| {
            let (mut twin, path) = (twin(&server, &admin), format!("/admin/api/users/{id}/username"));
            scope.spawn(move || twin.call("PUT", &path, &json!({ "username": "wanted" })).status)
        });
        let renaming: Vec<_> = renaming.collect();
        let mut creator = twin(&server, &admin);
        let creating = scope.spawn(move || create(&mut creator, "wanted", &[]).status);
        renaming.into_iter().chain([creating]).map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
}

#[admit_testkit::everywhere]
fn a_user_is_renamed_by_a_page_and_by_the_command_line() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    let page = format!("/admin/users/{id}");
    let csrf_token = admin.page(&page).field("csrf_token").unwrap();
    let mut rename = |name: &str| {
        let fields = [("csrf_token", csrf_token.as_str()), ("username", name)];
        admin.send(&Request::new("POST", &format!("{page}/rename")).page().form(&fields))
    };
    let done = rename("Alicia");
    assert_eq!((done.status, done.header("location")), (303, Some(format!("{page}?notice=renamed").as_str())));
    let wrong = rename("root");
    assert_eq!(wrong.status, 409);
    assert!(wrong.text().contains("This username is taken."));
    assert!(admin.page(&format!("{page}?notice=renamed")).text().contains("The user is renamed."));
    let output = server.cli(&["--json", "user", "rename", "alicia", "alice@example.org"], "");
    assert_eq!(
        (output.code, &output.json()["id"], &output.json()["username"]),
        (0, &json!(id), &json!("alice@example.org"))
    );
    let taken = server.cli(&["user", "rename", &id, "ROOT"], "");
    assert_eq!(taken.code, 1);
    assert!(taken.stderr.contains("The username ROOT is taken."), "{}", taken.stderr);
    assert_eq!(server.cli(&["user", "rename", "alicia", "x"], "").code, 1, "the old name is nobody's");
}
