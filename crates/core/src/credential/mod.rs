//! What a request presents to say who it comes from. One file a kind.
//!
//! Absent is `None`, malformed is `Err`, and two credentials at once are an `Err` too: a server that picks one of two
//! lets an attacker choose which (cookie tossing, CWE-565).

mod access_token;
mod client_secret;
mod cost;
mod one_time_token;
pub mod password;
mod plaintext;
mod refresh_token;
pub mod rules;
mod session;
pub mod stored;
mod unusable;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

pub use access_token::{AccessToken, MAX_ACCESS_TOKEN_BYTES};
pub use client_secret::{ClientSecret, SecretDigest};
pub use one_time_token::{OneTimeToken, OneTimeTokenDigest, Purpose};
pub use refresh_token::{RefreshDigest, RefreshKey, RefreshToken};
pub use session::{SessionDigest, SessionToken, SuccessorKey};

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
        // An empty one is what is left of a cookie that was taken away: it presents nothing. Some proxies and libraries write it
        // with quotes (RFC 6265 section 4.1.1 allows them around any value).
        Some(cookie) => find_cookie(headers, cookie)?.filter(|value| !matches!(*value, "" | "\"\"")),
        None => None,
    };
    match (session, bearer(headers)?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Malformed::TwoCredentials),
        (None, Some(token)) => Ok(Some(Presented::Bearer(token?))),
        (Some(value), None) => Ok(Some(Presented::Session(SessionToken::parse(value).ok_or(Malformed::Cookie)?))),
    }
}

/// The value of the one cookie called `name`, which may be empty.
///
/// Only pairs of that name are looked at, as bytes: what other software on this host or a parent domain keeps in its cookies
/// is not ours to judge (RFC 6265 section 5.4 lets a browser send any octets).
///
/// # Errors
/// When it is there twice, or its value is not text.
pub fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Malformed> {
    let mut found = None;
    let pairs = headers.get_all(COOKIE).iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    for pair in pairs {
        let Some(value) = value_of(pair, name.as_bytes()) else { continue };
        if found.replace(value).is_some() {
            return Err(Malformed::DuplicateCookie);
        }
    }
    found.map(|value| std::str::from_utf8(value).map_err(|_| Malformed::Cookie)).transpose()
}

/// The value of `name=value`; `None` for a pair of another name, or without `=`.
fn value_of<'a>(pair: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = pair.iter().position(|byte| *byte == b'=')?;
    let (key, value) = pair.split_at_checked(at)?;
    (key.trim_ascii() == name).then(|| value.get(1..).unwrap_or_default().trim_ascii())
}

/// The token of the one `Authorization: Bearer` header. Other schemes (a proxy's Basic) are not ours to judge.
///
/// A malformed token is the inner error, so that a cookie beside it is noticed first.
fn bearer(headers: &HeaderMap) -> Result<Option<Result<AccessToken, Malformed>>, Malformed> {
    let mut found = None;
    for header in headers.get_all(AUTHORIZATION) {
        let token = match AccessToken::from_authorization(header) {
            Ok(Some(token)) => Ok(token),
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
        for bad in ["admit_session=abc", "admit_session=\"quoted\"", "admit_session==", "admit_session=세션"] {
            assert_eq!(outcome(&[(COOKIE, bad.as_bytes())]), Err(Malformed::Cookie), "{bad}");
        }
        assert_eq!(outcome(&[(COOKIE, b"admit_session=\xff")]), Err(Malformed::Cookie));
        for empty in [
            "admit_session=",
            "a=b;admit_session= ; c=d",
            "admit_session=\"\"",
            "a=b; admit_session = \"\" ;",
            "admit_session",
            "; admit_session=;",
        ] {
            assert_eq!(
                outcome(&[(COOKIE, empty.as_bytes())]),
                Ok(false),
                "what a cookie that was cleared leaves: {empty}"
            );
            assert_eq!(outcome(&[(COOKIE, empty.as_bytes()), (AUTHORIZATION, b"Bearer x")]), Ok(true));
        }
    }

    #[test]
    fn cookies_and_schemes_of_other_software_are_not_looked_at_whatever_is_in_them() {
        let token = SessionToken::new(&OsRandom).unwrap().reveal();
        let own = format!("admit_session={}", token.as_str());
        let others: [&[u8]; 12] = [
            "nick=홍".as_bytes(),
            "별명=x".as_bytes(),
            b"bin=\xff\xfe\x80",
            b"\xff\xfe=\xfd",
            b"no-equals-sign",
            b"=no name",
            b"=",
            b"a=b=c==",
            b"quoted=\"a b\"",
            b"half=\"a",
            b"admit_session_2=\xff",
            b"x=admit_session=1",
        ];
        for other in others {
            for cookie in [[other, b"; ", own.as_bytes()].concat(), [own.as_bytes(), b";", other].concat()] {
                assert_eq!(outcome(&[(COOKIE, &cookie)]), Ok(true), "{:?}", String::from_utf8_lossy(&cookie));
            }
            assert_eq!(outcome(&[(COOKIE, other), (COOKIE, own.as_bytes())]), Ok(true));
            assert_eq!(outcome(&[(COOKIE, other)]), Ok(false));
        }
        let basic = "Digest username=\"홍\"";
        assert_eq!(outcome(&[(AUTHORIZATION, basic.as_bytes()), (COOKIE, own.as_bytes())]), Ok(true));
        assert_eq!(outcome(&[(AUTHORIZATION, "Bearer 홍".as_bytes())]), Err(Malformed::Bearer));
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

    /// Any octets that a header may hold and that do not end a pair.
    fn other_cookie() -> impl Strategy<Value = Vec<u8>> {
        let octet = any::<u8>().prop_filter("in a header", |byte| *byte != b';' && (*byte >= 32 && *byte != 127));
        proptest::collection::vec(octet, 0..40)
            .prop_filter("another name", |pair| value_of(pair, b"admit_session").is_none())
    }

    proptest! {
        #[test]
        fn no_cookie_header_is_taken_for_a_session_unless_it_holds_one(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(header) = HeaderValue::from_bytes(&value) {
                let mut map = HeaderMap::new();
                map.append(COOKIE, header);
                if let Ok(Some(_)) = present(&map, Some("admit_session")) {
                    prop_assert!(value.windows(14).any(|window| window == b"admit_session="));
                }
            }
        }

        #[test]
        fn a_session_is_found_beside_any_cookie_of_another_name(
            before in proptest::collection::vec(other_cookie(), 0..4),
            after in proptest::collection::vec(other_cookie(), 0..4),
        ) {
            let own = b"admit_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_vec();
            let pairs: Vec<Vec<u8>> = before.into_iter().chain([own]).chain(after).collect();
            let mut map = HeaderMap::new();
            map.append(COOKIE, HeaderValue::from_bytes(&pairs.join(&b"; "[..])).unwrap());
            prop_assert!(matches!(present(&map, Some("admit_session")), Ok(Some(Presented::Session(_)))));
        }
    }
}
