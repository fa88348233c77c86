//! Where a page of a list begins is said by the caller, and so can be anything.

use admit_testkit::Request;
use serde_json::{Value, json};

use crate::http::support::{admin, demo};

fn encoded(text: &[u8]) -> String {
    text.iter().map(|byte| format!("%{byte:02x}")).collect()
}

#[admit_testkit::everywhere]
fn cve_2026_33505_a_forged_place_in_a_list_is_refused_or_shows_nothing_and_never_reaches_the_database_as_sql() {
    let server = demo();
    let mut admin = admin(&server);
    server.user("alice", &["customer"]);
    let users = server.cli(&["--json", "user", "list"], "").json();
    let sql = [
        "'=",
        "'';",
        "\"",
        "\\",
        "x' OR '1'='1",
        "x' OR 1=1 --",
        "x'; DROP TABLE subject; --",
        "zzz') UNION SELECT password FROM subject --",
        "$1",
        "?",
        "%",
        "(select 1)",
        "' || pg_sleep(10) || '",
        "\0",
        "a\0b",
        "\n",
        "\u{feff}",
        "\u{10ffff}",
    ];
    let mut forged: Vec<Vec<u8>> = sql.iter().map(|text| text.as_bytes().to_vec()).collect();
    // Beginnings of a place, and bytes that are no text at all.
    forged.extend([b"\xff".to_vec(), b"\xc0\x80".to_vec(), b"\xed\xa0\x80".to_vec(), b"al\xc3".to_vec()]);
    forged.push("9".repeat(5_000).into_bytes());
    for text in &forged {
        let (value, said) = (encoded(text), text.escape_ascii().to_string());
        for path in ["/admin/api/users", "/admin"] {
            let answer = admin.send(&Request::new("GET", &format!("{path}?after={value}")));
            assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid-parameter"), "{path} after {said}");
        }
        for path in ["/admin/api/audit", "/admin/audit"] {
            let answer = admin.send(&Request::new("GET", &format!("{path}?before={value}")));
            assert_eq!((answer.status, answer.problem().as_str()), (400, "invalid-parameter"), "{path} before {said}");
        }
    }
    // The places that there are have a beginning and an end, and no other side to come out on.
    let names = |page: Value| page["users"].as_array().unwrap().iter().map(|user| user["username"].clone()).collect();
    let first = admin.get("/admin/api/users?limit=1").json();
    let place = first["next"].as_str().unwrap().to_owned();
    let page: Vec<Value> = names(admin.get(&format!("/admin/api/users?after={place}")).json());
    assert_eq!(json!(page), json!(["root"]));
    for name in ["alice", "ALICE", "root", "zzz"] {
        let answer = admin.get(&format!("/admin/api/users?after={name}"));
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "invalid-parameter"),
            "a name is no place: {name}"
        );
    }
    for (before, some) in [("0", false), ("1", false), ("2", true), ("9223372036854775808", true), (MOST, true)] {
        let log = admin.get(&format!("/admin/api/audit?before={before}")).json();
        assert_eq!(!log["events"].as_array().unwrap().is_empty(), some, "before {before}");
    }
    for beyond in ["-1", "18446744073709551616", "1.0", "0x10", "1e3"] {
        assert_eq!(admin.get(&format!("/admin/api/audit?before={beyond}")).status, 400, "before {beyond}");
    }
    // One place of one list, shown by somebody else, is a place and no permission.
    server.user("carol", &["customer"]);
    let mut carol = server.signed_in("carol");
    assert_eq!(carol.get(&format!("/admin/api/users?after={place}")).status, 403);
    assert_eq!(server.client().get("/admin/api/audit?before=2").status, 401);
    assert_eq!(server.cli(&["--json", "user", "list"], "").json()[0], users[0]);
}

#[admit_testkit::everywhere]
fn cve_2026_33505_a_zero_byte_in_whatever_is_sent_is_no_error_of_the_database() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &["customer"]);
    let zero = "a\0b";
    let long = "fifteen letters\0and more";
    let mut answers = Vec::new();
    for path in [
        "/admin/api/users?query=a%00b".to_owned(),
        "/admin/api/users?after=a%00b".to_owned(),
        "/admin?query=a%00b".to_owned(),
        "/admin?after=a%00b".to_owned(),
        "/admin?created=a%00b".to_owned(),
        "/admin/api/audit?subject=a%00b".to_owned(),
        "/admin/api/audit?kind=a%00b".to_owned(),
        "/admin/api/users/a%00b".to_owned(),
        "/admin/users/a%00b".to_owned(),
        "/admin/api/users/a%00b/permissions".to_owned(),
        "/admin/api/permissions/a%00b".to_owned(),
        "/demo/api/products/a%00b".to_owned(),
        "/setup?token=a%00b".to_owned(),
        "/login?return_to=/a%00b".to_owned(),
    ] {
        answers.push(admin.get(&path));
    }
    for (method, path, body) in [
        ("POST", "/login".to_owned(), json!({ "username": zero, "password": long })),
        ("POST", "/login".to_owned(), json!({ "username": "alice", "password": long })),
        ("POST", "/setup".to_owned(), json!({ "token": zero, "username": zero, "password": long })),
        ("POST", "/account/password".to_owned(), json!({ "current_password": long, "new_password": long })),
        ("POST", "/admin/api/users".to_owned(), json!({ "username": zero, "password": long, "roles": [] })),
        ("POST", "/admin/api/users".to_owned(), json!({ "username": "bob", "password": long, "roles": [zero] })),
        ("PUT", format!("/admin/api/users/{id}/roles"), json!({ "roles": [zero] })),
        ("POST", "/admin/api/users/a%00b/disable".to_owned(), Value::Null),
        ("POST", "/admin/api/users/a%00b/sessions/revoke".to_owned(), Value::Null),
        ("DELETE", "/sessions/a%00b".to_owned(), Value::Null),
    ] {
        answers.push(admin.call(method, &path, &body));
    }
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/session/token"] {
        let fields = ["client_id", "client_secret", "refresh_token", "code", "token", "audience", "username", "scope"];
        for grant in ["refresh_token", "password", "client_credentials", zero] {
            let mut form = vec![("grant_type", grant)];
            form.extend(fields.map(|field| (field, zero)));
            answers.push(server.client().post(path, &form));
            form[1].1 = "app";
            answers.push(server.client().post(path, &form));
        }
    }
    for (number, answer) in answers.iter().enumerate() {
        assert!(answer.status < 500, "the {number}th: {} {}", answer.status, answer.text());
    }
    assert_eq!(server.client().get("/readyz").status, 200);
}

/// The largest number that a place in the log can be.
const MOST: &str = "18446744073709551615";
