//! The attack page against an admin who is signed in.

use admit_testkit::{PASSWORD, Server};

use crate::browser::{Browser, demo};

/// The attacker has an account whose password the page knows: login CSRF would work if it were not stopped.
fn with_an_attacker() -> Server {
    let server = demo();
    server.user("boss", &["admin"]);
    let made = server.cli(&["user", "create", "attacker", "--password-stdin"], "the attacker knows this one\n");
    assert_eq!(made.code, 0, "{made:?}");
    server
}

#[admit_testkit::everywhere]
fn an_admin_on_the_attack_page_is_protected_from_each_attack() {
    let server = with_an_attacker();
    let browser = Browser::open(&server);
    browser.sign_in("boss");
    browser.go("/demo/shop");
    let product = browser.text("#product-1");

    browser.go(&server.greeted("Attack page").unwrap());
    for attack in ["form", "fetch", "image", "login"] {
        let result = format!("#result-{attack}");
        assert_eq!(state(&browser, attack), "idle");
        browser.click(&format!("#attack-{attack}"));
        browser.wait("over", |browser| state(browser, attack) != "waiting" && state(browser, attack) != "idle");
        assert_eq!(state(&browser, attack), "stopped", "{attack}: {}", browser.text(&result));
        let said = browser.text(&result);
        assert!(said.starts_with("Stopped"), "{attack}: {said}");
        match attack {
            "image" => assert!(said.contains("No route takes GET here (405)"), "{said}"),
            _ => assert!(said.contains("Stopped at the step csrf (is it forged)"), "{attack}: {said}"),
        }
    }

    browser.go("/demo/shop");
    assert_eq!(browser.text("#product-1"), product);
    assert_eq!((browser.text("#username"), browser.text("#roles")), ("boss".to_owned(), "admin".to_owned()));

    // The password that the attacker hoped for is real.
    browser.follow("header form button");
    browser.sign_in_with("attacker", "the attacker knows this one");
    assert_eq!(browser.path(), "/account");
}

#[admit_testkit::everywhere]
fn an_admin_whose_session_is_used_from_a_script_of_another_origin_keeps_the_product() {
    let server = with_an_attacker();
    let browser = Browser::open(&server);
    browser.sign_in("boss");
    browser.go("/demo/shop");
    let product = browser.text("#product-1");
    browser.go(&server.greeted("Attack page").unwrap());
    browser.click("#attack-all");
    for attack in ["form", "fetch", "image", "login"] {
        browser.wait("stopped", |browser| state(browser, attack) == "stopped");
    }
    // No header that a script may set makes it ours: the preflight gets no consent.
    let refused = browser.js(&format!(
        "return fetch('{}/demo/api/products/1', {{ method: 'PUT', credentials: 'include', \
         headers: {{ 'content-type': 'application/json', 'x-csrf-token': 'x' }}, body: '{{}}' }}) \
         .then(() => 'sent', () => 'refused')",
        server.url
    ));
    assert_eq!(refused, "refused");
    let unread = browser.js(&format!(
        "return fetch('{}/session', {{ credentials: 'include' }}).then(() => 'read', () => 'unread')",
        server.url
    ));
    assert_eq!(unread, "unread", "another origin reads nothing of ours, the CSRF token least of all");
    browser.go("/demo/shop");
    assert_eq!(browser.text("#product-1"), product);
}

#[admit_testkit::everywhere]
fn an_attacker_who_has_no_page_but_a_copied_form_is_refused_and_told_why() {
    let server = with_an_attacker();
    let browser = Browser::open(&server);
    browser.sign_in_with("boss", PASSWORD);
    browser.go(&server.greeted("Attack page").unwrap());
    // Out of the frame, as a naive phishing page would: the victim sees the answer.
    browser.js("document.querySelector('#form-form').removeAttribute('target')");
    browser.js("document.querySelector('#form-form').submit()");
    browser.wait("at the shop", |browser| browser.path() == "/demo/shop/products/1");
    assert_eq!((browser.status(), browser.text("h1")), (403, "This request did not come from our page".to_owned()));
    assert!(browser.text("main").contains("Nothing was changed."));
}

fn state(browser: &Browser, attack: &str) -> String {
    browser.js(&format!("return document.querySelector('#result-{attack}').dataset.state")).as_str().unwrap().to_owned()
}
