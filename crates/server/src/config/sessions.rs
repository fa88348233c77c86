//! `[sessions]`: where sessions are, and how long they live.

use std::path::PathBuf;
use std::time::Duration;

use admit_core::session::SessionRules;
use serde::Deserialize;

use super::duration;
use super::url::StoreUrl;
use crate::finding::{Finding, finding};

/// `[sessions]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// `accounts:` for beside the accounts (the default), `memory:`, or the URL of a Redis.
    pub url: Option<StoreUrl>,
    /// The file that holds the URL.
    pub url_file: Option<PathBuf>,
    /// Unused for this long, a session ends: `30m`.
    #[serde(with = "duration")]
    pub idle: Duration,
    /// This old, a session ends: `8h`.
    #[serde(with = "duration")]
    pub absolute: Duration,
    /// Most sessions a user may have; one more ends the oldest.
    pub limit: u32,
    /// `lax` or `strict`; `none` only with a waiver of `cookie-samesite`.
    pub same_site: SameSite,
}

/// `sessions.same_site`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// The cookie comes with navigations from other sites.
    #[default]
    Lax,
    /// The cookie never comes with requests from other sites.
    Strict,
    /// The cookie comes with every request: the CSRF step is all that is left.
    None,
}

impl Default for Sessions {
    fn default() -> Self {
        let rules = SessionRules::default();
        Self {
            url: None,
            url_file: None,
            idle: rules.idle,
            absolute: rules.absolute,
            limit: rules.limit,
            same_site: SameSite::default(),
        }
    }
}

impl Sessions {
    /// As the rules of the core. Last use is written down once a minute, or so often that a session in use never looks
    /// idle where the idle time is shorter than two minutes.
    #[must_use]
    pub fn rules(&self) -> SessionRules {
        let touch_every = SessionRules::default().touch_every.min(self.idle / 2);
        SessionRules { idle: self.idle, absolute: self.absolute, limit: self.limit, touch_every }
    }

    pub(super) fn look(&self, found: &mut Vec<Finding>) {
        const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);
        if self.idle.is_zero() || self.absolute.is_zero() || self.limit == 0 {
            found.push(finding(
                "session-never",
                "sessions.idle, sessions.absolute or sessions.limit is zero, so nobody could stay signed in.",
                "Set idle to minutes, absolute to hours and limit to 1 or more.",
            ));
        }
        if self.absolute > MONTH {
            let wrong = "sessions.absolute is over 30 days, the longest that NIST SP 800-63B-4 allows without signing in again.";
            let remedy = "Set it to 30d or less; 8h is the default.";
            found.push(finding("session-expiry", wrong, remedy).about("sessions.absolute"));
        }
        if self.same_site == SameSite::None {
            let wrong =
                "sessions.same_site is \"none\": browsers send the session's cookie with requests that any site makes.";
            let remedy = "Set it to \"lax\". Where the pages have to work in another site's frame, say so in a waiver.";
            found.push(finding("cookie-samesite", wrong, remedy).about("sessions.same_site"));
        }
        if self.idle > self.absolute {
            found.push(finding(
                "session-idle-over-absolute",
                "sessions.idle is longer than sessions.absolute, so it never takes effect.",
                "Set idle below absolute.",
            ));
        }
    }
}
