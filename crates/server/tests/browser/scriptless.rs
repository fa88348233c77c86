//! Without JavaScript.

use admit_testkit::PASSWORD;

use crate::browser::{Browser, demo};

const NEW_PASSWORD: &str = "another tulip lantern";

#[admit_testkit::everywhere]
fn a_person_without_javascript_signs_in_changes_the_password_and_signs_out_everywhere() {
    let server = demo();
    server.user("carol", &["customer"]);
    let mut elsewhere = server.signed_in("carol");
    let browser = Browser::without_scripts(&server);
    browser.go("/login");
    assert_eq!(
        browser.text(".ticket-body form").matches("Show password").count(),
        0,
        "what needs a script is not shown"
    );
    browser.sign_in("carol");

    browser.fill("#current_password", PASSWORD);
    browser.fill("#new_password", NEW_PASSWORD);
    browser.follow("form[action='/account/password'] button.primary");
    assert_eq!(browser.text("[role=status]"), "Your password is changed. Every other device and app is signed out.");
    assert_eq!(browser.count(".devices > li"), 1);
    assert_eq!(elsewhere.get("/session").status, 401);

    assert_eq!(elsewhere.login("carol", PASSWORD).status, 401);
    elsewhere.sign_in("carol", NEW_PASSWORD);
    browser.click("details.confirm summary");
    browser.follow("form[action='/logout/all'] button");
    assert_eq!(browser.text("[role=status]"), "You are signed out on every device.");
    assert_eq!(elsewhere.get("/session").status, 401);
    browser.go("/account");
    assert!(browser.path().starts_with("/login?"));
}

#[admit_testkit::everywhere]
fn an_admin_without_javascript_edits_a_product_and_reads_the_request_flow() {
    let server = demo();
    server.user("boss", &["admin"]);
    let browser = Browser::without_scripts(&server);
    browser.sign_in("boss");
    browser.go("/demo/shop/products/1/edit");
    browser.fill("#name", "Paper");
    browser.follow("#edit button");
    assert!(browser.text("#saved").contains("Paper"));
    browser.go("/dev/flow");
    assert!(browser.text("#flow-rows").contains("/demo/shop/products/1"));
    assert_eq!(browser.text("#flow-refresh"), "Refresh");
    browser.follow("#flow-refresh");
    assert_eq!(browser.status(), 200);
}
