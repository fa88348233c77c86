//! The follower in `docs/guide/checking-tokens.md`: the lines that a reader takes from there, run by node as they stand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_testkit::{Client, Folder, PASSWORD, Request, Server, folder};
use serde_json::{Value, json};

use crate::interop::partner::Partner;

const GUIDE: &str = include_str!("../../../../docs/guide/checking-tokens.md");

/// A second native app, which can be taken away: what is signed in under `demo-native` must not mind.
const APP: &str = "[clients.app]\nruns = \"native\"\naudience = [\"demo-shop\"]\n";

struct Scene {
    issuer: Server,
    folder: Arc<Folder>,
    follower: Partner,
    user: String,
    root: Client,
}

impl Scene {
    /// `None` where node is not there.
    fn new() -> Option<Self> {
        let code = GUIDE.split("```js\n// follower.mjs\n").nth(1)?.split("```").next()?;
        let mut follower = Partner::node(&format!("{code}\n{}", include_str!("follower.mjs")), "jose")?;
        let folder = Arc::new(folder());
        std::fs::write(folder.path().join("admit.toml"), APP).unwrap();
        let server = Server::demo(env!("CARGO_BIN_EXE_admit")).arg("--config=admit.toml").within(Arc::clone(&folder));
        let issuer = server.env("ADMIT_TOKENS__HEARTBEAT", "200ms").start();
        issuer.user("root", &["admin"]);
        let (user, root) = (issuer.user("ann", &["customer"]), issuer.signed_in("root"));
        let secret = std::fs::read_to_string(issuer.folder().join("admit-data/demo-shop.secret")).unwrap();
        follower.ask(&json!({ "begin": {
            "issuer": issuer.url, "audience": "demo-shop", "clientId": "demo-shop", "secret": secret.trim(), "maxStaleness": 2000,
        } }));
        Some(Self { issuer, folder, follower, user, root })
    }

    fn token(&self, client: &str) -> String {
        let login = json!({ "username": "ann", "password": PASSWORD, "client_id": client, "audience": "demo-shop" });
        let answer = self.issuer.client().send(&Request::new("POST", "/login").json(&login));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// What the follower says of a token: `good`, `refused` or `unavailable`.
    fn judges(&mut self, token: &str) -> String {
        let answer = self.follower.ask(&json!({ "token": token }));
        answer.as_object().unwrap().keys().next().unwrap().clone()
    }

    #[track_caller]
    fn comes_to(&mut self, verdict: &str, token: &str, why: &str) {
        let begun = Instant::now();
        loop {
            let now = self.judges(token);
            if now == verdict {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{why}: still {now} and not {verdict}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn admin(&mut self, method: &str, what: &str, body: &Value) {
        let answer = self.root.call(method, &format!("/admin/api/users/{}{what}", self.user), body);
        assert!((200..300).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    }

    /// A token of the user's app dies by this, and one that is got after it is good.
    #[track_caller]
    fn dies(&mut self, why: &str, by: impl FnOnce(&mut Self, &str)) {
        let token = self.token("demo-native");
        self.comes_to("good", &token, why);
        by(self, &token);
        self.comes_to("refused", &token, why);
        let next = self.token("demo-native");
        self.comes_to("good", &next, why);
    }
}

#[test]
fn the_follower_in_the_guide_refuses_whatever_an_event_makes_dead_and_nothing_else() {
    let Some(mut scene) = Scene::new() else { return };
    let other = scene.token("app");
    scene.comes_to("good", &other, "another app's");
    scene.dies("token-revoked", |scene, token| {
        let form = Request::new("POST", "/oauth/revoke").form(&[("client_id", "demo-native"), ("token", token)]);
        assert_eq!(scene.issuer.client().send(&form).status, 200);
    });
    scene.dies("session-revoked", |scene, _| {
        let listed = scene.issuer.cli(&["--json", "session", "list", "ann"], "").json();
        let newest = listed[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(scene.issuer.cli(&["session", "revoke", "ann", &newest], "").code, 0);
    });
    assert_eq!(scene.judges(&other), "good", "nobody revoked this one");
    // The app is taken away while the issuer is down: its tokens are dead, and those of the user's other one are not.
    let (kept, name) = (scene.token("demo-native"), scene.folder.path().join("admit.toml"));
    scene.comes_to("good", &kept, "before the restart");
    std::fs::write(name, APP.replace("app]", "gone]")).unwrap();
    scene.issuer = scene.issuer.again();
    scene.comes_to("refused", &other, "client-change");
    scene.comes_to("good", &kept, "after the restart");
    scene.dies("sessions-revoked", |scene, _| scene.admin("POST", "/sessions/revoke", &Value::Null));
    assert_eq!(scene.judges(&kept), "refused", "every sign-in was ended");
    scene.dies("token-claims-change", |scene, _| {
        scene.admin("PUT", "/roles", &json!({ "roles": ["customer", "verifier"] }));
    });
    scene.dies("account-disabled", |scene, _| {
        scene.admin("POST", "/disable", &Value::Null);
        scene.admin("POST", "/enable", &Value::Null);
    });
    scene.dies("credential-change", |scene, _| {
        let body = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
        assert_eq!(scene.issuer.signed_in("ann").call("POST", "/account/password", &body).status, 200);
    });
    scene.dies("key-revoked", |scene, _| {
        let keys = scene.issuer.cli(&["--json", "keys", "list"], "").json();
        let active = keys.as_array().unwrap().iter().find(|key| key["stage"] == "active").unwrap();
        assert_eq!(scene.issuer.cli(&["keys", "revoke", active["kid"].as_str().unwrap()], "").code, 0);
    });
}

#[test]
fn the_follower_in_the_guide_takes_no_token_when_it_does_not_know_an_event_or_hears_none() {
    let Some(mut scene) = Scene::new() else { return };
    let token = scene.token("demo-native");
    scene.comes_to("good", &token, "at first");
    scene.follower.ask(&json!({ "rename": "sessions-revoked" }));
    scene.admin("POST", "/sessions/revoke", &Value::Null);
    scene.comes_to("unavailable", &token, "an event that it does not know");
    scene.follower.ask(&json!({ "rename": null }));
    scene.comes_to("refused", &token, "the same event by its name");
    let token = scene.token("demo-native");
    scene.comes_to("good", &token, "signed in again");
    drop(scene.issuer);
    let begun = Instant::now();
    loop {
        let answer = scene.follower.ask(&json!({ "token": token }));
        if answer.get("unavailable").is_some() {
            return;
        }
        assert!(answer.get("good").is_some() && begun.elapsed() < Duration::from_secs(5), "{answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
