//! A sign-in that a browser recorded (HAR 1.2): where the password was sent, and under which names.
//!
//! Passwords, cookies and tokens of the recording are left where they are.

use std::path::Path;

use admit_words::{Words, say};
use serde_json::Value;

use crate::recipe::Recipe;

/// Names under which a password is sent.
const PASSWORDS: [&str; 6] = ["password", "passwd", "pass", "pwd", "login_password", "user[password]"];

impl Recipe {
    /// Takes what a recording tells about signing in, where the recipe does not say it already.
    ///
    /// # Errors
    /// With the sentence to print: the file, and what is missing in it.
    pub fn learn_har(&mut self, path: &Path) -> Result<(), Words> {
        let at = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| say!("{at} could not be read: {error}.", "{at} 파일을 읽을 수 없습니다: {error}."))?;
        let har: Value = serde_json::from_str(&text)
            .map_err(|error| say!("{at} is no HAR: {error}.", "{at}은(는) HAR 파일이 아닙니다: {error}."))?;
        self.learn_recording(&har).ok_or_else(|| {
            say!(
                "{at} has no request that sends a password. Record the sign-in itself, with \"keep log\" on.",
                "{at}에 비밀번호를 보내는 요청이 없습니다. \"로그 유지\"를 켜고 로그인 과정을 녹화하세요."
            )
        })
    }

    fn learn_recording(&mut self, har: &Value) -> Option<()> {
        let entries = har.pointer("/log/entries")?.as_array()?;
        let (at, sent) = entries.iter().enumerate().find_map(|(at, entry)| Some((at, Sent::of(entry)?)))?;
        let login = &mut self.login;
        if login.url.is_none() {
            login.json = sent.json;
            // A form is asked for where it stands: on the page that was opened before.
            let page = entries.iter().take(at).rev().find(|entry| is_page(entry)).and_then(url_of);
            login.url = if sent.json { Some(sent.url) } else { page.or(Some(sent.url)) };
        }
        login.name_field = login.name_field.take().or(sent.name);
        login.password_field = login.password_field.take().or(Some(sent.password));
        // The first page that was opened afterwards is one for signed-in users.
        if self.pages.private.is_empty() {
            let page = entries.iter().skip(at + 1).find(|entry| is_page(entry)).and_then(url_of);
            self.pages.private.extend(page);
        }
        Some(())
    }
}

/// The request that sent the password.
struct Sent {
    url: String,
    json: bool,
    name: Option<String>,
    password: String,
}

impl Sent {
    fn of(entry: &Value) -> Option<Self> {
        let request = entry.get("request")?;
        if request.get("method")?.as_str()? != "POST" {
            return None;
        }
        let data = request.get("postData")?;
        let media = data.get("mimeType").and_then(Value::as_str).unwrap_or_default();
        let text = data.get("text").and_then(Value::as_str).unwrap_or_default();
        let json = media.contains("json");
        let names: Vec<String> = if json {
            serde_json::from_str::<serde_json::Map<String, Value>>(text).ok()?.keys().cloned().collect()
        } else {
            form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).collect()
        };
        let is_password = |name: &&String| PASSWORDS.contains(&name.to_ascii_lowercase().as_str());
        let password = names.iter().find(is_password)?.clone();
        let is_name = |name: &&String| {
            let name = name.to_ascii_lowercase();
            ["user", "mail", "login", "name", "account"].iter().any(|word| name.contains(word))
                && !name.contains("pass")
        };
        let name = names.iter().find(is_name).cloned();
        Some(Self { url: url_of(entry)?, json, name, password })
    }
}

fn url_of(entry: &Value) -> Option<String> {
    Some(entry.pointer("/request/url")?.as_str()?.to_owned())
}

/// Whether an entry is a page that was opened and shown.
fn is_page(entry: &Value) -> bool {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let status = entry.pointer("/response/status").and_then(Value::as_u64).unwrap_or_default();
    text("/request/method") == "GET" && status == 200 && text("/response/content/mimeType").contains("html")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_recorded_form_tells_its_page_its_fields_and_a_private_page() {
        let page = |url: &str| {
            json!({ "request": { "method": "GET", "url": url },
                    "response": { "status": 200, "content": { "mimeType": "text/html" } } })
        };
        let post = json!({
            "request": { "method": "POST", "url": "https://shop.example/session", "postData": {
                "mimeType": "application/x-www-form-urlencoded", "text": "email=a%40b.example&pass=hidden&csrf=1" } },
            "response": { "status": 303, "content": { "mimeType": "text/html" } } });
        let har = json!({ "log": { "entries": [page("https://shop.example/signin"), post, page("https://shop.example/me")] } });
        let mut recipe = Recipe::default();
        recipe.learn_recording(&har).expect("a sign-in");
        assert_eq!(recipe.login.url.as_deref(), Some("https://shop.example/signin"));
        assert_eq!(recipe.login.name_field.as_deref(), Some("email"));
        assert_eq!(recipe.login.password_field.as_deref(), Some("pass"));
        assert_eq!(recipe.pages.private, ["https://shop.example/me"]);
        assert!(!format!("{recipe:?}").contains("hidden"));
    }
}
