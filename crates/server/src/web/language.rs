//! The language that somebody chose (`?lang=ko`), kept in a cookie for every page, the shop's included.
//!
//! The cookie holds a language and nothing else, and nothing but the language of pages depends on it.

use http::{HeaderValue, Uri};

use super::query::query_value;
use crate::page::text::Lang;

/// The name of the cookie.
pub(super) const COOKIE: &str = "admit_lang";

/// The language that a query asks for.
pub(super) fn asked(uri: &Uri) -> Option<Lang> {
    let code = query_value(uri, "lang")?;
    Lang::ALL.into_iter().find(|lang| lang.code() == code)
}

/// The cookie to set on a page whose query chose a language.
#[must_use]
pub fn remember(uri: &Uri, https: bool) -> Option<HeaderValue> {
    let code = asked(uri)?.code();
    let secure = if https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{COOKIE}={code}; Path=/; HttpOnly{secure}; SameSite=Lax; Max-Age=31536000")).ok()
}
