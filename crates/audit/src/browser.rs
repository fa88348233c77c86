//! A real browser, driven through WebDriver (W3C): the only one who knows what a page keeps.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

/// Something that a page keeps in the browser.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// `localStorage` or `sessionStorage`.
    pub(crate) area: &'static str,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A headless Chromium with one window.
pub(crate) struct Browser {
    client: reqwest::Client,
    session: String,
    driver: Option<Driver>,
}

/// A chromedriver that was started here, and ends with this value.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How long a page may take to load, and its scripts to come to rest.
const LOAD: Duration = Duration::from_secs(20);
const REST: Duration = Duration::from_millis(1_500);

impl Browser {
    /// Opens a browser: with the WebDriver at an address, or with a chromedriver that is started for it.
    pub(crate) async fn start(webdriver: Option<&str>) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(LOAD + Duration::from_secs(10))
            .build()
            .map_err(|error| error.to_string())?;
        let (address, driver) = match webdriver {
            Some(address) => (address.trim_end_matches('/').to_owned(), None),
            None => {
                let (address, driver) = drive()?;
                (address, Some(driver))
            }
        };
        let begun = Instant::now();
        while client.get(format!("{address}/status")).send().await.is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err(format!("nobody answers at {address}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut arguments =
            vec!["--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
        if is_root() {
            // Chromium's sandbox refuses to be started by root.
            arguments.push("--no-sandbox");
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "acceptInsecureCerts": true,
            "timeouts": { "pageLoad": LOAD.as_millis() as u64, "script": 5_000 },
            "goog:chromeOptions": { "args": arguments },
        } } });
        let answer = call(&client, reqwest::Method::POST, &format!("{address}/session"), &wanted).await?;
        let id = answer.get("sessionId").and_then(Value::as_str).ok_or("no browser was opened")?;
        Ok(Self { session: format!("{address}/session/{id}"), client, driver })
    }

    async fn command(&self, path: &str, body: &Value) -> Result<Value, String> {
        call(&self.client, reqwest::Method::POST, &format!("{}{path}", self.session), body).await
    }

    /// Opens a page and waits until its scripts have had time.
    pub(crate) async fn open(&self, url: &Url) -> Result<(), String> {
        self.command("/url", &json!({ "url": url.as_str() })).await?;
        tokio::time::sleep(REST).await;
        Ok(())
    }

    /// Gives the browser a cookie of the site that is open.
    pub(crate) async fn set_cookie(&self, name: &str, value: &str, url: &Url) -> Result<(), String> {
        // Secure is kept on this machine's own addresses too, and the prefixes require it.
        let secure = url.scheme() == "https" || name.starts_with("__");
        let cookie = json!({ "name": name, "value": value, "path": "/", "secure": secure, "httpOnly": true });
        self.command("/cookie", &json!({ "cookie": cookie })).await.map(|_| ())
    }

    /// Whether the page that is open asks for a password.
    pub(crate) async fn asks_for_password(&self) -> Result<bool, String> {
        let script = "return document.querySelector('input[type=password]') !== null;";
        let answer = self.command("/execute/sync", &json!({ "script": script, "args": [] })).await?;
        Ok(answer.as_bool().unwrap_or_default())
    }

    /// What the page that is open keeps.
    pub(crate) async fn storage(&self) -> Result<Vec<Kept>, String> {
        let mut all = Vec::new();
        for area in ["localStorage", "sessionStorage"] {
            let script = format!("return Object.entries(window.{area});");
            let answer = self.command("/execute/sync", &json!({ "script": script, "args": [] })).await?;
            for entry in answer.as_array().into_iter().flatten() {
                let text = |at: usize| entry.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
                all.push(Kept { area, name: text(0), value: text(1) });
            }
        }
        Ok(all)
    }

    /// Closes the browser, and the driver that was started for it.
    pub(crate) async fn end(self) {
        // A browser that is gone already is closed.
        let _ = call(&self.client, reqwest::Method::DELETE, &self.session, &Value::Null).await;
        drop(self.driver);
    }
}

/// Starts a chromedriver on a free port.
fn drive() -> Result<(String, Driver), String> {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let port = free.map_err(|error| error.to_string())?.port();
    let child = Command::new("chromedriver")
        .arg(format!("--port={port}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("chromedriver: {error}"))?;
    Ok((format!("http://127.0.0.1:{port}"), Driver(child)))
}

/// Whether this process is root's.
fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|of| of.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        false
    }
}

/// One command of WebDriver; its value.
async fn call(client: &reqwest::Client, method: reqwest::Method, url: &str, body: &Value) -> Result<Value, String> {
    let mut request = client.request(method, url);
    if !body.is_null() {
        request = request.header("Content-Type", "application/json").body(body.to_string());
    }
    let text = match request.send().await {
        Ok(response) => response.text().await.map_err(|error| error.to_string())?,
        Err(error) => return Err(error.to_string()),
    };
    let answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let value = answer.get("value").cloned().unwrap_or_default();
    match value.get("error").and_then(Value::as_str) {
        Some(error) => {
            let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
            let first = message.lines().next().unwrap_or_default();
            Err(format!("{error}: {first}"))
        }
        None => Ok(value),
    }
}
