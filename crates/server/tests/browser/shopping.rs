//! Signing in by the form, and what each role may do in the shop.

use admit_testkit::PASSWORD;

use crate::browser::{Browser, demo};

#[admit_testkit::everywhere]
fn an_admin_edits_a_product_and_a_customer_sees_it_but_may_not() {
    let server = demo();
    server.user("boss", &["admin"]);
    server.user("carol", &["customer"]);
    let browser = Browser::open(&server);

    // An anonymous visitor who asks to edit is led to the login page, and from there back.
    browser.go("/demo/shop");
    browser.follow("#try-edit");
    assert!(browser.path().starts_with("/login?return_to="), "{}", browser.path());
    assert_eq!(browser.text("[role=status]"), "Sign in to continue.");
    browser.sign_in_with("boss", PASSWORD);
    assert_eq!(browser.path(), "/demo/shop/products/1/edit");

    // A wrong price is said at its field, and loses nothing.
    browser.fill("#name", "Reading lamp");
    browser.fill("#price", "a lot");
    browser.follow("#edit button");
    assert_eq!((browser.status(), browser.value("#name")), (422, "Reading lamp".to_owned()));
    assert!(browser.text("#price-error").contains("not a plain number"));

    browser.fill("#price", "42.50");
    browser.follow("#edit button");
    assert_eq!(browser.path(), "/demo/shop?saved=1");
    assert_eq!(browser.text("#saved"), "Saved: Reading lamp, $42.50");
    assert_eq!(browser.text("#product-1 .name"), "Reading lamp");
    browser.follow("header form button");
    assert_eq!((browser.path(), browser.text("[role=status]")), signed_out());

    browser.sign_in("carol");
    browser.go("/demo/shop");
    assert_eq!(browser.text("#product-1 .name"), "Reading lamp");
    assert_eq!(browser.count("#product-1 a"), 0, "no link to what she may not do");
    browser.follow("#try-edit");
    assert_eq!((browser.status(), browser.text("h1")), (403, "You may not do this".to_owned()));
    assert!(browser.text("main").contains("None of your roles permits it"));
    browser.go("/admin");
    assert_eq!(browser.status(), 403);
    browser.go("/demo/shop/products/999/edit");
    assert_eq!(browser.status(), 403, "before 404: she is not told what there is");
}

#[admit_testkit::everywhere]
fn an_admin_whose_session_ends_while_a_form_is_open_comes_back_to_the_form() {
    let server = demo();
    server.user("boss", &["admin"]);
    let browser = Browser::open(&server);
    browser.sign_in("boss");
    browser.go("/demo/shop/products/2/edit");
    browser.fill("#name", "Typed when it ended");
    let mut elsewhere = server.signed_in("boss");
    assert_eq!(elsewhere.call("POST", "/logout/all", &serde_json::Value::Null).status, 204);
    browser.follow("#edit button");
    assert_eq!(browser.text("[role=status]"), "Your session has ended. Sign in again.");
    browser.sign_in_with("boss", PASSWORD);
    assert_eq!((browser.path().as_str(), browser.status()), ("/demo/shop/products/2/edit", 200));
}

fn signed_out() -> (String, String) {
    ("/login?notice=signed-out".to_owned(), "You are signed out.".to_owned())
}

#[admit_testkit::everywhere]
fn somebody_with_a_wrong_password_is_told_so_and_keeps_the_name_but_never_the_password() {
    let server = demo();
    server.user("carol", &["customer"]);
    let browser = Browser::open(&server);
    for username in ["carol", "nobody"] {
        browser.go("/login?return_to=/demo/shop");
        browser.sign_in_with(username, "not the password at all");
        assert_eq!(browser.status(), 401, "{username}");
        assert!(browser.text("[role=alert]").contains("The username or the password is wrong."), "{username}");
        assert_eq!((browser.value("#username"), browser.value("#password")), (username.to_owned(), String::new()));
        let page = browser.js("return document.documentElement.outerHTML").to_string();
        assert!(!page.contains("not the password at all"), "{username}");
        let focused = browser.js("return document.activeElement.id");
        assert_eq!(focused, "password", "the name is there already");
    }
    browser.sign_in_with("carol", PASSWORD);
    assert_eq!(browser.path(), "/demo/shop", "where it was asked to lead is not forgotten on the way");
}

#[admit_testkit::everywhere]
fn somebody_who_looks_for_what_is_not_there_gets_a_page_that_leads_back() {
    let server = demo();
    let browser = Browser::open(&server);
    browser.go("/no/such/page");
    assert_eq!((browser.status(), browser.text("h1")), (404, "Page not found".to_owned()));
    browser.follow("main a.button");
    assert_eq!((browser.status(), browser.path()), (200, "/".to_owned()));
}
