//! A role in one tenant is no role at the server itself.

use admit_testkit::{APP, PASSWORD};
use serde_json::{Value, json};

use crate::http::support::{admin, demo, edit, product};

#[admit_testkit::everywhere]
fn cve_2026_123800_an_admin_of_one_tenant_administers_nothing_of_the_server_by_session_or_token() {
    let server = demo();
    let mut root = admin(&server);
    let root_id = root.get("/session").json()["subject"]["id"].as_str().unwrap().to_owned();
    let own_id = server.user("tina", &["admin@acme", "customer@globex"]);
    let mut tina = server.signed_in("tina");
    let token = server.tokens(APP, "tina").access;
    assert_eq!(tina.get("/session").json()["subject"]["roles"], json!(["admin@acme", "customer@globex"]));
    let (users, before) = (root.get("/admin/api/users").json(), product(&server));
    let roles = json!({ "roles": ["admin"] });
    for (method, path, body) in [
        ("GET", "/admin/api/users".to_owned(), Value::Null),
        ("GET", "/admin/api/audit".to_owned(), Value::Null),
        ("GET", "/admin/api/permissions/user:update".to_owned(), Value::Null),
        ("GET", format!("/admin/api/users/{root_id}"), Value::Null),
        ("GET", format!("/admin/api/users/{root_id}/permissions"), Value::Null),
        ("GET", "/revocations".to_owned(), Value::Null),
        ("POST", "/admin/api/users".to_owned(), json!({ "username": "eve", "password": PASSWORD, "roles": ["admin"] })),
        ("PUT", format!("/admin/api/users/{own_id}/roles"), roles.clone()),
        ("PUT", format!("/admin/api/users/{root_id}/roles"), roles),
        ("POST", format!("/admin/api/users/{root_id}/disable"), Value::Null),
        ("POST", format!("/admin/api/users/{root_id}/sessions/revoke"), Value::Null),
        // It is in no tenant.
        ("PUT", "/demo/api/products/1".to_owned(), edit()),
    ] {
        assert_eq!(tina.call(method, &path, &body).status, 403, "{method} {path} by session");
        assert_eq!(server.client().by_token(&token, method, &path, &body).status, 403, "{method} {path} by token");
    }
    for page in ["/admin", "/admin/audit", "/admin/permissions", &format!("/admin/users/{root_id}")] {
        assert_eq!(tina.page(page).status, 403, "{page}");
    }
    assert_eq!(root.get("/admin/api/users").json(), users);
    assert_eq!(product(&server), before);
    // Nor is one of these the administrator who has to be left.
    let gone = root.call("PUT", &format!("/admin/api/users/{root_id}/roles"), &json!({ "roles": [] }));
    assert!((400..500).contains(&gone.status), "{} {}", gone.status, gone.text());
    assert_eq!(root.get("/admin/api/users").status, 200);
}
