//! A session is nobody else's, and ends when it has ended.

use std::time::{Duration, Instant};

use admit_testkit::{Client, PASSWORD, Request};
use serde_json::{Value, json};

use super::in_its_turn;
use crate::http::support::{COOKIE, demo, demo_with, edit, form_login, is_signed_in, secret, twin};

#[admit_testkit::everywhere]
fn cve_2024_38513_an_id_that_somebody_else_chose_is_never_adopted() {
    let server = demo();
    server.user("alice", &[]);
    let chosen = "A".repeat(43);
    let mut alice = server.client();
    alice.cookies.insert(COOKIE.to_owned(), chosen.clone());
    assert!(!is_signed_in(&mut alice));
    assert_eq!(alice.login("alice", PASSWORD).status, 200);
    assert_ne!(secret(&alice), chosen);
    let mut attacker = server.client();
    attacker.cookies.insert(COOKIE.to_owned(), chosen.clone());
    assert!(!is_signed_in(&mut attacker), "what was planted opens nothing");

    let mut by_form = server.client();
    by_form.cookies.insert(COOKIE.to_owned(), chosen.clone());
    by_form.cookies.insert("admit_form".to_owned(), chosen.clone());
    assert_eq!(form_login(&mut by_form, "alice", PASSWORD, &[]).status, 303);
    assert_ne!(secret(&by_form), chosen);
    assert!(!is_signed_in(&mut attacker));

    let mut ids = vec![secret(&alice)];
    let old = twin(&server, &alice);
    alice.sign_in("alice", PASSWORD);
    ids.push(secret(&alice));
    assert!(!is_signed_in(&mut twin(&server, &old)), "signing in again ends the session before");
    let changed = json!({ "current_password": PASSWORD, "new_password": "another tulip lantern" });
    assert_eq!(alice.call("POST", "/account/password", &changed).status, 200);
    ids.push(secret(&alice));
    assert_eq!(server.cli(&["user", "set-roles", "alice", "customer"], "").code, 0);
    alice.refresh();
    ids.push(secret(&alice));
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "a new id at login, at a password change and at a role change");
}

#[admit_testkit::everywhere]
fn cve_2023_29020_a_token_from_before_login_is_wrong_after_it_and_so_is_one_from_before_logout() {
    let server = demo();
    server.user("alice", &["admin"]);
    let put = |client: &mut Client, token: &str| {
        let request = Request::new("PUT", "/demo/api/products/1").header("x-csrf-token", token).json(&edit());
        client.send(&request).status
    };
    let mut alice = server.client();
    let before_login = alice.page("/login").field("csrf_token").unwrap();
    let form_cookie = alice.cookies["admit_form"].clone();
    let fields = [("username", "alice"), ("password", PASSWORD), ("csrf_token", before_login.as_str())];
    assert_eq!(alice.send(&Request::new("POST", "/login").form(&fields)).status, 303);
    assert_eq!(put(&mut alice, &before_login), 403);
    alice.cookies.insert("admit_form".to_owned(), form_cookie);
    assert_eq!(put(&mut alice, &before_login), 403, "not even with its cookie beside the session's");
    alice.refresh();
    let of_session = alice.csrf_token.clone();
    assert_eq!(put(&mut alice, &of_session), 200);
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204);
    alice.csrf_token.clear();
    alice.sign_in("alice", PASSWORD);
    assert_eq!(put(&mut alice, &of_session), 403, "the token of the session before");
    let mut other = server.signed_in("alice");
    let token = alice.csrf_token.clone();
    assert_eq!(put(&mut other, &token), 403, "nor in another session of the same user");
}

#[admit_testkit::everywhere]
fn cve_2025_12390_two_users_of_one_browser_never_get_each_others_session() {
    let server = demo();
    for name in ["alice", "bob"] {
        server.user(name, &[]);
    }
    let mut browser = server.client();
    let (mut secrets, mut ids) = (Vec::new(), Vec::new());
    for round in 0..4 {
        for name in ["alice", "bob"] {
            let before = twin(&server, &browser);
            let session = browser.sign_in(name, PASSWORD);
            assert_eq!(session["subject"]["username"], name);
            assert_eq!(browser.get("/session").json()["subject"]["username"], name);
            assert!(browser.page("/account").text().contains(name));
            if round > 0 {
                assert!(!is_signed_in(&mut twin(&server, &before)), "the one before is dead, signed out or not");
            }
            secrets.push(secret(&browser));
            ids.push(session["session"]["id"].as_str().unwrap().to_owned());
            if round % 2 == 1 {
                assert_eq!(browser.call("POST", "/logout", &Value::Null).status, 204);
                browser.csrf_token.clear();
            }
        }
    }
    for list in [&mut secrets, &mut ids] {
        let count = list.len();
        list.sort();
        list.dedup();
        assert_eq!(list.len(), count, "no id is used twice");
    }
    let mut alice = server.signed_in("alice");
    let (id, bobs) = (alice.get("/session").json()["session"]["id"].clone(), server.signed_in("bob"));
    alice.cookies.clear();
    let id = id.as_str().unwrap();
    let mut twin = twin(&server, &bobs);
    assert_eq!(twin.call("DELETE", &format!("/sessions/{id}"), &Value::Null).status, 404);
    assert_eq!(
        server.cli(&["session", "revoke", "alice", id], "").code,
        0,
        "a session without its cookie can be ended"
    );
}

#[admit_testkit::everywhere]
fn cve_2026_115362_what_has_expired_is_dead_before_anybody_cleans_up() {
    let server = demo_with(&[("ADMIT_SESSIONS__IDLE", "2s"), ("ADMIT_SESSIONS__ABSOLUTE", "3s")]);
    server.user("root", &["admin"]);
    let began = Instant::now();
    let mut root = server.signed_in("root");
    let mut last_alive = Duration::ZERO;
    while is_signed_in(&mut root) {
        last_alive = began.elapsed();
        assert!(last_alive < Duration::from_millis(3500), "busy or not, it is over at its absolute expiry");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(last_alive > Duration::from_millis(500), "it lived: {last_alive:?}");
    // The cleaner comes once a minute: it has not been here.
    assert_eq!(root.call("PUT", "/demo/api/products/1", &edit()).status, 401);
    assert_eq!(root.page("/admin").status, 303);
    assert_eq!(root.call("POST", "/logout", &Value::Null).status, 401);
    assert_eq!(server.cli(&["--json", "session", "list", "root"], "").json(), json!([]));
    assert_eq!(server.signed_in("root").get("/sessions").json()["sessions"].as_array().unwrap().len(), 1);
}

#[admit_testkit::everywhere]
fn cve_2026_43911_a_new_password_ends_every_session_before_it_is_answered() {
    let server = demo();
    let id = server.user("alice", &[]);
    server.user("root", &["admin"]);
    let mut root = server.signed_in("root");
    let own = |password: &str, new: &str| {
        let mut owner = server.client();
        owner.sign_in("alice", password);
        let body = json!({ "current_password": password, "new_password": new });
        assert_eq!(owner.call("POST", "/account/password", &body).status, 200);
    };
    let mut dead = Vec::new();
    let devices = |password: &str| -> Vec<Client> {
        (0..3)
            .map(|_| {
                let mut client = server.client();
                client.sign_in("alice", password);
                client
            })
            .collect()
    };
    let check = |devices: Vec<Client>, dead: &mut Vec<Client>| {
        dead.extend(devices);
        for client in dead.iter_mut() {
            assert!(!is_signed_in(client));
        }
    };
    let open = devices(PASSWORD);
    own(PASSWORD, "seven green bicycles");
    check(open, &mut dead);
    let open = devices("seven green bicycles");
    let set = ["user", "set-password", "alice", "--password-stdin"];
    assert_eq!(server.cli(&set, "eight green bicycles\n").code, 0);
    check(open, &mut dead);
    let open = devices("eight green bicycles");
    assert_eq!(root.call("POST", &format!("/admin/api/users/{id}/sessions/revoke"), &Value::Null).status, 200);
    check(open, &mut dead);
}

#[admit_testkit::everywhere]
fn cve_2026_1609_a_disabled_user_gets_in_by_no_way() {
    let server = demo();
    server.user("alice", &["admin"]);
    server.user("root", &["admin"]);
    let mut before = server.signed_in("alice");
    assert_eq!(server.cli(&["user", "disable", "alice"], "").code, 0);
    assert!(!is_signed_in(&mut before));
    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    assert_eq!(before.login("alice", PASSWORD).status, 401, "with the dead session's cookie and token");
    assert_eq!(form_login(&mut server.client(), "alice", PASSWORD, &[]).status, 401);
    for arguments in [&["user", "set-roles", "alice", "admin"][..], &["session", "revoke", "alice"]] {
        assert_eq!(server.cli(arguments, "").code, 0);
    }
    let set = ["user", "set-password", "alice", "--password-stdin"];
    assert_eq!(server.cli(&set, "another tulip lantern\n").code, 0);
    let answer = server.client().login("alice", "another tulip lantern");
    assert_eq!(answer.status, 401, "no other change lifts the ban");
    let server = server.again();
    let after = in_its_turn(|| server.client().login("alice", "another tulip lantern"));
    assert_eq!(after.status, 401, "nor does a restart");
    assert!(!is_signed_in(&mut twin(&server, &before)));
    assert_eq!(server.cli(&["user", "enable", "alice"], "").code, 0);
    assert!(!is_signed_in(&mut twin(&server, &before)), "what was dead stays dead");
    let let_in = in_its_turn(|| server.client().login("alice", "another tulip lantern"));
    assert_eq!(let_in.status, 200);
}
