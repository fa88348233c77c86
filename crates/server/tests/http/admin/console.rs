//! `/admin`, for people.

use admit_testkit::{Client, PASSWORD, Request, Server};

use super::{SOMEBODY, own_id};
use crate::support::{admin, demo};

fn post(admin: &mut Client, path: &str, fields: &[(&str, &str)]) -> admit_testkit::Response {
    let csrf_token = admin.page("/admin").field("csrf_token").unwrap_or_default();
    let fields: Vec<_> = fields.iter().copied().chain([("csrf_token", csrf_token.as_str())]).collect();
    admin.send(&Request::new("POST", path).page().form(&fields))
}

#[test]
fn an_admin_does_all_of_it_in_pages_too() {
    let server: Server = demo();
    let mut admin = admin(&server);
    let made = post(&mut admin, "/admin/users", &[("username", "alice"), ("password", PASSWORD), ("role", "customer")]);
    assert_eq!((made.status, made.header("location")), (303, Some("/admin?created=alice")));
    assert!(admin.page("/admin?created=alice").text().contains("alice was created."));
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
