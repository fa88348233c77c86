//! Where a page of a list begins is said by the caller, and so can be anything.

use admit_testkit::Request;
use serde_json::{Value, json};

use crate::support::{admin, demo};

fn encoded(text: &[u8]) -> String {
    text.iter().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn cve_2026_33505_a_forged_place_in_a_list_is_refused_or_shows_nothing_and_never_reaches_the_database_as_sql() {
    let server = demo();
    let mut admin = admin(&server);
    server.user("alice", &["customer"]);
    let users = server.cli(&["--json", "user", "list"], "").json();
    let sql = [
        "'",
        "''",
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
            assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-field"), "{path} after {said}");
        }
        for path in ["/admin/api/audit", "/admin/audit"] {
            let answer = admin.send(&Request::new("GET", &format!("{path}?before={value}")));
            assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-field"), "{path} before {said}");
        }
    }
    // The places that there are have a beginning and an end, and no other side to come out on.
    let names = |page: Value| page["users"].as_array().unwrap().iter().map(|user| user["username"].clone()).collect();
    for (after, due) in
        [("alice", json!(["root"])), ("ALICE", json!(["root"])), ("root", json!([])), ("zzz", json!([]))]
    {
        let page: Vec<Value> = names(admin.get(&format!("/admin/api/users?after={after}")).json());
        assert_eq!(json!(page), due, "after {after}");
    }
    for (before, some) in [("0", false), ("1", false), ("2", true), ("9223372036854775808", true), (MOST, true)] {
        let log = admin.get(&format!("/admin/api/audit?before={before}")).json();
        assert_eq!(!log["events"].as_array().unwrap().is_empty(), some, "before {before}");
    }
    for beyond in ["-1", "18446744073709551616", "1.0", "0x10", "1e3"] {
        assert_eq!(admin.get(&format!("/admin/api/audit?before={beyond}")).status, 422, "before {beyond}");
    }
    // One place of one list, shown by somebody else, is a place and no permission.
    server.user("carol", &["customer"]);
    let mut carol = server.signed_in("carol");
    assert_eq!(carol.get("/admin/api/users?after=alice").status, 403);
    assert_eq!(server.client().get("/admin/api/audit?before=2").status, 401);
    assert_eq!(server.cli(&["--json", "user", "list"], "").json()[0], users[0]);
}

/// The largest number that a place in the log can be.
const MOST: &str = "18446744073709551615";
