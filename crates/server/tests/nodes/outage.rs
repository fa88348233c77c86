//! A store goes away and comes back, many times: guarded routes cannot tell meanwhile, let nobody in, and find it again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_testkit::redis::Redis;
use admit_testkit::{Client, Postgres, Server, folder, run};

use crate::nodes::support::BINARY;

/// How long a guarded route may take to say that it cannot tell.
const AT_ONCE: Duration = Duration::from_millis(250);
/// How long it may take until it can tell again.
const SOON: Duration = Duration::from_secs(5);

/// A node on these, as patient as it is in production.
pub(crate) fn node(accounts: &str, sessions: &str) -> Server {
    let folder = folder();
    let init = run(BINARY, folder.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(init.code, 0, "{init:?}");
    std::fs::write(folder.path().join("policy.toml"), admit_server::config::policy::BUILT_IN).unwrap();
    Server::with(BINARY, &["serve"])
        .within(Arc::new(folder))
        .env("ADMIT_ACCOUNTS__URL", accounts)
        .env("ADMIT_SESSIONS__URL", sessions)
        .start()
}

/// Every answer is 503, and at once.
fn cannot_tell(client: &mut Client, what: &str) {
    for check in 0..15 {
        let begun = Instant::now();
        let answer = client.get("/session");
        let took = begun.elapsed();
        assert_eq!(answer.status, 503, "{what}, check {check}: {}", answer.text());
        assert!(took < AT_ONCE, "{what}, check {check}: {took:?}");
    }
}

/// What everybody may see is there, for a browser with a session too, and before a person would think that it is not.
fn public_pages_go_on(client: &mut Client, what: &str) {
    for path in [
        "/",
        "/login",
        "/docs/choose",
        "/setup",
        "/livez",
        "/assets/admit.css",
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
    ] {
        let begun = Instant::now();
        let answer = client.page(path);
        assert_eq!(answer.status, 200, "{what} {path}: {}", answer.text());
        assert!(begun.elapsed() < 4 * AT_ONCE, "{what} {path}: {:?}", begun.elapsed());
    }
    let keys = client.get("/.well-known/jwks.json").json();
    assert!(keys["keys"].as_array().is_some_and(|keys| !keys.is_empty()), "{what}: {keys}");
    let failure = client.page("/account");
    assert_eq!(failure.status, 503, "{what}");
    assert!(failure.text().contains("/assets/admit.css"), "{what}: the page of the outage has its style");
}

/// The same session is there again.
fn is_back(client: &mut Client, what: &str) {
    let begun = Instant::now();
    loop {
        match client.get("/session").status {
            200 => return,
            503 => assert!(begun.elapsed() < SOON, "{what}: no recovery"),
            other => panic!("{what}: {other}"),
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn while_postgresql_is_away_guarded_routes_are_503_at_once_and_every_session_is_there_after() {
    let mut postgres = Postgres::start();
    let node = node(&postgres.create_database("admit"), "accounts:");
    node.user("ada", &["admin"]);
    let mut ada = node.signed_in("ada");
    for round in 0..10 {
        if round % 2 == 0 {
            postgres.pause();
            cannot_tell(&mut ada, "stands still");
            public_pages_go_on(&mut ada, "stands still");
            postgres.resume();
        } else {
            postgres.kill();
            cannot_tell(&mut ada, "killed");
            public_pages_go_on(&mut ada, "killed");
            postgres.restart();
        }
        is_back(&mut ada, "PostgreSQL");
    }
}

#[test]
fn while_redis_is_away_guarded_routes_are_503_at_once_and_every_session_is_there_after() {
    let postgres = Postgres::start();
    let mut redis = Redis::with().durable().start();
    let node = node(&postgres.create_database("admit"), &redis.url());
    node.user("ada", &["admin"]);
    let mut ada = node.signed_in("ada");
    for round in 0..10 {
        if round % 2 == 0 {
            redis.pause();
            cannot_tell(&mut ada, "stands still");
            redis.resume();
        } else {
            redis.kill();
            cannot_tell(&mut ada, "killed");
            public_pages_go_on(&mut ada, "killed");
            redis.restart();
        }
        is_back(&mut ada, "Redis");
    }
}
