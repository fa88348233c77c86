//! Cross-site request forgery: two layers, both decided from the request alone.
//!
//! 1. [`origins`]: `Origin`, which has to be the configured one, and Fetch Metadata.
//! 2. [`token`]: a token bound to the session, because browsers without Fetch Metadata and same-site neighbours exist.
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

use crate::credential::Presented;

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

/// The check of a request to an ordinary route.
///
/// `token` is what the request carries in `X-CSRF-Token` or in the form field `csrf_token`.
///
/// # Errors
/// When the request looks forged. No store was read to find that out.
pub fn check(
    method: &Method,
    headers: &HeaderMap,
    presented: Option<&Presented>,
    token: Option<&str>,
    origins: &Origins,
    key: &CsrfKey,
) -> Result<CsrfPass, Forgery> {
    // A Bearer token comes from code that has it, never from the browser by itself: there is no authority to borrow. A
    // cookie beside it has been refused before.
    if is_safe(method) || matches!(presented, Some(Presented::Bearer(_))) {
        return Ok(CsrfPass(()));
    }
    origins.check(headers)?;
    match presented {
        // Nothing that a browser adds by itself came along.
        None | Some(Presented::Bearer(_)) => Ok(CsrfPass(())),
        Some(Presented::Session(session)) => {
            let token = token.ok_or(Forgery::TokenMissing)?;
            if key.verify_session(session, token) { Ok(CsrfPass(())) } else { Err(Forgery::TokenWrong) }
        }
    }
}

/// The check of a form or call that is sent before there is a session: login, set-up.
///
/// The token is bound to the [`PreSession`] cookie that the page had set (login CSRF, RFC 6749 section 10.12 by analogy).
/// `without_cookie` is the answer for a request that no HTML form can make (a JSON body needs a preflight from another
/// origin): it passes on the origin check alone.
///
/// # Errors
/// When the request looks forged.
pub fn check_before_login(
    headers: &HeaderMap,
    pre_session: Option<&PreSession>,
    token: Option<&str>,
    is_form: bool,
    origins: &Origins,
    key: &CsrfKey,
) -> Result<CsrfPass, Forgery> {
    origins.check(headers)?;
    if !is_form {
        return Ok(CsrfPass(()));
    }
    let pre_session = pre_session.ok_or(Forgery::CookieMissing)?;
    let token = token.ok_or(Forgery::TokenMissing)?;
    if key.verify_pre_session(pre_session, token) { Ok(CsrfPass(())) } else { Err(Forgery::TokenWrong) }
}

/// The check of a call by a program that shows who it is in the call itself (the OAuth endpoints), on a route where no
/// cookie and no Bearer token counts: what a page of another site sends is refused, and that is all there is to borrow.
///
/// # Errors
/// When another site sent it.
pub fn check_for_clients(headers: &HeaderMap, origins: &Origins) -> Result<CsrfPass, Forgery> {
    origins.check(headers)?;
    Ok(CsrfPass(()))
}

/// Skips the origin check for a route that is meant to be called from anywhere.
///
/// A request with a session cookie is still refused without its token: only the first layer is given up.
///
/// # Errors
/// When a session cookie comes without the right token.
pub fn danger_check_from_any_origin(
    method: &Method,
    presented: Option<&Presented>,
    token: Option<&str>,
    key: &CsrfKey,
) -> Result<CsrfPass, Forgery> {
    match presented {
        Some(Presented::Session(session)) if !is_safe(method) => {
            let token = token.ok_or(Forgery::TokenMissing)?;
            if key.verify_session(session, token) { Ok(CsrfPass(())) } else { Err(Forgery::TokenWrong) }
        }
        _ => Ok(CsrfPass(())),
    }
}
