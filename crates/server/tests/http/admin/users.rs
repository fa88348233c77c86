//! `/admin/api/users`

use admit_testkit::{PASSWORD, Request};
use serde_json::{Value, json};

use super::{SOMEBODY, create, on, own_id, set_roles};
use crate::http::support::{admin, demo, edit, history, is_signed_in, twin};

#[admit_testkit::everywhere]
fn on_every_endpoint_anonymous_is_401_a_customer_403_and_an_admin_passes() {
    let server = demo();
    let mut admin = admin(&server);
    server.user("customer", &["customer"]);
    let mut customer = server.signed_in("customer");
    let id = server.user("target", &[]);
    let user = |rest: &str| format!("/admin/api/users/{id}{rest}");
    let bob = json!({ "username": "bob", "password": PASSWORD, "roles": [] });
    for (method, path, body, of_admin) in [
        ("GET", "/admin/api/users".to_owned(), Value::Null, 200),
        ("POST", "/admin/api/users".to_owned(), bob, 201),
        ("GET", user(""), Value::Null, 200),
        ("PUT", user("/roles"), json!({ "roles": ["customer"] }), 200),
        ("POST", user("/link"), Value::Null, 201),
        ("PUT", user("/username"), json!({ "username": "target" }), 200),
        ("PUT", user("/roles/verifier"), Value::Null, 200),
        ("DELETE", user("/roles/verifier"), Value::Null, 200),
        ("POST", user("/disable"), Value::Null, 200),
        ("POST", user("/enable"), Value::Null, 200),
        ("POST", user("/sessions/revoke"), Value::Null, 200),
        ("GET", user("/sessions"), Value::Null, 200),
        ("DELETE", user(&format!("/sessions/{SOMEBODY}")), Value::Null, 404),
        ("GET", "/admin/api/audit".to_owned(), Value::Null, 200),
        ("GET", "/admin".to_owned(), Value::Null, 200),
        ("GET", format!("/admin/users/{id}"), Value::Null, 200),
        ("GET", "/admin/audit".to_owned(), Value::Null, 200),
        // 403 comes before 404 and before 422.
        ("GET", format!("/admin/api/users/{SOMEBODY}"), Value::Null, 404),
        ("PUT", "/admin/api/users/nonsense/roles".to_owned(), json!([]), 404),
        ("POST", "/admin/api/users".to_owned(), json!({ "username": "" }), 422),
        ("GET", "/admin/api/audit?kind=nonsense".to_owned(), Value::Null, 422),
    ] {
        let what = format!("{method} {path}");
        let answer = server.client().call(method, &path, &body);
        assert_eq!((answer.status, answer.problem().as_str()), (401, "not-signed-in"), "{what}");
        let answer = customer.call(method, &path, &body);
        assert_eq!((answer.status, answer.problem().as_str()), (403, "not-permitted"), "{what}");
        // Were it done for one of those two already, it would now contradict itself, or show in the log below.
        assert_eq!(admin.call(method, &path, &body).status, of_admin, "{what}");
    }
    let done = [
        "subject-created",
        "roles-changed",
        "setup-link-issued",
        "roles-changed",
        "roles-changed",
        "subject-disabled",
        "subject-enabled",
        "sessions-revoked",
    ];
    assert_eq!(history(&mut admin, &id), done, "each once: by the admin");
    assert_eq!(
        server.client().page("/admin").header("location"),
        Some("/login?return_to=%2Fadmin&notice=sign-in-first")
    );
    let page = customer.page("/admin");
    assert_eq!(page.status, 403, "signed in already: the login page would not help");
    assert!(page.text().contains("You may not do this"));
}

#[admit_testkit::everywhere]
fn a_user_is_made_and_comes_back_as_it_is() {
    let server = demo();
    let mut admin = admin(&server);
    let answer = create(&mut admin, "Bob", &["customer"]);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    let id = made["id"].as_str().unwrap();
    let since = &made["created_at"];
    let due = json!({ "id": id, "username": "Bob", "status": "active", "roles": ["customer"], "created_at": since, "last_login_at": null });
    assert_eq!(made, due);
    let location = format!("/admin/api/users/{id}");
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(admin.get(&location).json(), made);
    assert_eq!(server.client().login("bob", PASSWORD).status, 200, "names are compared without case");
}

#[admit_testkit::everywhere]
fn people_get_their_names_in_any_script_and_sign_in_with_every_spelling_of_them() {
    let server = demo();
    let mut admin = admin(&server);
    for (name, spellings) in [
        ("o'brien@example.ie", ["O'Brien@example.ie", "o\u{2019}brien@example.ie"]),
        ("हिन्दी", ["हिन्दी", " हिन्दी "]),
        ("İlker", ["i\u{307}lker", "ilker"]),
        ("Đặng.Thị", ["đặng.thị", "\u{111}a\u{306}\u{323}ng.Thi\u{323}"]),
    ] {
        let made = create(&mut admin, name, &[]);
        assert_eq!((made.status, &made.json()["username"]), (201, &json!(name)), "{}", made.text());
        for spelling in spellings.into_iter().chain([name]) {
            assert_eq!(server.client().login(spelling, PASSWORD).status, 200, "{spelling:?}");
            assert_eq!(create(&mut admin, spelling, &[]).problem(), "username-taken", "{spelling:?}");
        }
    }
}

#[admit_testkit::everywhere]
fn a_name_that_is_taken_for_another_by_its_look_is_refused_with_what_is_wrong() {
    let server = demo();
    let mut admin = admin(&server);
    for (twin, words) in [
        ("ro\u{3164}ot", "cannot be seen, U+1160"),
        ("ro\u{115f}ot", "cannot be seen, U+115F"),
        ("root\u{ffa0}", "cannot be seen, U+1160"),
        ("ro\u{200d}ot", "cannot be seen, U+200D"),
        ("root\u{345}", "U+0345"),
        ("ro\u{43e}t", "Latin and Cyrillic"),
        ("ro\u{585}t", "Latin and Armenian"),
        ("\u{301}root", "the mark"),
        ("ro/ot", "\"/\""),
    ] {
        let refused = create(&mut admin, twin, &[]);
        let sentence = refused.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert_eq!((refused.status, &refused.json()["field"]), (422, &json!("username")), "{twin:?}");
        assert!(sentence.contains(words), "{twin:?}: {sentence}");
        assert_eq!(server.client().login(twin, PASSWORD).status, 401, "{twin:?} is nobody");
    }
}

#[admit_testkit::everywhere]
fn a_user_that_cannot_be_made_is_refused_with_the_field_and_the_remedy() {
    let server = demo();
    let mut admin = admin(&server);
    assert_eq!(create(&mut admin, "bob", &[]).status, 201);
    let taken = create(&mut admin, "BOB", &[]);
    assert_eq!((taken.status, taken.problem().as_str()), (409, "username-taken"));
    assert_eq!(taken.json()["field"], "username");

    let role = create(&mut admin, "carol", &["emperor"]);
    assert_eq!((role.status, role.problem().as_str()), (422, "invalid-field"));
    assert_eq!(role.json()["field"], "roles");
    let detail = role.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("emperor") && detail.contains("admin, customer"), "it names those there are: {detail}");

    for (body, status, field) in [
        (json!({ "username": "has spaces", "password": PASSWORD }), 422, "username"),
        (json!({ "username": "", "password": PASSWORD }), 422, "username"),
        (json!({ "username": "x".repeat(300), "password": PASSWORD }), 422, "username"),
        (json!({ "username": "carol", "password": "weak" }), 422, "password"),
        (json!({ "username": "carol" }), 422, "password"),
        (json!({ "username": "carol", "password": PASSWORD, "role": "admin" }), 422, "role"),
        (json!({ "username": "carol", "password": PASSWORD, "roles": "admin" }), 422, "roles"),
    ] {
        let answer = admin.call("POST", "/admin/api/users", &body);
        assert_eq!(answer.status, status, "{body}");
        let document = answer.json();
        let named = document["field"] == json!(field) || document["detail"].as_str().unwrap().contains(field);
        assert!(named, "{body}: {document} does not name {field}");
    }
    let token = admin.csrf_token.clone();
    let broken = Request::new("POST", "/admin/api/users").header("content-type", "application/json");
    let answer = admin.send(&broken.header("x-csrf-token", &token).bytes("{\n \"username\": bob}"));
    assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-json"));
    assert!(answer.text().contains("line 2 column"), "{}", answer.text());
    assert_eq!(admin.get("/admin/api/users").json()["users"].as_array().unwrap().len(), 2, "nobody else was made");
}

#[admit_testkit::everywhere]
fn a_role_change_is_in_force_at_the_very_next_request() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    for _ in 0..3 {
        assert_eq!(alice.call("PUT", "/demo/api/products/1", &edit()).status, 403);
        let answer = set_roles(&mut admin, &id, &["customer", "admin", "admin"]);
        assert_eq!((answer.status, answer.json()["roles"].clone()), (200, json!(["admin", "customer"])));
        assert_eq!(alice.call("PUT", "/demo/api/products/1", &edit()).status, 200);
        assert_eq!(alice.get("/admin/api/users").status, 200);
        assert_eq!(set_roles(&mut admin, &id, &[]).status, 200);
        assert_eq!(alice.get("/admin/api/users").status, 403, "a role taken away is gone");
    }
    let unknown = set_roles(&mut admin, &id, &["emperor"]);
    assert_eq!((unknown.status, unknown.json()["field"].clone()), (422, json!("roles")));
    let forgotten = admin.call("PUT", &format!("/admin/api/users/{id}/roles"), &json!({}));
    assert_eq!(forgotten.status, 422, "an empty body is not \"no roles\"");
    assert!(forgotten.text().contains("roles"));
}

#[admit_testkit::everywhere]
fn one_role_is_given_and_taken_and_the_others_stay() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let role = |role: &str| format!("/admin/api/users/{id}/roles/{role}");
    for _ in 0..2 {
        let answer = admin.call("PUT", &role("admin"), &Value::Null);
        assert_eq!((answer.status, answer.json()["roles"].clone()), (200, json!(["admin", "customer"])));
    }
    assert_eq!(alice.get("/admin/api/users").status, 200, "in force at the very next request");
    for _ in 0..2 {
        let answer = admin.call("DELETE", &role("admin"), &Value::Null);
        assert_eq!((answer.status, answer.json()["roles"].clone()), (200, json!(["customer"])));
    }
    assert_eq!(alice.get("/admin/api/users").status, 403);
    for method in ["PUT", "DELETE"] {
        for unknown in ["emperor", "Admin", "admin%20", "%00", "admin@"] {
            let answer = admin.call(method, &role(unknown), &Value::Null);
            assert_eq!((answer.status, answer.json()["field"].clone()), (422, json!("roles")), "{method} {unknown}");
        }
        let nobody = format!("/admin/api/users/{SOMEBODY}/roles/admin");
        assert_eq!(admin.call(method, &nobody, &Value::Null).status, 404);
    }
    let kinds = history(&mut admin, &id);
    let changes = kinds.iter().filter(|kind| *kind == "roles-changed").count();
    assert_eq!(changes, 2, "what is so already is no event: {kinds:?}");
}

#[admit_testkit::everywhere]
fn roles_that_many_give_and_take_at_once_are_all_given_and_taken() {
    let server = demo();
    let mut admin = admin(&server);
    let taken: Vec<String> = (0..4).map(|tenant| format!("customer@old-{tenant}")).collect();
    let held: Vec<&str> = taken.iter().map(String::as_str).collect();
    let id = server.user("alice", &held);
    let given: Vec<String> = (0..4).map(|tenant| format!("customer@new-{tenant}")).collect();
    let changes = given.iter().map(|role| ("PUT", role)).chain(taken.iter().map(|role| ("DELETE", role)));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = changes
            .map(|(method, role)| {
                let (mut twin, path) = (twin(&server, &admin), format!("/admin/api/users/{id}/roles/{role}"));
                scope.spawn(move || twin.call(method, &path, &Value::Null).status)
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200; 8]);
    assert_eq!(admin.get(&format!("/admin/api/users/{id}")).json()["roles"], json!(given));
}

#[admit_testkit::everywhere]
fn disabling_and_revoking_are_in_force_at_the_very_next_request_and_enabling_brings_no_session_back() {
    let server = demo();
    let mut admin = admin(&server);
    let id = server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let answer = on(&mut admin, &id, "sessions/revoke");
    assert_eq!(answer.status, 200);
    assert!(!is_signed_in(&mut alice));

    let (mut alice, mut phone) = (server.signed_in("alice"), server.signed_in("alice"));
    assert_eq!(on(&mut admin, &id, "disable").json()["status"], "disabled");
    assert_eq!(alice.get("/session").status, 401);
    assert!(!is_signed_in(&mut phone));
    assert_eq!(server.client().login("alice", PASSWORD).status, 401);
    assert_eq!(on(&mut admin, &id, "disable").status, 200, "twice is as good as once");

    assert_eq!(on(&mut admin, &id, "enable").json()["status"], "active");
    assert!(!is_signed_in(&mut alice) && !is_signed_in(&mut phone), "a ban that is lifted revives nothing");
    assert_eq!(server.client().login("alice", PASSWORD).status, 200);
    assert_eq!(on(&mut admin, SOMEBODY, "disable").status, 404);
    assert_eq!(on(&mut admin, "nonsense", "sessions/revoke").status, 404);
}

#[admit_testkit::everywhere]
fn the_last_admin_cannot_lock_everybody_out_of_the_console() {
    let server = demo();
    let mut admin = admin(&server);
    let own = own_id(&mut admin);
    let role = format!("/admin/api/users/{own}/roles/admin");
    let taken = admin.call("DELETE", &role, &Value::Null);
    for answer in [taken, on(&mut admin, &own, "disable"), set_roles(&mut admin, &own, &["customer"])] {
        assert_eq!((answer.status, answer.problem().as_str()), (409, "last-admin"));
        assert!(answer.text().contains("Give another user the admin role first."));
    }
    assert!(is_signed_in(&mut admin));
    let second = server.user("second", &["admin"]);
    assert_eq!(on(&mut admin, &second, "disable").status, 200);
    assert_eq!(set_roles(&mut admin, &own, &[]).status, 409, "a disabled admin does not count");
    assert_eq!(on(&mut admin, &second, "enable").status, 200);
    assert_eq!(set_roles(&mut admin, &own, &[]).status, 200, "now there is another");
    assert_eq!(admin.get("/admin/api/users").status, 403);
}

#[admit_testkit::everywhere]
fn two_admins_who_remove_each_other_at_once_leave_one() {
    let server = demo();
    let mut first = admin(&server);
    let id = server.user("second", &["admin"]);
    let (mut second, own) = (server.signed_in("second"), own_id(&mut first));
    for _ in 0..5 {
        let others = [(&mut first, id.clone()), (&mut second, own.clone())];
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads = others.map(|(client, other)| scope.spawn(move || set_roles(client, &other, &[]).status));
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_ne!(statuses, [200, 200], "nobody is left to administer");
        for name in ["root", "second"] {
            assert_eq!(server.cli(&["user", "set-roles", name, "admin"], "").code, 0);
        }
        first.refresh();
        second.refresh();
    }
}
