//! `/admin/api/users/{id}/sessions`: where a user is signed in, and the end of one of these.

use admit_testkit::{APP, PASSWORD, Request};
use serde_json::{Value, json};

use super::{SOMEBODY, own_id};
use crate::http::support::{admin, demo, history, is_signed_in, members};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

#[admit_testkit::everywhere]
fn an_admin_sees_where_somebody_is_signed_in_as_they_see_it_themselves() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    let mut alice = server.client();
    let login = Request::new("POST", "/login").header("user-agent", FIREFOX);
    let body = json!({ "username": "alice", "password": PASSWORD });
    assert_eq!(alice.send(&login.json(&body)).status, 200);
    let _app = server.tokens(APP, "alice");
    let mut own = alice.get("/sessions").json();
    for device in own["sessions"].as_array_mut().unwrap() {
        device["current"] = json!(false);
    }
    let seen = admin.get(&format!("/admin/api/users/{id}/sessions")).json();
    assert_eq!(seen, own);
    let of_a_list = ["failed_sign_ins", "next", "sessions"].into();
    assert_eq!((seen["sessions"].as_array().unwrap().len(), members(&seen)), (2, of_a_list));
    let root = own_id(&mut admin);
    let of_root = admin.get(&format!("/admin/api/users/{root}/sessions")).json();
    assert_eq!(of_root["sessions"][0]["current"], true);
    assert_eq!(admin.get(&format!("/admin/api/users/{SOMEBODY}/sessions")).status, 404);
    assert_eq!(admin.get("/admin/api/users/nonsense/sessions").status, 404);
}

#[admit_testkit::everywhere]
fn an_admin_ends_one_session_and_one_app_and_the_others_live_on() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    let other = server.user("bob", &[]);
    let (mut laptop, mut phone) = (server.signed_in("alice"), server.signed_in("alice"));
    let (app, other_app) = (server.tokens(APP, "alice"), server.tokens(APP, "alice"));
    let of = |user: &str, session: &str| format!("/admin/api/users/{user}/sessions/{session}");
    let session = laptop.get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.call("DELETE", &of(&other, &session), &Value::Null).status, 404, "not of this user");
    assert!(is_signed_in(&mut laptop));
    let ended = admin.call("DELETE", &of(&id, &session), &Value::Null);
    assert_eq!((ended.status, ended.text()), (204, String::new()));
    assert!(!is_signed_in(&mut laptop) && is_signed_in(&mut phone), "in force when it returns");
    assert_eq!(admin.call("DELETE", &of(&id, &session), &Value::Null).status, 404, "it has ended");

    let family = app.claims()["sid"].as_str().unwrap().to_owned();
    assert_eq!(admin.call("DELETE", &of(&id, &family), &Value::Null).status, 204);
    let by = |token: &str| server.client().by_token(token, "GET", "/session", &Value::Null).status;
    assert_eq!((by(&app.access), by(&other_app.access)), (401, 200), "its access token too");
    assert_eq!(server.client().redeem(APP, &app.refresh).status, 400);
    assert_eq!(server.client().redeem(APP, &other_app.refresh).status, 200);
    let kinds = history(&mut admin, &id);
    assert_eq!(kinds.iter().filter(|kind| *kind == "session-revoked").count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| *kind == "token-family-ended").count(), 1, "{kinds:?}");
    for wrong in ["nonsense", "%00", SOMEBODY, "revoke"] {
        assert_eq!(
            admin.call("DELETE", &of(&id, wrong), &Value::Null).status,
            if wrong == "revoke" { 405 } else { 404 }
        );
    }
}

#[admit_testkit::everywhere]
fn each_device_on_the_page_of_a_user_has_a_button_that_ends_it_alone() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    let (mut laptop, mut phone) = (server.signed_in("alice"), server.signed_in("alice"));
    let session = laptop.get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    let page = format!("/admin/users/{id}");
    let shown = admin.page(&page);
    let action = format!("{page}/sessions/{session}/end");
    assert!(shown.text().contains(&format!("action=\"{action}\"")), "{}", shown.text());
    let csrf_token = shown.field("csrf_token").unwrap();
    let end = Request::new("POST", &action).page().form(&[("csrf_token", &csrf_token)]);
    for notice in ["ended", "ended-before"] {
        let answer = admin.send(&end);
        assert_eq!((answer.status, answer.header("location")), (303, Some(format!("{page}?notice={notice}").as_str())));
    }
    assert!(admin.page(&format!("{page}?notice=ended")).text().contains("The session is ended."));
    let korean = admin.page(&format!("{page}?notice=ended&lang=ko")).text();
    assert!(korean.contains("세션을 종료했습니다.") && korean.contains(">종료</button>"), "{korean}");
    assert!(!is_signed_in(&mut laptop) && is_signed_in(&mut phone));
    let root = own_id(&mut admin);
    let own = admin.page(&format!("/admin/users/{root}")).text();
    assert!(!own.contains("/end\""), "one's own session ends by signing out");
}
