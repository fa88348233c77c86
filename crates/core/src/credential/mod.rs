//! What a request presents to say who it comes from. One file a kind.
//!
//! Absent is `None`, malformed is `Err`, and two credentials at once are an `Err` too: a server that picks one of two
//! lets an attacker choose which (cookie tossing, CWE-565).

mod access_token;
mod client_secret;
mod link;
pub mod password;
mod refresh_token;
pub mod rules;
mod session;
pub mod stored;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

pub use access_token::{AccessToken, MAX_ACCESS_TOKEN_BYTES};
pub use client_secret::{ClientSecret, SecretDigest};
pub use link::{LinkDigest, LinkToken};
pub use refresh_token::{RefreshDigest, RefreshKey, RefreshToken};
pub use session::{SessionDigest, SessionToken};

/// A credential as presented: well-formed, and not yet verified.
pub enum Presented {
    /// A session cookie. A browser sends it by itself, so it is worth nothing without the CSRF step.
    Session(SessionToken),
    /// An access token in `Authorization: Bearer`. Nothing sends it but code that has it: there is nothing to forge.
    Bearer(AccessToken),
}

/// Why what was presented cannot be read. None of these says anything about whether it would have been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The session cookie came more than once.
    #[error(
        "The session cookie came more than once, so it is not clear which one is yours. Clear this site's cookies and sign in again."
    )]
    DuplicateCookie,
    /// The session cookie is not a session id.
    #[error("The session cookie does not have the form of a session id. It has been cleared; sign in again.")]
    Cookie,
    /// A `Cookie` or `Authorization` header that is not visible ASCII, or an empty credential.
    #[error("The Cookie or Authorization header has characters that no credential has.")]
    Header,
    /// A session cookie and an `Authorization: Bearer` header in one request.
    #[error("Two credentials came at once: a session cookie and a Bearer token. Send one of them.")]
    TwoCredentials,
    /// `Authorization: Bearer` without one token after it.
    #[error("Authorization: Bearer is followed by something that is no token. Send the access token as it was issued.")]
    Bearer,
    /// A Bearer token, where none are taken.
    #[error("Bearer tokens are not taken here. Sign in and send the session cookie.")]
    BearerNotTaken,
}

/// Reads the credential of a request.
///
/// `cookie` is the name of the session cookie; `None` where there are no sessions, so that no cookie is a credential.
///
/// # Errors
/// When a credential is present and cannot be read without guessing.
pub fn present(headers: &HeaderMap, cookie: Option<&str>) -> Result<Option<Presented>, Malformed> {
    let session = match cookie {
        Some(cookie) => find_cookie(headers, cookie)?,
        None => None,
    };
    match (session, bearer(headers)?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Malformed::TwoCredentials),
        (None, Some(token)) => Ok(Some(Presented::Bearer(token?))),
        (Some(value), None) => Ok(Some(Presented::Session(SessionToken::parse(value).ok_or(Malformed::Cookie)?))),
    }
}

/// The value of the one cookie called `name`.
///
/// # Errors
/// When it is there twice, or a `Cookie` header is not visible ASCII.
pub fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Malformed> {
    let mut found = None;
    for header in headers.get_all(COOKIE) {
        let text = match header.to_str() {
            Ok(text) => text,
            // Other software's cookies may hold anything; only a header that could hold ours matters.
            Err(_) if contains(header.as_bytes(), name.as_bytes()) => return Err(Malformed::Header),
            Err(_) => continue,
        };
        for pair in text.split(';') {
            let Some((key, value)) = pair.split_once('=') else { continue };
            if key.trim_matches([' ', '\t']) == name && found.replace(value.trim_matches([' ', '\t'])).is_some() {
                return Err(Malformed::DuplicateCookie);
            }
        }
    }
    Ok(found)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The token of the one `Authorization: Bearer` header. Other schemes (a proxy's Basic) are not ours to judge.
///
/// A malformed token is the inner error, so that a cookie beside it is noticed first.
fn bearer(headers: &HeaderMap) -> Result<Option<Result<AccessToken, Malformed>>, Malformed> {
    let mut found = None;
    for header in headers.get_all(AUTHORIZATION) {
        let token = match AccessToken::from_authorization(header) {
            Ok(Some(token)) => Ok(token),
            // A token was looked at letter by letter; anything else must be text at least.
            Ok(None) | Err(()) if header.to_str().is_err() => return Err(Malformed::Header),
            Ok(None) => continue,
            Err(()) => Err(Malformed::Bearer),
        };
        if found.replace(token).is_some() {
            return Err(Malformed::TwoCredentials);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn headers(pairs: &[(http::HeaderName, &[u8])]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(name.clone(), HeaderValue::from_bytes(value).unwrap());
        }
        map
    }

    fn outcome(pairs: &[(http::HeaderName, &[u8])]) -> Result<bool, Malformed> {
        present(&headers(pairs), Some("admit_session")).map(|presented| presented.is_some())
    }

    #[test]
    fn absent_is_none_and_malformed_is_an_error() {
        let token = SessionToken::new(&OsRandom).unwrap();
        let good = format!("other=1; admit_session={}; x=2", token.reveal().as_str());
        assert_eq!(outcome(&[]), Ok(false));
        assert_eq!(outcome(&[(COOKIE, b"a=b; admit_session_2=x")]), Ok(false));
        assert_eq!(outcome(&[(COOKIE, good.as_bytes())]), Ok(true));
        for bad in ["admit_session=", "admit_session=abc", "admit_session=\"quoted\""] {
            assert_eq!(outcome(&[(COOKIE, bad.as_bytes())]), Err(Malformed::Cookie), "{bad}");
        }
        assert_eq!(outcome(&[(COOKIE, b"admit_session=\xff")]), Err(Malformed::Header));
        assert_eq!(outcome(&[(COOKIE, b"other=\xff")]), Ok(false));
    }

    #[test]
    fn two_cookies_of_the_same_name_are_refused_even_when_they_are_equal() {
        let token = SessionToken::new(&OsRandom).unwrap().reveal();
        let pair = format!("admit_session={}", token.as_str());
        let both = format!("{pair}; {pair}");
        assert_eq!(outcome(&[(COOKIE, both.as_bytes())]), Err(Malformed::DuplicateCookie));
        assert_eq!(outcome(&[(COOKIE, pair.as_bytes()), (COOKIE, pair.as_bytes())]), Err(Malformed::DuplicateCookie));
    }

    #[test]
    fn a_cookie_and_a_bearer_token_at_once_are_refused() {
        let token = SessionToken::new(&OsRandom).unwrap().reveal();
        let pair = format!("admit_session={}", token.as_str());
        assert_eq!(outcome(&[(COOKIE, pair.as_bytes()), (AUTHORIZATION, b"Bearer x")]), Err(Malformed::TwoCredentials));
        assert_eq!(outcome(&[(COOKIE, pair.as_bytes()), (AUTHORIZATION, b"Bearer")]), Err(Malformed::TwoCredentials));
        let twice = outcome(&[(AUTHORIZATION, b"Bearer x"), (AUTHORIZATION, b"bearer x")]);
        assert_eq!(twice, Err(Malformed::TwoCredentials), "even when they are equal");
        assert_eq!(outcome(&[(AUTHORIZATION, b"bearer x")]), Ok(true));
        assert_eq!(outcome(&[(AUTHORIZATION, b"bearer")]), Err(Malformed::Bearer));
        assert_eq!(outcome(&[(COOKIE, pair.as_bytes()), (AUTHORIZATION, b"Basic eDp5")]), Ok(true));
    }

    proptest! {
        #[test]
        fn no_cookie_header_is_taken_for_a_session_unless_it_holds_one(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(header) = HeaderValue::from_bytes(&value) {
                let mut map = HeaderMap::new();
                map.append(COOKIE, header);
                if let Ok(Some(_)) = present(&map, Some("admit_session")) {
                    prop_assert!(contains(&value, b"admit_session="));
                }
            }
        }
    }
}
