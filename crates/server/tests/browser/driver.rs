//! A browser behind chromedriver: one that is open already and nobody has, made as new, or else a new one.

use std::time::Duration;

use admit_testkit::{Client as Http, Lease, Request, chromium};
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// How long a browser may take to become as new. One that is stuck in what the test before did to it is given up.
const RECOVERY: Duration = Duration::from_secs(10);

/// A browser as chromedriver knows it, for as long as a test has it.
pub(crate) struct Driver {
    lease: Lease,
    /// Whether it was started for this test alone, and ends with it.
    alone: bool,
}

impl Driver {
    /// A browser with these preferences, which this word stands for, and no memory of anything.
    pub(crate) fn of(runtime: &Runtime, kind: &str, preferences: &Value) -> (Self, Client) {
        let driver = Self { lease: Lease::take(kind), alone: false };
        match driver.resumed(runtime) {
            Some(client) => (driver, client),
            None => driver.begin(runtime, preferences, &[]),
        }
    }

    /// A browser that is started with these arguments too.
    pub(crate) fn alone(runtime: &Runtime, preferences: &Value, arguments: &[String]) -> (Self, Client) {
        Self { lease: Lease::take("alone"), alone: true }.begin(runtime, preferences, arguments)
    }

    fn begin(mut self, runtime: &Runtime, preferences: &Value, arguments: &[String]) -> (Self, Client) {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(preferences, arguments).as_object().unwrap().clone());
        let client = runtime.block_on(builder.connect(&self.url()));
        let client = client.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        runtime.block_on(client.persist()).unwrap();
        self.lease.session = runtime.block_on(client.session_id()).unwrap().unwrap();
        if !self.alone {
            self.lease.keep();
        }
        (self, client)
    }

    /// The browser that another test has left, in a new window and without cookies, storage, cache and log.
    fn resumed(&self, runtime: &Runtime) -> Option<Client> {
        if self.lease.session.is_empty() {
            return None;
        }
        let (url, connector) = (self.url(), HttpConnector::new());
        let client = runtime.block_on(Client::with_existing_session(&url, &self.lease.session, connector)).ok()?;
        runtime.block_on(client.persist()).ok()?;
        runtime.block_on(async { tokio::time::timeout(RECOVERY, in_a_new_window(&client)).await }).ok()?.ok()?;
        self.devtools("Network.clearBrowserCookies", &json!({}));
        self.devtools("Network.clearBrowserCache", &json!({}));
        self.devtools("Storage.clearDataForOrigin", &json!({ "origin": "*", "storageTypes": "all" }));
        drop((self.log("browser"), self.log("performance")));
        Some(client)
    }

    fn url(&self) -> String {
        format!("http://{}", self.lease.driver)
    }

    /// A command of Chromium's own protocol.
    #[track_caller]
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) {
        self.vendor("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    /// What was logged since the last look.
    #[track_caller]
    pub(crate) fn log(&self, kind: &str) -> Vec<Value> {
        self.vendor("se/log", &json!({ "type": kind })).as_array().unwrap().clone()
    }

    /// A command that only chromedriver knows.
    #[track_caller]
    fn vendor(&self, command: &str, body: &Value) -> Value {
        let answer = self.send("POST", &format!("/{command}"), body);
        assert_eq!(answer.status, 200, "{command}: {}", answer.text());
        answer.json()["value"].clone()
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> admit_testkit::Response {
        let path = format!("/session/{}{path}", self.lease.session);
        Http::new(self.lease.driver).send(&Request::new(method, &path).json(body))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.alone {
            drop(self.send("DELETE", "", &Value::Null));
        } else if !std::thread::panicking() {
            // Its page does not go on asking a server that is gone. After a failure nobody knows whether it can be told so.
            drop(self.send("POST", "/url", &json!({ "url": "about:blank" })));
        }
    }
}

/// What it had open is closed, with whatever it was told about its looks.
async fn in_a_new_window(client: &Client) -> Result<(), CmdError> {
    let old = client.windows().await?;
    let new = client.new_window(true).await?;
    for window in old {
        client.switch_to_window(window).await?;
        client.close_window().await?;
    }
    client.switch_to_window(new.handle).await
}

/// The capabilities of a browser with these preferences, and more arguments.
fn capabilities(preferences: &Value, more: &[String]) -> Value {
    let own = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        "--disable-breakpad",
        "--window-size=1280,900",
        // It ends when chromedriver does, however that ends.
        "--remote-debugging-pipe",
    ];
    let arguments: Vec<&str> = own.into_iter().chain(more.iter().map(String::as_str)).collect();
    let options = json!({
        "binary": chromium(),
        "args": arguments,
        "prefs": preferences,
    });
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
    })
}
