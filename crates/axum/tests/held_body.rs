//! A body that its sender holds back, at an app's own handlers: the right is looked up when the last byte has come.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use admit::core::audit::{Actor, Event, EventKind};
use admit::core::store::{Accounts, Change, Sessions};
use admit::core::subject::{RoleName, Status, SubjectState};
use admit::core::time::Clock;
use admit::{Router, SystemClock, before_login, for_clients, post, public, put, require, signed_in};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use http::{Request, StatusCode};
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc;

use crate::support::{Bench, body, send};

/// A body of which the test sends each piece.
struct Held {
    pieces: mpsc::Receiver<&'static [u8]>,
    polled: Arc<AtomicBool>,
    said: Option<u64>,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.polled.store(true, Ordering::Release);
        self.pieces.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(Bytes::from_static(piece)))))
    }

    fn size_hint(&self) -> SizeHint {
        self.said.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

type Sender = mpsc::Sender<&'static [u8]>;

/// The body, its sending end, and whether anybody has asked for any of it.
fn held(said: Option<u64>) -> (Body, Sender, Arc<AtomicBool>) {
    let (sender, pieces) = mpsc::channel(8);
    let polled = Arc::new(AtomicBool::new(false));
    (Body::new(Held { pieces, polled: Arc::clone(&polled), said }), sender, polled)
}

/// How often a handler ran.
type Ran = Arc<AtomicUsize>;

async fn update(State(ran): State<Ran>, body: String) -> String {
    ran.fetch_add(1, Ordering::AcqRel);
    body
}

async fn stream(State(ran): State<Ran>) -> &'static str {
    ran.fetch_add(1, Ordering::AcqRel);
    "before the body"
}

fn routes(ran: &Ran) -> Router {
    Router::new()
        .route("/products/{id}", require("product:update", put(update)))
        .route("/me", signed_in(post(update)))
        .route("/small", signed_in(post(update)).body_limit(8))
        .route("/large", signed_in(post(update)).body_limit(4 * 1024 * 1024))
        .route("/upload", signed_in(post(stream)).streaming())
        .route("/hook", public(post(update)))
        .route("/login", before_login(post(update)))
        .route("/token", for_clients(post(update)))
        .with_state(Arc::clone(ran))
}

struct World {
    bench: Bench,
    site: axum::Router,
    ran: Ran,
    ada: Arc<SubjectState>,
    cookie: String,
    token: String,
}

impl World {
    async fn new() -> Self {
        let bench = Bench::new();
        let gate = bench.gate();
        let ran = Ran::default();
        let site = routes(&ran).mount(&gate).unwrap();
        let ada = bench.subject("ada", &["admin"]).await;
        let (cookie, token) = bench.sign_in(&gate, &ada).await;
        Self { bench, site, ran, ada, cookie, token }
    }

    fn request(&self, method: &str, path: &str, body: Body) -> Request<Body> {
        let request = Request::builder().method(method).uri(path).header("x-csrf-token", &self.token);
        request.header("cookie", &self.cookie).body(body).unwrap()
    }

    fn ran(&self) -> usize {
        self.ran.load(Ordering::Acquire)
    }

    async fn change(&self, change: Change) {
        let event = Event::new(EventKind::SubjectDisabled, Actor::Operator, SystemClock.now()).about(self.ada.id);
        self.bench.store.change(self.ada.id, change, event).await.unwrap().unwrap();
    }

    async fn sign_out(&self) {
        let now = SystemClock.now();
        for open in self.bench.store.list(self.ada.id, now).await.unwrap() {
            let event = Event::new(EventKind::SessionRevoked, Actor::Operator, now).about(self.ada.id);
            assert!(self.bench.store.end(self.ada.id, open.record.id, event).await.unwrap());
        }
    }
}

/// Sends all but the last byte, waits until the gate has taken it, lets something happen, and sends the rest.
async fn held_back(world: &World, method: &str, path: &str, meanwhile: impl Future<Output = ()>) -> StatusCode {
    let (body, sender, polled) = held(None);
    let answering = tokio::spawn({
        let (site, request) = (world.site.clone(), world.request(method, path, body));
        async move { send(&site, request).await.status() }
    });
    sender.send(b"all but ").await.unwrap();
    while !polled.load(Ordering::Acquire) || sender.capacity() < sender.max_capacity() {
        tokio::task::yield_now().await;
    }
    meanwhile.await;
    assert_eq!(world.ran(), 0, "the handler ran before the last byte");
    sender.send(b"this").await.unwrap();
    drop(sender);
    answering.await.unwrap()
}

#[tokio::test]
async fn an_admin_who_is_stopped_while_holding_a_body_back_changes_nothing() {
    for (what, change, expected) in [
        ("disabled", Change::Status(Status::Disabled), 401),
        ("demoted", Change::Roles(vec![RoleName::parse("customer").unwrap()]), 403),
    ] {
        let world = World::new().await;
        let status = held_back(&world, "PUT", "/products/1", world.change(change)).await;
        assert_eq!((status.as_u16(), world.ran()), (expected, 0), "{what}");
    }
    let world = World::new().await;
    let status = held_back(&world, "PUT", "/products/1", world.sign_out()).await;
    assert_eq!((status.as_u16(), world.ran()), (401, 0), "signed out");
    let world = World::new().await;
    let status = held_back(&world, "PUT", "/products/1", async {}).await;
    assert_eq!((status.as_u16(), world.ran()), (200, 1), "nothing happened, and the body is whole");
}

#[tokio::test]
async fn a_user_who_is_signed_out_while_a_form_is_held_back_changes_nothing() {
    let world = World::new().await;
    let (form, sender, _) = held(None);
    let request = Request::post("/me").header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("cookie", &world.cookie).body(form).unwrap();
    let site = world.site.clone();
    let answering = tokio::spawn(async move { send(&site, request).await.status() });
    let fields: &'static str = format!("a=1&csrf_token={}", world.token).leak();
    sender.send(fields.as_bytes()).await.unwrap();
    while sender.capacity() < sender.max_capacity() {
        tokio::task::yield_now().await;
    }
    world.sign_out().await;
    drop(sender);
    assert_eq!((answering.await.unwrap().as_u16(), world.ran()), (401, 0));
}

#[tokio::test]
async fn a_form_whose_last_byte_has_come_reaches_its_handler_whole() {
    let world = World::new().await;
    let form = format!("name=a%20b&csrf_token={}", world.token);
    let request = Request::post("/me").header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("cookie", &world.cookie).body(Body::from(form.clone())).unwrap();
    assert_eq!(body(send(&world.site, request).await).await, form);
}

#[tokio::test]
async fn nobody_s_body_is_asked_for_where_the_answer_is_no_already() {
    let world = World::new().await;
    let asked_for = async |request: fn(http::request::Builder) -> http::request::Builder, path: &str, said| {
        // It ends when it is asked for: whoever does has the answer, and is seen.
        let (body, sender, polled) = held(said);
        drop(sender);
        let status = send(&world.site, request(Request::post(path)).body(body).unwrap()).await.status();
        (status.as_u16(), polled.load(Ordering::Acquire))
    };
    assert_eq!(asked_for(|it| it, "/me", None).await, (401, false), "anonymous");
    let form = |it: http::request::Builder| it.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(asked_for(form, "/me", None).await, (401, false), "an anonymous form");
    for path in ["/me", "/hook", "/login", "/token"] {
        let foreign = asked_for(|it| it.header("sec-fetch-site", "cross-site"), path, None).await;
        assert_eq!(foreign, (403, false), "{path}, of another site");
    }
    assert_eq!(asked_for(|it| it, "/hook", Some(3 * 1024 * 1024)).await, (413, false), "said to be too large");
    let (body, sender, polled) = held(None);
    drop(sender);
    let mut without_token = world.request("POST", "/me", body);
    without_token.headers_mut().remove("x-csrf-token");
    assert_eq!(send(&world.site, without_token).await.status(), StatusCode::FORBIDDEN);
    assert!(!polled.load(Ordering::Acquire), "a session without its token");
    assert_eq!(world.ran(), 0);
}

#[tokio::test]
async fn a_body_over_the_limit_of_its_route_is_413_and_within_it_reaches_axum_s_extractors() {
    let world = World::new().await;
    let sent = async |path: &str, length: usize, said: bool| {
        let body = match said {
            true => Body::from("x".repeat(length)),
            false => Body::new(Pieces(length)),
        };
        send(&world.site, world.request("POST", path, body)).await.status().as_u16()
    };
    for said in [true, false] {
        assert_eq!(sent("/small", 8, said).await, 200, "{said}");
        assert_eq!(sent("/small", 9, said).await, 413, "{said}");
        assert_eq!(sent("/me", 2 * 1024 * 1024, said).await, 200, "{said}");
        assert_eq!(sent("/me", 2 * 1024 * 1024 + 1, said).await, 413, "{said}");
        assert_eq!(sent("/large", 3 * 1024 * 1024, said).await, 200, "{said}");
    }
}

/// So many bytes in pieces, and nothing said of how many.
struct Pieces(usize);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = self.0.min(4096);
        self.0 -= piece;
        Poll::Ready((piece > 0).then(|| Ok(Frame::data(Bytes::from("x".repeat(piece))))))
    }
}

#[tokio::test]
async fn a_route_that_says_streaming_gets_its_body_as_it_comes_and_a_form_s_token_in_the_header_alone() {
    let world = World::new().await;
    let (body, _sender, polled) = held(None);
    let response = send(&world.site, world.request("POST", "/upload", body)).await;
    assert_eq!((response.status().as_u16(), polled.load(Ordering::Acquire)), (200, false));
    let form = Request::post("/upload").header("content-type", "application/x-www-form-urlencoded");
    let form = form.header("cookie", &world.cookie).body(Body::from(format!("csrf_token={}", world.token))).unwrap();
    assert_eq!(send(&world.site, form).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_sent_before_login_and_by_clients_reaches_its_handler_whole() {
    let world = World::new().await;
    for path in ["/login", "/token", "/hook"] {
        let request = Request::post(path).header("content-type", "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(body(send(&world.site, request).await).await, "{}", "{path}");
    }
}
