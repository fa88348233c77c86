//! Nothing keeps anybody from using a page, as far as axe-core finds such things: every page and what it says when something
//! is wrong, in both languages, light and dark, wide and narrow. `scripts/interop` installs axe-core.

use std::io::Write as _;
use std::path::Path;

use admit_testkit::PASSWORD;
use serde_json::{Value, json};

use crate::browser::{Browser, demo};
use crate::every_page::{pages_of_a_visitor, pages_of_an_admin, password_link, populated};

/// A browser that looks at each page with axe-core, and remembers what it found.
struct Inspector {
    browser: Browser,
    found: Vec<String>,
    looked: usize,
}

impl Inspector {
    fn language(&self, lang: &str) {
        self.browser.go(&format!("/login?lang={lang}"));
    }

    fn look_at(&mut self, pages: &[(&str, &str)]) {
        for (name, address) in pages {
            self.browser.go(address);
            self.look(name);
        }
    }

    /// Looks at the page as it is: wide and light with every rule; narrow and dark, where words make no difference, in English
    /// alone and with the rules about colours and sizes.
    fn look(&mut self, name: &str) {
        self.browser.dark(false);
        self.browser.size(1280, 900);
        self.judge(&format!("{name}, light"), "{}");
        if self.browser.js("return document.documentElement.lang") != "en" {
            return;
        }
        self.browser.dark(true);
        self.browser.size(375, 700);
        self.judge(&format!("{name}, dark and narrow"), "{ runOnly: ['color-contrast', 'target-size'] }");
    }

    fn judge(&mut self, name: &str, options: &str) {
        let lang = self.browser.js("return document.documentElement.lang").as_str().unwrap_or_default().to_owned();
        let run = format!(
            "const more = {{ 'target-size': {{ enabled: true }}, 'label-content-name-mismatch': {{ enabled: true }} }}; \
             const options = Object.assign({{ rules: more, resultTypes: ['violations'] }}, {options}); \
             return window.axe.run(document, options).then(result => result.violations.map(one => \
             one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ')))"
        );
        let violations: Vec<Value> = self.browser.js(&run).as_array().cloned().unwrap_or_default();
        self.found.extend(violations.iter().map(|one| format!("{name}, {lang}: {}", one.as_str().unwrap_or_default())));
        self.looked += 1;
    }

    /// A form that is sent, and what comes back.
    fn send(&mut self, name: &str, page: &str, fields: &[(&str, &str)], button: &str) {
        self.browser.go(page);
        self.browser.js("document.querySelectorAll('details').forEach(one => one.open = true)");
        self.browser.js("document.querySelectorAll('form').forEach(form => form.noValidate = true)");
        for (field, text) in fields {
            self.browser.fill(field, text);
        }
        self.browser.follow(button);
        self.look(name);
    }
}

/// The source of axe-core; nothing, said out loud, where it is not installed. In CI that is an error.
fn axe() -> Option<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let source = std::fs::read_to_string(target.join("interop/node/node_modules/axe-core/axe.min.js")).ok();
    if source.is_none() {
        let sentence = "SKIPPED: axe-core is not there (scripts/interop installs it)";
        assert!(std::env::var_os("CI").is_none(), "{sentence}; CI must have it");
        drop(writeln!(std::io::stderr(), "{sentence}"));
    }
    source
}

#[test]
fn axe_finds_nothing_on_any_page_in_either_language_light_or_dark() {
    let Some(axe) = axe() else { return };
    let server = demo();
    let link = server.greeted("First admin").unwrap();
    let password = password_link(&server);
    let attack = server.greeted("Attack page").unwrap();
    let mut it = Inspector { browser: Browser::open(&server), found: Vec::new(), looked: 0 };
    // In every document from now on, whatever the policy of the page is.
    it.browser.driver.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": axe }));
    for lang in ["en", "ko"] {
        it.language(lang);
        it.look_at(&pages_of_a_visitor(&link, &password));
        it.send("setup-wrong", &link, &[("#username", "no spaces"), ("#password", PASSWORD)], "main form button");
        it.send("login-wrong", "/login", &[("#username", "a"), ("#password", "b")], "main form button");
    }
    let user = populated(&server);
    it.browser.go("/login");
    it.browser.sign_in("boss");
    for lang in ["en", "ko"] {
        it.language(lang);
        it.look_at(&pages_of_an_admin(&user, &attack));
        let create = "details.create form button";
        it.send("create-taken", "/admin", &[("#username", "carol"), ("#password", PASSWORD)], create);
        it.send("create-short", "/admin", &[("#username", "bob"), ("#password", "short")], create);
        let password = [("#current_password", "wrong wrong wrong"), ("#new_password", PASSWORD)];
        it.send("password-wrong", "/account", &password, "form[action='/account/password'] button.primary");
        it.send("price-wrong", "/demo/shop/products/1/edit", &[("#price", "a lot")], "#edit button");
        it.browser.go("/admin?query=boss");
        it.browser.follow("tbody th a");
        it.browser.click("input[name=role][value=admin]");
        it.browser.follow("fieldset.roles ~ button");
        it.look("give-up");
    }
    it.browser.go("/logout");
    it.browser.follow("main form button");
    it.browser.sign_in("carol");
    for lang in ["en", "ko"] {
        it.language(lang);
        it.look_at(&[("forbidden", "/admin"), ("customer-shop", "/demo/shop"), ("customer-account", "/account")]);
    }
    assert!(it.looked > 110, "{}", it.looked);
    assert!(it.found.is_empty(), "{} findings:\n{}", it.found.len(), it.found.join("\n"));
}
