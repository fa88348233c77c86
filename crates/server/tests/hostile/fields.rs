//! Every field of every JSON endpoint with every wrong type: 422 and the name of the field, never a change.

use admit_testkit::{PASSWORD, Request, Wire};
use serde_json::{Value, json};

use super::target::Target;

fn wrong_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!([]),
        json!([[]]),
        json!([null]),
        json!([1, 2]),
        json!({}),
        json!({ "$ne": null }),
        json!({ "toString": "x" }),
        json!(""),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{202e}nimda"),
        json!("x".repeat(5_000)),
        json!("' OR 1=1 --"),
        json!("../../etc/passwd"),
        json!(["superuser"]),
        json!(["admin", 1]),
        json!(["Admin"]),
        json!(["admin "]),
    ]
}

/// Whether a value is a good one after all: an empty list of roles is.
fn is_good(field: &str, value: &Value) -> bool {
    field == "roles" && *value == json!([])
}

#[test]
fn a_field_of_a_wrong_type_is_refused_by_its_name_at_every_endpoint() {
    let mut target = Target::start();
    let product = target.server.client().get("/demo/api/products/1").json();
    let roles = format!("/admin/api/users/{}/roles", target.alice_id);
    let endpoints = [
        (
            "POST",
            "/account/password",
            json!({ "current_password": PASSWORD, "new_password": "velvet harbour compass" }),
        ),
        ("POST", "/admin/api/users", json!({ "username": "mallory", "password": PASSWORD, "roles": [] })),
        ("PUT", roles.as_str(), json!({ "roles": ["admin"] })),
        ("PUT", "/demo/api/products/1", json!({ "name": "Stolen", "price": 1 })),
    ];
    let mut wire = Wire::new(target.server.address);
    for (method, path, good) in &endpoints {
        for field in good.as_object().expect("fields").keys() {
            for value in wrong_values() {
                // A number is a price, and a text is a name or a password: judged by their own rules elsewhere.
                let plausible = (field == "price" && value.is_number()) || (field == "name" && value.is_string());
                if is_good(field, &value) || plausible || (field == "current_password" && value.is_string()) {
                    continue;
                }
                let long_enough = value.as_str().is_some_and(|text| (15..=1024).contains(&text.chars().count()));
                if field.ends_with("password") && long_enough {
                    continue;
                }
                let mut body = good.clone();
                body[field] = value.clone();
                let request = Request::new(method, path)
                    .header("cookie", &Target::cookie(&target.boss))
                    .header("x-csrf-token", &target.boss.csrf_token.clone())
                    .json(&body);
                let answer = wire.ask(&request).expect("an answer");
                let said = format!("{method} {path} {field}={value}: {} {}", answer.status, answer.text());
                assert_eq!(answer.status, 422, "{said}");
                assert_eq!(answer.problem(), "invalid-field", "{said}");
            }
        }
    }
    assert_eq!(target.server.client().get("/demo/api/products/1").json(), product);
    target.assert_unharmed_and_open();
}

#[test]
fn a_login_with_fields_of_wrong_types_is_never_taken_and_never_fails_the_server() {
    let mut target = Target::start();
    let mut wire = Wire::new(target.server.address);
    for field in ["username", "password"] {
        for value in wrong_values() {
            let mut body = json!({ "username": "alice", "password": PASSWORD });
            body[field] = value.clone();
            let answer = wire.ask(&Request::new("POST", "/login").json(&body)).expect("an answer");
            let due: &[u16] = if value.is_string() { &[401, 429] } else { &[422] };
            assert!(due.contains(&answer.status), "{field}={value}: {} {}", answer.status, answer.text());
        }
    }
    target.assert_unharmed();
}

#[test]
fn queries_and_ids_of_wrong_types_are_a_clear_4xx() {
    let mut target = Target::start();
    let long = "9".repeat(5_000);
    for query in ["subject=x", "kind=x", &format!("subject={long}")] {
        let answer = target.boss.get(&format!("/admin/api/audit?{query}"));
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-field"), "{query}");
    }
    let bad = [
        "before=x",
        "before=-1",
        "before=1.5",
        "before=%00",
        "before=18446744073709551616",
        "subject=%ff",
        "kind=%F0%28%8C%28",
        &format!("before={long}"),
        "unknown=1",
        "before=5&before=x",
        "=&&=&%zz",
    ];
    for query in bad {
        let answer = target.boss.get(&format!("/admin/api/audit?{query}"));
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid-parameter"), "{query}");
    }
    for query in ["before=18446744073709551615", "before=0", "", "&&"] {
        assert_eq!(target.boss.get(&format!("/admin/api/audit?{query}")).status, 200, "{query}");
    }
    for query in ["query=%00", "query=%25", "query='", &format!("query={long}")] {
        assert_eq!(target.boss.get(&format!("/admin/api/users?{query}")).status, 200, "{query}");
    }
    for query in ["after=%ff", "after=%00", "after='", "after=", "after=0", "query=%ff", &format!("after={long}")] {
        let answer = target.boss.get(&format!("/admin/api/users?{query}"));
        assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid-parameter"), "{query}");
    }
    for id in ["0", "-1", "%00", "..%2f..", "null", "%ff", "00000000-0000-0000-0000-000000000000", &long] {
        let path = format!("/admin/api/users/{id}");
        let answer = target.boss.get(&path);
        assert!(matches!(answer.status, 400 | 404), "{id}: {} {}", answer.status, answer.text());
        for (method, under) in [("POST", "/disable"), ("POST", "/sessions/revoke"), ("PUT", "/roles")] {
            let answer = target.boss.call(method, &format!("{path}{under}"), &json!({ "roles": [] }));
            assert!(matches!(answer.status, 400 | 404), "{id}{under}: {} {}", answer.status, answer.text());
        }
        let answer = target.boss.call("DELETE", &format!("/sessions/{id}"), &json!(null));
        assert!(matches!(answer.status, 400 | 404), "{id}: {} {}", answer.status, answer.text());
    }
    target.assert_unharmed_and_open();
}
