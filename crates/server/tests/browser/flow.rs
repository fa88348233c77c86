//! The request-flow page.

use admit_testkit::Request;

use crate::apps::{bearer, sign_in_app};
use crate::browser::{Browser, demo};

#[admit_testkit::everywhere]
fn a_newcomer_sees_a_forged_request_stopped_at_csrf_and_an_allowed_one_pass_four_steps() {
    let server = demo();
    server.user("boss", &["admin"]);
    let browser = Browser::open(&server);
    browser.go("/dev/flow");

    let mut boss = server.signed_in("boss");
    assert_eq!(boss.get("/admin/api/users").status, 200);
    let forged = Request::new("POST", "/logout").header("sec-fetch-site", "cross-site");
    assert_eq!(boss.send(&forged).status, 403);
    assert_eq!(server.client().get("/sessions").status, 401);

    // The page was open before any of it: it follows by itself.
    browser.wait("up to date", |browser| browser.text("#flow-rows").contains("/sessions"));
    let passed = row(&browser, "GET", "/admin/api/users");
    assert_eq!(states(&passed), ["passed", "passed", "passed", "passed", "200"]);
    let stopped = row(&browser, "POST", "/logout");
    assert_eq!(states(&stopped), ["passed", "stopped", "skipped", "skipped", "403"]);
    assert!(stopped["text"].as_str().unwrap().contains("cross-site"), "{stopped}");
    let anonymous = row(&browser, "GET", "/sessions");
    assert_eq!(
        states(&anonymous),
        ["passed", "passed", "passed", "stopped", "401"],
        "nobody is a caller too, and may not"
    );

    let page = browser.js("return document.documentElement.outerHTML").to_string();
    for secret in boss.cookies.values().chain([&boss.csrf_token]) {
        assert!(!page.contains(secret.as_str()), "the page shows no secret");
    }

    browser.follow(".tabs a[href*=refused]");
    assert!(!browser.text("#flow-rows").contains("/admin/api/users"));
    assert!(browser.text("#flow-rows").contains("/logout"));
}

#[admit_testkit::everywhere]
fn a_newcomer_sees_what_an_access_token_is_taken_for_and_where_a_dead_one_stops() {
    let server = demo();
    server.user("boss", &["admin"]);
    server.user("carol", &["customer"]);
    let browser = Browser::open(&server);
    let (boss, carol) = (sign_in_app(&server, "boss"), sign_in_app(&server, "carol"));
    assert_eq!(bearer(&server, &boss, "/admin/api/users").status, 200);
    assert_eq!(bearer(&server, &carol, "/admin/api/audit").status, 403);
    let token = format!("Bearer {}", carol["access_token"].as_str().unwrap());
    let logout = Request::new("POST", "/logout").header("authorization", &token);
    assert_eq!(server.client().send(&logout).status, 204);
    assert_eq!(bearer(&server, &carol, "/session").status, 401);

    browser.go("/dev/flow");
    let passed = row(&browser, "GET", "/admin/api/users");
    assert_eq!(states(&passed), ["passed", "passed", "passed", "passed", "200"]);
    let text = passed["text"].as_str().unwrap();
    assert!(text.contains("An access token was presented"), "{text}");
    assert!(text.contains("User ") && text.contains("client demo-native, session "), "{text}");
    assert!(text.contains("user:read: permitted by the role admin."), "{text}");
    let forbidden = row(&browser, "GET", "/admin/api/audit");
    assert_eq!(states(&forbidden), ["passed", "passed", "passed", "stopped", "403"]);
    let unforgeable = row(&browser, "POST", "/logout");
    assert_eq!(states(&unforgeable), ["passed", "passed", "passed", "passed", "204"]);
    assert!(unforgeable["text"].as_str().unwrap().contains("No browser adds a Bearer token"), "{unforgeable}");
    let dead = row(&browser, "GET", "/session");
    assert_eq!(states(&dead), ["passed", "passed", "stopped", "skipped", "401"], "{dead}");

    let page = browser.js("return document.documentElement.outerHTML").to_string();
    for token in [&boss["access_token"], &carol["access_token"]] {
        let signature = token.as_str().unwrap().rsplit('.').next().unwrap();
        assert!(!page.contains(signature), "the page shows no secret");
    }
}

/// What the page shows of the latest request of this method and path.
fn row(browser: &Browser, method: &str, path: &str) -> serde_json::Value {
    browser.js(&format!(
        "const row = [...document.querySelectorAll('.request')].find(row => \
           row.querySelector('.request-line').innerText.startsWith('{method} {path}\\n')); \
         return row && {{ text: row.innerText, states: [...row.querySelectorAll('.step')].map(step => \
           ['passed', 'stopped', 'skipped'].find(state => step.classList.contains(state))), \
           status: row.querySelector('.answer strong').innerText }};"
    ))
}

fn states(row: &serde_json::Value) -> Vec<String> {
    let mut states: Vec<String> = serde_json::from_value(row["states"].clone()).unwrap_or_default();
    states.push(row["status"].as_str().unwrap_or_default().to_owned());
    states
}
