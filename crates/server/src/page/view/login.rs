//! The login page: `POST /login` with `username`, `password`, `csrf_token` and `return_to`. And the page for somebody who is
//! signed in already.

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

/// Who is signed in: instead of the login page, and where somebody is asked before signing out (`POST /logout` with
/// `csrf_token`).
#[derive(Clone, Debug, Template)]
#[template(path = "signed_in.html")]
pub struct SignedIn {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The token against forged forms.
    pub csrf_token: String,
    /// Who it is.
    pub username: String,
    /// Where to go on: a path of this site.
    pub onward: String,
    /// Whether they are about to sign out.
    pub leaving: bool,
}
