//! The media type of a body, for the gate and for handlers that read bodies themselves.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// Whether the body is a form as a browser sends it.
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether the body is JSON, which no form of another site can send without asking first (a preflight).
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).eq_ignore_ascii_case("application/json")
}

fn media_type(headers: &HeaderMap) -> &str {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    // Two types are none.
    let (Some(value), None) = (values.next(), values.next()) else { return "" };
    value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim()
}

/// Whether somebody has sent JSON and called it a form, as `curl -d` does. No form begins with a bracket:
/// it would be encoded.
#[must_use]
pub fn is_json_as_form(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}
