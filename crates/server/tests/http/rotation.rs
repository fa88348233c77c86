//! A role change gives a session another secret. The one before is good beside it for ten seconds: nobody is signed out by
//! requests under way, or by an answer that was lost.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use admit_testkit::{Client, PASSWORD, Server, with_port};
use serde_json::Value;

use crate::http::support::{COOKIE, demo, edit, is_signed_in, secret, twin};

fn set_roles(server: &Server, roles: &[&str]) {
    let arguments = [&["user", "set-roles", "alice"], roles].concat();
    assert_eq!(server.cli(&arguments, "").code, 0);
}

/// Alice as she was before her roles changed, and as she is after: by her old cookie and by her new one.
fn changed(server: &Server) -> (Client, Client) {
    set_roles(server, &["customer"]);
    let mut new = server.signed_in("alice");
    let old = twin(server, &new);
    set_roles(server, &["admin"]);
    assert_eq!(new.refresh().status, 200);
    assert_ne!(secret(&new), secret(&old));
    (old, new)
}

#[test]
fn of_a_hundred_requests_with_the_old_cookie_after_a_role_change_none_is_401() {
    let server = demo();
    server.user("alice", &["customer"]);
    let alice = server.signed_in("alice");
    set_roles(&server, &["admin"]);
    let mut given = Vec::new();
    for _ in 0..20 {
        let answers: Vec<_> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..5)
                .map(|_| {
                    let mut twin = twin(&server, &alice);
                    scope.spawn(move || (twin.get("/session"), secret(&twin)))
                })
                .collect();
            asking.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        for (answer, secret) in answers {
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(answer.json()["subject"]["roles"], serde_json::json!(["admin"]));
            given.push(secret);
        }
    }
    given.sort();
    given.dedup();
    assert!(given.len() == 1 && given[0] != secret(&alice), "one new secret, told to all: {}", given.len());
    let mut new = twin(&server, &alice);
    new.cookies.insert(COOKIE.to_owned(), given[0].clone());
    assert!(is_signed_in(&mut new));
}

#[test]
fn a_lost_answer_with_the_new_cookie_signs_nobody_out() {
    let server = demo();
    server.user("alice", &["customer"]);
    let mut alice = server.signed_in("alice");
    let old = secret(&alice);
    set_roles(&server, &["admin"]);
    for patience in [0, 100] {
        let mut wire = TcpStream::connect(server.address).unwrap();
        let head = format!("GET /session HTTP/1.1\r\nhost: localhost\r\ncookie: {COOKIE}={old}\r\n\r\n");
        wire.write_all(&with_port(head.as_bytes(), server.address.port())).unwrap();
        std::thread::sleep(Duration::from_millis(patience));
    }
    let mut page = twin(&server, &alice);
    let put = |client: &mut Client| client.call("PUT", "/demo/api/products/1", &edit()).status;
    assert_eq!(put(&mut alice), 200, "the token that she has is good with the cookie that she has");
    assert_eq!(alice.refresh().status, 200);
    assert_ne!(secret(&alice), old);
    assert_eq!(put(&mut alice), 200, "and the new one with the new one");
    assert_eq!(put(&mut page), 200, "beside it the old pair works on, with the new role");
    // A second change within the time makes no third secret.
    set_roles(&server, &["customer"]);
    let second = secret(&alice);
    alice.refresh();
    assert_eq!(secret(&alice), second);
    assert_eq!((put(&mut alice), put(&mut page)), (403, 403), "and holds for both at once");
}

#[test]
fn whatever_ends_a_session_ends_its_secret_from_before_a_role_change_too() {
    let server = demo();
    let id = server.user("alice", &["customer"]);
    server.user("root", &["admin"]);
    let mut root = server.signed_in("root");
    let logout = |client: &mut Client, path: &str| assert_eq!(client.call("POST", path, &Value::Null).status, 204);
    let admin = |root: &mut Client, what: &str| {
        let answer = root.call("POST", &format!("/admin/api/users/{id}/{what}"), &Value::Null);
        assert!(matches!(answer.status, 200 | 204), "{what}: {}", answer.text());
    };
    type End<'a> = &'a dyn Fn(&mut Client, &mut Client, &mut Client);
    let ends: [(&str, End<'_>); 6] = [
        ("a logout with the new one", &|_, new, _| logout(new, "/logout")),
        ("a logout with the old one", &|old, _, _| logout(old, "/logout")),
        ("a logout everywhere", &|old, _, _| logout(old, "/logout/all")),
        ("an administrator", &|_, _, root| admin(root, "sessions/revoke")),
        ("a login with the old one", &|old, _, _| assert_eq!(old.login("alice", PASSWORD).status, 200)),
        ("a ban", &|_, _, root| admin(root, "disable")),
    ];
    for (what, end) in ends {
        let (mut old, mut new) = changed(&server);
        let (mut old_too, mut new_too) = (twin(&server, &old), twin(&server, &new));
        assert!(is_signed_in(&mut old_too) && is_signed_in(&mut new_too), "{what}: before it");
        old_too = twin(&server, &old);
        end(&mut old, &mut new, &mut root);
        assert!(!is_signed_in(&mut old_too), "{what}: the old one is good");
        assert!(!is_signed_in(&mut new_too), "{what}: the new one is good");
    }
}

/// The one test that waits for a secret's ten seconds to be over.
#[test]
fn the_cookie_from_before_a_role_change_is_401_after_ten_seconds_and_the_new_one_is_not() {
    let server = demo();
    server.user("alice", &["customer"]);
    let (old, mut new) = changed(&server);
    assert!(is_signed_in(&mut twin(&server, &old)));
    std::thread::sleep(Duration::from_millis(10_100));
    assert!(!is_signed_in(&mut twin(&server, &old)));
    let before = secret(&new);
    set_roles(&server, &["customer"]);
    assert_eq!(new.refresh().status, 200);
    assert_ne!(secret(&new), before, "the next change gives the next secret");
}
