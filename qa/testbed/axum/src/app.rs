//! The start page, and a page that a script of its own fills.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::access::unguarded_admin;
use crate::flaw::Flaw;
use crate::page;
use crate::site::Site;
use crate::visit::Visit;

pub(crate) async fn start(State(site): State<Arc<Site>>, Extension(visit): Extension<Visit>) -> Response {
    if site.has(Flaw::AccessRewriteHeaders) && visit.header("x-original-url") == Some("/admin") {
        return unguarded_admin().await;
    }
    page::public(
        "Testbed",
        "<p>A small site.</p>\n<ul>\n<li><a href=\"/login\">Sign in</a></li>\n\
         <li><a href=\"/account\">Your account</a></li>\n</ul>\n",
    )
}

pub(crate) async fn app() -> Response {
    page::public("App", "<div id=\"account\">Loading.</div>\n<script src=\"/app.js\" defer></script>\n")
}

pub(crate) async fn script(State(site): State<Arc<Site>>) -> Response {
    let text = if site.has(Flaw::TokenStorage) { format!("{SHOW}{KEEP}") } else { SHOW.to_owned() };
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text).into_response()
}

const SHOW: &str = r#"async function showAccount() {
  const place = document.getElementById("account");
  const answer = await fetch("/account");
  if (answer.redirected) {
    place.textContent = "Nobody is signed in.";
    return;
  }
  const account = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.textContent = account.getElementById("name").textContent + ", " + account.getElementById("email").textContent;
}

showAccount();
"#;

/// What any script that gets into the page can read for as long as the browser is installed.
const KEEP: &str = r#"
async function keepToken() {
  const answer = await fetch("/api/session-token");
  if (answer.ok) {
    const pair = await answer.json();
    localStorage.setItem("access_token", pair.access_token);
  }
}

keepToken();
"#;
