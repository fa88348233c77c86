//! Every page in both languages, light and dark, on a small phone and on a desk.

use std::path::PathBuf;

use admit_testkit::{PASSWORD, Request, Server};

use crate::apps::{bearer, sign_in_app};
use crate::browser::{Browser, demo};

const SMALL_PHONE: u64 = 320;
const PHONE: u64 = 375;
const DESK: u64 = 1280;

#[admit_testkit::everywhere]
fn a_visitor_with_a_small_phone_never_scrolls_sideways() {
    let server = demo();
    let browser = Browser::open(&server);
    let link = server.greeted("First admin").unwrap();
    let password = password_link(&server);
    look_at(&browser, "visitor", &pages_of_a_visitor(&link, &password));
}

/// The link with which somebody who was invited sets a password.
pub(crate) fn password_link(server: &Server) -> String {
    let invited = server.cli(&["--json", "user", "create", "invited", "--invite"], "").json();
    invited["link"].as_str().unwrap().to_owned()
}

/// What anybody may see. `link` makes the first administrator, `password` lets somebody set theirs.
pub(crate) fn pages_of_a_visitor<'a>(link: &'a str, password: &'a str) -> [(&'a str, &'a str); 14] {
    [
        ("home", "/"),
        ("choose", "/docs/choose"),
        ("choose-inside", "/docs/choose?client=server-rendered&checks=our-services&logout=seconds"),
        ("choose-missing", "/docs/choose?client=third-party"),
        ("choose-device", "/docs/choose?client=kiosk"),
        ("choose-contradiction", "/docs/choose?client=other-site-spa&sites=one"),
        ("login", "/login"),
        ("login-notice", "/login?notice=session-ended&return_to=/account"),
        ("login-again", "/login?notice=sign-in-again&return_to=/account"),
        ("setup", link),
        ("setup-dead", "/setup"),
        ("setup-password", password),
        ("shop-anonymous", "/demo/shop"),
        ("not-found", "/no/such/page"),
    ]
}

#[admit_testkit::everywhere]
fn an_admin_with_a_small_phone_never_scrolls_sideways() {
    let server = demo();
    let user = populated(&server);
    let browser = Browser::open(&server);
    browser.sign_in("boss");
    let attack = server.greeted("Attack page").unwrap();
    look_at(&browser, "admin", &pages_of_an_admin(&user, &attack));
    // The answer to a form, with an address that has no place to break.
    browser.size(PHONE, 640);
    browser.go(&user);
    browser.js("document.querySelectorAll('details').forEach(one => one.open = true)");
    browser.follow("form[action$='/link'] button");
    assert!(browser.text("[role=status]").contains("/setup?token="));
    let (over, widest) = overflow(&browser, PHONE);
    assert!(!over, "a link is wider than {PHONE} px: {widest}");
    if let Some(folder) = std::env::var_os("ADMIT_SCREENSHOTS").map(PathBuf::from) {
        browser.size(PHONE, 2400);
        browser.picture(&folder.join("admin-link-320.png"));
    }
}

/// What an administrator sees. `user` is the page of somebody.
pub(crate) fn pages_of_an_admin<'a>(user: &'a str, attack: &'a str) -> [(&'a str, &'a str); 16] {
    [
        ("home", "/"),
        ("sign-out", "/logout"),
        ("signed-in", "/login?notice=signed-in"),
        ("setup-done", "/setup"),
        ("not-allowed", "/account/password"),
        ("admin-search", "/admin?query=nobody.is.called.this"),
        ("account", "/account"),
        ("admin", "/admin"),
        ("admin-user", user),
        ("permissions", "/admin/permissions?permission=product:update"),
        ("audit", "/admin/audit"),
        ("audit-filtered", "/admin/audit?subject=carol&address=127.0.0.1&from=2020-01-01"),
        ("shop", "/demo/shop?saved=1"),
        ("edit", "/demo/shop/products/1/edit"),
        ("flow", "/dev/flow"),
        ("attack", attack),
    ]
}

#[admit_testkit::everywhere]
fn a_customer_with_a_small_phone_never_scrolls_sideways_on_what_is_refused() {
    let server = demo();
    populated(&server);
    let browser = Browser::open(&server);
    browser.sign_in("carol");
    look_at(&browser, "customer", &[("forbidden", "/admin"), ("shop", "/demo/shop"), ("account", "/account")]);
}

/// Users, devices, events and requests, long names among them; the address of a user's page.
pub(crate) fn populated(server: &Server) -> String {
    server.user("boss", &["admin"]);
    let id = server.user("carol", &["customer", "admin@a-tenant-with-quite-a-long-name"]);
    server.user("a.rather.long.name.of.somebody.who.works.far.away@subsidiary.example.com", &["customer", "admin"]);
    // The longest that there is, without a place to break it.
    server.user(&"w".repeat(254), &["customer"]);
    let mut phone = server.client();
    let login = serde_json::json!({ "username": "carol", "password": PASSWORD });
    let agent =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1";
    phone.send(&Request::new("POST", "/login").header("user-agent", agent).json(&login));
    phone.login("carol", "not the password at all");
    for user in ["boss", "carol"] {
        let tokens = sign_in_app(server, user);
        bearer(server, &tokens, "/session");
        bearer(server, &tokens, "/admin/api/users");
    }
    let mut boss = server.signed_in("boss");
    boss.get("/admin/api/users");
    boss.send(&Request::new("POST", "/logout").header("sec-fetch-site", "cross-site"));
    phone.get("/admin/api/users");
    server.client().get("/account");
    server.client().get("/demo/shop");
    format!("/admin/users/{id}")
}

fn look_at(browser: &Browser, who: &str, pages: &[(&str, &str)]) {
    let folder = std::env::var_os("ADMIT_SCREENSHOTS").map(PathBuf::from);
    let widths: &[u64] = if folder.is_some() { &[PHONE, DESK] } else { &[SMALL_PHONE] };
    for lang in ["en", "ko"] {
        browser.go(&format!("/login?lang={lang}"));
        for (name, address) in pages {
            browser.go(address);
            assert_eq!(browser.js("return document.documentElement.lang"), lang, "{name}");
            if *name == "attack" && folder.is_some() {
                browser.click("#attack-all");
                browser.wait("over", |browser| browser.count("[data-state=stopped]") == 4);
            }
            for (scheme, dark) in [("light", false), ("dark", true)] {
                browser.dark(dark);
                assert_eq!(is_dark(browser), dark, "{name} is {scheme}");
                for width in widths {
                    browser.size(*width, 640);
                    let (over, widest) = overflow(browser, *width);
                    assert!(!over, "{name} in {lang}, {scheme}, is wider than {width} px: {widest}");
                    if let Some(folder) = &folder {
                        let height = browser.js("return document.documentElement.scrollHeight").as_u64().unwrap();
                        browser.size(*width, height.max(640));
                        browser.picture(&folder.join(format!("{who}-{name}-{lang}-{scheme}-{width}.png")));
                    }
                }
            }
        }
    }
}

/// Whether the page is wider than the window, and by which element.
fn overflow(browser: &Browser, width: u64) -> (bool, String) {
    let widest = browser.js("const all = [...document.body.querySelectorAll('*')]; \
         const over = all.find(one => one.getBoundingClientRect().right > innerWidth + 1); \
         const inside = all.find(one => \
           ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth); \
         const told = one => one ? one.outerHTML.slice(0, 200) : ''; \
         return [document.documentElement.scrollWidth, Boolean(inside), told(inside ?? over)]");
    (widest[0].as_u64().unwrap() > width || widest[1] == true, widest.to_string())
}

/// Whether the page is darker than the text on it.
fn is_dark(browser: &Browser) -> bool {
    let sums = browser
        .js("const style = getComputedStyle(document.body); const sum = text => text.match(/[\\d.]+/g).slice(0, 3) \
         .reduce((all, part) => all + Number(part), 0); return [sum(style.backgroundColor), sum(style.color)]");
    sums[0].as_f64() < sums[1].as_f64()
}
