//! Bodies that are no JSON, or JSON that two readers would read differently.

use admit_testkit::{PASSWORD, Request, Wire};
use serde_json::{Value, json};

use super::target::Target;

/// The endpoints that take JSON, each with a body that would do something.
fn endpoints(alice_id: &str) -> Vec<(&'static str, String, Value)> {
    vec![
        ("POST", "/login".to_owned(), json!({ "username": "mallory", "password": "x" })),
        ("POST", "/setup".to_owned(), json!({ "token": "x", "username": "mallory", "password": PASSWORD })),
        (
            "POST",
            "/account/password".to_owned(),
            json!({ "current_password": PASSWORD, "new_password": "velvet harbour compass" }),
        ),
        ("POST", "/admin/api/users".to_owned(), json!({ "username": "mallory", "password": PASSWORD, "roles": [] })),
        ("PUT", format!("/admin/api/users/{alice_id}/roles"), json!({ "roles": ["admin"] })),
        ("PUT", "/demo/api/products/1".to_owned(), json!({ "name": "Stolen", "price": 1 })),
    ]
}

/// Each good body made bad, with the name of what is wrong with it.
fn spoiled(good: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let text = good.to_string();
    let first = good.as_object().and_then(|fields| fields.keys().next()).expect("a field");
    let inner = text.trim_start_matches('{').trim_end_matches('}');
    let with_value = |value: &str| format!("{{\"{first}\":{value}}}").into_bytes();
    let mut bad = vec![
        ("deep arrays", "[".repeat(10_000).into_bytes()),
        ("deep objects", "{\"a\":".repeat(10_000).into_bytes()),
        ("deep and closed", format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes()),
        ("deep in a field", with_value(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)))),
        ("a huge number", with_value(&format!("1{}", "0".repeat(5_000)))),
        ("a huge exponent", with_value("1e999999999")),
        ("not a number", with_value("NaN")),
        ("a lone surrogate", with_value("\"\\ud800\"")),
        ("surrogates swapped", with_value("\"\\udc00\\ud800\"")),
        ("a bad escape", with_value("\"\\x41\"")),
        ("a control character", with_value("\"a\nb\"")),
        ("a zero byte", with_value("\"a\0b\"")),
        ("trailing garbage", format!("{text}x").into_bytes()),
        ("two documents", format!("{text}{text}").into_bytes()),
        ("a trailing comma", format!("{{{inner},}}").into_bytes()),
        ("a comment", format!("/**/{text}").into_bytes()),
        ("single quotes", text.replace('"', "'").into_bytes()),
        ("a byte order mark", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("half of it", text.as_bytes()[..text.len() / 2].to_vec()),
        ("a form", b"username=mallory&password=x&roles=admin".to_vec()),
        ("an array", format!("[{text}]").into_bytes()),
        ("a string", json!(text).to_string().into_bytes()),
        ("null", b"null".to_vec()),
        ("a number", b"0".to_vec()),
        ("nothing but space", b" \r\n\t".to_vec()),
        ("an unknown field", format!("{{{inner},\"is_admin\":true}}").into_bytes()),
        ("a prototype", format!("{{{inner},\"__proto__\":{{}}}}").into_bytes()),
        ("a name in another case", text.replacen(first, &first.to_uppercase(), 1).into_bytes()),
        ("an empty object", b"{}".to_vec()),
    ];
    for invalid in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x80"] {
        bad.push(("invalid UTF-8", [format!("{{\"{first}\":\"").as_bytes(), invalid, b"\"}"].concat()));
    }
    bad
}

fn sent(method: &str, path: &str, body: Vec<u8>, target: &Target) -> Request {
    let request = Request::new(method, path).header("content-type", "application/json").bytes(body);
    if path == "/login" || path == "/setup" {
        return request;
    }
    request.header("cookie", &Target::cookie(&target.boss)).header("x-csrf-token", &target.boss.csrf_token.clone())
}

#[test]
fn a_body_that_is_not_the_json_of_its_endpoint_is_a_clear_4xx_and_changes_nothing() {
    let mut target = Target::start();
    let mut wire = Wire::new(target.server.address);
    let product = target.server.client().get("/demo/api/products/1").json();
    for (method, path, good) in endpoints(&target.alice_id) {
        for (what, body) in spoiled(&good) {
            let request = sent(method, &path, body, &target);
            let answer = wire.ask(&request).unwrap_or_else(|| panic!("no answer to {what} at {method} {path}"));
            let said = format!("{what} at {method} {path}: {} {}", answer.status, answer.text());
            assert!(matches!(answer.status, 400 | 413 | 422), "{said}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{said}");
            let kinds = ["malformed-json", "invalid-field", "invalid-body", "body-too-large"];
            assert!(kinds.contains(&answer.problem().as_str()), "{said}");
        }
    }
    assert_eq!(target.server.client().get("/demo/api/products/1").json(), product);
    target.assert_unharmed_and_open();
}

/// The shop reads its bodies so already. The server's own endpoints take the last of the two (`web/input.rs` reads into a
/// `serde_json::Value` first), so that a proxy or a log that reads the first sees another request than the server does.
#[test]
fn a_field_that_comes_twice_is_refused_whichever_of_the_two_would_be_good() {
    let mut target = Target::start();
    let mut wire = Wire::new(target.server.address);
    let mut taken = Vec::new();
    for (method, path, good) in endpoints(&target.alice_id) {
        let text = good.to_string();
        let inner = text.trim_start_matches('{').trim_end_matches('}');
        for (name, value) in good.as_object().expect("fields") {
            let other = if value.is_array() { "[]" } else { "\"other\"" };
            for body in [format!("{{{inner},\"{name}\":{other}}}"), format!("{{\"{name}\":{other},{inner}}}")] {
                let answer = wire.ask(&sent(method, &path, body.clone().into_bytes(), &target)).expect("an answer");
                let refused = matches!(answer.problem().as_str(), "malformed-json" | "invalid-field");
                let about_two = answer.text().contains("duplicate") || answer.text().contains("twice");
                if !refused || !about_two {
                    taken.push(format!("{method} {path} {body}: {} {}", answer.status, answer.problem()));
                }
                if answer.status == 200 && path == "/account/password" {
                    target.boss = target.server.client();
                    target.boss.sign_in("boss", "velvet harbour compass");
                }
            }
        }
    }
    assert!(taken.is_empty(), "taken, although a field came twice:\n  {}", taken.join("\n  "));
    target.assert_unharmed();
}
