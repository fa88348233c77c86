//! `/admin`, for people.

use admit_testkit::{Client, PASSWORD, Request, Server};

use super::{SOMEBODY, own_id};
use crate::http::support::{admin, demo};

fn post(admin: &mut Client, path: &str, fields: &[(&str, &str)]) -> admit_testkit::Response {
    let csrf_token = admin.page("/admin").field("csrf_token").unwrap_or_default();
    let fields: Vec<_> = fields.iter().copied().chain([("csrf_token", csrf_token.as_str())]).collect();
    admin.send(&Request::new("POST", path).page().form(&fields))
}

#[admit_testkit::everywhere]
fn an_admin_does_all_of_it_in_pages_too() {
    let server: Server = demo();
    let mut admin = admin(&server);
    let made = post(&mut admin, "/admin/users", &[("username", "alice"), ("password", PASSWORD), ("role", "customer")]);
    assert_eq!(made.status, 303);
    assert!(admin.page(made.header("location").unwrap()).text().contains("alice was created."));
    let wrong = post(&mut admin, "/admin/users", &[("username", "alice"), ("password", PASSWORD)]);
    assert_eq!(wrong.status, 409);
    assert!(wrong.text().contains("This username is taken."));

    let mut alice = server.signed_in("alice");
    let id = own_id(&mut alice);
    let page = format!("/admin/users/{id}");
    for (path, fields, notice, check) in [
        ("roles", vec![("role", "customer"), ("role", "admin")], "roles", 200),
        ("roles", vec![], "roles", 403),
        ("sessions/revoke", vec![], "revoked", 401),
        ("disable", vec![], "disabled", 401),
        ("enable", vec![], "enabled", 401),
    ] {
        let answer = post(&mut admin, &format!("{page}/{path}"), &fields);
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.header("location"), Some(format!("{page}?notice={notice}").as_str()));
        assert_eq!(admin.page(answer.header("location").unwrap()).status, 200);
        assert_eq!(alice.get("/admin/api/users").status, check, "{path} {fields:?}");
    }
    let own = own_id(&mut admin);
    let last = post(&mut admin, &format!("/admin/users/{own}/disable"), &[]);
    assert_eq!(last.status, 409);
    assert!(last.text().contains("last active administrator"));
    assert_eq!(admin.page("/admin/users/nonsense").status, 404);
    assert_eq!(admin.page(&format!("/admin/users/{SOMEBODY}")).status, 404);
}

#[admit_testkit::everywhere]
fn an_admin_who_takes_the_admin_role_from_themselves_is_asked_first_and_told_afterwards() {
    let server = demo();
    let mut admin = admin(&server);
    server.user("second", &["admin"]);
    let own = own_id(&mut admin);
    let path = format!("/admin/users/{own}/roles");
    let version = admin.page(&format!("/admin/users/{own}")).field("version").unwrap();

    let asked = post(&mut admin, &path, &[("role", "customer"), ("version", &version)]);
    assert_eq!(asked.status, 409, "nothing is changed yet");
    assert!(asked.text().contains("Give up your own admin rights?"), "{}", asked.text());
    for kept in
        ["name=\"role\" value=\"customer\"", &format!("name=\"version\" value=\"{version}\""), "name=\"confirmed\""]
    {
        assert!(asked.text().contains(kept), "{kept}: {}", asked.text());
    }
    assert_eq!(admin.page("/admin").status, 200, "still an admin");

    let fields = [("role", "customer"), ("version", version.as_str()), ("confirmed", "yes")];
    let done = post(&mut admin, &path, &fields);
    assert_eq!((done.status, done.header("location")), (303, Some("/account?notice=no-admin")));
    assert!(admin.page("/account?notice=no-admin").text().contains("You are no longer an administrator."));
    assert_eq!(admin.page("/admin").status, 403);
}

#[admit_testkit::everywhere]
fn an_admin_is_asked_about_nothing_else_and_the_last_one_is_refused_at_once() {
    let server = demo();
    let mut admin = admin(&server);
    let own = own_id(&mut admin);
    let path = format!("/admin/users/{own}/roles");
    let last = post(&mut admin, &path, &[("role", "customer")]);
    assert_eq!(last.status, 409);
    assert!(last.text().contains("last active administrator") && !last.text().contains("name=\"confirmed\""));

    let other = server.user("second", &["admin"]);
    for (id, roles) in
        [(own.as_str(), vec![("role", "admin"), ("role", "customer")]), (other.as_str(), vec![("role", "customer")])]
    {
        let answer = post(&mut admin, &format!("/admin/users/{id}/roles"), &roles);
        assert_eq!(answer.status, 303, "{roles:?}: {}", answer.text());
    }
}

#[admit_testkit::everywhere]
fn the_form_for_a_new_user_stands_above_the_list_and_names_the_field_that_is_wrong() {
    let server = demo();
    let mut admin = admin(&server);
    let page = admin.page("/admin").text();
    let (create, table) = (page.find("action=\"/admin/users\"").unwrap(), page.find("<table").unwrap());
    assert!(create < table, "it is found without scrolling past fifty users");
    for (fields, field) in [
        ([("username", "root"), ("password", PASSWORD)], "username"),
        ([("username", "no spaces"), ("password", PASSWORD)], "username"),
        ([("username", ""), ("password", PASSWORD)], "username"),
        ([("username", "bob"), ("password", "short")], "password"),
        ([("username", "bob"), ("password", "aaaaaaaaaaaaaaaaaaaa")], "password"),
    ] {
        let answer = post(&mut admin, "/admin/users", &fields);
        assert!(matches!(answer.status, 409 | 422), "{fields:?}");
        let text = answer.text();
        let marked =
            text.split("<input").find(|input| input.contains("aria-invalid=\"true\"")).unwrap_or_default().to_owned();
        assert!(marked.contains(&format!("id=\"{field}\"")), "{fields:?}: {marked}");
        assert!(marked.contains(&format!("{field}-error")), "{fields:?}: {marked}");
        let said = text.find(&format!("id=\"{field}-error\"")).unwrap();
        assert!(said < text.find("<table").unwrap(), "{fields:?}");
        assert!(text.contains("<details class=\"create\" open"), "{fields:?}: the form is open");
        assert!(!text.contains(PASSWORD), "{fields:?}");
    }
    let role = post(&mut admin, "/admin/users", &[("username", "bob"), ("password", PASSWORD), ("role", "nonsense")]);
    assert_eq!(role.status, 422);
    assert!(role.text().contains("id=\"roles-error\""), "{}", role.text());
}
