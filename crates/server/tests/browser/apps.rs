//! A native app among the devices of its user.

use admit_testkit::{PASSWORD, Request, Response, Server};
use serde_json::{Value, json};

use crate::browser::{Browser, demo};

/// What the demonstration's app gets when this user signs in.
pub(crate) fn sign_in_app(server: &Server, username: &str) -> Value {
    let login = json!({ "username": username, "password": PASSWORD, "client_id": "demo-native" });
    let answer = server.client().send(&Request::new("POST", "/login").json(&login));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A call of the app.
pub(crate) fn bearer(server: &Server, tokens: &Value, path: &str) -> Response {
    let authorization = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    server.client().send(&Request::new("GET", path).header("authorization", &authorization))
}

/// Both tokens are dead: the app is signed out.
#[track_caller]
fn assert_signed_out(server: &Server, tokens: &Value) {
    assert_eq!(bearer(server, tokens, "/session").status, 401);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("client_id", "demo-native"), ("refresh_token", refresh)];
    let answer = server.client().send(&Request::new("POST", "/oauth/token").form(&form));
    assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_grant")), "{}", answer.text());
}

const APP: &str = ".devices > li:not(.current)";

#[admit_testkit::everywhere]
fn a_person_sees_the_app_among_the_devices_and_signs_it_out_alone() {
    let server = demo();
    server.user("carol", &["customer"]);
    let browser = Browser::open(&server);
    let tokens = sign_in_app(&server, "carol");
    browser.sign_in("carol");
    let other = sign_in_app(&server, "carol");
    browser.go("/account");
    assert_eq!(browser.count(".devices > li"), 3);
    assert_eq!(browser.text(&format!("{APP} .device-name")), "demo-native App");
    assert!(!browser.text(".devices > li.current").contains("App"), "a browser is none");
    assert!(browser.text(APP).contains("127.0.0.1"), "{}", browser.text(APP));
    browser.go("/account?lang=ko");
    assert_eq!(browser.text(&format!("{APP} .device-name")), "demo-native 앱");
    browser.go("/account?lang=en");

    // The newest is on top: the one that signed in last.
    browser.follow(&format!("{APP} form button"));
    assert_eq!(browser.text("[role=status]"), "That device or app is signed out.");
    assert_eq!(browser.count(".devices > li"), 2);
    assert_signed_out(&server, &other);
    assert_eq!(bearer(&server, &tokens, "/session").status, 200, "the other app is another sign-in");
}

#[admit_testkit::everywhere]
fn a_person_who_signs_out_everywhere_else_signs_the_app_out_and_stays() {
    let server = demo();
    server.user("carol", &["customer"]);
    let browser = Browser::korean(&server);
    let tokens = sign_in_app(&server, "carol");
    browser.sign_in("carol");
    browser.follow("form[action$='end-others'] button");
    assert_eq!(browser.text("[role=status]"), "다른 모든 기기와 앱에서 로그아웃했습니다.");
    assert_eq!(browser.count(".devices > li"), 1);
    assert_signed_out(&server, &tokens);
    browser.go("/account");
    assert_eq!(browser.path(), "/account");
}

#[admit_testkit::everywhere]
fn an_admin_sees_the_app_of_a_user_and_ends_it_with_every_session() {
    let server = demo();
    server.user("boss", &["admin"]);
    let id = server.user("carol", &["customer"]);
    let tokens = sign_in_app(&server, "carol");
    let browser = Browser::open(&server);
    browser.sign_in("boss");
    browser.go(&format!("/admin/users/{id}"));
    assert_eq!(browser.text(".devices .device-name"), "demo-native App");
    browser.click("section[aria-labelledby=sessions] summary");
    browser.follow("form[action$='/sessions/revoke'] button");
    assert_eq!(browser.text("[role=status]"), "All sessions are ended.");
    assert_eq!(browser.count(".devices .device-name"), 0);
    assert_signed_out(&server, &tokens);
}
