//! The right is never older than the deed: whoever is disabled, demoted or signed out while a request of theirs is under way
//! changes nothing with it.

use std::time::{Duration, Instant};

use admit_testkit::{APP, Client, PASSWORD, Request, Response, Server};
use serde_json::{Value, json};

use crate::http::support::{admin, behind_a_proxy, demo, edit, is_signed_in, product, twin};

const NEW: &str = "seven green bicycles";

/// What befalls an administrator while the last byte of a request is on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    Demoted,
    DisabledByApi,
    DisabledByCli,
    SessionsRevoked,
    LoggedOut,
}

impl Loss {
    /// Makes it so, acknowledged.
    fn befall(self, server: &Server, root: &mut Client, actor: &Client, id: &str) {
        let user = format!("/admin/api/users/{id}");
        match self {
            Self::Demoted => {
                let answer = root.call("PUT", &format!("{user}/roles"), &json!({ "roles": ["customer"] }));
                assert_eq!(answer.status, 200, "{}", answer.text());
                return;
            }
            Self::DisabledByApi => {
                assert_eq!(root.call("POST", &format!("{user}/disable"), &Value::Null).status, 200);
            }
            Self::DisabledByCli => assert_eq!(server.cli(&["user", "disable", id], "").code, 0),
            Self::SessionsRevoked => {
                assert_eq!(root.call("POST", &format!("{user}/sessions/revoke"), &Value::Null).status, 200);
            }
            Self::LoggedOut => {
                assert_eq!(twin(server, actor).call("POST", "/logout", &Value::Null).status, 204);
            }
        }
        assert!(!is_signed_in(&mut twin(server, actor)), "it is acknowledged, and in force");
    }

    fn refusal(self) -> u16 {
        if self == Self::Demoted { 403 } else { 401 }
    }
}

/// An administrator called `name`: the id and a client that is signed in.
fn actor(server: &Server, name: &str) -> (String, Client) {
    (server.user(name, &["admin"]), server.signed_in(name))
}

fn request(client: &Client, method: &str, path: &str, body: &Value) -> Request {
    Request::new(method, path).header("x-csrf-token", &client.csrf_token).json(body)
}

fn new_admin(name: &str) -> Value {
    json!({ "username": name, "password": PASSWORD, "roles": ["admin"] })
}

fn new_password() -> Value {
    json!({ "current_password": PASSWORD, "new_password": NEW })
}

fn exists(root: &mut Client, name: &str) -> bool {
    root.get(&format!("/admin/api/users?query={name}")).json()["users"]
        .as_array()
        .is_some_and(|users| !users.is_empty())
}

fn roles(root: &mut Client, id: &str) -> Value {
    root.get(&format!("/admin/api/users/{id}")).json()["roles"].clone()
}

/// The number of the last event.
fn last_event(root: &mut Client) -> Value {
    root.get("/admin/api/audit").json()["events"][0]["seq"].clone()
}

/// Nothing was changed: the refusal set no cookie and left no event.
fn refused(answer: &Response, loss: Loss, root: &mut Client, before: &Value) {
    assert_eq!(answer.status, loss.refusal(), "{}", answer.text());
    assert!(answer.all("set-cookie").iter().all(|cookie| cookie.contains("Max-Age=0")), "{:?}", answer.headers);
    assert_eq!(last_event(root), *before, "an event of somebody who may not");
}

fn nobody_is_made(loss: Loss) {
    let server = demo();
    let mut root = admin(&server);
    let (id, actor) = actor(&server, "mallory");
    let held = actor.hold(&request(&actor, "POST", "/admin/api/users", &new_admin("accomplice")));
    loss.befall(&server, &mut root, &actor, &id);
    let before = last_event(&mut root);
    refused(&held.release(), loss, &mut root, &before);
    assert!(!exists(&mut root, "accomplice"));
    assert_eq!(server.client().login("accomplice", PASSWORD).status, 401);
}

fn no_role_is_given(loss: Loss) {
    let server = demo();
    let mut root = admin(&server);
    let (id, actor) = actor(&server, "mallory");
    let path = format!("/admin/api/users/{id}/roles");
    let held = actor.hold(&request(&actor, "PUT", &path, &json!({ "roles": ["admin", "customer"] })));
    loss.befall(&server, &mut root, &actor, &id);
    let (before, held_roles) = (last_event(&mut root), roles(&mut root, &id));
    refused(&held.release(), loss, &mut root, &before);
    assert_eq!(roles(&mut root, &id), held_roles);
}

fn no_product_is_edited(loss: Loss) {
    let server = demo();
    let mut root = admin(&server);
    let (id, actor) = actor(&server, "mallory");
    let held = actor.hold(&request(&actor, "PUT", "/demo/api/products/1", &edit()));
    loss.befall(&server, &mut root, &actor, &id);
    let (before, shown) = (last_event(&mut root), product(&server));
    refused(&held.release(), loss, &mut root, &before);
    assert_eq!(product(&server), shown);
}

fn no_password_is_changed(loss: Loss) {
    let server = demo();
    let mut root = admin(&server);
    let (id, actor) = actor(&server, "mallory");
    let held = actor.hold(&request(&actor, "POST", "/account/password", &new_password()));
    loss.befall(&server, &mut root, &actor, &id);
    let before = last_event(&mut root);
    refused(&held.release(), loss, &mut root, &before);
    assert_eq!(server.client().login("mallory", NEW).status, 401);
}

macro_rules! each_loss {
    ($(fn $name:ident() is $deed:ident after $loss:ident;)+) => {
        $(#[admit_testkit::everywhere]
        fn $name() {
            $deed(Loss::$loss);
        })+
    };
}

each_loss! {
    fn a_demoted_admin_who_holds_back_a_body_creates_nobody() is nobody_is_made after Demoted;
    fn a_disabled_admin_who_holds_back_a_body_creates_nobody() is nobody_is_made after DisabledByApi;
    fn an_admin_whom_the_command_line_disables_creates_nobody() is nobody_is_made after DisabledByCli;
    fn an_admin_whose_sessions_were_revoked_creates_nobody() is nobody_is_made after SessionsRevoked;
    fn an_admin_who_logged_out_creates_nobody() is nobody_is_made after LoggedOut;
    fn a_demoted_admin_who_holds_back_a_body_gets_no_role_back() is no_role_is_given after Demoted;
    fn a_disabled_admin_who_holds_back_a_body_gets_no_role() is no_role_is_given after DisabledByApi;
    fn an_admin_whom_the_command_line_disables_gets_no_role() is no_role_is_given after DisabledByCli;
    fn an_admin_whose_sessions_were_revoked_gives_no_role() is no_role_is_given after SessionsRevoked;
    fn an_admin_who_logged_out_gives_no_role() is no_role_is_given after LoggedOut;
    fn a_demoted_admin_who_holds_back_a_body_edits_no_product() is no_product_is_edited after Demoted;
    fn a_disabled_admin_who_holds_back_a_body_edits_no_product() is no_product_is_edited after DisabledByApi;
    fn an_admin_whom_the_command_line_disables_edits_no_product() is no_product_is_edited after DisabledByCli;
    fn an_admin_whose_sessions_were_revoked_edits_no_product() is no_product_is_edited after SessionsRevoked;
    fn an_admin_who_logged_out_edits_no_product() is no_product_is_edited after LoggedOut;
    fn a_disabled_user_who_holds_back_a_body_changes_no_password() is no_password_is_changed after DisabledByApi;
    fn a_user_whom_the_command_line_disables_changes_no_password() is no_password_is_changed after DisabledByCli;
    fn a_user_whose_sessions_were_revoked_gets_no_new_one_for_a_password() is no_password_is_changed after SessionsRevoked;
    fn a_user_who_logged_out_changes_no_password() is no_password_is_changed after LoggedOut;
}

#[admit_testkit::everywhere]
fn a_demoted_user_still_changes_their_own_password() {
    let server = demo();
    let mut root = admin(&server);
    let (id, actor) = actor(&server, "mallory");
    let held = actor.hold(&request(&actor, "POST", "/account/password", &new_password()));
    Loss::Demoted.befall(&server, &mut root, &actor, &id);
    let answer = held.release();
    assert_eq!(answer.status, 200, "roles have no say in that: {}", answer.text());
    assert_eq!(answer.json()["subject"]["roles"], json!(["customer"]), "with the roles of now");
    assert_eq!(server.client().login("mallory", NEW).status, 200);
}

#[admit_testkit::everywhere]
fn a_dead_token_whose_body_was_held_back_creates_nobody() {
    let server = demo();
    let mut root = admin(&server);
    for (number, end) in
        ["logged out", "revoked by itself", "demoted", "disabled", "sessions revoked"].iter().enumerate()
    {
        let name = format!("mallory{number}");
        let id = server.user(&name, &["admin"]);
        let tokens = server.tokens(APP, &name);
        let mut client = server.client();
        let create = Request::new("POST", "/admin/api/users").bearer(&tokens.access).json(&new_admin("accomplice"));
        let held = client.hold(&create);
        match *end {
            "logged out" => assert_eq!(client.by_token(&tokens.access, "POST", "/logout", &Value::Null).status, 204),
            "revoked by itself" => {
                let fields = [("client_id", APP), ("token", tokens.access.as_str())];
                assert_eq!(client.post("/oauth/revoke", &fields).status, 200);
            }
            "demoted" => Loss::Demoted.befall(&server, &mut root, &client, &id),
            "disabled" => Loss::DisabledByApi.befall(&server, &mut root, &client, &id),
            _ => Loss::SessionsRevoked.befall(&server, &mut root, &client, &id),
        }
        let before = last_event(&mut root);
        let answer = held.release();
        assert_eq!(answer.status, 401, "{end}: {}", answer.text());
        assert!(!exists(&mut root, "accomplice"), "{end}");
        assert_eq!(last_event(&mut root), before, "{end}");
    }
}

#[admit_testkit::everywhere]
fn a_banned_admin_whose_change_waits_for_a_hash_makes_nobody_after_the_ban() {
    let server = behind_a_proxy();
    let mut root = admin(&server);
    // Which of them the pool takes before the ban is up to the machine. One that it takes after the ban is enough.
    let refused = (0..10).any(|round| {
        let answers = banned_while_hashing(&server, &mut root, round);
        assert!(answers.iter().all(|status| [201, 401, 429, 503].contains(status)), "{answers:?}");
        answers.contains(&401)
    });
    assert!(refused, "no change came up after a ban, so this shows nothing");
}

/// An administrator makes eight users while others sign in, and is banned meanwhile. What was answered.
fn banned_while_hashing(server: &Server, root: &mut Client, round: usize) -> Vec<u16> {
    let (id, actor) = actor(server, &format!("mallory{round}"));
    let from = |request: Request, number: usize| request.header("x-forwarded-for", &format!("203.{round}.{number}.7"));
    let address = server.client();
    let (made, answers) = std::thread::scope(|scope| {
        for number in 0..14 {
            let mut client = twin(server, &address);
            scope.spawn(move || {
                let body = json!({ "username": format!("nobody{number}"), "password": PASSWORD });
                client.send(&from(Request::new("POST", "/login").json(&body), number)).status
            });
        }
        std::thread::sleep(Duration::from_millis(30));
        let creating: Vec<_> = (0..8)
            .map(|number| {
                let mut client = twin(server, &actor);
                let name = format!("accomplice{round}x{number}");
                let create = request(&client, "POST", "/admin/api/users", &new_admin(&name));
                scope.spawn(move || client.send(&from(create, 100 + number)).status)
            })
            .collect();
        std::thread::sleep(Duration::from_millis(30));
        Loss::DisabledByApi.befall(server, root, &actor, &id);
        let made = accomplices(root, round);
        (made, creating.into_iter().map(|creating| creating.join().unwrap()).collect::<Vec<_>>())
    });
    assert_eq!(accomplices(root, round), made, "made after the acknowledged ban; answers {answers:?}");
    answers
}

fn accomplices(root: &mut Client, round: usize) -> usize {
    root.get(&format!("/admin/api/users?query=accomplice{round}x")).json()["users"].as_array().unwrap().len()
}

#[admit_testkit::everywhere]
fn an_administrators_reset_stands_against_a_password_change_that_was_under_way() {
    let server = demo();
    let id = server.user("carol", &[]);
    let begun = Instant::now();
    let mut rounds = 0;
    let mut before = PASSWORD.to_owned();
    while rounds < 6 && begun.elapsed() < Duration::from_secs(20) {
        let reset = format!("nine purple ladders {rounds}");
        let mut carol = server.client();
        carol.sign_in("carol", &before);
        let own = json!({ "current_password": before, "new_password": NEW });
        let change = request(&carol, "POST", "/account/password", &own);
        let answer = std::thread::scope(|scope| {
            let changing = scope.spawn(|| carol.send(&change).status);
            std::thread::sleep(Duration::from_millis(5 * rounds));
            assert_eq!(server.cli(&["user", "set-password", &id, "--password-stdin"], &format!("{reset}\n")).code, 0);
            changing.join().unwrap()
        });
        // Before the reset it is done, and the reset is the last word; after it, it is not done.
        assert!([200, 401, 422].contains(&answer), "{answer}");
        assert_eq!(server.client().login("carol", NEW).status, 401, "the reset was overwritten, round {rounds}");
        assert_eq!(server.client().login("carol", &reset).status, 200, "round {rounds}");
        before = reset;
        rounds += 1;
    }
}

#[admit_testkit::everywhere]
fn a_page_that_shows_old_roles_does_not_bring_them_back() {
    let server = demo();
    let mut root = admin(&server);
    let id = server.user("carol", &["customer"]);
    let page = format!("/admin/users/{id}");
    let shown = root.page(&page);
    let version = shown.field("version").expect("the roles that the page shows");
    assert_eq!(root.call("PUT", &format!("/admin/api/users/{id}/roles"), &json!({ "roles": [] })).status, 200);
    let csrf_token = shown.field("csrf_token").expect("a token");
    let fields = [("csrf_token", csrf_token.as_str()), ("version", &version), ("role", "customer")];
    let answer = root.send(&Request::new("POST", &format!("{page}/roles")).page().form(&fields));
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.text().contains("Somebody changed these roles"), "{}", answer.text());
    assert_eq!(roles(&mut root, &id), json!([]));
    let fresh = answer.field("version").expect("the roles of now");
    let fields = [("csrf_token", csrf_token.as_str()), ("version", &fresh), ("role", "customer")];
    assert_eq!(root.send(&Request::new("POST", &format!("{page}/roles")).page().form(&fields)).status, 303);
    assert_eq!(roles(&mut root, &id), json!(["customer"]));
}
