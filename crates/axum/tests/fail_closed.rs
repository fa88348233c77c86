//! What cannot be read, told or asked lets nobody in.

use std::sync::Arc;

use admit::core::policy::{Engine, Question, Unknown};
use admit::{
    Action, Gate, Policy, Principal, Rejection, Resource, Router, Value, get, post, public, put, require, signed_in,
};
use admit_testkit::Seeded;
use axum::body::Body;
use axum::extract::Path;
use http::{HeaderValue, Request};

use crate::support::{Bench, body, send};

/// What an order says of its total, and of its owner's country.
#[derive(Clone, Copy, Debug)]
enum Said {
    Well,
    Nothing,
    AnotherKind,
}

struct Order(Said);

impl Resource for Order {
    const NOUN: &'static str = "order";
    const ATTRIBUTES: &'static [&'static str] = &["status", "tenant"];

    fn attribute(&self, name: &str) -> Option<Value<'_>> {
        match (self.0, name) {
            (Said::Well, "status") => Some("placed".into()),
            (Said::Well, "tenant") => Some("acme".into()),
            (Said::AnotherKind, _) => Some(1_i64.into()),
            _ => None,
        }
    }
}

struct Cancel;

impl Action for Cancel {
    const PERMISSION: &'static str = "order:cancel";
}

async fn cancel(who: Principal, Path(said): Path<String>) -> Result<&'static str, Rejection> {
    let said = match said.as_str() {
        "well" => Said::Well,
        "nothing" => Said::Nothing,
        _ => Said::AnotherKind,
    };
    who.authorize(Cancel, Order(said)).map(|_| "cancelled")
}

fn orders() -> Router {
    Router::new().route("/orders/{said}/cancel", require("order:cancel", post(cancel)).on::<Order>())
}

/// Answers as it is told to.
struct Answering(Result<bool, Unknown>);

impl Engine for Answering {
    fn permits(&self, _: &Question<'_>) -> Result<bool, Unknown> {
        self.0.clone()
    }
}

/// What an editor gets who cancels an order that says this, under this policy.
async fn cancelling(policy: Policy, role: &str, said: &str) -> u16 {
    let bench = Bench::new();
    let gate = Gate::builder(Arc::clone(&bench.store) as _, policy, &bench.secret).build();
    let site = orders().mount(&gate).unwrap();
    let editor = bench.subject("eve", &[role]).await;
    let (cookie, token) = bench.sign_in(&gate, &editor).await;
    let request =
        Request::post(format!("/orders/{said}/cancel")).header("cookie", cookie).header("x-csrf-token", token);
    send(&site, request.body(Body::empty()).unwrap()).await.status().as_u16()
}

#[tokio::test]
async fn cve_2024_47070_a_rule_that_cannot_be_told_denies_an_editor_whatever_kind_of_rule_it_is() {
    let granted = "[roles.editor]\npermissions = [\"order:cancel\"]\n";
    let open = "[roles.editor]\n";
    let allow = "[[allow]]\nname = \"rule\"\nroles = [\"editor\"]\npermissions = [\"order:cancel\"]\n";
    let deny = "[[deny]]\nname = \"rule\"\npermissions = [\"order:cancel\"]\n";
    let policies = [
        ("permits while placed", "editor", format!("{open}{allow}when.resource.status = [\"placed\"]\n")),
        ("permits unless it is sent", "editor", format!("{open}{allow}unless.resource.status = [\"sent\"]\n")),
        ("forbids when it is sent", "editor", format!("{granted}{deny}when.resource.status = [\"sent\"]\n")),
        ("forbids unless it is placed", "editor", format!("{granted}{deny}unless.resource.status = [\"placed\"]\n")),
        ("permits in one tenant", "editor@acme", granted.to_owned()),
        ("forbids other tenants", "editor@acme", format!("{granted}{deny}unless.tenant = true\n")),
    ];
    for (what, role, text) in &policies {
        for (said, due) in [("well", 200), ("nothing", 403), ("another-kind", 403)] {
            let policy = Policy::read(text, &orders().permissions()).unwrap();
            assert_eq!(cancelling(policy, role, said).await, due, "{what}: the order says {said}");
        }
    }
}

#[tokio::test]
async fn cve_2024_47070_an_engine_that_cannot_answer_denies_an_editor_in_an_allow_rule_and_in_a_deny_rule() {
    let allow = "[roles.editor]\n[[allow]]\nname = \"rule\"\nroles = [\"editor\"]\npermissions = [\"order:cancel\"]\nwhen.engine = true\n";
    let deny = "[roles.editor]\npermissions = [\"order:cancel\"]\n[[deny]]\nname = \"rule\"\npermissions = [\"order:cancel\"]\nwhen.engine = true\n";
    let broken = || Err(Unknown::Engine("it cannot be reached".to_owned()));
    for (text, answer, due) in [
        (allow, Ok(true), 200),
        (allow, Ok(false), 403),
        (allow, broken(), 403),
        (deny, Ok(false), 200),
        (deny, Ok(true), 403),
        (deny, broken(), 403),
    ] {
        let policy = Policy::read_for_engine(text, &orders().permissions()).unwrap();
        let policy = policy.with_engine(Arc::new(Answering(answer.clone())));
        assert_eq!(cancelling(policy, "editor", "well").await, due, "{answer:?} in\n{text}");
    }
}

const INSIDE: &str = "this is for whoever may have it";

async fn inside() -> &'static str {
    INSIDE
}

fn guarded() -> Router {
    Router::new()
        .route("/", public(get(async || "open")))
        .route("/me", signed_in(get(inside)))
        .route("/me", signed_in(post(inside)))
        .route("/product", require("product:update", put(inside)))
}

/// A credential as somebody makes one up: pieces of good ones, cut, doubled, and bytes in between.
fn made_up(random: &mut Seeded, good: &str) -> Vec<u8> {
    let name = good.split('=').next().unwrap_or_default().to_owned();
    let pieces = [
        "", "=", ";", "; ", ",", "\"", " ", "\t", "Bearer ", "bearer ", "Basic ", "a.b.c", "null", "AAAA", "%00", "..",
        "é",
    ];
    let mut made = Vec::new();
    if random.once_in(4) {
        // A good one but for a letter, alone.
        let mut near = good.as_bytes().to_vec();
        let at = name.len() + 1 + random.below(40);
        near[at] = if near[at] == b'A' { b'B' } else { b'A' };
        return near;
    }
    for _ in 0..=random.below(6) {
        match random.below(6) {
            0 => made.extend(name.as_bytes()),
            1 => made.extend(format!("{name}=").as_bytes()),
            // All of the secret but its last characters, so that it is near a good one and never one.
            2 => made.extend(&good.as_bytes()[..good.len() - 1 - random.below(30)]),
            3 => {
                let length = 1 + random.below(43);
                made.extend(random.bytes(length).iter().map(|byte| byte | 0x20));
            }
            4 => made.extend("A".repeat(43 - random.below(2)).as_bytes()),
            _ => made.extend(random.one_of(&pieces).as_bytes()),
        }
    }
    made
}

#[tokio::test]
async fn cve_2021_32637_no_credential_that_is_made_up_gets_a_2xx_and_what_cannot_be_read_is_400_or_401() {
    let bench = Bench::new();
    let gate = bench.gate();
    let site = guarded().mount(&gate).unwrap();
    let ada = bench.subject("ada", &["admin"]).await;
    let (good, token) = bench.sign_in(&gate, &ada).await;
    let mut random = Seeded::new(0x32637);
    let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
    for _ in 0..1_000 {
        let names = [["cookie"].as_slice(), &["authorization"], &["cookie", "authorization"], &["cookie", "cookie"]];
        let names = names[random.below(names.len())];
        let made: Vec<_> = names.iter().map(|name| (*name, made_up(&mut random, &good))).collect();
        for (method, path) in [("GET", "/me"), ("HEAD", "/me"), ("POST", "/me"), ("PUT", "/product"), ("GET", "/")] {
            // The token of the good session goes along: it is not what keeps these out.
            let mut request = Request::builder().method(method).uri(path).header("x-csrf-token", &token);
            for (name, value) in &made {
                let Ok(value) = HeaderValue::from_bytes(value) else { continue };
                request = request.header(*name, value);
            }
            let response = send(&site, request.body(Body::empty()).unwrap()).await;
            let status = response.status().as_u16();
            let text = body(response).await;
            let shown: Vec<_> = made.iter().map(|(name, value)| format!("{name}: {}", value.escape_ascii())).collect();
            let said = format!("{method} {path} with {shown:?}: {status} {text}");
            *statuses.entry(status).or_default() += 1;
            if path == "/" {
                assert!(matches!(status, 200 | 400), "{said}");
            } else {
                assert!(matches!(status, 400 | 401 | 403), "{said}");
            }
            assert!(!text.contains(INSIDE), "{said}");
        }
    }
    println!("{statuses:?}");
    assert!(statuses.len() >= 3, "malformed ones and dead ones: {statuses:?}");
    // And the one that all of these were made from is good still.
    let request = Request::get("/me").header("cookie", &good).body(Body::empty()).unwrap();
    assert_eq!(body(send(&site, request).await).await, INSIDE);
}
