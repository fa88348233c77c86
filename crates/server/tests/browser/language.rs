//! Korean and English.

use admit_testkit::PASSWORD;

use crate::browser::{Browser, demo};

#[admit_testkit::everywhere]
fn a_reader_of_korean_gets_korean_and_keeps_english_once_chosen() {
    let server = demo();
    server.user("carol", &["customer"]);
    let browser = Browser::korean(&server);
    browser.go("/login");
    assert_eq!((language(&browser), browser.text("h1")), ("ko".to_owned(), "로그인".to_owned()));
    browser.sign_in_with("carol", "not the password at all");
    assert!(browser.text("[role=alert]").contains("올바르지 않습니다"));
    browser.sign_in_with("carol", PASSWORD);
    assert!(browser.text("main").contains("이 기기"));
    for path in ["/demo/shop", "/dev/flow", "/", "/no/such/page", "/admin"] {
        browser.go(path);
        assert_eq!(language(&browser), "ko", "{path}");
    }

    browser.go("/account");
    browser.follow(".langs a[lang=en]");
    assert_eq!(language(&browser), "en");
    assert!(browser.text("main").contains("This device"));
    for path in ["/account", "/demo/shop", "/dev/flow", "/", "/no/such/page", "/admin"] {
        browser.go(path);
        assert_eq!(language(&browser), "en", "{path}");
    }
    browser.go("/account");
    browser.follow(".who form button");
    assert_eq!((language(&browser), browser.text("h1")), ("en".to_owned(), "Sign in".to_owned()));
}

#[admit_testkit::everywhere]
fn a_visitor_of_the_shop_changes_the_language_there() {
    let server = demo();
    let browser = Browser::open(&server);
    browser.go("/demo/shop");
    assert_eq!(language(&browser), "en");
    browser.follow("footer a[lang=ko]");
    assert_eq!(language(&browser), "ko");
    browser.go("/login");
    assert_eq!(language(&browser), "ko", "chosen in the shop, kept everywhere");
}

#[admit_testkit::everywhere]
fn somebody_changes_the_language_of_a_page_that_answered_a_form() {
    let server = demo();
    server.user("carol", &["customer"]);
    let browser = Browser::open(&server);
    browser.sign_in("carol");
    browser.fill("#current_password", "not the password at all");
    browser.fill("#new_password", "another tulip lantern");
    browser.follow("form[action='/account/password'] button.primary");
    assert!(browser.text("[role=alert]").contains("The current password is wrong."));
    browser.follow(".langs a[lang=ko]");
    assert_eq!((browser.status(), language(&browser)), (200, "ko".to_owned()));
}

fn language(browser: &Browser) -> String {
    browser.js("return document.documentElement.lang").as_str().unwrap().to_owned()
}
