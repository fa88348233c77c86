//! The whole server in this process, with a clock and a hashing pool of the test's.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::Cost;
use admit_core::jws::KeyId;
use admit_core::keyring::KeyRecord;
use admit_core::store::{Keys, Reply, StoreError};
use admit_core::time::{ManualClock, Timestamp};
use admit_core::token::TokenId;
use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::data::Claim;
use crate::operation::{Cause, Failure};

const PASSWORD: &str = "correct horse battery staple";
const APP: &str = "demo-native";

struct Server {
    site: Site,
    operations: Arc<Operations>,
    clock: Arc<ManualClock>,
    _stopping: watch::Sender<bool>,
    _folder: tempfile::TempDir,
}

impl Server {
    async fn start(workers: usize) -> Self {
        Self::start_with(workers, |_, _| ()).await
    }

    /// The same with something else in it than is configured.
    async fn start_with(workers: usize, change: impl FnOnce(&mut Operations, &ServerSecret)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let Claim::Ours(data) = DataFolder::claim(folder.path()).unwrap() else { panic!("a folder of its own") };
        let config = Config::default();
        let secret = ServerSecret::new(&OsRandom).unwrap();
        let public = Origin::parse("http://localhost:8080").unwrap();
        let setting = Setting { workers: Some(1), secret: Some(&secret), public: &public, demo: true };
        let mut assembled = assemble(&config, &data, setting).await.unwrap();
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let alice = "alice";
        assembled.operations.create_user(&Cause::operator(), alice, Some(PASSWORD), &[]).await.unwrap();
        let mut operations = Arc::into_inner(assembled.operations).unwrap();
        operations.clock = Arc::clone(&clock) as _;
        let size = PoolSize { workers, waiting: 16 };
        operations.hasher = Hasher::start(size, Cost::OWASP, &operations.random, Arc::new(SystemClock)).unwrap();
        change(&mut operations, &secret);
        assembled.operations = Arc::new(operations);
        let (stopping, stops) = watch::channel(false);
        let serving = Serving { public, dev: true, demo: false, stopping: stops };
        let site = site(&assembled, &config, &secret, serving).unwrap();
        Self { site, operations: assembled.operations, clock, _stopping: stopping, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.site.router.clone().oneshot(request).await.unwrap()
    }

    async fn login(&self, password: &str) -> Response<Body> {
        self.log_in(&json!({ "username": "alice", "password": password })).await
    }

    async fn log_in(&self, body: &Value) -> Response<Body> {
        let request = Request::post("/login").header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// The feed, as a verifier who is signed in gets it.
    async fn follow(&self) -> Response<Body> {
        let roles = ["verifier".to_owned()];
        self.operations.create_user(&Cause::operator(), "watcher", Some(PASSWORD), &roles).await.unwrap();
        let answer = self.log_in(&json!({ "username": "watcher", "password": PASSWORD })).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let request = Request::get("/revocations").header("cookie", cookie).body(Body::empty()).unwrap();
        let answer = self.send(request).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer
    }

    async fn redeem(&self, refresh: &str) -> Response<Body> {
        let form = format!("grant_type=refresh_token&client_id={APP}&refresh_token={refresh}");
        let request = Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).unwrap()).await
    }
}

async fn body(response: Response<Body>) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

async fn kind(response: Response<Body>) -> String {
    let body = body(response).await;
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

/// A store of keys that takes no other key when it is told so.
struct Full {
    store: Arc<dyn Keys>,
    full: AtomicBool,
    /// How often it was asked for the keys.
    asked: AtomicUsize,
}

impl Keys for Full {
    fn keys(&self) -> Reply<Vec<KeyRecord>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.store.keys()
    }

    fn add_key(&self, key: KeyRecord, beside: usize, event: Event) -> Reply<bool> {
        match self.full.load(Ordering::Relaxed) {
            true => Reply::ready(Err(StoreError::new("the disk is full"))),
            false => self.store.add_key(key, beside, event),
        }
    }

    fn revoke_key(&self, kid: KeyId, event: Event) -> Reply<bool> {
        self.store.revoke_key(kid, event)
    }

    fn delete_key(&self, kid: KeyId) -> Reply<()> {
        self.store.delete_key(kid)
    }
}

/// A server with such a store.
async fn with_keys_in() -> (Server, Arc<Full>) {
    let mut keys = None;
    let server = Server::start_with(1, |operations, secret| {
        let (store, full, asked) = (Arc::clone(&operations.keys), AtomicBool::new(false), AtomicUsize::new(0));
        let store = Arc::new(Full { store, full, asked });
        let before = operations.issuer.take().unwrap();
        let issuer = Issuer::new(Parts {
            url: before.url().to_owned(),
            rules: *before.rules(),
            schedule: Config::default().tokens.schedule(),
            secret,
            store: Arc::clone(&store) as _,
            verifier: Arc::clone(before.verifier()),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
        });
        operations.issuer = Some(Arc::new(issuer.unwrap()));
        keys = Some(store);
    })
    .await;
    server.operations.issuer.as_ref().unwrap().tend().await.unwrap();
    (server, keys.unwrap())
}

#[tokio::test]
async fn published_keys_are_not_read_for_everybody_and_never_older_than_what_was_told() {
    let (server, keys) = with_keys_in().await;
    let published = async || {
        let request = Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap();
        let keys = body(server.send(request).await).await["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (first, begun) = (published().await, std::time::Instant::now());
    let before = keys.asked.load(Ordering::Relaxed);
    for _ in 0..200 {
        assert_eq!(published().await, first);
    }
    let asked = keys.asked.load(Ordering::Relaxed) - before;
    assert!(asked as u64 <= begun.elapsed().as_secs() + 1, "it was asked {asked} times");
    // Whoever changes them, and however soon after the last time.
    let event = Event::new(EventKind::KeyRevoked, Actor::Operator, server.operations.clock.now());
    let (old, kid) = (first[0].clone(), keys.store.keys().await.unwrap().remove(0).kid);
    assert!(keys.store.revoke_key(kid, event).await.unwrap());
    let next = published().await;
    assert!(
        !next.contains(&old) && !next.is_empty(),
        "a withdrawn key is not published, and one takes its place: {next:?}"
    );
}

#[tokio::test]
async fn a_renewal_that_no_key_can_sign_is_503_and_leaves_the_refresh_token_good() {
    let (server, keys) = with_keys_in().await;
    let issuer = server.operations.issuer.as_ref().unwrap();
    let answer = server.log_in(&json!({ "username": "alice", "password": PASSWORD, "client_id": APP })).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let refresh = body(answer).await["refresh_token"].as_str().unwrap().to_owned();

    // The one key is withdrawn, and no other comes in its place.
    keys.full.store(true, Ordering::Relaxed);
    let kid = keys.keys().await.unwrap().remove(0).kid;
    let revoked = server.operations.revoke_key(&Cause::operator(), kid.as_str()).await;
    assert!(matches!(revoked, Err(Failure::Unavailable(_))), "it is withdrawn, and there is no other: {revoked:?}");
    for _ in 0..2 {
        assert_eq!(server.redeem(&refresh).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    // Past the time in which a token that was spent is good again.
    server.clock.advance(Duration::from_secs(11));
    assert_eq!(server.redeem(&refresh).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    keys.full.store(false, Ordering::Relaxed);
    issuer.tend().await.unwrap();
    assert_eq!(server.redeem(&refresh).await.status(), StatusCode::OK, "nothing was spent");
}

#[tokio::test]
async fn for_a_follower_that_never_reads_no_more_is_kept_than_a_queue_holds() {
    let server = Server::start(1).await;
    let operations = &server.operations;
    let mut answer = server.follow().await;
    for _ in 0..10 {
        let now = operations.clock.now();
        let revoked = (0..500).map(|_| {
            let event = Event::new(EventKind::TokenRevoked, Actor::Operator, now);
            operations.signals.revoke_token(TokenId::new(&OsRandom).unwrap(), now.plus(Duration::from_secs(300)), event)
        });
        for revoked in revoked.collect::<Vec<_>>() {
            revoked.await.unwrap();
        }
    }
    // It is behind by more than anything holds: what was queued comes, and then nothing. It asks again.
    let mut told = 0;
    while let Some(frame) = answer.body_mut().frame().await {
        told += usize::from(frame.unwrap().into_data().unwrap().starts_with(b"id: "));
        assert!(told < 200, "more was kept");
    }
}

#[tokio::test]
async fn a_follower_is_told_to_wait_a_moment_of_its_own_before_it_asks_again() {
    let server = Server::start(1).await;
    let mut answer = server.follow().await;
    let waits = loop {
        let frame = answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
        let text = std::str::from_utf8(&frame).unwrap().to_owned();
        if text.contains("event: current") {
            break text.lines().find_map(|line| line.strip_prefix("retry: ")?.parse::<u64>().ok());
        }
    };
    assert!(waits.is_some_and(|waits| (1000..=2000).contains(&waits)), "{waits:?}");
}
