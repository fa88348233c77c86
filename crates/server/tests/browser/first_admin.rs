//! From the set-up link to an administered user, by a stranger who has only what the terminal printed.

use admit_testkit::PASSWORD;

use crate::browser::{Browser, demo};

#[admit_testkit::everywhere]
fn a_stranger_with_the_set_up_link_becomes_the_first_admin_and_manages_a_customer() {
    let server = demo();
    let browser = Browser::open(&server);
    let link = server.greeted("First admin").unwrap();
    browser.go(&link);
    assert_eq!(browser.text("h1"), "Create the first administrator");

    // What is refused keeps the name, and the link.
    browser.fill("#username", "boss");
    browser.js("document.querySelector('#password').minLength = 0");
    browser.fill("#password", "short");
    browser.follow("main form button");
    assert!(browser.text("[role=alert]").contains("too short"));
    assert_eq!((browser.value("#username"), browser.value("#password")), ("boss".to_owned(), String::new()));

    browser.fill("#password", PASSWORD);
    browser.follow("main form button");
    assert_eq!(browser.path(), "/admin");
    assert_eq!((browser.text("h1"), browser.text(".who .name")), ("Users".to_owned(), "Signed in as\nboss".to_owned()));

    browser.go(&link);
    assert_eq!((browser.status(), browser.text("h1")), (404, "This link does not work".to_owned()));
    assert!(browser.text("main").contains("There is an administrator already"), "{}", browser.text("main"));

    creates_a_customer(&browser);
    gives_and_takes_a_role(&browser);
    disables_and_enables(&browser);

    browser.go("/admin/audit");
    for said in ["Set-up link used", "User created", "Roles changed", "User disabled", "User enabled"] {
        assert!(browser.text("main table").contains(said), "{said}");
    }
}

fn creates_a_customer(browser: &Browser) {
    browser.go("/admin");
    browser.click("details.create summary");
    browser.fill("#username", "carol");
    browser.fill("#password", PASSWORD);
    browser.click("details.create input[value=customer]");
    browser.follow("details.create form button");
    assert_eq!(browser.text("[role=status]"), "carol was created.");
    assert!(browser.text("main table").contains("carol"));

    // The same name again: said at the field where it was typed, with what was typed.
    browser.click("details.create summary");
    browser.fill("#username", "Carol");
    browser.fill("#password", PASSWORD);
    browser.follow("details.create form button");
    assert!(browser.text("#username-error").contains("taken"));
    assert_eq!(browser.value("#username"), "Carol");
}

fn gives_and_takes_a_role(browser: &Browser) {
    browser.go("/admin?query=carol");
    assert_eq!(browser.count("tbody tr"), 1);
    browser.follow("tbody th a");
    assert_eq!((browser.text("h1"), roles(browser)), ("carol".to_owned(), ["customer".to_owned()].to_vec()));
    browser.click("input[name=role][value=admin]");
    browser.follow("fieldset.roles ~ button");
    assert_eq!(browser.text("[role=status]"), "The roles are saved and in effect.");
    assert_eq!(roles(browser), ["admin", "customer"]);
    browser.click("input[name=role][value=admin]");
    browser.click("input[name=role][value=customer]");
    browser.follow("fieldset.roles ~ button");
    assert_eq!(roles(browser), [""; 0]);
    // In one tenant alone: kept when the other boxes are changed.
    browser.fill("#role-in-tenant", "customer@acme");
    browser.follow("fieldset.roles ~ button");
    assert_eq!(roles(browser), ["customer@acme"]);
    assert!(browser.text("main").contains("product:read"));
    browser.click("input[name=role][value='customer@acme']");
    browser.follow("fieldset.roles ~ button");
    assert_eq!(roles(browser), [""; 0]);
    browser.click("input[name=role][value=customer]");
    browser.follow("fieldset.roles ~ button");
    assert_eq!(roles(browser), ["customer"]);
}

fn roles(browser: &Browser) -> Vec<String> {
    let ticked = browser.js("return [...document.querySelectorAll('input[name=role]:checked')].map(box => box.value)");
    let mut roles: Vec<String> = serde_json::from_value(ticked).unwrap();
    roles.sort();
    roles
}

fn disables_and_enables(browser: &Browser) {
    let page = browser.path();
    browser.click("details:has(form[action$='/disable']) summary");
    browser.follow("form[action$='/disable'] button");
    assert_eq!(browser.text("[role=status]"), "The account is disabled and every session is ended.");
    assert_eq!(browser.text(".title .tags"), "Disabled");
    browser.follow("form[action$='/enable'] button");
    assert_eq!(browser.text("[role=status]"), "The account is enabled.");
    assert_eq!(browser.text(".title .tags"), "Active");
    assert_eq!(browser.path().split('?').next(), page.split('?').next());
}
