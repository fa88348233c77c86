//! Two nodes on PostgreSQL, and a verifier that follows the one which has lost the database: what is revoked at the other is
//! in force at the verifier within its bound, or the answer is 503. Never is what the cut off node has not heard taken for
//! what has not happened.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use admit_testkit::{Postgres, Server, Verifier, free};
use serde_json::Value;

use super::between::{Between, Way};
use super::followers::Feed;
use super::support::{SHORT, Tokens, admin, ask, directly, issuer, post, secret_file, service_token, sign_in, until};

/// Any 32 bytes: the two nodes have the same.
const SECRET: &str = "q7Zk3vYx0mTtJd8hP1LwRf5nBs2cUeGiXo6yAa9KjQE";

struct Scene {
    /// The way of `cut` to the database.
    way: Between,
    /// The node that is to lose the database. It is known by its own address.
    cut: Server,
    /// The other one.
    whole: Server,
    _postgres: Postgres,
}

impl Scene {
    fn new() -> Self {
        let postgres = Postgres::start();
        let url = postgres.create_database("admit");
        let way = Between::new(SocketAddr::from(([127, 0, 0, 1], postgres.port())));
        let through = url.replace(&format!(":{}/", postgres.port()), &format!(":{}/", way.address.port()));
        let here = free();
        let node = |listen: SocketAddr, accounts: &str| {
            let node = issuer()
                .env("ADMIT_SERVER__LISTEN", &listen.to_string())
                .env("ADMIT_SERVER__PUBLIC_URL", &format!("http://{here}"))
                .env("ADMIT_SERVER__SECRET", SECRET)
                .env("ADMIT_ACCOUNTS__URL", accounts)
                .env("ADMIT_SESSIONS__URL", "accounts:")
                .env("ADMIT_TOKENS__ACCESS", "60m")
                .env("ADMIT_TOKENS__HEARTBEAT", "200ms")
                .start();
            directly(node, listen)
        };
        let cut = node(here, &through);
        let whole = node(free(), &url);
        Self { way, cut, whole, _postgres: postgres }
    }

    /// Disables the administrator `ann` through the node that is whole, while the other is cut off in this way. From then on
    /// no answer of the verifier to her token that was asked for past the bound may be 200.
    fn is_refused(&self, verifier: &Verifier, id: &str, ann: &Tokens, way: Way) {
        let mut root = self.whole.signed_in("root");
        self.way.set(way);
        post(&mut root, &format!("/admin/api/users/{id}/disable"));
        let disabled = Instant::now();
        while disabled.elapsed() < SHORT + Duration::from_millis(1500) {
            let asked = disabled.elapsed();
            let answer = ask(verifier, &ann.access);
            match answer.status {
                200 => assert!(asked <= SHORT, "{way:?}: a disabled admin is let in {asked:?} after the ban"),
                401 | 503 => {}
                status => panic!("{way:?}: {status} {}", answer.text()),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        // Connections that were stalled stay dead; the node would wait for TCP to notice.
        self.way.set(Way::Cut);
        self.way.set(Way::Open);
        until(verifier, &ann.access, 401, Duration::from_secs(10));
        post(&mut root, &format!("/admin/api/users/{id}/enable"));
    }
}

#[test]
fn a_follower_of_a_node_without_its_database_lets_no_disabled_admin_in_past_its_bound() {
    let scene = Scene::new();
    drop(admin(&scene.cut));
    let id = scene.cut.user("ann", &["admin"]);
    let verifier = Verifier::start(super::support::binary().as_str(), &scene.cut.url, &secret_file(&scene.cut), SHORT);
    for way in [Way::Cut, Way::Stalled] {
        let ann = sign_in(&scene.cut, "ann");
        until(&verifier, &ann.access, 200, Duration::from_secs(10));
        scene.is_refused(&verifier, &id, &ann, way);
    }
}

#[test]
fn a_node_without_its_database_claims_nothing_after_it_lost_it_and_ends_the_feed() {
    let scene = Scene::new();
    drop(admin(&scene.cut));
    let id = scene.cut.user("ann", &["admin"]);
    drop(sign_in(&scene.cut, "ann"));
    let mut root = scene.whole.signed_in("root");
    let token = service_token(&scene.cut);
    let asked = Instant::now();
    let mut feed = Feed::open(&scene.cut, &token, None);
    assert!(feed.head().contains(" 200 "));
    let claim = |data: &str| {
        let t = serde_json::from_str::<Value>(data).expect("JSON")["t"].as_u64().expect("milliseconds");
        asked + Duration::from_millis(t)
    };
    while feed.next().expect("it goes on")[1] != "heartbeat" {}
    scene.way.set(Way::Stalled);
    post(&mut root, &format!("/admin/api/users/{id}/disable"));
    let acknowledged = Instant::now();
    while let Some([_, name, data]) = feed.next() {
        assert_eq!(name, "heartbeat", "it cannot know what happened");
        assert!(claim(&data) < acknowledged, "what was acknowledged before that has not been told");
    }
    let ended = acknowledged.elapsed();
    assert!(ended < Duration::from_secs(3), "without proof it went on for {ended:?}");
}
