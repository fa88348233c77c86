//! A failure as a problem document for programs: its status, type and headers.

use admit::{Problem, Rejection};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};

use crate::operation::{Denied, Failure};

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::from(&failure)
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        let sentence = failure.to_string();
        match failure {
            Failure::Field { field, .. } | Failure::Password { field, .. } | Failure::PasswordLength { field } => {
                Problem::field(field, sentence)
            }
            Failure::Username(_) => Problem::field("username", sentence),
            Failure::CurrentPassword => Problem::field("current_password", sentence),
            Failure::UsernameTaken(_) => {
                Problem::conflict("username-taken", "The username is taken", sentence).with("field", "username")
            }
            Failure::LastAdmin => Problem::conflict("last-admin", "The last administrator", sentence),
            Failure::RolesOutdated => Problem::conflict("roles-outdated", "The roles have changed", sentence),
            Failure::OtherName => Problem::field("username", sentence),
            Failure::OwnAccount => Problem::conflict("own-account", "Your own account", sentence),
            Failure::NoLink { .. } => Problem::unavailable("no-link", "The link could not be made", sentence),
            Failure::Disabled(_) => Problem::conflict("account-disabled", "The account is disabled", sentence),
            Failure::LinkDead => Problem::conflict("link-dead", "The link is no longer valid", sentence),
            Failure::NotFound(_) => Problem::not_found(sentence),
            Failure::Conflict { kind, .. } => Problem::conflict(kind, "It contradicts what is there", sentence),
            Failure::Refused { kind, .. } => Problem::new(StatusCode::FORBIDDEN, kind, "Not for this client", sentence),
            Failure::Credentials => {
                Problem::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "Wrong credentials", sentence)
                    .header(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie realm=\"admit\""))
            }
            Failure::Throttled(seconds) => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many attempts", sentence)
                    .retry_after(*seconds)
            }
            Failure::Busy => Problem::unavailable("hashing-pool-full", "Busy", sentence),
            Failure::OutcomeUnknown => {
                Problem::unavailable("outcome-unknown", "It is not known whether the change was made", sentence)
            }
            Failure::TooManyLists => Problem::unavailable("too-many-lists", "Too many lists at once", sentence),
            Failure::ListTooSlow => Problem::unavailable("list-too-slow", "The list took too long", sentence),
            Failure::StandingLost(lost) => Rejection::from(*lost).problem(),
            Failure::AccountBusy => too_many_at_once("account-busy", sentence),
            Failure::AddressBusy => too_many_at_once("address-busy", sentence),
            Failure::HashingStopped => {
                Problem::unavailable("hashing-stopped", "Passwords cannot be checked", sentence).retry_after(60)
            }
            Failure::Hashing(cause) => {
                let sentence = "The server could not check the password, and has logged why. Try again shortly.";
                Problem::unavailable("hashing-failed", "The password could not be checked", sentence).because(cause)
            }
            Failure::SessionEnded => {
                Problem::new(StatusCode::UNAUTHORIZED, "session-ended", "The session was ended", sentence)
                    .header(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie realm=\"admit\""))
            }
            Failure::Unavailable(cause) => Problem::unavailable(
                "store-unavailable",
                "Cannot tell right now",
                "The store did not answer. Try again shortly.",
            )
            .because(cause),
        }
    }
}

/// The answer to a native app that signs somebody in.
impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let sentence = match denied {
            Denied::Failure(failure) => return failure.into(),
            Denied::Target(sentence) => return Self::field("audience", sentence),
            Denied::Grant(sentence) => sentence.to_owned(),
            Denied::Unauthorized(sentence) => sentence,
        };
        Failure::Refused { kind: "refused", sentence }.into()
    }
}

fn too_many_at_once(kind: &'static str, sentence: String) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, kind, "Too many at once", sentence).retry_after(1)
}
