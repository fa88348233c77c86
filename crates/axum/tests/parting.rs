//! What leaves with an answer: cookies, the tokens that go with them, and who may keep it.

use admit::core::assurance::Methods;
use admit::core::audit::{Actor, Event, EventKind};
use admit::core::proved::Proved;
use admit::core::store::{Accounts, Change};
use admit::core::subject::RoleName;
use admit::core::time::Clock;
use admit::{
    CsrfToken, Gate, PresentedToken, Principal, Router, SystemClock, Viewer, before_login, get, post, public, signed_in,
};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};

use crate::support::{Bench, body, send};

async fn plain() -> &'static str {
    "plain"
}

async fn shared() -> Response {
    ([("cache-control", "public, max-age=60")], "shared").into_response()
}

async fn aged() -> Response {
    ([("cache-control", "max-age=60")], "aged").into_response()
}

async fn private() -> Response {
    ([("cache-control", "private, max-age=60")], "private").into_response()
}

async fn greeting(Viewer(who): Viewer) -> String {
    who.map_or_else(|| "hello".to_owned(), |who| who.name().into_owned())
}

async fn form(token: CsrfToken) -> Response {
    ([("cache-control", "public, max-age=60")], token.reveal().to_owned()).into_response()
}

/// It asks twice, as a page does whose header and whose form are two extractors.
async fn twice(first: CsrfToken, second: CsrfToken, PresentedToken(presented): PresentedToken) -> String {
    let presented = presented.map(|token| token.reveal().to_string()).unwrap_or_default();
    format!("{} {} {presented}", first.reveal(), second.reveal())
}

async fn act(_: Principal) -> &'static str {
    "done"
}

async fn sign_in() -> &'static str {
    "signed in"
}

fn routes() -> Router {
    Router::new()
        .route("/plain", public(get(plain)))
        .route("/shared", public(get(shared)))
        .route("/greeting", public(get(greeting)))
        .route("/form", public(get(form)))
        .route("/twice", public(get(twice)))
        .route("/login", before_login(post(sign_in)))
        .route("/own", signed_in(get(plain)))
        .route("/own/shared", signed_in(get(shared)))
        .route("/own/aged", signed_in(get(aged)))
        .route("/own/private", signed_in(get(private)))
        .route("/own/form", signed_in(get(form)))
        .route("/own/twice", signed_in(get(twice)))
        .route("/act", signed_in(post(act)))
}

struct World {
    bench: Bench,
    gate: Gate,
    site: axum::Router,
}

impl World {
    fn new() -> Self {
        let bench = Bench::new();
        let gate = bench.gate();
        let site = routes().mount(&gate).unwrap();
        Self { bench, gate, site }
    }

    async fn get(&self, path: &str, cookie: &str) -> Response {
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap();
        send(&self.site, request).await
    }

    async fn post(&self, path: &str, cookie: &str, token: &str) -> StatusCode {
        let request = Request::post(path).header("cookie", cookie).header("content-type", FORM);
        send(&self.site, request.body(Body::from(format!("csrf_token={token}"))).unwrap()).await.status()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn kept(response: &Response) -> Option<&str> {
    response.headers().get("cache-control").map(|value| value.to_str().unwrap())
}

fn cookie(response: &Response) -> String {
    response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn no_shared_cache_keeps_an_answer_of_a_route_that_is_not_public_or_one_with_a_cookie() {
    let world = World::new();
    let carol = world.bench.subject("carol", &["customer"]).await;
    let (cookie, _) = world.bench.sign_in(&world.gate, &carol).await;
    for (path, expected) in [
        ("/own", Some("no-store")),
        ("/own/shared", Some("no-store")),
        ("/own/aged", Some("no-store")),
        ("/own/private", Some("private, max-age=60")),
        ("/plain", None),
        ("/shared", Some("public, max-age=60")),
        // What a handler of a public route shows to somebody is theirs.
        ("/greeting", Some("no-store")),
    ] {
        assert_eq!(kept(&world.get(path, &cookie).await), expected, "{path}");
    }
    assert_eq!(kept(&world.get("/greeting", "").await), None, "for everybody alike");
    let form = world.get("/form", "").await;
    assert!(form.headers().contains_key("set-cookie"));
    assert_eq!(kept(&form), Some("no-store"), "whatever its handler says, a cookie is in it");
    for refused in [world.get("/own", "").await, world.get("/own", "__Host-admit_session=x").await] {
        assert_eq!(kept(&refused), Some("no-store"), "{}", refused.status());
    }
    let begun = world.bench.store.by_id(carol.id).await.unwrap().unwrap().subject;
    let event = Event::new(EventKind::SessionCreated, Actor::Subject(carol.id), SystemClock.now());
    let proved = Proved::vouched_for(&begun, Methods::PASSWORD, SystemClock.now());
    let begun = world.gate.begin_session(&proved, admit::core::session::Device::default(), None, event).await.unwrap();
    assert_eq!(kept(&(begun.unwrap(), "").into_response()), Some("no-store"), "a session that begins");
}

#[tokio::test]
async fn every_token_of_a_request_belongs_to_the_secret_that_its_answer_carries() {
    let world = World::new();
    for path in ["/twice", "/own/twice"] {
        let name = format!("carol{}", path.len());
        let carol = world.bench.subject(&name, &["customer"]).await;
        let (old, _) = world.bench.sign_in(&world.gate, &carol).await;
        let event = Event::new(EventKind::RolesChanged, Actor::Operator, SystemClock.now()).about(carol.id);
        let roles = Change::Roles(vec![RoleName::parse("admin").unwrap()]);
        world.bench.store.change(carol.id, roles, event).await.unwrap().unwrap();
        let response = world.get(path, &old).await;
        let fresh = cookie(&response);
        assert_ne!(fresh, old);
        let text = body(response).await;
        let [first, second, presented] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
        assert!(fresh.ends_with(presented), "{path}: the secret that is presented now");
        for (which, token) in [("first", first), ("second", second)] {
            assert_eq!(world.post("/act", &fresh, token).await, StatusCode::OK, "{path}: the {which} token");
        }
    }
}

#[tokio::test]
async fn every_token_of_an_anonymous_request_belongs_to_the_form_cookie_that_its_answer_carries() {
    let world = World::new();
    let response = world.get("/twice", "").await;
    let form = cookie(&response);
    let text = body(response).await;
    for token in text.split(' ').take(2) {
        assert_eq!(world.post("/login", &form, token).await, StatusCode::OK);
    }
}
