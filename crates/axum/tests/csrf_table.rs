//! The rows of Go's `CrossOriginProtection` tests, decided as they say; then our own table for the token.

use admit::core::credential::{Malformed, Presented, SessionToken};
use admit::core::csrf::{self, Csrf, CsrfKey, Forgery, Origin, Origins, PreSession, Refusal, Shown, Verdict};
use admit::core::random::OsRandom;
use admit::{Router, get, post, public, put};
use admit_testkit::vectors;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use serde_json::Value;

use crate::support::{Bench, send};

fn table() -> Option<Value> {
    let path = vectors()?.join("csrf/go-cross-origin-protection.json");
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_default()
}

fn headers(row: &Value, origin: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("example.com"));
    for (name, value) in [("sec-fetch-site", text(row, "sec_fetch_site")), ("origin", origin)] {
        if !value.is_empty() {
            headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        }
    }
    headers
}

fn trusting(origins: &[&str]) -> Origins {
    let trusted = origins.iter().map(|origin| Origin::parse(origin).unwrap()).collect();
    Origins { trusted, ..Origins::default() }
}

fn check(
    csrf: Csrf,
    method: &Method,
    headers: &HeaderMap,
    presented: Option<&Presented>,
    token: Option<&str>,
    origins: &Origins,
    key: &CsrfKey,
) -> Result<Verdict, Refusal> {
    let shown = Shown { method, headers, presented, token, form_cookie: "form" };
    csrf::check(csrf, &shown, origins, key).map(|(_, verdict)| verdict)
}

/// The step itself, on a request that presents nothing: what is left is the origin check alone.
fn decided(row: &Value, origins: &Origins) -> u16 {
    let method: Method = text(row, "method").parse().unwrap();
    let headers = headers(row, text(row, "origin"));
    let pass = check(Csrf::Session, &method, &headers, None, None, origins, &CsrfKey::new(&[1; 32]));
    if pass.is_ok() { 200 } else { 403 }
}

#[test]
fn fetch_metadata_and_origin_are_decided_as_in_go() {
    let Some(table) = table() else { return };
    let rows = table["sec_fetch_site"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    for row in rows {
        assert_eq!(u64::from(decided(row, &Origins::default())), row["status"], "{row}");
    }
}

#[test]
fn trusted_origins_are_decided_as_in_go() {
    let Some(table) = table() else { return };
    let rows = table["trusted_origin"]["cases"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    for row in rows {
        assert_eq!(u64::from(decided(row, &trusting(&["https://trusted.example"]))), row["status"], "{row}");
    }
}

#[test]
fn an_origin_is_written_as_go_takes_it() {
    let Some(table) = table() else { return };
    let rows = table["trusted_origin_syntax"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    for row in rows {
        assert_eq!(Origin::parse(text(row, "origin")).is_err(), row["reject"].as_bool().unwrap(), "{row}");
    }
}

async fn ok() -> &'static str {
    "ok"
}

/// Go's bypass patterns, as routes: what is open to any origin is said at the route, and only there.
fn bypassing() -> Router {
    let open = || public(post(ok)).danger_from_any_origin();
    Router::new()
        .route("/", public(post(ok)))
        .route("/{*rest}", public(post(ok)))
        .route("/bypass/", open())
        .route("/bypass/{*rest}", open())
        .route("/only/{foo}", open())
        .route("/no-trailing", open())
        .route("/yes-trailing/", open())
        .route("/put-only/", public(put(ok)).danger_from_any_origin())
        .route("/put-only/", public(post(ok)))
        .route("/get-only/", public(get(ok)).danger_from_any_origin())
        .route("/get-only/", public(post(ok)))
        .route("/post-only/", open())
}

#[tokio::test]
async fn an_exemption_at_a_route_reaches_no_further_than_go_s_patterns_do() {
    let Some(table) = table() else { return };
    let bench = Bench::new();
    let site = bypassing().mount(&bench.gate()).unwrap();
    let rows = table["bypass_pattern"]["cases"].as_array().unwrap();
    assert_eq!(rows.len(), 17);
    for row in rows {
        let mut request = Request::post(text(row, "path")).body(axum::body::Body::empty()).unwrap();
        *request.headers_mut() = headers(row, "https://attacker.example");
        let status = send(&site, request).await.status().as_u16();
        assert_eq!(u64::from(status), row["status"], "{row}");
    }
}

#[tokio::test]
async fn a_real_server_decides_as_go_s_does() {
    let Some(table) = table() else { return };
    let bench = Bench::new();
    let gate = bench.builder().origins(trusting(&["https://trusted.example"])).build();
    let site = bypassing().mount(&gate).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, site).await });
    let rows = table["server"]["cases"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 6);
    let talked = tokio::task::spawn_blocking(move || {
        for row in rows {
            let origin = text(&row, "origin").replace("{SELF}", &format!("http://{address}"));
            let mut request = admit_testkit::Request::new("POST", text(&row, "path"));
            for (name, value) in [("sec-fetch-site", text(&row, "sec_fetch_site")), ("origin", origin.as_str())] {
                if !value.is_empty() {
                    request = request.header(name, value);
                }
            }
            let status = admit_testkit::Client::new(address).send(&request).status;
            assert_eq!(u64::from(status), row["status"], "{row}");
        }
    });
    talked.await.unwrap();
    serving.abort();
}

#[test]
fn the_two_layers_make_fifty_one_rows_and_none_is_left_out() {
    let Some(table) = table() else { return };
    let count = |value: &Value| value.as_array().map_or(0, Vec::len);
    let counts = [
        count(&table["sec_fetch_site"]),
        count(&table["trusted_origin"]["cases"]),
        count(&table["bypass_pattern"]["cases"]),
        count(&table["trusted_origin_syntax"]),
        count(&table["server"]["cases"]),
    ];
    assert_eq!(counts.iter().sum::<usize>(), 51);
}

/// Who presents which session, with which token and site headers, by which method; what comes of it.
type Row<'a> =
    (&'a str, Option<&'a Presented>, Option<&'a str>, &'a [(&'static str, &'static str)], &'a str, Result<(), Forgery>);

/// Our own table.
#[test]
fn a_token_opens_its_own_session_and_nothing_else() {
    let key = CsrfKey::new(&[7; 32]);
    let (mine, other) = (SessionToken::new(&OsRandom).unwrap(), SessionToken::new(&OsRandom).unwrap());
    let pre_session = PreSession::new(&OsRandom).unwrap();
    let my_token = key.issue_session(&mine, &OsRandom).unwrap();
    let other_token = key.issue_session(&other, &OsRandom).unwrap();
    let early_token = key.issue_pre_session(&pre_session, &OsRandom).unwrap();
    let foreign_token = CsrfKey::new(&[8; 32]).issue_session(&mine, &OsRandom).unwrap();
    let same_site = [("sec-fetch-site", "same-origin")];
    let cross_site = [("sec-fetch-site", "cross-site")];
    let presented = Presented::Session(mine);
    let rows: &[Row<'_>] = &[
        ("anonymous without a token", None, None, &same_site, "POST", Ok(())),
        ("anonymous from another site", None, None, &cross_site, "POST", Err(Forgery::FetchMetadata)),
        ("my session without a token", Some(&presented), None, &same_site, "POST", Err(Forgery::TokenMissing)),
        ("my session with its token", Some(&presented), Some(my_token.reveal()), &same_site, "POST", Ok(())),
        (
            "my session with its token, no browser headers",
            Some(&presented),
            Some(my_token.reveal()),
            &[],
            "DELETE",
            Ok(()),
        ),
        (
            "my session with its token, from another site",
            Some(&presented),
            Some(my_token.reveal()),
            &cross_site,
            "PUT",
            Err(Forgery::FetchMetadata),
        ),
        (
            "my session with another's token",
            Some(&presented),
            Some(other_token.reveal()),
            &same_site,
            "POST",
            Err(Forgery::TokenWrong),
        ),
        (
            "my session with the token from before login",
            Some(&presented),
            Some(early_token.reveal()),
            &same_site,
            "POST",
            Err(Forgery::TokenWrong),
        ),
        (
            "my session with another server's token",
            Some(&presented),
            Some(foreign_token.reveal()),
            &same_site,
            "POST",
            Err(Forgery::TokenWrong),
        ),
        ("my session with an empty token", Some(&presented), Some(""), &same_site, "PATCH", Err(Forgery::TokenWrong)),
        ("my session reading, from another site", Some(&presented), None, &cross_site, "GET", Ok(())),
        ("an unknown method counts as unsafe", Some(&presented), None, &same_site, "BREW", Err(Forgery::TokenMissing)),
    ];
    for (name, presented, token, pairs, method, expected) in rows {
        let mut headers = HeaderMap::new();
        for (name, value) in *pairs {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let method: Method = method.parse().unwrap();
        let outcome = check(Csrf::Session, &method, &headers, *presented, *token, &Origins::default(), &key).map(drop);
        assert_eq!(outcome, expected.map_err(Refusal::Forged), "{name}");
    }
    assert_eq!(StatusCode::FORBIDDEN, admit::Rejection::Forged(Forgery::TokenWrong).problem().status());
}

#[test]
fn a_route_that_is_open_to_any_origin_still_wants_the_token_of_a_session_that_is_presented() {
    let key = CsrfKey::new(&[7; 32]);
    let session = SessionToken::new(&OsRandom).unwrap();
    let right = key.issue_session(&session, &OsRandom).unwrap();
    let presented = Presented::Session(session);
    for (method, presented, token, expected) in [
        ("POST", None, None, Ok(())),
        ("GET", Some(&presented), None, Ok(())),
        ("POST", Some(&presented), None, Err(Forgery::TokenMissing)),
        ("POST", Some(&presented), Some("x"), Err(Forgery::TokenWrong)),
        ("POST", Some(&presented), Some(right.reveal()), Ok(())),
    ] {
        let outcome = check(
            Csrf::AnyOrigin,
            &method.parse().unwrap(),
            &HeaderMap::new(),
            presented,
            token,
            &Origins::default(),
            &key,
        );
        assert_eq!(outcome.map(drop), expected.map_err(Refusal::Forged), "{method} {token:?}");
    }
}

#[test]
fn a_sign_in_goes_by_its_forms_token_or_by_the_one_of_the_session_it_comes_with() {
    let key = CsrfKey::new(&[7; 32]);
    let (session, form) = (SessionToken::new(&OsRandom).unwrap(), PreSession::new(&OsRandom).unwrap());
    let of_session = key.issue_session(&session, &OsRandom).unwrap();
    let of_form = key.issue_pre_session(&form, &OsRandom).unwrap();
    let cookie = format!("form={}", form.reveal().as_str());
    let presented = Presented::Session(session);
    let (a_form, json) = ("application/x-www-form-urlencoded", "application/json");
    let (own, other) = ("same-origin", "cross-site");
    let refused = |forgery| Ok(Verdict::Refused(Refusal::Forged(forgery)));
    let forged = |forgery| Err(Refusal::Forged(forgery));
    let (some, none) = (Some(&presented), None);
    let rows = [
        (none, Some(of_form.reveal()), cookie.as_str(), a_form, own, Ok(Verdict::Passes)),
        (none, None, "", json, own, Ok(Verdict::Passes)),
        (none, None, cookie.as_str(), a_form, own, forged(Forgery::TokenMissing)),
        (none, Some(of_form.reveal()), "", a_form, own, forged(Forgery::CookieMissing)),
        (none, Some(of_session.reveal()), cookie.as_str(), a_form, own, forged(Forgery::TokenWrong)),
        (none, Some(of_form.reveal()), cookie.as_str(), "text/plain", own, Err(Refusal::MediaType)),
        (
            none,
            Some(of_form.reveal()),
            "form=1; form=2",
            a_form,
            own,
            Err(Refusal::Malformed(Malformed::DuplicateCookie)),
        ),
        (none, Some(of_form.reveal()), cookie.as_str(), a_form, other, forged(Forgery::FetchMetadata)),
        (some, Some(of_session.reveal()), "", a_form, own, Ok(Verdict::Passes)),
        (some, Some(of_form.reveal()), cookie.as_str(), a_form, own, Ok(Verdict::UnlessSignedIn)),
        (some, None, "", json, own, Ok(Verdict::UnlessSignedIn)),
        (some, None, cookie.as_str(), a_form, own, refused(Forgery::TokenMissing)),
        (some, Some(of_form.reveal()), "", a_form, own, refused(Forgery::CookieMissing)),
        (some, Some(of_session.reveal()), cookie.as_str(), a_form, other, forged(Forgery::FetchMetadata)),
    ];
    for (presented, token, cookie, media, site, expected) in rows {
        let headers = [("cookie", cookie), ("content-type", media), ("sec-fetch-site", site)];
        let headers: HeaderMap = headers
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect();
        let shown = Shown { method: &Method::POST, headers: &headers, presented, token, form_cookie: "form" };
        let outcome = csrf::check(Csrf::BeforeLogin, &shown, &Origins::default(), &key).map(|(_, verdict)| verdict);
        assert_eq!(outcome, expected, "{} {token:?} {cookie} {media} {site}", presented.is_some());
    }
}
