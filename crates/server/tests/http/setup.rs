//! `/setup`: the first administrator.

use admit_testkit::{PASSWORD, Request};
use serde_json::json;

use crate::http::support::{demo, first_admin, is_signed_in, setup_token, token_of};

#[admit_testkit::everywhere]
fn the_printed_link_makes_the_first_admin_once_by_form() {
    let server = demo();
    let link = server.greeted("First admin").unwrap();
    assert!(link.starts_with(&format!("{}/setup?token=", server.url)), "{link}");
    let path = link.strip_prefix(&server.url).unwrap();

    let mut root = server.client();
    for _ in 0..3 {
        assert_eq!(root.page(path).status, 200, "looking does not use it up: mail scanners look");
    }
    let page = root.page(path);
    let (token, csrf_token) = (page.field("token").unwrap(), page.field("csrf_token").unwrap());
    assert_eq!(token, setup_token(&server));
    let form = |username: &str, password: &str| {
        let fields =
            [("token", token.as_str()), ("csrf_token", &csrf_token), ("username", username), ("password", password)];
        Request::new("POST", "/setup").page().form(&fields)
    };
    let weak = root.send(&form("root", "weak"));
    assert_eq!(weak.status, 422);
    assert!(weak.text().contains("use at least 15 characters") && weak.text().contains("value=\"root\""));
    assert_eq!(root.send(&form("has spaces", PASSWORD)).status, 422, "and a mistake does not use it up either");

    let answer = root.send(&form("root", PASSWORD));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/admin")));
    assert_eq!(root.page("/admin").status, 200, "signed in as an admin");

    let mut late = server.client();
    let dead = late.page(path);
    assert_eq!(dead.status, 404);
    assert!(dead.text().contains("There is an administrator already"), "it says what to do: {}", dead.text());
    assert!(dead.field("token").is_none());
    assert_eq!(server.client().login("root", PASSWORD).status, 200);
}

#[admit_testkit::everywhere]
fn the_link_works_once_by_json_and_the_second_use_is_409() {
    let server = demo();
    let token = setup_token(&server);
    let mut root = server.client();
    let answer = root.send(&first_admin(&token));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["subject"]["roles"], json!(["admin"]));
    assert!(is_signed_in(&mut root));
    root.csrf_token = answer.json()["csrf_token"].as_str().unwrap().to_owned();
    assert_eq!(root.get("/admin/api/users").status, 200);

    let kinds: Vec<String> = root.get("/admin/api/audit").json()["events"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["key-created", "setup-link-issued", "setup-link-used", "subject-created", "session-created"]);
    let body = json!({ "token": token, "username": "mallory", "password": PASSWORD });
    let second = server.client().send(&Request::new("POST", "/setup").json(&body));
    assert_eq!((second.status, second.problem().as_str()), (409, "link-dead"));
    assert!(second.text().contains("admit admin link"));
    assert_eq!(server.client().login("mallory", PASSWORD).status, 401, "nobody was made");
}

#[admit_testkit::everywhere]
fn of_many_who_use_the_link_at_once_one_becomes_admin() {
    let server = demo();
    let token = setup_token(&server);
    let racers: Vec<_> = (0..8)
        .map(|number| {
            let (mut client, token) = (server.client(), token.clone());
            std::thread::spawn(move || {
                let body = json!({ "token": token, "username": format!("root{number}"), "password": PASSWORD });
                client.send(&Request::new("POST", "/setup").json(&body)).status
            })
        })
        .collect();
    let statuses: Vec<u16> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
}

#[admit_testkit::everywhere]
fn a_link_that_is_none_is_a_dead_page_and_409() {
    let server = demo();
    let live = setup_token(&server);
    let turned: String = live.chars().rev().collect();
    for token in ["", "x", &"A".repeat(43), &turned, &format!("{live}A"), "%00"] {
        let page = server.client().page(&format!("/setup?token={token}"));
        assert_eq!(page.status, 404, "{token}");
        assert_eq!(server.client().send(&first_admin(token)).status, 409, "{token}");
    }
    let without = server.client().page("/setup");
    assert_eq!(without.status, 200, "without a link nothing is wrong");
    assert!(
        without.text().contains("admit admin link") && without.field("token").is_none(),
        "it says how to come by one"
    );
    assert_eq!(server.client().send(&first_admin(&live)).status, 200, "the live one is not harmed by all that");
}

#[admit_testkit::everywhere]
fn admin_link_prints_a_new_link_that_replaces_the_earlier_one_until_there_is_an_admin() {
    let server = demo();
    let first = setup_token(&server);
    let output = server.cli(&["--json", "admin", "link"], "");
    assert_eq!(output.code, 0, "{output:?}");
    let link = output.json()["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with(&format!("{}/setup?token=", server.url)), "{link}");
    let second = token_of(&link);
    assert_ne!(first, second);
    assert_eq!(server.client().send(&first_admin(&first)).status, 409, "the earlier one is dead");
    assert_eq!(server.client().send(&first_admin(&second)).status, 200);

    let refused = server.cli(&["admin", "link"], "");
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("There is an administrator already."), "{}", refused.stderr);
    assert!(refused.stdout.is_empty());
}

#[admit_testkit::everywhere]
fn the_link_is_dead_as_soon_as_there_is_an_admin_from_elsewhere() {
    let server = demo();
    let token = setup_token(&server);
    server.user("root", &["admin"]);
    let body = json!({ "token": token, "username": "mallory", "password": PASSWORD });
    let answer = server.client().send(&Request::new("POST", "/setup").json(&body));
    assert_eq!(answer.status, 409, "a forgotten link must not make a second admin: {}", answer.text());
    assert_eq!(server.client().page(&format!("/setup?token={token}")).status, 404);
}

#[admit_testkit::everywhere]
fn once_there_is_an_admin_the_set_up_page_says_so_and_leads_to_the_login_page() {
    let server = demo();
    let live = setup_token(&server);
    server.user("root", &["admin"]);
    let root = server.signed_in("root");
    for mut client in [server.client(), root] {
        for (path, status) in
            [("/setup".to_owned(), 200), (format!("/setup?token={live}"), 404), ("/setup?token=x".to_owned(), 404)]
        {
            let page = client.page(&path);
            assert_eq!(page.status, status, "{path}");
            let text = page.text();
            assert!(text.contains("There is an administrator already"), "{path}: {text}");
            assert!(text.contains("href=\"/login\""), "{path}: {text}");
            assert!(!text.contains("admit admin link"), "{path}: a command that is refused does not help");
            assert!(page.field("token").is_none(), "{path}");
        }
    }
    let mut late = server.client();
    let csrf_token = late.page("/login").field("csrf_token").unwrap();
    let fields =
        [("token", live.as_str()), ("csrf_token", &csrf_token), ("username", "mallory"), ("password", PASSWORD)];
    let refused = late.send(&Request::new("POST", "/setup").page().form(&fields));
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("There is an administrator already"), "{}", refused.text());
}
