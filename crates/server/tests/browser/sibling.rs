//! A single-page app on another origin of the same site (`app.example.test`) in front of `login.example.test`, both by TLS, in a
//! real browser.

use std::sync::Arc;

use admit_testkit::{PASSWORD, Server, folder, run};

use crate::browser::Browser;
use crate::tls::Front;

const BINARY: &str = env!("CARGO_BIN_EXE_admit");
const LOGIN: &str = "https://login.example.test";
const APP: &str = "https://app.example.test";

/// Origins that nobody has named: a sibling whose requests carry the cookie, its look-alikes, and another site.
const STRANGERS: [&str; 4] = [
    "https://other.example.test",
    "https://app.example.test:8443",
    "https://app.example.test.evil.test",
    "https://evil.test",
];

/// `serve` with one client in a browser, whose page is at APP.
fn started() -> Server {
    let folder = Arc::new(folder());
    let init = run(BINARY, folder.path(), &["init", "--public-url", LOGIN], &[], "");
    assert_eq!(init.code, 0, "{init:?}");
    std::fs::write(folder.path().join("policy.toml"), admit_server::config::policy::BUILT_IN).unwrap();
    let file = folder.path().join("admit.toml");
    let written = std::fs::read_to_string(&file).unwrap();
    let client = format!("{written}\n[clients.web]\nruns = \"browser\"\norigins = [\"{APP}\"]\n");
    std::fs::write(&file, client).unwrap();
    Server::with(BINARY, &["serve"]).within(folder).env("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#).start()
}

/// Calls LOGIN from the page as a single-page app does; the status, the answer's own type of problem, or "unreadable".
fn call(browser: &Browser, method: &str, path: &str, body: &str) -> String {
    let script = format!(
        "const headers = {{ 'content-type': 'application/json' }};
         if (window.csrf) headers['x-csrf-token'] = window.csrf;
         const body = {body};
         return fetch('{LOGIN}{path}', {{ method: '{method}', credentials: 'include', headers, body }})
           .then(async (answer) => {{
             const text = await answer.text();
             const said = text ? JSON.parse(text) : {{}};
             if (said.csrf_token) window.csrf = said.csrf_token;
             window.said = said;
             return answer.status + (said.type ? ' ' + said.type.split(':').pop() : '');
           }}, () => 'unreadable')"
    );
    browser.js(&script).as_str().unwrap_or_default().to_owned()
}

fn sign_in(browser: &Browser) -> String {
    call(browser, "POST", "/login", &format!("JSON.stringify({{ username: 'root', password: '{PASSWORD}' }})"))
}

#[admit_testkit::everywhere]
fn an_app_on_a_named_sibling_origin_signs_in_edits_and_signs_out_and_no_other_can() {
    let server = started();
    server.user("root", &["admin"]);
    let alice = server.user("alice", &["customer"]);
    let front = Front::start(&server);
    let browser = Browser::behind(APP, &front.arguments());
    let roles = format!("/admin/api/users/{alice}/roles");
    let roles_now = |browser: &Browser| {
        assert_eq!(call(browser, "GET", &format!("/admin/api/users/{alice}"), "undefined"), "200");
        browser.js("return window.said.roles.join()").as_str().unwrap_or_default().to_owned()
    };

    browser.go(APP);
    assert_eq!(call(&browser, "GET", "/session", "undefined"), "401 not-signed-in", "a refusal can be read");
    assert_eq!(sign_in(&browser), "200");
    assert_eq!(browser.js("return document.cookie"), "", "the page sees no cookie of the session");
    assert_eq!(call(&browser, "GET", "/session", "undefined"), "200");
    assert_eq!(call(&browser, "PUT", &roles, "JSON.stringify({ roles: [] })"), "200");
    assert_eq!(roles_now(&browser), "");
    browser.js("window.csrf = ''");
    assert_eq!(call(&browser, "PUT", &roles, "JSON.stringify({ roles: ['customer'] })"), "403 csrf-token-missing");
    let page =
        format!("return fetch('{LOGIN}/account', {{ credentials: 'include' }}).then(() => 'read', () => 'unreadable')");
    assert_eq!(browser.js(&page), "unreadable", "pages are for nobody else");

    // Root is signed in, and looks at other pages.
    for stranger in STRANGERS {
        browser.go(stranger);
        assert_eq!(call(&browser, "GET", "/session", "undefined"), "unreadable", "{stranger}");
        assert_eq!(sign_in(&browser), "unreadable", "{stranger}");
        assert_eq!(call(&browser, "PUT", &roles, "JSON.stringify({ roles: ['admin'] })"), "unreadable", "{stranger}");
        // What needs no preflight is sent, and refused.
        for (path, media) in
            [("/logout", "text/plain"), ("/logout", "application/x-www-form-urlencoded"), ("/login", "text/plain")]
        {
            let simple = format!(
                "return fetch('{LOGIN}{path}', {{ method: 'POST', mode: 'no-cors', credentials: 'include', \
                 headers: {{ 'content-type': '{media}' }}, body: '{{}}' }}).then((answer) => answer.type, () => 'refused')"
            );
            assert_ne!(browser.js(&simple), "basic", "{stranger} {path}");
        }
        let image = format!(
            "return new Promise((done) => {{ const it = new Image(); it.onload = () => done('seen'); \
             it.onerror = () => done('unseen'); it.src = '{LOGIN}/session'; }})"
        );
        assert_eq!(browser.js(&image), "unseen", "{stranger}");
    }

    browser.go(APP);
    assert_eq!(call(&browser, "GET", "/session", "undefined"), "200", "still signed in");
    assert_eq!(roles_now(&browser), "", "and nothing was changed");
    assert_eq!(call(&browser, "POST", "/logout", "undefined"), "204");
    assert_eq!(call(&browser, "GET", "/session", "undefined"), "401 not-signed-in");
}
