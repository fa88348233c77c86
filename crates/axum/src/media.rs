//! What a body is said to be, as the gate reads it, for handlers that read bodies by themselves.

pub use crate::steps::{is_form, is_json};

/// Whether somebody has sent JSON and called it a form, as `curl -d` does. No form begins with a bracket:
/// it would be encoded.
#[must_use]
pub fn is_json_as_form(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}
