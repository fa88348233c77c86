//! `/dev/flow`: how a newcomer sees what was decided.

use admit_testkit::{PASSWORD, Request};
use serde_json::Value;

use crate::http::support::{demo, edit, login, secret, setup_token};

/// The four steps of the latest request, as they are shown: state and sentence.
fn latest(page: &str) -> [(String, String); 4] {
    let request = page.split("<ol class=\"steps\">").nth(1).unwrap().split("</ol>").next().unwrap().to_owned();
    let steps: Vec<_> = request.split("<li class=\"step ").skip(1).collect();
    std::array::from_fn(|number| {
        let step = steps[number];
        let said = step.split("<p class=\"said\">").nth(1).unwrap().split("</p>").next().unwrap();
        (step.split('"').next().unwrap().to_owned(), said.to_owned())
    })
}

#[admit_testkit::everywhere]
fn each_request_is_shown_as_four_steps_with_what_was_decided_and_why() {
    let server = demo();
    server.user("alice", &["customer"]);
    let flow = || server.client().page("/dev/flow?lang=en").text();
    let states = |page: &str| latest(page).map(|(state, _)| state);
    let mut alice = server.signed_in("alice");
    let page = flow();
    for step in ["extract", "csrf", "authenticate", "authorize"] {
        assert!(page.contains(&format!("<span class=\"mono\">{step}</span>")), "{step}");
    }

    alice.get("/session");
    let page = flow();
    assert_eq!(states(&page), ["passed"; 4]);
    assert!(latest(&page)[2].1.contains("alice") && latest(&page)[2].1.contains("customer"), "who it is");

    server.client().get("/session");
    let page = flow();
    assert_eq!(states(&page), ["passed", "passed", "passed", "stopped"]);
    assert!(latest(&page)[3].1.contains("401"), "who are you: {:?}", latest(&page));

    alice.call("PUT", "/demo/api/products/1", &edit());
    let page = flow();
    assert_eq!(states(&page), ["passed", "passed", "passed", "stopped"]);
    let said = &latest(&page)[3].1;
    assert!(said.contains("403") && said.contains("product:update"), "you may not, and what is lacking: {said}");

    alice.send(&Request::new("POST", "/logout").header("sec-fetch-site", "cross-site"));
    let page = flow();
    assert_eq!(states(&page), ["passed", "stopped", "skipped", "skipped"], "a forged request reads no store");
    assert!(latest(&page)[1].1.contains("sec-fetch-site: cross-site"), "{:?}", latest(&page));

    server.client().send(&Request::new("GET", "/session").header("cookie", "admit_session=x"));
    assert_eq!(states(&flow()), ["stopped", "skipped", "skipped", "skipped"]);

    let refused = server.client().page("/dev/flow?refused=1").text();
    assert!(refused.contains("<strong>403</strong>"));
    let rows = refused.split("id=\"flow-rows\"").nth(1).unwrap().split("class=\"columns\"").next().unwrap().to_owned();
    assert!(!rows.contains("<strong>200</strong>"), "refused ones only");
    let fragment = server.client().page("/dev/flow?fragment=1").text();
    assert!(fragment.contains("class=\"requests\"") && !fragment.contains("<html"));
}

#[admit_testkit::everywhere]
fn no_secret_is_ever_shown() {
    let server = demo();
    let token = setup_token(&server);
    server.user("alice", &["admin"]);
    let mut alice = server.signed_in("alice");
    server.client().page(&format!("/setup?token={token}"));
    let csrf_token = alice.csrf_token.clone();
    alice.send(&Request::new("POST", "/logout").header("x-csrf-token", "guess-of-a-token"));
    alice.send(&Request::new("POST", "/logout/all").form(&[("csrf_token", "field-of-a-token")]));
    server.client().send(&login("alice", "hunter2 hunter2 hunter2"));
    server.client().send(&login("hunter3", PASSWORD));
    server.client().send(&Request::new("GET", "/session").header("cookie", "admit_session=broken-cookie-value"));
    server.client().send(&Request::new("GET", "/session").header("authorization", "Bearer some-bearer-token"));
    alice.call("PUT", "/demo/api/products/1", &edit());
    let value = secret(&alice);
    alice.call("POST", "/logout", &Value::Null);

    let everything = [
        server.client().page("/dev/flow").text(),
        server.client().page("/dev/flow?fragment=1&refused=1").text(),
        server.logged(),
    ]
    .concat();
    for secret in [
        &value,
        &csrf_token,
        &token,
        PASSWORD,
        "hunter2",
        "hunter3",
        "guess-of-a-token",
        "field-of-a-token",
        "broken-cookie-value",
        "some-bearer-token",
    ] {
        assert!(!everything.contains(secret), "{secret} is shown");
    }
}

#[admit_testkit::everywhere]
fn what_a_stranger_sends_is_shown_as_text() {
    let server = demo();
    let odd = Request::new("POST", "/logout").header("origin", "https://<script>alert(1)</script>");
    server.client().send(&odd);
    server.client().get("/demo/api/products/%3Cscript%3Ealert(2)%3C/script%3E");
    let page = server.client().page("/dev/flow").text();
    assert!(!page.contains("<script>alert"), "unescaped");
}
