//! A person at a browser: goes to pages, reads, types, clicks. Every step waits for what it needs, and no longer.

use std::time::{Duration, Instant};

use admit_testkit::{PASSWORD, Server};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::driver::Driver;

/// How long a person would wait before calling it broken.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A server with the demo and the attack page, on free ports.
pub(crate) fn demo() -> Server {
    Server::demo(env!("CARGO_BIN_EXE_admit")).start()
}

/// One browser, which knows of nothing that another test did.
pub(crate) struct Browser {
    pub(crate) client: Client,
    home: String,
    runtime: Runtime,
    pub(crate) driver: Driver,
}

impl Browser {
    /// A browser in English; paths are those of this server.
    pub(crate) fn open(server: &Server) -> Self {
        Self::of("english", server, &english())
    }

    /// A browser in English that is started with these arguments too; paths are those of `home`.
    pub(crate) fn behind(home: &str, arguments: &[String]) -> Self {
        Self::with(home, |runtime| Driver::alone(runtime, &english(), arguments))
    }

    /// A browser whose owner reads Korean.
    pub(crate) fn korean(server: &Server) -> Self {
        Self::of("korean", server, &json!({ "intl.accept_languages": "ko-KR,ko,en" }))
    }

    /// A browser that runs no page's script.
    pub(crate) fn without_scripts(server: &Server) -> Self {
        Self::of("scriptless", server, &json!({ "profile.default_content_setting_values.javascript": 2 }))
    }

    fn of(kind: &str, server: &Server, preferences: &Value) -> Self {
        Self::with(&server.url, |runtime| Driver::of(runtime, kind, preferences))
    }

    fn with(home: &str, start: impl FnOnce(&Runtime) -> (Driver, Client)) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (driver, client) = start(&runtime);
        Self { client, home: home.to_owned(), runtime, driver }
    }

    #[track_caller]
    pub(crate) fn run<T>(&self, doing: impl Future<Output = Result<T, CmdError>>) -> T {
        match self.runtime.block_on(doing) {
            Ok(value) => value,
            Err(error) => panic!("{error}, at {:?}", self.runtime.block_on(self.client.current_url())),
        }
    }

    /// The element, once it is there.
    #[track_caller]
    fn element(&self, css: &str) -> Element {
        let looking = self.client.wait().at_most(PATIENCE).every(LOOK_EVERY).for_element(Locator::Css(css));
        match self.runtime.block_on(looking) {
            Ok(element) => element,
            Err(error) => panic!("no {css} ({error}) at {}: {}", self.path(), self.text("body")),
        }
    }

    /// Waits until this holds.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < deadline, "not {what} at {}: {}", self.path(), self.text("body"));
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Goes to a path of the server, or to another address.
    #[track_caller]
    pub(crate) fn go(&self, to: &str) {
        let url = if to.starts_with('/') { format!("{}{to}", self.home) } else { to.to_owned() };
        self.run(self.client.goto(&url));
    }

    /// The path and query of the page.
    pub(crate) fn path(&self) -> String {
        let url = self.runtime.block_on(self.client.current_url()).unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// The HTTP status of the page.
    #[track_caller]
    pub(crate) fn status(&self) -> u64 {
        self.js("return performance.getEntriesByType('navigation')[0].responseStatus").as_u64().unwrap()
    }

    /// The visible text of an element.
    #[track_caller]
    pub(crate) fn text(&self, css: &str) -> String {
        let element = self.element(css);
        self.run(element.text())
    }

    /// What is in a field now.
    #[track_caller]
    pub(crate) fn value(&self, css: &str) -> String {
        let element = self.element(css);
        self.run(element.prop("value")).unwrap_or_default()
    }

    /// How many there are now.
    #[track_caller]
    pub(crate) fn count(&self, css: &str) -> usize {
        self.run(self.client.find_all(Locator::Css(css))).len()
    }

    /// Types into a field, in place of what was there.
    #[track_caller]
    pub(crate) fn fill(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.run(element.clear());
        self.run(element.send_keys(text));
    }

    /// Clicks something that stays on the page.
    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        let element = self.element(css);
        self.run(element.click());
    }

    /// Clicks something that leads to another page, and waits for that.
    #[track_caller]
    pub(crate) fn follow(&self, css: &str) {
        let old = self.element("html");
        let element = self.element(css);
        self.run(element.click());
        self.wait("on another page", |browser| browser.runtime.block_on(old.tag_name()).is_err());
        self.element("body");
    }

    /// Signs in by the form as a user made by the test kit.
    #[track_caller]
    pub(crate) fn sign_in(&self, username: &str) {
        self.sign_in_with(username, PASSWORD);
        assert_eq!(self.path(), "/account", "{}", self.text("main"));
    }

    /// Fills and sends the form of the login page.
    #[track_caller]
    pub(crate) fn sign_in_with(&self, username: &str, password: &str) {
        if !self.path().starts_with("/login") {
            self.go("/login");
        }
        self.fill("#username", username);
        self.fill("#password", password);
        self.follow("main form button");
    }

    /// What a script in the page returns.
    #[track_caller]
    pub(crate) fn js(&self, script: &str) -> Value {
        self.run(self.client.execute(script, Vec::new()))
    }

    /// Loses every cookie of the page's host.
    #[track_caller]
    pub(crate) fn lose_cookies(&self) {
        self.run(self.client.delete_all_cookies());
    }

    /// What the browser has written to its console since the last look.
    #[track_caller]
    pub(crate) fn console(&self) -> Vec<String> {
        self.driver.log("browser").iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// The addresses that the browser has asked for since the last look.
    #[track_caller]
    pub(crate) fn asked_for(&self) -> Vec<String> {
        let sent = |entry: &Value| {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let event = &event["message"];
            let url = event["params"]["request"]["url"].as_str()?;
            (event["method"] == "Network.requestWillBeSent").then(|| url.to_owned())
        };
        self.driver.log("performance").iter().filter_map(sent).collect()
    }
}

fn english() -> Value {
    json!({ "intl.accept_languages": "en-US,en" })
}
