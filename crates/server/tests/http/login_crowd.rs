//! `/login` while somebody else floods it, guesses from many addresses, or hangs up.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use admit_testkit::{PASSWORD, Request, Response, Server};
use serde_json::json;

use crate::http::support::{admin, behind_a_proxy, demo, first_admin, is_signed_in, login, setup_token};

const WRONG: &str = "wrong wrong wrong wrong";
const NEW: &str = "seven green bicycles";
/// Sign-ins of somebody else during a flood.
const OTHERS: usize = 12;

fn from(server: &Server, address: &str, name: &str, password: &str) -> Response {
    server.client().send(&login(name, password).header("x-forwarded-for", address))
}

/// Somebody else's sign-ins, calm and while so many threads do this again and again: all of them succeed, in a time that is
/// not of another order.
fn beside(server: &Server, threads: usize, flood: impl Fn(usize) + Sync) {
    let others = || {
        let began = Instant::now();
        let statuses: Vec<u16> = (0..OTHERS).map(|_| server.client().login("bob", PASSWORD).status).collect();
        (began.elapsed(), statuses)
    };
    let (calm, _) = others();
    let (over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (flooded, statuses) = std::thread::scope(|scope| {
        for thread in 0..threads {
            let (over, rounds, flood) = (&over, &rounds, &flood);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    flood(thread);
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Once the flood has come up.
        std::thread::sleep(Duration::from_millis(300));
        let flooded = others();
        over.store(true, Ordering::Relaxed);
        flooded
    });
    assert_eq!(statuses, [200; OTHERS], "after {rounds:?} rounds of the flood");
    assert!(flooded < calm * 10 + Duration::from_secs(10), "calm {calm:?}, flooded {flooded:?}");
}

#[admit_testkit::everywhere]
fn sixty_connections_of_one_customer_leave_everybody_else_their_sign_ins() {
    let server = demo();
    server.user("alice", &["customer"]);
    server.user("bob", &[]);
    let surplus = AtomicUsize::new(0);
    beside(&server, 60, |_| {
        let answer = server.client().login("alice", PASSWORD);
        if answer.status != 200 {
            // Too many of the account, or, where they come faster than its places are taken back, of all.
            let told = [(429, "account-busy"), (503, "hashing-pool-full")];
            assert!(told.contains(&(answer.status, answer.problem().as_str())), "{}", answer.text());
            assert!(answer.header("retry-after").is_some(), "it says when to come back");
            surplus.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(server.client().login("alice", PASSWORD).status, 200, "it is over as soon as it is over");
}

#[admit_testkit::everywhere]
fn an_admin_who_creates_many_users_at_once_keeps_nobody_from_signing_in() {
    let server = demo();
    server.user("bob", &[]);
    let root = admin(&server);
    let made = AtomicUsize::new(0);
    beside(&server, 48, |_| {
        let number = made.fetch_add(1, Ordering::Relaxed);
        let user = json!({ "username": format!("user{number}"), "password": PASSWORD, "roles": [] });
        let answer = crate::http::support::twin(&server, &root).call("POST", "/admin/api/users", &user);
        assert!(matches!(answer.status, 201 | 429), "{} {}", answer.status, answer.text());
        assert!(answer.status == 201 || answer.problem() == "account-busy", "{}", answer.text());
    });
}

/// Sends a login, and hangs up before its answer can be there.
fn hang_up(server: &Server, name: &str, password: &str) {
    let body = json!({ "username": name, "password": password }).to_string();
    let length = body.len();
    let head = format!("POST /login HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n", server.address);
    let mut stream = TcpStream::connect(server.address).expect("a connection");
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n{body}").as_bytes()).expect("it is sent");
    std::thread::sleep(Duration::from_millis(8));
}

#[admit_testkit::everywhere]
fn a_guesser_who_hangs_up_is_counted_and_keeps_nobody_else_from_signing_in() {
    let server = demo();
    server.user("alice", &[]);
    server.user("bob", &[]);
    // Many, because one that is given up before its turn comes is never checked, and not counted.
    for _ in 0..300 {
        hang_up(&server, "alice", WRONG);
    }
    let stopped = server.client().login("alice", PASSWORD);
    assert_eq!((stopped.status, stopped.problem().as_str()), (429, "throttled"), "{}", stopped.text());
    beside(&server, 16, |thread| hang_up(&server, &format!("nobody{thread}"), WRONG));
}

#[admit_testkit::everywhere]
fn of_sixty_guesses_at_once_no_more_are_checked_than_one_after_the_other() {
    let server = demo();
    server.user("alice", &[]);
    let guess = || server.client().send(&login("alice", WRONG));
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..60).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().expect("an answer")).collect()
    });
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert!(count(401) <= 5 && count(401) + count(429) == 60, "{} checked, {} refused", count(401), count(429));
}

/// A hundred wrong guesses at this name from twenty addresses, and one each from ten more.
fn botnet(server: &Server, name: &str) {
    let guesses = (0..100).map(|number| number % 20).chain(20..30);
    for address in guesses {
        let guess = from(server, &format!("198.51.100.{address}"), name, WRONG);
        assert_eq!(guess.status, 401, "{}", guess.text());
    }
}

#[admit_testkit::everywhere]
fn a_botnet_keeps_the_owner_out_nowhere_that_is_new_or_known() {
    let server = behind_a_proxy();
    // The first administrator comes by the link, changes the password elsewhere, and signs in nowhere.
    let made = server.client().send(&first_admin(&setup_token(&server)).header("x-forwarded-for", "203.0.113.1"));
    assert_eq!(made.status, 200, "{}", made.text());
    let mut root = server.client();
    let cookie = made.all("set-cookie").join("; ");
    let cookie = cookie.split(';').next().unwrap();
    root.csrf_token = made.json()["csrf_token"].as_str().unwrap().to_owned();
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    let change = Request::new("POST", "/account/password").header("x-csrf-token", &root.csrf_token).json(&change);
    let changed = root.send(&change.header("cookie", cookie).header("x-forwarded-for", "203.0.113.2"));
    assert_eq!(changed.status, 200, "{}", changed.text());

    botnet(&server, "root");
    for known in ["203.0.113.1", "203.0.113.2"] {
        assert_eq!(from(&server, known, "root", WRONG).status, 401);
        assert_eq!(from(&server, known, "root", NEW).status, 200, "{known} is known, by the link or by the change");
    }
    assert_eq!(from(&server, "203.0.113.3", "root", NEW).status, 200, "a new address has its one try");
    assert_eq!(from(&server, "203.0.113.4", "root", WRONG).status, 401);
    let second = from(&server, "203.0.113.4", "root", NEW);
    assert_eq!((second.status, second.problem().as_str()), (429, "throttled"), "and no second one");
    let seconds: u64 = second.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds <= 121, "the wait is capped: {seconds}");
}

#[admit_testkit::everywhere]
fn a_user_who_has_never_signed_in_does_so_during_an_attack() {
    let server = behind_a_proxy();
    server.user("new", &[]);
    botnet(&server, "new");
    assert_eq!(from(&server, "203.0.113.7", "new", PASSWORD).status, 200);
}

#[admit_testkit::everywhere]
fn a_stolen_session_that_guesses_at_the_password_from_many_addresses_is_ended() {
    let server = behind_a_proxy();
    let id = server.user("alice", &[]);
    let mut root = admin(&server);
    let mut alice = server.client();
    alice.sign_in("alice", PASSWORD);
    let thief = crate::http::support::twin(&server, &alice);
    let mut statuses = Vec::new();
    for number in 0..12 {
        let mut thief = crate::http::support::twin(&server, &thief);
        let guess = json!({ "current_password": WRONG, "new_password": NEW });
        let guess = Request::new("POST", "/account/password").header("x-csrf-token", &thief.csrf_token).json(&guess);
        let answer = thief.send(&guess.header("x-forwarded-for", &format!("198.51.100.{number}")));
        if number == 9 {
            assert_eq!(answer.problem(), "session-ended", "{}", answer.text());
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [422, 422, 422, 422, 422, 422, 422, 422, 422, 401, 401, 401]);
    assert!(!is_signed_in(&mut alice), "it was one session");
    let mut log = crate::http::support::history(&mut root, &id);
    assert_eq!(log.iter().filter(|kind| *kind == "current-password-wrong").count(), 10, "{log:?}");
    assert_eq!(log.pop().as_deref(), Some("session-revoked"));
    assert_eq!(server.client().login("alice", PASSWORD).status, 200, "the owner signs in again");
}
