//! The page of a one-time link: `POST /setup` with `token`, `password`, `csrf_token`, and `username` for the first administrator.

use askama::Template;

use super::Chrome;

/// The field in which a problem lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupField {
    /// The username.
    Username,
    /// The password.
    Password,
}

/// The page where the first administrator is made, or a password is set.
#[derive(Clone, Debug, Template)]
#[template(path = "setup.html")]
pub struct Setup {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The token against forged forms.
    pub csrf_token: String,
    /// The secret of the link.
    pub token: String,
    /// Whose password is set; nothing when the first administrator is made.
    pub account: Option<String>,
    /// The name typed before, or nothing.
    pub username: String,
    /// Why the last attempt did not work.
    pub problem: Option<String>,
    /// Where the problem lies.
    pub problem_in: Option<SetupField>,
    /// The least number of characters of a password.
    pub min_length: usize,
}

impl Setup {
    fn has_problem_in(&self, field: SetupField) -> bool {
        self.problem.is_some() && self.problem_in == Some(field)
    }
}

/// The same address without a link that works: how to come by one, or that there is an administrator.
#[derive(Clone, Debug, Template)]
#[template(path = "no_setup.html")]
pub struct NoSetup {
    /// What surrounds it.
    pub chrome: Chrome,
    /// Whether there is an administrator.
    pub has_admin: bool,
    /// Whether a link was given, which does not work.
    pub dead: bool,
}
