//! A watcher is told how each step went, and the answers are the same as without one.

use std::sync::{Arc, Mutex};

use admit::witness::State::{Passed, Skipped, Stopped};
use admit::witness::{Seen, Witness};
use admit::{Principal, Router, before_login, get, post, public, put, require, signed_in};
use axum::body::Body;
use http::Request;

use crate::support::{Bench, send};

#[derive(Default)]
struct Last(Mutex<Option<Seen>>);

impl Witness for Last {
    fn saw(&self, seen: Seen) {
        *self.0.lock().unwrap() = Some(seen);
    }
}

async fn plain() -> &'static str {
    "ok"
}

async fn asks(_: Option<Principal>) -> &'static str {
    "ok"
}

fn routes() -> Router {
    Router::new()
        .route("/", public(get(plain)))
        .route("/asks", public(get(asks)))
        .route("/me", signed_in(get(plain)))
        .route("/me", signed_in(post(plain)))
        .route("/product", require("product:update", put(plain)))
        .route("/login", before_login(post(plain)))
}

#[tokio::test]
async fn a_watcher_sees_how_each_step_went_and_the_answer_is_the_same() {
    let bench = Bench::new();
    let last = Arc::new(Last::default());
    let gate = bench.builder().witness(Arc::clone(&last) as _).build();
    let (watched, alone) = (routes().mount(&gate).unwrap(), routes().mount(&bench.gate()).unwrap());
    let (cookie, token) = bench.sign_in(&gate, &*bench.subject("carol", &["customer"]).await).await;
    let nothing = String::new();
    for (method, path, cookie, token, body, status, states, said) in [
        ("GET", "/", &cookie, &nothing, "", 200, [Passed, Passed, Passed, Passed], "nothing was looked up"),
        ("GET", "/asks", &cookie, &nothing, "", 200, [Passed, Passed, Passed, Passed], "carol — session "),
        ("GET", "/asks", &nothing, &nothing, "", 200, [Passed, Passed, Passed, Passed], "Nobody: anonymous."),
        ("GET", "/me", &cookie, &nothing, "", 200, [Passed, Passed, Passed, Passed], "carol — session "),
        ("GET", "/me", &nothing, &nothing, "", 401, [Passed, Passed, Passed, Stopped], "Nobody: anonymous."),
        ("GET", "/me", &"admit_session=x".to_owned(), &nothing, "", 401, [Passed, Passed, Passed, Stopped], "Nobody"),
        ("GET", "/me", &format!("{cookie}; {cookie}"), &nothing, "", 400, [Stopped, Skipped, Skipped, Skipped], ""),
        ("POST", "/me", &cookie, &token, "{}", 200, [Passed, Passed, Passed, Passed], "carol — session "),
        ("POST", "/me", &cookie, &nothing, "{}", 403, [Passed, Stopped, Skipped, Skipped], ""),
        ("PUT", "/product", &cookie, &token, "", 403, [Passed, Passed, Passed, Stopped], "carol — session "),
        ("POST", "/login", &cookie, &nothing, "{}", 409, [Passed, Stopped, Skipped, Skipped], ""),
        ("POST", "/login", &nothing, &nothing, "{}", 200, [Passed, Passed, Passed, Passed], ""),
    ] {
        let request = || {
            let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
            let request = request.header("sec-fetch-site", "same-origin");
            let request = if cookie.is_empty() { request } else { request.header("cookie", cookie) };
            let request = if token.is_empty() { request } else { request.header("x-csrf-token", token) };
            request.body(Body::from(body)).unwrap()
        };
        assert_eq!(send(&alone, request()).await.status(), status, "{method} {path}");
        assert_eq!(send(&watched, request()).await.status(), status, "{method} {path}");
        let seen = last.0.lock().unwrap().take().unwrap();
        let steps = [&seen.steps.extract, &seen.steps.csrf, &seen.steps.authenticate, &seen.steps.authorize];
        assert_eq!(steps.map(|step| step.state), states, "{method} {path}: {seen:?}");
        assert!(seen.steps.authenticate.said.contains(said), "{method} {path}: {seen:?}");
        for step in steps {
            assert_eq!(step.said.is_empty(), step.state == Skipped, "{method} {path}: {seen:?}");
            let begins_with_status = step.said.starts_with(&format!("{status}: "));
            assert_eq!(begins_with_status, step.state == Stopped, "{method} {path}: {seen:?}");
        }
        assert_eq!((seen.status, &*seen.site), (status, "sec-fetch-site: same-origin"));
    }
}
