//! `/admin/api/audit`, and what is listed in pages.

use admit_testkit::{PASSWORD, Request};
use serde_json::{Value, json};

use super::{create, on, own_id, set_roles};
use crate::http::support::{admin, behind_a_proxy, demo, members};

#[admit_testkit::everywhere]
fn the_audit_log_is_searched_by_person_address_and_date() {
    let server = behind_a_proxy();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    server.user("bob", &[]);
    for (name, address) in [("alice", "203.0.113.7"), ("bob", "203.0.113.7"), ("alice", "2001:db8::7")] {
        let login = Request::new("POST", "/login").header("x-forwarded-for", address);
        let body = json!({ "username": name, "password": PASSWORD });
        assert_eq!(server.client().send(&login.json(&body)).status, 200);
    }
    let mut count = |query: &str| {
        let answer = admin.get(&format!("/admin/api/audit?kind=session-created&{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()["events"].as_array().unwrap().len()
    };
    assert_eq!((count("subject=alice"), count(&format!("subject={id}")), count("subject=ALICE")), (2, 2, 2));
    assert_eq!((count("address=203.0.113.7"), count("address=203.0.113.8")), (2, 0));
    assert_eq!(
        (count("address=2001:DB8:0:0::7"), count("address=::ffff:203.0.113.7")),
        (1, 2),
        "however it is written"
    );
    assert_eq!(count("address=203.0.113.7&subject=alice"), 1);
    assert_eq!((count("from=2020-01-01"), count("to=2020-01-01"), count("from=2020-01-01&to=2099-12-31")), (4, 0, 4));
    assert_eq!(count("from=2020-01-01&before=999999"), 4, "a place that is not there any more hides nothing");
    assert_eq!(count("from=2020-01-01T00:00:00Z&to=2020-01-01T00:00:01Z&address=203.0.113.7"), 0);
    let now = admin.get("/admin/api/audit").json()["events"][0]["at"].as_str().unwrap().to_owned();
    let day = now.get(..10).unwrap();
    let of_today = admin.get(&format!("/admin/api/audit?from={day}&to={day}&subject=bob")).json();
    assert!(!of_today["events"].as_array().unwrap().is_empty(), "a day is meant to its end");
    for (query, field) in [
        ("subject=nobody", "subject"),
        ("subject=a%20b", "subject"),
        ("subject=%00", "subject"),
        ("address=203.0.113", "address"),
        ("address=203.0.113.0/24", "address"),
        ("address=%00", "address"),
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-02-03&to=2026-02-01", "to"),
    ] {
        let answer = admin.get(&format!("/admin/api/audit?{query}"));
        assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!(field)), "{query}");
    }
    let page = admin.page("/admin/audit?subject=alice&address=203.0.113.7&from=2020-01-01&to=&kind=").text();
    assert!(page.contains("203.0.113.7") && !page.contains("2001:db8::7"), "{page}");
    assert!(
        page.contains("value=\"alice\"") && page.contains("value=\"2020-01-01\""),
        "what was asked stays in the form"
    );
    assert_eq!(admin.page("/admin/audit?subject=nobody").status, 422);
    let korean = admin.page("/admin/audit?lang=ko").text();
    assert!(korean.contains("사용자 이름 또는 ID") && korean.contains("IP 주소"), "{korean}");
}

#[admit_testkit::everywhere]
fn the_pages_of_a_search_of_the_log_keep_what_was_asked() {
    let server = behind_a_proxy();
    let mut admin = admin(&server);
    let id = server.user("alice", &[]);
    for _ in 0..30 {
        assert_eq!(on(&mut admin, &id, "disable").status, 200);
        assert_eq!(on(&mut admin, &id, "enable").status, 200);
    }
    let path = "/admin/audit?subject=alice&from=2020-01-01";
    let text = admin.page(path).text();
    let next =
        text.split("href=\"").find(|part| part.starts_with("/admin/audit?") && part.contains("before=")).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert!(next.contains("subject=alice") && next.contains("from=2020-01-01"), "{next}");
    let second = admin.page(&next).text();
    // The kinds are among the choices of the form, too.
    let created = ">subject-created</span>";
    assert!(second.contains(created) && !text.contains(created), "the rest is there");
    let mut seen = Vec::new();
    let mut before = String::new();
    loop {
        let log = admin.get(&format!("/admin/api/audit?subject=alice&from=2020-01-01{before}")).json();
        seen.extend(log["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()));
        let Some(next) = log["next"].as_u64() else { break };
        before = format!("&before={next}");
    }
    let sorted = seen.windows(2).all(|two| two[0] > two[1]);
    assert!(seen.len() == 61 && sorted, "each once, newest first: {seen:?}");
}

#[admit_testkit::everywhere]
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
            ("login-failed", "anonymous"),
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
    assert_eq!(events[2]["detail"]["session"], session);
    assert_eq!(events[3]["detail"]["roles"], json!(["customer"]));
    assert_eq!(events[2]["address"], "127.0.0.1");
    assert_eq!(events[7]["request"].as_str(), disabled.header("x-request-id"), "its log lines can be found");

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

#[admit_testkit::everywhere]
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
