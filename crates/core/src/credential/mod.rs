//! What a request presents to say who it comes from. One file a kind.
//!
//! Absent is `None`, malformed is `Err`, and two credentials at once are an `Err` too: a server that picks one of two
//! lets an attacker choose which (cookie tossing, CWE-565).

mod link;
pub mod password;
pub mod rules;
mod session;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

pub use link::{LinkDigest, LinkToken};
pub use session::{SessionDigest, SessionToken};

/// A credential as presented: well-formed, and not yet verified.
pub enum Presented {
    /// A session cookie.
    Session(SessionToken),
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
    /// A Bearer token, which nothing here takes.
    #[error("Bearer tokens are not taken here. Sign in and send the session cookie.")]
    Bearer,
}

/// Reads the credential of a request.
///
/// `cookie` is the name of the session cookie.
///
/// # Errors
/// When a credential is present and cannot be read without guessing.
pub fn present(headers: &HeaderMap, cookie: &str) -> Result<Option<Presented>, Malformed> {
    let session = find_cookie(headers, cookie)?;
    let bearer = bearer(headers)?;
    match (session, bearer) {
        (None, false) => Ok(None),
        (Some(_), true) => Err(Malformed::TwoCredentials),
        (None, true) => Err(Malformed::Bearer),
        (Some(value), false) => Ok(Some(Presented::Session(SessionToken::parse(value).ok_or(Malformed::Cookie)?))),
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

/// Whether an `Authorization: Bearer` header is present. Other schemes (a proxy's Basic) are not ours to judge.
fn bearer(headers: &HeaderMap) -> Result<bool, Malformed> {
    let mut count = 0;
    for header in headers.get_all(AUTHORIZATION) {
        let text = header.to_str().map_err(|_| Malformed::Header)?;
        let scheme = text.split([' ', '\t']).next().unwrap_or_default();
        count += usize::from(scheme.eq_ignore_ascii_case("bearer"));
    }
    match count {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Malformed::TwoCredentials),
    }
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
        present(&headers(pairs), "admit_session").map(|presented| presented.is_some())
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
        assert_eq!(outcome(&[(AUTHORIZATION, b"bearer x")]), Err(Malformed::Bearer));
        assert_eq!(outcome(&[(COOKIE, pair.as_bytes()), (AUTHORIZATION, b"Basic eDp5")]), Ok(true));
    }

    proptest! {
        #[test]
        fn no_cookie_header_is_taken_for_a_session_unless_it_holds_one(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(header) = HeaderValue::from_bytes(&value) {
                let mut map = HeaderMap::new();
                map.append(COOKIE, header);
                if let Ok(Some(_)) = present(&map, "admit_session") {
                    prop_assert!(contains(&value, b"admit_session="));
                }
            }
        }
    }
}
