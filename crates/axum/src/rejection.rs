//! From a reason to a status: written in this one file.
//!
//! Three outcomes stay three: 401 who are you, 403 you may not, 503 we cannot tell.

use admit_core::credential::Malformed;
use admit_core::csrf::Forgery;
use admit_core::policy::Permission;
use admit_core::principal::Principal;
use admit_core::random::RandomError;
use admit_core::store::StoreError;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};

use crate::problem::Problem;

/// Why the gate turned a request away.
#[derive(Clone, Debug)]
pub enum Rejection {
    /// What was presented cannot be read: 400.
    Malformed(Malformed),
    /// The body could not be read to find the CSRF token: 400 or 413.
    Body(StatusCode),
    /// The request looks forged: 403.
    Forged(Forgery),
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
    },
    /// The store, or the random source, did not answer: 503.
    Unavailable(String),
    /// The route is not behind a gate, or its rule is not the one its handler asks for: 500, and a mistake in the program.
    Unguarded,
}

impl Rejection {
    /// Its problem document.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Malformed(malformed) => {
                Problem::bad_request("malformed-credential", "The credential cannot be read", malformed.to_string())
            }
            Self::Body(StatusCode::PAYLOAD_TOO_LARGE) => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The body is too large",
                "The form is larger than this server reads.",
            ),
            Self::Body(_) => Problem::bad_request(
                "malformed-body",
                "The body cannot be read",
                "The body ended early or is not a form.",
            ),
            Self::Forged(forgery) => Problem::new(
                StatusCode::FORBIDDEN,
                forgery_kind(*forgery),
                "The request looks forged",
                forgery.to_string(),
            ),
            Self::Anonymous { presented } => {
                let detail = if *presented {
                    "The session has ended. Sign in again."
                } else {
                    "Sign in first: POST /login, then send the session cookie."
                };
                Problem::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Not signed in", detail)
                    .header(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie realm=\"admit\""))
            }
            Self::Forbidden { permission, .. } => Problem::new(
                StatusCode::FORBIDDEN,
                "not-permitted",
                "Not permitted",
                format!("None of your roles permits {permission}. Ask an administrator for a role that does."),
            )
            .with("permission", permission.as_str()),
            Self::Unavailable(cause) => Problem::unavailable(
                "store-unavailable",
                "Cannot tell right now",
                "Whether this is permitted cannot be told right now, because the store did not answer. Try again shortly.",
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
        Self::Unavailable(error.to_string())
    }
}

impl From<RandomError> for Rejection {
    fn from(error: RandomError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl axum::response::IntoResponse for Rejection {
    fn into_response(self) -> axum::response::Response {
        self.problem().into_response()
    }
}
