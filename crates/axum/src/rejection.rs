//! From a reason to a status: written in this one file.
//!
//! Three outcomes stay three: 401 who are you, 403 you may not, 503 we cannot tell.

use std::sync::Arc;
use std::time::Duration;

use admit_core::client::ClientId;
use admit_core::credential::Malformed;
use admit_core::csrf::{self, Forgery};
use admit_core::plural::plural;
use admit_core::policy::{Permission, Reason};
use admit_core::principal::Principal;
use admit_core::random::RandomError;
use admit_core::signal::Revoked;
use admit_core::standing::LostStanding;
use admit_core::store::StoreError;
use admit_core::token::Refusal;
use http::header::{ACCEPT, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::problem::Problem;

/// Why the gate turned a request away.
#[derive(Clone, Debug)]
pub enum Rejection {
    /// What was presented cannot be read: 400.
    Malformed(Malformed),
    /// The body is larger than the route takes: 413.
    BodyTooLarge {
        /// Most bytes.
        at_most: usize,
    },
    /// The body ended before it was complete: 400.
    BodyEndedEarly,
    /// A body that is neither said to be JSON nor a form, where one of the two is needed, or JSON that is said to be a form: 415.
    MediaType,
    /// The request looks forged: 403.
    Forged(Forgery),
    /// A sign-in from the browser of somebody who is signed in, without the token of that session: 409. Nothing was looked at.
    SignedInAlready,
    /// Nobody, where somebody is asked for: 401.
    Anonymous {
        /// Whether something was presented that is not, or no longer, good.
        presented: bool,
    },
    /// Somebody, who may not: 403.
    Forbidden {
        /// What they lack.
        permission: Permission,
        /// Who it is.
        who: Box<Principal>,
        /// Why, for the log: it names rules, which are not told to whom they turn away.
        reason: Reason,
    },
    /// A good access token, of a client whose tokens are not taken here: 403.
    Client(ClientId),
    /// An access token that is bad or dead: 401, `invalid_token` (RFC 6750 section 3.1).
    InvalidToken(Refusal),
    /// Somebody, whose sign-in is too old or too weak for this: 401, `insufficient_user_authentication` (RFC 9470).
    SignInAgain {
        /// How long ago the sign-in may have been.
        max_age: Duration,
    },
    /// The caller's roles changed after the route was allowed and before its change was made, so it was not made: 403.
    RolesChanged,
    /// The store, or the random source, did not answer: 503.
    Unavailable(String),
    /// The route is not behind a gate, or its rule is not the one its handler asks for: 500, and a mistake in the program.
    Unguarded,
}

impl Rejection {
    /// What a decision that is no comes to: 403, or 401 where a fresh sign-in would do.
    pub(crate) fn denied(permission: &Permission, who: &Principal, reason: Reason) -> Self {
        match reason {
            Reason::SignInAgain { within } => Self::SignInAgain { max_age: within },
            reason => Self::Forbidden { permission: permission.clone(), who: Box::new(who.clone()), reason },
        }
    }

    /// Its problem document.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Malformed(malformed) => {
                let problem =
                    Problem::bad_request("malformed-credential", "The credential cannot be read", malformed.to_string());
                match malformed {
                    Malformed::Bearer | Malformed::TwoCredentials => problem.header(
                        WWW_AUTHENTICATE,
                        HeaderValue::from_static("Bearer realm=\"admit\", error=\"invalid_request\""),
                    ),
                    _ => problem,
                }
            }
            Self::BodyTooLarge { at_most } => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The body is too large",
                format!("Send at most {at_most} bytes."),
            ),
            Self::BodyEndedEarly => Problem::bad_request(
                "malformed-body",
                "The body cannot be read",
                "The body ended before it was complete. Send it again.",
            ),
            Self::MediaType => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
                "Send JSON with the header Content-Type: application/json. A page's form is sent as \
                 application/x-www-form-urlencoded.",
            )
            .header(ACCEPT, HeaderValue::from_static("application/json, application/x-www-form-urlencoded")),
            Self::Forged(forgery) => Problem::new(
                StatusCode::FORBIDDEN,
                forgery_kind(*forgery),
                "The request looks forged",
                forgery.to_string(),
            ),
            Self::SignedInAlready => Problem::new(
                StatusCode::CONFLICT,
                "already-signed-in",
                "Already signed in",
                "The session cookie of this request is valid, so nobody was signed in and nothing was changed. GET /session shows whose it \
                 is. To sign in again, POST /logout first, or send that session's csrf_token in the X-CSRF-Token header.",
            ),
            Self::Anonymous { presented } => anonymous(*presented, true, false),
            Self::Client(client) => Problem::new(
                StatusCode::FORBIDDEN,
                "client-not-named",
                "Not for this client",
                format!(
                    "Tokens of the client {client} are not taken here, whatever the roles in them. The operator can name the \
                     client for it: admin_api = true."
                ),
            )
            .header(WWW_AUTHENTICATE, bearer("insufficient_scope", &[])),
            Self::InvalidToken(refusal) => Problem::new(
                StatusCode::UNAUTHORIZED,
                "invalid-token",
                "The access token is refused",
                format!("The access token is refused: {refusal}. Get a new one with the refresh token, or sign in again."),
            )
            .header(WWW_AUTHENTICATE, bearer("invalid_token", &[("error_description", &refusal.to_string())])),
            Self::SignInAgain { max_age } => Problem::new(
                StatusCode::UNAUTHORIZED,
                "sign-in-again",
                "A fresh sign-in is needed",
                format!("This needs a sign-in of the last {}. Sign in again.", plural(max_age.as_secs(), "second")),
            )
            .header(
                WWW_AUTHENTICATE,
                bearer("insufficient_user_authentication", &[("max_age", &max_age.as_secs().to_string())]),
            ),
            Self::Forbidden { permission, who, reason } => {
                let detail = match reason {
                    Reason::NoRolePermits => {
                        format!("None of your roles permits {permission}. Ask an administrator for a role that does.")
                    }
                    _ => format!("The policy does not permit {permission} here and now."),
                };
                let problem = Problem::new(StatusCode::FORBIDDEN, "not-permitted", "Not permitted", detail)
                    .with("permission", permission.as_str())
                    .because(reason.to_string());
                match who.claims() {
                    Some(_) => {
                        let scope = [("scope", permission.as_str())];
                        problem.header(WWW_AUTHENTICATE, bearer("insufficient_scope", &scope))
                    }
                    None => problem,
                }
            }
            Self::RolesChanged => Problem::new(
                StatusCode::FORBIDDEN,
                "roles-changed",
                "Your roles have changed",
                "Your roles changed while this request was under way, so nothing was changed. Send it again if they still permit it.",
            ),
            Self::Unavailable(cause) => Problem::unavailable(
                "store-unavailable",
                "Cannot tell right now",
                "Whether this is permitted cannot be told right now, because what decides it (the store, or the feed of revocations) did not answer. Try again shortly.",
            )
            .because(cause),
            Self::Unguarded => Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "unguarded-route",
                "The route has no rule",
                "The handler asks for a proof that its route's rule does not give. Mount it with admit::Router and a matching rule.",
            ),
        }
    }
}

/// Nobody, where somebody is asked for, with a challenge for each credential that is taken.
pub(crate) fn anonymous(presented: bool, sessions: bool, tokens: bool) -> Problem {
    let detail = match (presented, sessions) {
        (true, _) => "The session has ended. Sign in again.",
        (false, true) => "Sign in first: POST /login, then send the session cookie.",
        (false, false) => "Send an access token: Authorization: Bearer.",
    };
    let mut problem = Problem::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Not signed in", detail);
    if sessions {
        problem = problem.header(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie realm=\"admit\""));
    }
    if tokens {
        // Bare: nothing was presented, so there is nothing wrong with it (RFC 6750 section 3.1).
        problem = problem.header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"admit\""));
    }
    problem
}

/// A Bearer challenge. Values hold what RFC 6750 section 3 allows; whatever else is in them becomes an apostrophe.
fn bearer(error: &str, more: &[(&str, &str)]) -> HeaderValue {
    let mut text = format!("Bearer realm=\"admit\", error=\"{error}\"");
    for (name, value) in more {
        let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '\'' };
        let value: String = value.chars().take(200).map(plain).collect();
        text.push_str(&format!(", {name}=\"{value}\""));
    }
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer"))
}

fn forgery_kind(forgery: Forgery) -> &'static str {
    match forgery {
        Forgery::FetchMetadata | Forgery::Origin => "cross-origin",
        Forgery::TokenMissing => "csrf-token-missing",
        Forgery::TokenWrong => "csrf-token-wrong",
        Forgery::CookieMissing => "form-cookie-missing",
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::StandingLost(lost) => lost.into(),
            StoreError::Unavailable(_)
            | StoreError::OutcomeUnknown
            | StoreError::TooManyLists
            | StoreError::ListTooSlow => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<csrf::Refusal> for Rejection {
    fn from(refusal: csrf::Refusal) -> Self {
        match refusal {
            csrf::Refusal::Forged(forgery) => Self::Forged(forgery),
            csrf::Refusal::Malformed(malformed) => Self::Malformed(malformed),
            csrf::Refusal::MediaType => Self::MediaType,
        }
    }
}

impl From<LostStanding> for Rejection {
    /// As the gate would have answered, had it asked a moment later.
    fn from(lost: LostStanding) -> Self {
        match lost {
            LostStanding::Session => Self::Anonymous { presented: true },
            LostStanding::Token => Self::InvalidToken(Refusal::Revoked(Revoked::Subject)),
            LostStanding::Roles => Self::RolesChanged,
        }
    }
}

impl From<RandomError> for Rejection {
    fn from(error: RandomError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A rejection that a handler has answered with: the gate may give people a page instead.
#[derive(Clone)]
pub(crate) struct Answered(pub(crate) Arc<Rejection>);

impl axum::response::IntoResponse for Rejection {
    fn into_response(self) -> axum::response::Response {
        let mut response = self.problem().into_response();
        response.extensions_mut().insert(Answered(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_holds_no_quote_and_no_line_break_whatever_a_token_had_in_it() {
        let header = bearer("invalid_token", &[("error_description", "a \"b\" \\ c\r\nx: é")]);
        assert_eq!(
            header.to_str().unwrap(),
            "Bearer realm=\"admit\", error=\"invalid_token\", error_description=\"a 'b' ' c''x: '\""
        );
    }

    #[test]
    fn a_sign_in_that_is_too_old_is_401_with_the_age_that_would_do() {
        let problem = Rejection::SignInAgain { max_age: Duration::from_secs(300) }.problem();
        assert_eq!(problem.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            problem.headers()[WWW_AUTHENTICATE],
            "Bearer realm=\"admit\", error=\"insufficient_user_authentication\", max_age=\"300\""
        );
    }
}
