//! One turn of the targets `extract` and `form_and_origin`: bytes in, a panic when a promise is broken. Used by the targets
//! beside this file and, with a seeded generator in place of a fuzzer, by `crates/server/tests/hostile/extraction.rs`.

use std::sync::LazyLock;

use admit::core::credential::{AccessToken, Presented, SessionToken, find_cookie, present};
use admit::core::csrf::{Csrf, CsrfKey, Origin, Origins, Shown, check};
use admit::core::random::OsRandom;
use admit::core::redirect::LocalPath;
use admit::core::secret::ServerSecret;
use admit::core::subject::{RoleName, Username};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

const NAME: &str = "admit_session";

static KEY: LazyLock<(SessionToken, CsrfKey)> = LazyLock::new(|| {
    let secret = ServerSecret::new(&OsRandom).expect("randomness");
    (SessionToken::new(&OsRandom).expect("randomness"), CsrfKey::new(&secret.derive("csrf")))
});

/// Lines as the values of headers, in turn: as many as are values at all.
fn headers(data: &[u8], names: &[HeaderName]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (line, name) in data.split(|byte| *byte == b'\n').zip(names.iter().cycle()) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            map.append(name.clone(), value);
        }
    }
    map
}

/// What a request presents: read without a panic, and never guessed.
pub fn extract(data: &[u8]) {
    let map = headers(data, &[COOKIE, COOKIE, AUTHORIZATION]);
    let needle = format!("{NAME}=");
    let mentions = |name: &HeaderName, text: &str| {
        map.get_all(name).iter().filter(|value| String::from_utf8_lossy(value.as_bytes()).contains(text)).count()
    };
    // The values that are a Bearer scheme's, and what follows it.
    let bearers: Vec<&[u8]> = map.get_all(AUTHORIZATION).iter().filter_map(|value| bearer(value.as_bytes())).collect();
    match present(&map, Some(NAME)) {
        Ok(Some(Presented::Session(token))) => {
            let spelled = token.reveal();
            let named: Vec<&[u8]> = map.get_all(COOKIE).iter().flat_map(|value| cookies(value.as_bytes())).collect();
            assert_eq!(named, [spelled.as_bytes()], "a session from nowhere, or one of two");
            let value = find_cookie(&map, NAME).expect("it was found before").expect("it was found before");
            assert_eq!(value, spelled.as_str(), "a value has one spelling");
            assert!(bearers.is_empty(), "one of two credentials was believed");
        }
        Ok(Some(Presented::Bearer(_))) => {
            assert_eq!(bearers.len(), 1, "a token from nowhere, or one of two");
            let text = bearers.first().and_then(|one| std::str::from_utf8(one).ok()).expect("a token is ASCII");
            assert!(AccessToken::parse(text.trim_start()).is_some(), "what came is no token");
            let found = find_cookie(&map, NAME).expect("present reads the same cookies");
            assert!(found.is_none_or(str::is_empty), "one of two credentials was believed");
        }
        Ok(None) => {
            let found = find_cookie(&map, NAME).expect("present reads the same cookies");
            assert!(found.is_none_or(str::is_empty), "a cookie was there and nothing was presented");
            assert!(bearers.is_empty(), "a token was there and nothing was presented");
        }
        Err(_) => {
            let something = mentions(&COOKIE, NAME) > 0 || map.contains_key(AUTHORIZATION);
            assert!(something, "refused for what is not there ({needle})");
        }
    }
    // Where there are no sessions, no cookie is a credential.
    if let Ok(Some(presented)) = present(&map, None) {
        assert!(matches!(presented, Presented::Bearer(_)) && bearers.len() == 1, "a cookie was one");
    }
    if let Some(token) = std::str::from_utf8(data).ok().and_then(SessionToken::parse) {
        assert_eq!(token.reveal().as_bytes(), data);
    }
}

/// The values of the cookies of our name, in bytes: a name that only ends in it is another's.
fn cookies(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    header.split(|byte| *byte == b';').filter_map(|pair| {
        let value = pair.trim_ascii().strip_prefix(NAME.as_bytes())?.trim_ascii_start().strip_prefix(b"=")?;
        Some(value.trim_ascii())
    })
}

/// What follows the scheme Bearer, in whatever case it is written.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(6)?;
    let ends = rest.first().is_none_or(|after| matches!(after, b' ' | b'\t'));
    (ends && scheme.eq_ignore_ascii_case(b"bearer")).then_some(rest)
}

/// Origins, local paths, names and tokens: read without a panic, and nothing strange is taken.
pub fn form_and_origin(data: &[u8]) {
    let (session, key) = &*KEY;
    let text = String::from_utf8_lossy(data);
    let own = Origin::parse("https://login.example.org").expect("an origin");
    let origins = Origins { own: Some(own), ..Origins::default() };
    let map = headers(data, &[ORIGIN, HeaderName::from_static("sec-fetch-site"), HOST]);
    if origins.check(&map).is_ok() {
        let single = |name: &HeaderName| map.get_all(name).iter().count() <= 1;
        let site = map.get("sec-fetch-site").map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        assert!(single(&ORIGIN), "one of two origins was believed");
        let origin = map.get(ORIGIN).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        assert!(matches!(&*origin, b"" | b"null" | b"https://login.example.org"), "a foreign origin passed");
        assert!(matches!(&*site, b"" | b"same-origin" | b"none"), "a foreign site passed");
    }

    let mut map = map;
    let cookie = HeaderValue::from_str(&format!("{NAME}={}", session.reveal().as_str())).expect("a cookie");
    map.insert(COOKIE, cookie);
    map.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let presented = Presented::Session(session.clone());
    for (csrf, presented) in [(Csrf::Session, Some(&presented)), (Csrf::BeforeLogin, None)] {
        let shown = Shown { method: &Method::POST, headers: &map, presented, token: Some(&text), form_cookie: NAME };
        assert!(check(csrf, &shown, &origins, key).is_err(), "a token of arbitrary bytes was taken: {csrf:?}");
    }

    if let Some(path) = LocalPath::parse(&text) {
        let path = path.as_str();
        assert_eq!(path, text);
        assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'));
        assert!(path.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(HeaderValue::from_str(path).is_ok());
    }
    if let Ok(origin) = Origin::parse(&text) {
        assert_eq!(
            Origin::parse(origin.as_str()).map(|again| again.as_str().to_owned()).ok().as_deref(),
            Some(origin.as_str())
        );
        assert!(!origin.host().is_empty() && origin.as_str().ends_with(origin.authority()));
    }
    if let Ok(name) = Username::parse(&text) {
        let again = Username::parse(name.canonical()).expect("a canonical name is a name");
        assert_eq!(again.canonical(), name.canonical(), "one account, one canonical name");
    }
    if let Ok(role) = RoleName::parse(&text) {
        assert!(!role.as_str().contains(','), "roles are joined by commas in the store");
    }
}
