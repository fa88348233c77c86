//! A caller who says in the request who they are, at every endpoint there is.

use admit::Rule;
use admit_testkit::{PASSWORD, Request, Wire};
use serde_json::{Value, json};

use super::target::{Target, routes};

/// The fields of every body that there is here, filled in well, and those in which other servers have read who is asking.
fn fields(boss: &str) -> Vec<(&'static str, Value)> {
    let documented = [
        ("username", json!("mallory")),
        ("password", json!(PASSWORD)),
        ("current_password", json!(PASSWORD)),
        ("new_password", json!("velvet harbour compass")),
        ("roles", json!(["admin"])),
        ("name", json!("Stolen")),
        ("price", json!(1)),
        ("return_to", json!("/admin")),
        ("grant_type", json!("password")),
        ("client_id", json!("app")),
        ("audience", json!("x")),
        ("subject_token", json!("x")),
    ];
    let undocumented = [
        ("userId", json!(boss)),
        ("user_id", json!(boss)),
        ("user", json!({ "id": boss, "roles": ["admin"] })),
        ("id", json!(boss)),
        ("sub", json!(boss)),
        ("subject", json!(boss)),
        ("principal", json!({ "id": boss, "roles": ["admin"] })),
        ("session", json!({ "id": boss, "subject": boss })),
        ("session_id", json!(boss)),
        ("role", json!("admin")),
        ("is_admin", json!(true)),
        ("authenticated", json!(true)),
        ("permissions", json!(["user:read", "user:update", "product:update"])),
        ("csrf", json!(false)),
        ("_method", json!("GET")),
        ("__proto__", json!({ "admin": true })),
        ("constructor", json!({ "prototype": { "admin": true } })),
    ];
    documented.into_iter().chain(undocumented).collect()
}

/// As a form, or a query, has it: what is no text is written as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What must be as it was: the people with their roles, the audit log's latest entry about a change, the product.
fn state(target: &mut Target) -> (Value, Value, Value) {
    let mut log = target.boss.get("/admin/api/audit").json();
    (
        target.boss.get("/admin/api/users").json(),
        log["events"][0].take(),
        target.server.client().get("/demo/api/products/1").json(),
    )
}

#[test]
fn cve_2025_61928_at_every_endpoint_whoever_says_in_the_body_who_they_are_is_nobody_all_the_same() {
    let mut target = Target::start();
    let boss = target.boss.refresh().json()["subject"]["id"].as_str().expect("an id").to_owned();
    let (cookie, token) = (Target::cookie(&target.alice), target.alice.csrf_token.clone());
    let fields = fields(&boss);
    let whole: Value = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let texts: Vec<(&str, String)> = fields.iter().map(|(name, value)| (*name, text(value))).collect();
    let form: Vec<(&str, &str)> = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let query = format!("userId={boss}&user_id={boss}&sub={boss}&roles=admin&role=admin&is_admin=true&session={boss}");
    let before = state(&mut target);
    let mut wire = Wire::new(target.server.address);
    let mut sent = 0;
    for route in routes(&target.alice_id).iter().filter(|route| route.is_guarded()) {
        let address = format!("{}?{query}", route.path);
        // Each field alone, all of them, and all as a form; a body on a GET too.
        let mut bodies: Vec<Request> = fields
            .iter()
            .map(|(name, value)| Request::new(&route.method, &address).json(&json!({ *name: value })))
            .collect();
        bodies.push(Request::new(&route.method, &address).json(&whole));
        bodies.push(Request::new(&route.method, &address).form(&form));
        for request in &bodies {
            let answer = wire.ask(request).expect("an answer");
            let said = format!("{} {}: {} {}", route.method, route.path, answer.status, answer.text());
            // A form without its token is a forged one before it is anybody's.
            let is_form = std::ptr::eq(request, &bodies[bodies.len() - 1]);
            assert!(answer.status == 401 || (is_form && answer.status == 403), "anonymous: {said}");
            sent += 1;
            if matches!(route.rule, Rule::Require(_)) && !is_form {
                let request = request.clone().header("cookie", &cookie).header("x-csrf-token", &token);
                let answer = wire.ask(&request).expect("an answer");
                assert_eq!(answer.status, 403, "a customer: {} {} {}", route.method, route.path, answer.text());
                sent += 1;
            }
        }
    }
    println!("{sent} requests");
    assert_eq!(state(&mut target), before, "nothing has changed");
    target.assert_unharmed_and_open();
}
