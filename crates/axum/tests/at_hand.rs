//! A request whose answers are at hand costs no heap allocation for the gate's own future.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use admit::{Action, Allowed, Principal, Router, get, public, put, require, signed_in};
use axum::body::Body;
use http::Request;
use tower::Service;

use crate::support::Bench;

struct Update;

impl Action for Update {
    const PERMISSION: &'static str = "product:update";
}

async fn plain() -> &'static str {
    "ok"
}

async fn me(_: Principal) -> &'static str {
    "ok"
}

async fn update(_: Allowed<Update>) -> &'static str {
    "ok"
}

/// The number of allocations of one request, which must be answered without waiting.
fn allocations(site: &axum::Router, request: Request<Body>) -> u64 {
    let (mut site, mut request, mut status) = (site.clone(), Some(request), None);
    let counted = allocation_counter::measure(|| {
        let mut answering = pin!(site.call(request.take().unwrap()));
        if let Poll::Ready(answered) = answering.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            status = Some(answered.unwrap().status());
        }
    });
    assert_eq!(status.map(|status| status.as_u16()), Some(200));
    counted.count_total
}

#[tokio::test]
async fn a_session_in_memory_is_checked_without_a_future_on_the_heap() {
    let bench = Bench::new();
    let gate = bench.gate();
    let ada = bench.subject("ada", &["admin"]).await;
    let (cookie, token) = bench.sign_in(&gate, &ada).await;
    let site: axum::Router = Router::new()
        .route("/public", public(get(plain)))
        .route("/me", signed_in(get(me)))
        .route("/product", require("product:update", put(update)))
        .mount(&gate)
        .unwrap();
    let bare: axum::Router = axum::Router::new().route("/bare", axum::routing::get(plain));
    let request = |method: &str, path: &str| {
        let request = Request::builder().method(method).uri(path).header("host", "shop.example");
        request.header("cookie", &cookie).header("x-csrf-token", &token).body(Body::empty()).unwrap()
    };
    let without = allocations(&bare, request("GET", "/bare"));
    let over = |method: &str, path: &str| allocations(&site, request(method, path)) - without;
    assert_eq!([over("GET", "/public"), over("GET", "/me"), over("PUT", "/product")], [5, 3, 3]);
}
