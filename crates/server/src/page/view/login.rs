//! The login page: `POST /login` with `username`, `password`, `csrf_token` and `return_to`.

use askama::Template;

use super::Chrome;

/// The login page.
#[derive(Clone, Debug, Template)]
#[template(path = "login.html")]
pub struct Login {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The token of the pre-session (login CSRF).
    pub csrf_token: String,
    /// The name typed before, or nothing.
    pub username: String,
    /// Where to go afterwards: a path of this site, checked before.
    pub return_to: Option<String>,
    /// Why the last attempt did not work.
    pub problem: Option<String>,
    /// Whether the problem lies in what was typed, so that the fields are marked; false for a throttle or a lost cookie.
    pub invalid: bool,
    /// What else there is to say ("You are signed out.").
    pub notice: Option<String>,
    /// Whether to say where the demo accounts are.
    pub demo_hint: bool,
}
