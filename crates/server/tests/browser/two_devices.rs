//! One person, two browsers.

use crate::browser::{Browser, demo};

#[admit_testkit::everywhere]
fn a_person_signs_a_second_device_out_and_its_next_click_leads_to_the_login_page() {
    let server = demo();
    server.user("carol", &["customer"]);
    let first = Browser::open(&server);
    let second = Browser::open(&server);
    first.sign_in("carol");
    second.sign_in("carol");

    first.go("/account");
    assert_eq!(first.count(".devices > li"), 2);
    assert_eq!(first.count(".devices > li.current"), 1);
    assert!(first.text(".devices > li.current").contains("This device"));
    assert!(first.text(".devices").contains("Chrome"), "{}", first.text(".devices"));
    first.follow(".devices > li:not(.current) form button");
    assert_eq!(first.text("[role=status]"), "That device or app is signed out.");
    assert_eq!(first.count(".devices > li"), 1);

    second.follow(".main-nav a[href='/account']");
    assert!(second.path().starts_with("/login?return_to=%2Faccount"), "{}", second.path());
    assert_eq!(second.text("[role=status]"), "Your session has ended. Sign in again.");
    first.go("/account");
    assert_eq!(first.path(), "/account", "the first is still signed in");
}

#[admit_testkit::everywhere]
fn a_person_signs_every_other_device_out_and_a_form_on_one_of_them_leads_to_the_login_page() {
    let server = demo();
    server.user("carol", &["customer"]);
    let first = Browser::open(&server);
    let second = Browser::open(&server);
    first.sign_in("carol");
    second.sign_in("carol");
    first.go("/account");
    first.follow("form[action$='end-others'] button");
    assert_eq!(first.text("[role=status]"), "Every other device and app is signed out.");
    assert_eq!(first.count(".devices > li"), 1);

    second.follow(".who form button");
    assert!(second.path().starts_with("/login?"), "{}", second.path());
    assert_eq!(second.text("[role=status]"), "Your session has ended. Sign in again.");
}
