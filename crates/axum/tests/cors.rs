//! What pages of other origins may read of an app's routes: nothing, unless the route says so and the gate trusts the origin.

use admit::core::csrf::{Origin, Origins};
use admit::{Router, get, public, put, signed_in};
use axum::body::Body;
use axum::response::{Html, IntoResponse, Redirect};
use axum::{Json, Router as Mounted};
use http::{HeaderMap, Request, StatusCode};

use crate::support::{Bench, send};

const APP: &str = "https://app.example";

async fn json() -> Json<u8> {
    Json(1)
}

async fn page() -> Html<&'static str> {
    Html("<p>1")
}

async fn elsewhere() -> Redirect {
    Redirect::to("/page")
}

/// An answer that a handler has given CORS and `Vary` headers by itself.
async fn own_headers() -> impl IntoResponse {
    ([("access-control-allow-origin", "*"), ("vary", "accept, ORIGIN")], "1")
}

fn site(bench: &Bench) -> Mounted {
    let trusted = vec![Origin::parse(APP).unwrap()];
    let own = Some(Origin::parse("https://login.example").unwrap());
    let gate = bench.builder().origins(Origins { own, trusted, ..Origins::default() }).build();
    let routes = Router::new()
        .route("/open", public(get(json)).cors())
        .route("/open", signed_in(put(json)))
        .route("/closed", public(get(json)))
        .route("/mine", signed_in(get(json)).cors())
        .route("/page", public(get(page)).cors())
        .route("/elsewhere", public(get(elsewhere)).cors())
        .route("/own", public(get(own_headers)).cors())
        .route("/files/{*path}", public(get(json)).cors());
    routes.mount(&gate).unwrap()
}

async fn answer(site: &Mounted, method: &str, path: &str, origin: Option<&str>) -> (StatusCode, HeaderMap) {
    let request = Request::builder().method(method).uri(path).header("host", "login.example");
    let request = origin.into_iter().fold(request, |request, origin| request.header("origin", origin));
    let answer = send(site, request.body(Body::empty()).unwrap()).await;
    (answer.status(), answer.headers().clone())
}

fn reader(headers: &HeaderMap) -> Option<&str> {
    headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_route_is_read_by_a_trusted_origin_only_where_it_says_cors() {
    let bench = Bench::new();
    let site = site(&bench);
    for (path, status, readable) in [
        ("/open", 200, true),
        ("/mine", 401, true),
        ("/files/a/b", 200, true),
        ("/closed", 200, false),
        ("/page", 200, false),
        ("/elsewhere", 303, false),
        ("/nothing", 404, false),
    ] {
        let (found, headers) = answer(&site, "GET", path, Some(APP)).await;
        assert_eq!((found.as_u16(), reader(&headers)), (status, readable.then_some(APP)), "{path}");
        let (_, headers) = answer(&site, "GET", path, Some("https://evil.example")).await;
        assert_eq!(reader(&headers), None, "{path}");
        let (_, plain) = answer(&site, "GET", path, None).await;
        let varies = !matches!(path, "/closed" | "/nothing");
        assert_eq!((reader(&plain), plain.contains_key("vary")), (None, varies), "{path}");
    }
}

#[tokio::test]
async fn a_preflight_names_the_methods_that_are_open_and_no_others() {
    let bench = Bench::new();
    let site = site(&bench);
    let (status, headers) = answer(&site, "OPTIONS", "/open", Some(APP)).await;
    assert_eq!((status, reader(&headers)), (StatusCode::NO_CONTENT, Some(APP)));
    assert_eq!(headers["access-control-allow-methods"], "GET");
    for (path, origin) in [("/open", Some("https://evil.example")), ("/open", None), ("/closed", Some(APP))] {
        let (status, headers) = answer(&site, "OPTIONS", path, origin).await;
        assert_eq!((status, reader(&headers)), (StatusCode::METHOD_NOT_ALLOWED, None), "{path} {origin:?}");
        assert!(headers.contains_key("allow"), "{path}");
    }
}

#[tokio::test]
async fn a_handlers_own_headers_open_nothing_wider_for_a_trusted_origin() {
    let bench = Bench::new();
    let (_, headers) = answer(&site(&bench), "GET", "/own", Some(APP)).await;
    assert_eq!(headers.get_all("access-control-allow-origin").iter().collect::<Vec<_>>(), [APP]);
    assert_eq!(headers.get_all("vary").iter().count(), 1, "named once, in whatever case");
}

#[tokio::test]
async fn a_gate_that_trusts_nobody_gives_no_consent() {
    let bench = Bench::new();
    let routes = Router::<()>::new().route("/open", public(get(json)).cors());
    let site = routes.mount(&bench.gate()).unwrap();
    for origin in [APP, "null", "https://login.example"] {
        for method in ["GET", "OPTIONS"] {
            assert_eq!(reader(&answer(&site, method, "/open", Some(origin)).await.1), None, "{method} {origin}");
        }
    }
}
