//! The gate as a user of the crate meets it: rules, proofs, outages.

use std::sync::Arc;

use admit::core::audit::{Actor, Event, EventKind};
use admit::core::credential::SessionDigest;
use admit::core::csrf::{Origin, Origins};
use admit::core::id::{SessionId, SubjectId};
use admit::core::policy::Unfit;
use admit::core::session::{NewSession, OpenSession};
use admit::core::store::{Accounts, Change, Checked, Opened, Reply, Sessions, StoreError};
use admit::core::subject::{RoleName, Status};
use admit::core::time::{Clock, Timestamp};
use admit::{
    Action, Allowed, CsrfToken, Gate, MountError, Principal, Router, SystemClock, Viewer, before_login, get, post,
    public, put, require, signed_in,
};
use axum::body::Body;
use http::{Request, StatusCode};

use crate::support::{Bench, body, send};

struct Update;

impl Action for Update {
    const PERMISSION: &'static str = "product:update";
}

async fn home(principal: Option<Principal>) -> String {
    principal.map_or("nobody".to_owned(), |principal| principal.name().into_owned())
}

async fn me(principal: Principal) -> String {
    principal.name().into_owned()
}

async fn update(_: Allowed<Update>) -> &'static str {
    "updated"
}

async fn token(token: CsrfToken) -> String {
    token.reveal().to_owned()
}

fn routes() -> Router {
    Router::new()
        .route("/", public(get(home)))
        .route("/me", signed_in(get(me)))
        .route("/me", signed_in(post(me)))
        .route("/token", signed_in(get(token)))
        .route("/product", require("product:update", put(update)))
}

fn request(method: &str, path: &str, cookie: &str, token: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "shop.example");
    if !cookie.is_empty() {
        request = request.header("cookie", cookie);
    }
    if !token.is_empty() {
        request = request.header("x-csrf-token", token);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn each_rule_answers_401_403_or_200_by_who_asks() {
    let bench = Bench::new();
    let gate = bench.gate();
    let site = routes().mount(&gate).unwrap();
    let (customer, admin) = (bench.subject("carol", &["customer"]).await, bench.subject("ada", &["admin"]).await);
    let anonymous = (String::new(), String::new());
    let customer = bench.sign_in(&gate, &customer).await;
    let admin = bench.sign_in(&gate, &admin).await;
    for (who, (cookie, token), home, me, product) in [
        ("anonymous", &anonymous, "nobody", 401, 401),
        ("customer", &customer, "carol", 200, 403),
        ("admin", &admin, "ada", 200, 200),
    ] {
        assert_eq!(body(send(&site, request("GET", "/", cookie, "")).await).await, home, "{who}");
        assert_eq!(send(&site, request("GET", "/me", cookie, "")).await.status().as_u16(), me, "{who} reads /me");
        assert_eq!(
            send(&site, request("PUT", "/product", cookie, token)).await.status().as_u16(),
            product,
            "{who} edits"
        );
    }
}

#[tokio::test]
async fn an_admin_s_cookie_without_the_token_changes_nothing() {
    let bench = Bench::new();
    let gate = bench.gate();
    let site = routes().mount(&gate).unwrap();
    let admin = bench.subject("ada", &["admin"]).await;
    let (cookie, _) = bench.sign_in(&gate, &admin).await;
    assert_eq!(send(&site, request("PUT", "/product", &cookie, "")).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_role_change_is_obeyed_by_the_next_request_and_the_session_gets_a_new_secret_with_its_token() {
    let bench = Bench::new();
    let gate = bench.gate();
    let site = routes().mount(&gate).unwrap();
    let carol = bench.subject("carol", &["customer"]).await;
    let (old_cookie, old_token) = bench.sign_in(&gate, &carol).await;
    let event = Event::new(EventKind::RolesChanged, Actor::Operator, SystemClock.now()).about(carol.id);
    bench.store.change(carol.id, Change::Roles(vec![RoleName::parse("admin").unwrap()]), event).await.unwrap();

    assert_eq!(send(&site, request("PUT", "/product", &old_cookie, &old_token)).await.status(), StatusCode::OK);
    let rotated = send(&site, request("GET", "/token", &old_cookie, "")).await;
    let cookie = rotated.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = body(rotated).await;
    assert_ne!(cookie, old_cookie);
    assert_eq!(send(&site, request("PUT", "/product", &cookie, &old_token)).await.status(), StatusCode::FORBIDDEN);
    // For some seconds the old one is good beside it, with its own token and the new rights, and leads to the new one.
    assert_eq!(send(&site, request("PUT", "/product", &old_cookie, &old_token)).await.status(), StatusCode::OK);
    assert_eq!(send(&site, request("PUT", "/product", &old_cookie, &token)).await.status(), StatusCode::FORBIDDEN);
    let lost = send(&site, request("GET", "/token", &old_cookie, "")).await;
    assert!(lost.headers()["set-cookie"].to_str().unwrap().starts_with(&cookie), "the same new one");
    let token_again = body(lost).await;
    assert_eq!(send(&site, request("PUT", "/product", &cookie, &token_again)).await.status(), StatusCode::OK);
    assert_eq!(send(&site, request("PUT", "/product", &cookie, &token)).await.status(), StatusCode::OK);
    let again = send(&site, request("GET", "/token", &cookie, "")).await;
    assert!(again.headers().get("set-cookie").is_none(), "one role change, one new secret");
}

#[tokio::test]
async fn a_ban_is_obeyed_by_the_next_request() {
    let bench = Bench::new();
    let gate = bench.gate();
    let site = routes().mount(&gate).unwrap();
    let carol = bench.subject("carol", &["customer"]).await;
    let (cookie, _) = bench.sign_in(&gate, &carol).await;
    let event = Event::new(EventKind::SubjectDisabled, Actor::Operator, SystemClock.now()).about(carol.id);
    bench.store.change(carol.id, Change::Status(Status::Disabled), event).await.unwrap();
    assert_eq!(send(&site, request("GET", "/me", &cookie, "")).await.status(), StatusCode::UNAUTHORIZED);
}

/// A store that never answers: at once, or after a wait.
struct Broken {
    waits: bool,
}

impl Broken {
    fn fail<T: Send + Unpin + 'static>(&self) -> Reply<T> {
        let error = StoreError::new("the disk is gone");
        if !self.waits {
            return Reply::ready(Err(error));
        }
        Reply::pending(async move {
            tokio::task::yield_now().await;
            Err(error)
        })
    }
}

impl Sessions for Broken {
    fn check(&self, _: &SessionDigest, _: Timestamp) -> Reply<Option<Checked>> {
        self.fail()
    }
    fn open(&self, _: NewSession, _: Event) -> Reply<Opened> {
        self.fail()
    }
    fn rotate(&self, _: SessionDigest, _: SessionDigest, _: Event) -> Reply<bool> {
        self.fail()
    }
    fn end(&self, _: SubjectId, _: SessionId, _: Event) -> Reply<bool> {
        self.fail()
    }
    fn list(&self, _: SubjectId, _: Timestamp) -> Reply<Vec<OpenSession>> {
        self.fail()
    }
    fn purge(&self, _: Timestamp) -> Reply<u64> {
        self.fail()
    }
}

#[tokio::test]
async fn a_store_outage_is_503_and_never_401_403_or_200() {
    let bench = Bench::new();
    let gate = bench.gate();
    let admin = bench.subject("ada", &["admin"]).await;
    let (cookie, token) = bench.sign_in(&gate, &admin).await;
    for waits in [false, true] {
        let broken = Gate::builder(Arc::new(Broken { waits }), Arc::clone(&bench.policy), &bench.secret).build();
        let site = routes().mount(&broken).unwrap();
        for (method, path) in [("GET", "/"), ("GET", "/me"), ("POST", "/me"), ("PUT", "/product")] {
            let response = send(&site, request(method, path, &cookie, &token)).await;
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{method} {path}");
            assert!(response.headers().contains_key("retry-after"));
            assert!(!body(response).await.contains("disk"), "the cause is for the log");
        }
        // Nothing presented: nothing to ask the store, and a forged request does not reach it either.
        assert_eq!(send(&site, request("GET", "/me", "", "")).await.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(send(&site, request("PUT", "/product", &cookie, "")).await.status(), StatusCode::FORBIDDEN);
    }
}

async fn greeting(Viewer(who): Viewer, token: CsrfToken) -> String {
    format!("{} {}", who.map_or_else(|| "nobody".to_owned(), |who| who.name().into_owned()), token.reveal().len())
}

async fn plain() -> &'static str {
    "plain"
}

#[tokio::test]
async fn during_an_outage_a_public_route_that_does_not_need_to_know_who_it_is_goes_on() {
    let bench = Bench::new();
    let gate = bench.gate();
    let admin = bench.subject("ada", &["admin"]).await;
    let (cookie, token) = bench.sign_in(&gate, &admin).await;
    let routes = || {
        Router::new()
            .route("/plain", public(get(plain)))
            .route("/plain", public(post(plain)))
            .route("/login", before_login(post(plain)))
            .route("/hello", public(get(greeting)))
            .route("/knowing", public(get(home)))
            .route("/somebody", public(get(me)))
    };
    for waits in [false, true] {
        let broken = Gate::builder(Arc::new(Broken { waits }), Arc::clone(&bench.policy), &bench.secret).build();
        let site = routes().mount(&broken).unwrap();
        for (method, path, expected) in [
            ("GET", "/plain", 200),
            ("POST", "/plain", 200),
            ("POST", "/login", 200),
            ("GET", "/hello", 200),
            ("GET", "/knowing", 503),
            ("GET", "/somebody", 503),
        ] {
            let response = send(&site, request(method, path, &cookie, &token)).await;
            assert_eq!(response.status().as_u16(), expected, "{method} {path}");
        }
        let hello = body(send(&site, request("GET", "/hello", &cookie, "")).await).await;
        assert!(hello.starts_with("nobody "), "{hello}");
        // Whether a forged login has a live session behind it cannot be told.
        let json = |token| {
            let mut login = request("POST", "/login", &cookie, token);
            login.headers_mut().insert("content-type", "application/json".parse().unwrap());
            login
        };
        assert_eq!(send(&site, json("wrong")).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(send(&site, request("POST", "/plain", &cookie, "wrong")).await.status(), StatusCode::FORBIDDEN);
    }
    // The same with a store that answers.
    let site = routes().mount(&gate).unwrap();
    assert!(body(send(&site, request("GET", "/hello", &cookie, "")).await).await.starts_with("ada "));
    assert_eq!(body(send(&site, request("GET", "/somebody", &cookie, "")).await).await, "ada");
    assert_eq!(send(&site, request("GET", "/somebody", "", "")).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_proof_that_the_rule_does_not_give_is_refused_loudly() {
    let bench = Bench::new();
    let gate = bench.gate();
    let site = Router::new().route("/", signed_in(put(update))).mount(&gate).unwrap();
    let admin = bench.subject("ada", &["admin"]).await;
    let (cookie, token) = bench.sign_in(&gate, &admin).await;
    assert_eq!(send(&site, request("PUT", "/", &cookie, &token)).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let bare: axum::Router = axum::Router::new().route("/", axum::routing::get(me));
    assert_eq!(send(&bare, request("GET", "/", &cookie, "")).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn a_router_that_cannot_be_right_is_not_mounted_and_every_mistake_is_named() {
    let bench = Bench::new();
    let errors = Router::<()>::new()
        .route("/a", require("product:delete", put(home)))
        .route("/b", require("Product", get(home)))
        .route("c", public(get(home)))
        .route("/d", public(get(home)))
        .route("/d", signed_in(get(me)))
        .mount(&bench.gate())
        .unwrap_err();
    assert_eq!(errors.len(), 4);
    assert!(matches!(&errors[0], MountError::Policy(Unfit::Unknown { place, .. }) if place == "PUT /a"), "{errors:?}");
    assert!(errors.iter().any(|error| error.to_string().contains("/d is mounted twice")), "{errors:?}");
}

#[test]
fn two_paths_that_no_router_could_tell_apart_are_an_error_that_names_both() {
    let bench = Bench::new();
    let mistakes = |paths: &[&str]| {
        let routes = paths.iter().fold(Router::<()>::new(), |routes, path| routes.route(path, public(get(home))));
        routes.mount(&bench.gate()).map(drop).unwrap_err().to_string()
    };
    for (first, second) in [
        ("/users/{id}", "/users/{name}"),
        ("/users/{id}/roles", "/users/{name}/roles"),
        ("/files/{*rest}", "/files/{*path}"),
    ] {
        let sentence = mistakes(&[first, second]);
        assert!(sentence.contains(&format!("{second} and {first} are the same addresses")), "{sentence}");
    }
    for path in ["/a/{}", "/a/{x", "/a/{*}", "/{*rest}/b", "/a/{x}{y}", "/a/:id", "/a/*rest"] {
        let sentence = mistakes(&[path]);
        assert!(sentence.contains(&format!("the path \"{path}\" cannot be read")), "{sentence}");
    }
    let both = Router::<()>::new().route("/u/{id}", public(get(home))).route("/u/{name}", public(post(home)));
    assert_eq!(both.mount(&bench.gate()).unwrap_err().len(), 1, "another method is the same path");
}

#[tokio::test]
async fn a_site_that_knows_its_origin_believes_neither_host_nor_a_claim_that_contradicts_it() {
    let bench = Bench::new();
    let own = Some(Origin::parse("https://www.example.com").unwrap());
    let site = routes().mount(&bench.builder().origins(Origins { own, ..Origins::default() }).build()).unwrap();
    for (host, origin, claim, expected) in [
        ("internal:3000", "https://www.example.com", "", 401),
        ("www.example.com", "http://www.example.com", "", 403),
        ("evil.example", "https://evil.example", "", 403),
        ("evil.example", "https://evil.example", "same-origin", 403),
        ("evil.example", "https://evil.example", "none", 403),
        ("www.example.com", "https://www.example.com", "same-origin", 401),
        ("www.example.com", "null", "same-origin", 401),
        ("www.example.com", "null", "", 403),
    ] {
        let mut posted = request("POST", "/me", "", "");
        posted.headers_mut().insert("host", host.parse().unwrap());
        posted.headers_mut().insert("origin", origin.parse().unwrap());
        if !claim.is_empty() {
            posted.headers_mut().insert("sec-fetch-site", claim.parse().unwrap());
        }
        assert_eq!(send(&site, posted).await.status().as_u16(), expected, "{host} {origin} {claim}");
    }
}

#[tokio::test]
async fn a_session_is_found_beside_the_cookies_of_other_software_whatever_is_in_them() {
    let bench = Bench::new();
    let gate = bench.gate();
    let site = routes().mount(&gate).unwrap();
    let carol = bench.subject("carol", &["customer"]).await;
    let (cookie, _) = bench.sign_in(&gate, &carol).await;
    let name = cookie.split('=').next().unwrap();
    for (sent, expected) in [
        (format!("nick=홍; {cookie}").into_bytes(), 200),
        ([b"b=\xff\xfe; ", cookie.as_bytes(), b"; half=\"x"].concat(), 200),
        (format!("x; =; a=b=c; {cookie}; {}", "y".repeat(16_000)).into_bytes(), 200),
        (format!("nick=홍; {name}=").into_bytes(), 401),
        (format!("nick=홍; {name}=홍").into_bytes(), 400),
        (format!("nick=홍; {cookie}; {cookie}").into_bytes(), 400),
    ] {
        let mut asked = request("GET", "/me", "", "");
        asked.headers_mut().insert("cookie", http::HeaderValue::from_bytes(&sent).unwrap());
        let response = send(&site, asked).await;
        assert_eq!(response.status().as_u16(), expected, "{}", String::from_utf8_lossy(&sent));
        assert_eq!(response.headers().contains_key("set-cookie"), expected == 400, "what is broken is taken away");
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_405_and_forged_first() {
    let bench = Bench::new();
    let site = routes().mount(&bench.gate()).unwrap();
    let missing = send(&site, request("GET", "/nothing", "", "")).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(missing.headers()["content-type"], "application/problem+json");
    let method = send(&site, request("DELETE", "/me", "", "")).await;
    assert_eq!(method.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(method.headers()["allow"], "GET,HEAD,POST");
    for (verb, path) in [("POST", "/nothing"), ("DELETE", "/me")] {
        let mut forged = request(verb, path, "", "");
        forged.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
        assert_eq!(send(&site, forged).await.status(), StatusCode::FORBIDDEN, "{verb} {path}");
    }
}
