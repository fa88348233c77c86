//! The account page: devices, signing out elsewhere, the password.

use askama::Template;

use super::Chrome;

/// A device in a list of devices.
#[derive(Clone, Debug, Default)]
pub struct DeviceRow {
    /// The session's public id.
    pub id: String,
    /// The browser and system, from [`describe_user_agent`](super::describe_user_agent), or the app's name. Empty when
    /// unknown.
    pub what: String,
    /// Whether it is an app with tokens, and no browser.
    pub app: bool,
    /// The client's address.
    pub address: String,
    /// When the session began.
    pub opened: String,
    /// When it was last used.
    pub last_seen: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Sign-ins that failed, of one address.
#[derive(Clone, Debug, Default)]
pub struct FailureRow {
    /// How many, in words.
    pub what: String,
    /// The address.
    pub address: String,
    /// When the first was.
    pub at: String,
    /// When the last was.
    pub last_at: String,
}

/// The field in which a problem lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountField {
    /// The current password.
    CurrentPassword,
    /// The new password.
    NewPassword,
}

/// The account page.
///
/// Forms: `POST /account/sessions/{id}/end`, `/account/sessions/end-others`, `/logout/all` with `csrf_token`;
/// `POST /account/password` with `current_password`, `new_password`, `csrf_token`.
#[derive(Clone, Debug, Template)]
#[template(path = "account.html")]
pub struct Account {
    /// What surrounds it.
    pub chrome: Chrome,
    /// The token against forged forms.
    pub csrf_token: String,
    /// Whose account.
    pub username: String,
    /// The roles held.
    pub roles: Vec<String>,
    /// The devices that are signed in.
    pub devices: Vec<DeviceRow>,
    /// Whether those could not be read right now.
    pub failures_unknown: bool,
    /// Sign-ins that failed.
    pub failures: Vec<FailureRow>,
    /// The least number of characters of a password.
    pub min_length: usize,
    /// What was done.
    pub notice: Option<String>,
    /// Why something was not done.
    pub problem: Option<String>,
    /// Where the problem lies.
    pub problem_in: Option<AccountField>,
}

impl Account {
    fn has_problem_in(&self, field: AccountField) -> bool {
        self.problem.is_some() && self.problem_in == Some(field)
    }

    fn has_others(&self) -> bool {
        self.devices.iter().any(|device| !device.current)
    }
}
