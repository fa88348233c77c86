//! How long after the acknowledgement of each kind of revocation both verifiers refuse the token.
//!
//! A few rounds of each by default. The long run, of the optimised programs, is this (`--test-threads 1`: nothing beside it):
//!
//! ```sh
//! cargo build --release -p admit-server -p admit-shop --bins --examples
//! ADMIT_BINARY=$PWD/target/release/admit ADMIT_VERIFIER_ROUNDS=200 \
//!     cargo test -p admit-server --test all -- --test-threads 1 --nocapture verifiers::speed
//! ```
//!
//! What is asserted is the bound; the rest is printed.

use std::io::Write;
use std::time::Duration;

use admit_testkit::{Client, PASSWORD, Request, Server, Verifier};
use serde_json::json;

use super::support::{
    BOUND, GUARDED, Tokens, admin, ask, issuer, post, redemption, revocation, secret_file, set_roles, sign_in,
    sign_in_for, until, verifiers,
};
use super::watch::refused_after;

/// How often each kind is tried.
pub(crate) fn rounds(default: usize) -> usize {
    std::env::var("ADMIT_VERIFIER_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Scene {
    issuer: Server,
    admin: Client,
    user: String,
}

const USER: &str = "ann";

/// What revokes, and how the token is got that it revokes.
type Kind = (&'static str, fn(&mut Scene, &[Verifier]) -> Vec<Duration>);

const KINDS: [Kind; 10] = [
    ("logout by the app", |scene, verifiers| {
        let tokens = sign_in_twice(scene);
        let logout = Request::new("POST", "/logout").header("authorization", &format!("Bearer {}", tokens.own));
        let mut app = scene.issuer.client();
        watch(verifiers, &tokens.shop, || assert_eq!(app.send(&logout).status, 204))
    }),
    ("logout everywhere", |scene, verifiers| {
        let (token, mut browser) = (sign_in(&scene.issuer, USER).access, scene.issuer.signed_in(USER));
        watch(verifiers, &token, || post(&mut browser, "/logout/all"))
    }),
    ("disable", |scene, verifiers| {
        let token = sign_in(&scene.issuer, USER).access;
        let path = format!("/admin/api/users/{}", scene.user);
        let took = watch(verifiers, &token, || post(&mut scene.admin, &format!("{path}/disable")));
        post(&mut scene.admin, &format!("{path}/enable"));
        took
    }),
    ("role change", |scene, verifiers| {
        let token = sign_in(&scene.issuer, USER).access;
        let user = scene.user.clone();
        let took = watch(verifiers, &token, || set_roles(&mut scene.admin, &user, &["customer", "admin"]));
        set_roles(&mut scene.admin, &user, &["admin"]);
        took
    }),
    ("password change", |scene, verifiers| {
        let (token, mut browser) = (sign_in(&scene.issuer, USER).access, scene.issuer.signed_in(USER));
        let body = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
        watch(verifiers, &token, || {
            let answer = browser.call("POST", "/account/password", &body);
            assert_eq!(answer.status, 200, "{}", answer.text());
        })
    }),
    ("an admin ends that one session", |scene, verifiers| {
        let token = sign_in(&scene.issuer, USER).access;
        let listed = scene.issuer.cli(&["--json", "session", "list", USER], "").json();
        let session = listed[0]["id"].as_str().expect("the newest").to_owned();
        watch(verifiers, &token, || {
            let output = scene.issuer.cli(&["session", "revoke", USER, &session], "");
            assert_eq!(output.code, 0, "{output:?}");
        })
    }),
    ("refresh token revoked", |scene, verifiers| {
        let tokens = sign_in(&scene.issuer, USER);
        let mut app = scene.issuer.client();
        watch(verifiers, &tokens.access, || assert_eq!(app.send(&revocation(&tokens.refresh)).status, 200))
    }),
    ("access token revoked by its name", |scene, verifiers| {
        let token = sign_in(&scene.issuer, USER).access;
        let mut app = scene.issuer.client();
        watch(verifiers, &token, || assert_eq!(app.send(&revocation(&token)).status, 200))
    }),
    ("key revoked", |scene, verifiers| {
        let token = sign_in(&scene.issuer, USER).access;
        both_take(verifiers, &token);
        let keys = scene.issuer.cli(&["--json", "keys", "list"], "").json();
        let active = keys.as_array().and_then(|keys| keys.iter().find(|key| key["stage"] == "active")).cloned();
        let kid = active.expect("a key that signs")["kid"].as_str().unwrap_or_default().to_owned();
        let took = watch(verifiers, &token, || {
            let output = scene.issuer.cli(&["keys", "revoke", &kid], "");
            assert_eq!(output.code, 0, "{output:?}");
        });
        // The key that was made in its place is known before the next round begins.
        both_take(verifiers, &sign_in(&scene.issuer, USER).access);
        took
    }),
    ("session exchanged, then logged out", |scene, verifiers| {
        let mut browser = scene.issuer.signed_in(USER);
        let token = exchange(&scene.issuer, &mut browser);
        watch(verifiers, &token, || post(&mut browser, "/logout"))
    }),
];

struct Two {
    /// For the issuer itself.
    own: String,
    /// Of the same sign-in, for the shop.
    shop: String,
}

fn sign_in_twice(scene: &Scene) -> Two {
    let own = sign_in_for(&scene.issuer, USER, &scene.issuer.url);
    let shop = Tokens::of(&scene.issuer.client().send(&redemption(&own.refresh))).access;
    Two { own: own.access, shop }
}

/// `POST /session/token`, as the server of the shop does it.
fn exchange(issuer: &Server, browser: &mut Client) -> String {
    let secret = std::fs::read_to_string(secret_file(issuer)).expect("the secret");
    let form = [("client_id", "demo-shop"), ("client_secret", secret.trim()), ("audience", "demo-shop")];
    Tokens::of(&browser.send(&Request::new("POST", "/session/token").form(&form))).access
}

fn both_take(verifiers: &[Verifier], token: &str) {
    for verifier in verifiers {
        until(verifier, token, 200, BOUND);
    }
}

fn watch(verifiers: &[Verifier], token: &str, revoke: impl FnOnce()) -> Vec<Duration> {
    let took = refused_after(verifiers, token, GUARDED, revoke);
    for verifier in verifiers {
        let answer = ask(verifier, token);
        assert_eq!((answer.status, answer.problem().as_str()), (401, "invalid-token"), "{}", answer.text());
    }
    took
}

#[test]
fn whatever_revokes_a_token_both_verifiers_refuse_it_within_the_bound_and_ever_after() {
    let issuer = issuer().start();
    let (admin, user) = (admin(&issuer), issuer.user(USER, &["admin"]));
    let verifiers = verifiers(&issuer, BOUND);
    let mut scene = Scene { issuer, admin, user };
    let rounds = rounds(5);
    let mut report = format!("{rounds} rounds of each, both verifiers, after the acknowledgement:\n");
    for (name, kind) in KINDS {
        let mut took: Vec<Duration> = (0..rounds).flat_map(|_| kind(&mut scene, &verifiers)).collect();
        took.sort();
        let at = |share: f64| took[((took.len() - 1) as f64 * share).round() as usize];
        let (p50, p99, max) = (at(0.5), at(0.99), at(1.0));
        report.push_str(&format!("  {name:36} p50 {p50:>10.2?}  p99 {p99:>10.2?}  max {max:>10.2?}\n"));
    }
    drop(writeln!(std::io::stderr(), "{report}"));
}
