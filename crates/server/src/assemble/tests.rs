//! The whole server in this process, with a clock and a hashing pool of the test's.

use admit_core::credential::password::Cost;
use admit_core::time::{ManualClock, Timestamp};
use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::data::Claim;
use crate::operation::Cause;

const PASSWORD: &str = "correct horse battery staple";

struct Server {
    site: Site,
    clock: Arc<ManualClock>,
    _stopping: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(workers: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let Claim::Ours(data) = DataFolder::claim(folder.path()).unwrap() else { panic!("a folder of its own") };
        let config = Config::default();
        let secret = ServerSecret::new(&OsRandom).unwrap();
        let public = Origin::parse("http://localhost:8080").unwrap();
        let setting = Setting { workers: Some(1), secret: Some(&secret), public: &public, demo: false };
        let mut assembled = assemble(&config, &data, setting).await.unwrap();
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let alice = "alice";
        assembled.operations.create_user(&Cause::operator(), alice, PASSWORD, &[]).await.unwrap();
        let mut operations = Arc::into_inner(assembled.operations).unwrap();
        operations.clock = Arc::clone(&clock) as _;
        let size = PoolSize { workers, waiting: 16 };
        operations.hasher = Hasher::start(size, Cost::OWASP, &operations.random, Arc::new(SystemClock)).unwrap();
        assembled.operations = Arc::new(operations);
        let (stopping, stops) = watch::channel(false);
        let serving = Serving { public, dev: true, demo: false, stopping: stops };
        let site = site(&assembled, &config, &secret, serving).unwrap();
        Self { site, clock, _stopping: stopping, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.site.router.clone().oneshot(request).await.unwrap()
    }

    async fn login(&self, password: &str) -> Response<Body> {
        let body = json!({ "username": "alice", "password": password }).to_string();
        let request = Request::post("/login").header("content-type", "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

async fn kind(response: Response<Body>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["type"].as_str().unwrap_or_default().rsplit(['/', ':', '#']).next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_clock_that_is_corrected_after_six_wrong_passwords_leaves_nobody_waiting_for_hours() {
    let server = Server::start(1).await;
    let right = server.clock.now();
    server.clock.set_wall(right.plus(Duration::from_secs(2 * 3600)));
    for _ in 0..5 {
        assert_eq!(server.login("wrong wrong wrong wrong").await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(server.login("wrong wrong wrong wrong").await.status(), StatusCode::TOO_MANY_REQUESTS);
    server.clock.set_wall(right);
    assert_eq!(server.login(PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS, "the wait goes on");
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(server.login(PASSWORD).await.status(), StatusCode::OK, "and is as long as it said");

    // Nor does a wall clock that jumps forward shorten a wait.
    for _ in 0..5 {
        assert_eq!(server.login("wrong wrong wrong wrong").await.status(), StatusCode::UNAUTHORIZED);
    }
    server.clock.set_wall(Timestamp::from_millis(right.millis() + 10_000));
    assert_eq!(server.login(PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_hashing_pool_without_threads_is_told_by_its_name_and_takes_the_server_out_of_service() {
    let ready = || Request::get("/readyz").body(Body::empty()).unwrap();
    let server = Server::start(1).await;
    assert_eq!(server.send(ready()).await.status(), StatusCode::OK);
    let server = Server::start(0).await;
    let answer = server.login(PASSWORD).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(kind(answer).await, "hashing-stopped");
    let answer = server.send(ready()).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(kind(answer).await, "hashing-stopped");
    let live = server.send(Request::get("/livez").body(Body::empty()).unwrap()).await;
    assert_eq!(live.status(), StatusCode::OK);
}
