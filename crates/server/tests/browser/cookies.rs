//! What the browser holds, sends and complains of.

use admit_testkit::PASSWORD;

use crate::browser::{Browser, demo};

#[admit_testkit::everywhere]
fn an_admin_walks_through_every_page_and_no_script_could_read_a_cookie_and_nothing_is_loaded_from_elsewhere() {
    let server = demo();
    server.user("boss", &["admin"]);
    let id = server.user("carol", &["customer"]);
    let browser = Browser::open(&server);
    drop(browser.asked_for());
    browser.go("/");
    browser.go("/login");
    browser.click("[data-reveal=password]");
    assert_eq!(browser.js("return document.querySelector('#password').type"), "text", "the page's own script runs");
    browser.click("[data-reveal=password]");
    browser.sign_in("boss");
    let user = format!("/admin/users/{id}");
    let pages = [
        "/",
        "/account",
        "/admin",
        &user,
        "/admin/audit",
        "/dev/flow",
        "/demo/shop",
        "/demo/shop/products/1/edit",
        "/login?lang=en",
        "/setup",
    ];
    for path in pages {
        browser.go(path);
        assert_eq!(browser.js("return document.cookie"), "", "{path}");
        let complaints = browser.console();
        assert!(complaints.is_empty(), "{path}: {complaints:?}");
    }
    // A script that got in somehow, say through a name, would not run: the page's policy has no place for it.
    browser.go("/account");
    browser.js("const intruder = document.createElement('script'); intruder.textContent = 'window.ran = true'; \
         document.body.append(intruder)");
    assert_eq!(browser.js("return window.ran === undefined"), true);
    assert!(browser.console().iter().any(|said| said.contains("Content Security Policy")), "and it is noticed");

    let asked = browser.asked_for();
    assert!(asked.len() > pages.len(), "the log is on: {asked:?}");
    for url in asked {
        let own = url.starts_with(&format!("{}/", server.url)) || url.starts_with("data:");
        // The empty tab that every browser begins with.
        assert!(own || url.starts_with("chrome:"), "{url}");
    }
}

#[admit_testkit::everywhere]
fn somebody_whose_browser_lost_the_cookie_is_told_so_and_can_try_again() {
    let server = demo();
    server.user("carol", &["customer"]);
    let browser = Browser::open(&server);
    browser.go("/login");
    browser.lose_cookies();
    browser.sign_in_with("carol", PASSWORD);
    assert_eq!(browser.status(), 403);
    assert!(browser.text("main").contains("Your browser did not keep this page's cookie"), "{}", browser.text("main"));
    browser.go("/login");
    browser.sign_in("carol");

    // The same in the middle of a session: the form leads to the login page.
    browser.lose_cookies();
    browser.follow("form[action='/logout'] button");
    assert!(browser.path().starts_with("/login?"), "{}: {}", browser.path(), browser.text("main"));
}

#[admit_testkit::everywhere]
fn somebody_who_types_localhost_signs_in_there() {
    let server = demo();
    server.user("carol", &["customer"]);
    let browser = Browser::open(&server);
    browser.go(&format!("http://localhost:{}/login", server.address.port()));
    browser.sign_in("carol");
    assert!(browser.text("main").contains("This device"));
    assert_eq!(browser.js("return location.hostname"), "localhost");
    browser.follow("form[action='/logout'] button");
    assert_eq!(browser.text("[role=status]"), "You are signed out.");
}
