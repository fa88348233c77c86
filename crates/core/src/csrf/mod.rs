//! Cross-site request forgery: two layers, both decided from the request alone.
//!
//! 1. [`Origins`]: `Origin`, which has to be the configured one, and Fetch Metadata.
//! 2. [`CsrfToken`]: a token bound to the session, because browsers without Fetch Metadata and same-site neighbours exist.
//!
//! A forged request is refused before any store is read, but for a form of the sign-in page whose token is wrong and that comes with a
//! session: it is told whether somebody is signed in. [`CsrfPass`] is the proof that a request came through here;
//! authentication asks for it, so a route that forgot this step does not compile.

mod origin;
mod origins;
mod token;

use http::{HeaderMap, Method};

pub use origin::{Origin, OriginError};
pub use origins::Origins;
pub use token::{CsrfKey, CsrfToken, PreSession};

use crate::credential::{Malformed, Presented, find_cookie};
use crate::media::{is_form, is_json};

/// Proof that a request passed the CSRF step. It can be made only in this module.
#[derive(Debug)]
pub struct CsrfPass(());

/// Why a request was taken for a forgery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forgery {
    /// The browser said that another site or origin sent it (`Sec-Fetch-Site`).
    #[error(
        "The browser says that this request comes from another site (Sec-Fetch-Site). Send it from a page of this site."
    )]
    FetchMetadata,
    /// The `Origin` header names another origin.
    #[error("The Origin header names another site. Send the request from a page of this site.")]
    Origin,
    /// A cookie came without the token that proves that a page of ours made the request.
    #[error(
        "The request carries a session cookie but no CSRF token. Send the csrf_token of GET /session in the X-CSRF-Token header or the csrf_token form field."
    )]
    TokenMissing,
    /// The token is not one that was given out for this session.
    #[error(
        "The CSRF token does not belong to this session. Fetch a new one with GET /session, or load the page again."
    )]
    TokenWrong,
    /// A form came without the cookie that its page had set.
    #[error(
        "The form came back without the cookie that its page had set. Load the page again; if this repeats, the browser drops the cookie."
    )]
    CookieMissing,
}

/// Whether `method` may not change anything (RFC 9110 section 9.2.1).
#[must_use]
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Which check the requests of a route get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Csrf {
    /// Origin, and the token of the session that is presented.
    Session,
    /// Origin, and for forms the token of the form's own cookie.
    BeforeLogin,
    /// The token of the session that is presented; any origin.
    AnyOrigin,
    /// Origin. Neither a cookie nor a Bearer token counts, so there is nothing that a forger could borrow.
    Client,
}

/// What a request shows of who made it.
pub struct Shown<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// The credential that it presents.
    pub presented: Option<&'a Presented>,
    /// What it carries in `X-CSRF-Token` or in the form field `csrf_token`.
    pub token: Option<&'a str>,
    /// The name of the cookie that holds the [`PreSession`] of a form.
    pub form_cookie: &'a str,
}

/// What this step says of a request that it does not refuse: it may go on, or that depends on whether the session that it presents
/// is alive.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Passes,
    /// A sign-in without the token of the session that it presents: it goes on only if that session has ended.
    UnlessSignedIn,
    /// A sign-in that is refused. Only whether its sender is signed in is found out, so as to say that.
    Refused(Refusal),
}

/// Why a request is refused in this step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It looks forged.
    #[error(transparent)]
    Forged(#[from] Forgery),
    /// The cookie of its form cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is sent before login, and its body is said to be neither JSON nor a form.
    #[error("Send JSON as application/json, or a form as application/x-www-form-urlencoded.")]
    MediaType,
}

/// The check of a request. No store is read.
///
/// # Errors
/// When the request looks forged, or cannot be told from one that is.
pub fn check(csrf: Csrf, shown: &Shown<'_>, origins: &Origins, key: &CsrfKey) -> Result<(CsrfPass, Verdict), Refusal> {
    let passes = Ok((CsrfPass(()), Verdict::Passes));
    // A Bearer token comes from code that has it, never from the browser by itself: there is no authority to borrow. A
    // cookie beside it has been refused before.
    let borrows_nothing = is_safe(shown.method) || matches!(shown.presented, Some(Presented::Bearer(_)));
    if borrows_nothing && csrf != Csrf::Client {
        return passes;
    }
    check_origin(csrf, shown.headers, origins)?;
    let own = match shown.presented {
        Some(Presented::Session(session)) if csrf != Csrf::Client => Some(match shown.token {
            None => Err(Forgery::TokenMissing),
            Some(token) if key.verify_session(session, token) => Ok(()),
            Some(_) => Err(Forgery::TokenWrong),
        }),
        // Nothing that a browser adds by itself came along, or nothing that counts.
        Some(_) | None => None,
    };
    match (csrf, own) {
        // Nobody has a session yet, so the form has a token of its own.
        (Csrf::BeforeLogin, None) => check_form(shown, key).and(passes),
        // The form of a tab that was open before its browser signed in, or whose session has ended since.
        (Csrf::BeforeLogin, Some(Err(_))) => {
            let verdict = check_form(shown, key).map_or_else(Verdict::Refused, |()| Verdict::UnlessSignedIn);
            Ok((CsrfPass(()), verdict))
        }
        (Csrf::Session | Csrf::AnyOrigin | Csrf::Client, Some(Err(forgery))) => Err(forgery.into()),
        (_, None | Some(Ok(()))) => passes,
    }
}

/// The part of [`check`] that needs no token: what can be said before a body is read.
///
/// # Errors
/// When another site sent it.
pub fn check_origin(csrf: Csrf, headers: &HeaderMap, origins: &Origins) -> Result<(), Forgery> {
    match csrf {
        Csrf::AnyOrigin => Ok(()),
        Csrf::Session | Csrf::BeforeLogin | Csrf::Client => origins.check(headers),
    }
}

/// A form that is sent before there is a session carries a token that is bound to the [`PreSession`] cookie which its page had set
/// (login CSRF, RFC 6749 section 10.12 by analogy). JSON needs none: no HTML form can send it, and a script of another origin
/// needs a preflight.
fn check_form(shown: &Shown<'_>, key: &CsrfKey) -> Result<(), Refusal> {
    if is_json(shown.headers) {
        return Ok(());
    }
    if !is_form(shown.headers) {
        return Err(Refusal::MediaType);
    }
    let cookie = find_cookie(shown.headers, shown.form_cookie)?.and_then(PreSession::parse);
    let pre_session = cookie.ok_or(Forgery::CookieMissing)?;
    let token = shown.token.ok_or(Forgery::TokenMissing)?;
    if key.verify_pre_session(&pre_session, token) { Ok(()) } else { Err(Forgery::TokenWrong.into()) }
}
