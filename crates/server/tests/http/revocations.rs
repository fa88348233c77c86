//! `GET /revocations`: what makes tokens dead, told to services that check tokens by themselves.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use admit_testkit::{APP, PASSWORD, Request, Server, Tokens};
use serde_json::{Value, json};

use crate::http::support::feed::{Event, Feed};
use crate::http::support::{BINARY, COOKIE, demo, demo_with, members, secret};

const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";

/// A token of `demo-shop`, which has the role `verifier`.
fn verifier(server: &Server) -> String {
    let request = Request::new("POST", "/oauth/token").basic("demo-shop", &server.demo_secret());
    Tokens::of(&server.client().send(&request.form(&[("grant_type", "client_credentials")]))).access
}

pub(crate) fn follow(server: &Server, from: Option<&str>) -> Feed {
    Feed::open(server.address, &verifier(server), from)
}

/// The sessions whose ends these events tell.
pub(crate) fn sids(events: &[Event]) -> Vec<String> {
    let of = |event: &Event| event.data["sub_id"]["id"].as_str().map(str::to_owned);
    events.iter().filter(|event| event.name == "session-revoked").filter_map(of).collect()
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

#[admit_testkit::everywhere]
fn only_who_may_read_revocations_can_follow_them() {
    let server = demo();
    server.user("root", &["admin"]);
    server.user("watcher", &["verifier"]);
    assert_eq!(server.client().get("/revocations").status, 401);
    assert_eq!(server.signed_in("root").get("/revocations").status, 403, "an admin is no verifier by that");
    let app = server.tokens(APP, "root");
    let answer = server.client().by_token(&app.access, "GET", "/revocations", &Value::Null);
    assert_eq!(answer.status, 403);
    let due = "Bearer realm=\"admit\", error=\"insufficient_scope\", scope=\"revocation:read\"";
    assert_eq!(answer.all("www-authenticate"), [due]);
    let feed = follow(&server, None);
    for line in ["content-type: text/event-stream\r\n", "cache-control: no-store\r\n", "x-accel-buffering: no\r\n"] {
        assert!(feed.head.contains(line), "{line}: {}", feed.head);
    }
    assert!(!feed.head.contains("set-cookie"));
    Feed::open(server.address, &server.tokens(APP, "watcher").access, None).until_current();
    assert_eq!(server.client().by_token(&verifier(&server), "HEAD", "/revocations", &Value::Null).status, 200);
}

#[admit_testkit::everywhere]
fn each_change_that_kills_tokens_is_told_by_its_standard_name_before_it_is_acknowledged() {
    let server = demo();
    let id = server.user("alice", &["customer"]);
    let mut feed = follow(&server, None);
    feed.until_current();
    let operator = |arguments: &[&str], typed: &str| assert_eq!(server.cli(arguments, typed).code, 0, "{arguments:?}");
    let mut client = server.client();

    let tokens = server.tokens(APP, "alice");
    client.by_token(&tokens.access, "POST", "/logout", &Value::Null);
    let event = feed.next_told().unwrap();
    assert_eq!(event.name, "session-revoked");
    assert_eq!(members(&event.data), ["events", "iat", "iss", "jti", "sub_id"].into(), "a SET (RFC 8417)");
    assert_eq!((&event.data["iss"], &event.data["jti"]), (&json!(server.url), &json!(event.id)));
    assert_eq!(event.data["sub_id"], json!({ "format": "opaque", "id": tokens.claims()["sid"] }));
    let about = &event.data["events"][format!("{CAEP}session-revoked")];
    assert_eq!(members(about), ["event_timestamp", "until"].into());
    assert!(about["until"].as_u64() > tokens.claims()["exp"].as_u64(), "as long as a token of it could live");

    let one = server.tokens(APP, "alice");
    client.post("/oauth/revoke", &[("client_id", APP), ("token", &one.access)]);
    let event = feed.next_told().unwrap();
    assert_eq!(event.name, "token-revoked");
    assert_eq!(event.data["sub_id"]["jti"], one.claims()["jti"]);
    assert!(!event.data.to_string().contains(&one.access), "by its name: a token's text is nobody's business");

    let set = ["user", "set-password", "alice", "--password-stdin"];
    let changes: [(&str, String, &dyn Fn()); 4] = [
        ("sessions-revoked", format!("{RISC}sessions-revoked"), &|| operator(&["session", "revoke", "alice"], "")),
        ("credential-change", format!("{CAEP}credential-change"), &|| operator(&set, &format!("{PASSWORD}\n"))),
        ("token-claims-change", format!("{CAEP}token-claims-change"), &|| {
            operator(&["user", "set-roles", "alice", "admin"], "");
        }),
        ("account-disabled", format!("{RISC}account-disabled"), &|| operator(&["user", "disable", "alice"], "")),
    ];
    let mut generations = Vec::new();
    for (name, uri, change) in changes {
        let tokens = server.tokens(APP, "alice");
        change();
        let event = feed.next_told().unwrap();
        assert_eq!(event.name, name);
        assert_eq!(event.data["sub_id"], json!({ "format": "iss_sub", "iss": server.url, "sub": id }), "{name}");
        let generation = event.data["events"][&uri]["gen"].as_u64().unwrap_or_else(|| panic!("{uri}: {event:?}"));
        assert!(tokens.claims()["gen"].as_u64().unwrap() < generation, "{name}");
        generations.push(generation);
    }
    assert!(generations.is_sorted_by(|one, next| one < next), "{generations:?}");

    operator(&["keys", "rotate"], "");
    assert_eq!(feed.next_told().unwrap().name, "keys-changed");
    let kid = tokens.header()["kid"].as_str().unwrap().to_owned();
    operator(&["keys", "revoke", &kid], "");
    let event = feed.next_told().unwrap();
    assert_eq!((event.name.as_str(), &event.data["sub_id"]["id"]), ("key-revoked", &json!(kid)));
    assert!(feed.next_told().is_none(), "a withdrawn key may have signed the follower's own token: it asks again");
}

#[admit_testkit::everywhere]
fn what_no_live_token_could_need_is_not_told() {
    let server = demo();
    server.user("alice", &[]);
    server.user("bob", &[]);
    let mut feed = follow(&server, None);
    feed.until_current();
    let mut alice = server.signed_in("alice");
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204, "a session that no token came of");
    assert_eq!(server.cli(&["session", "revoke", "bob"], "").code, 0, "somebody who never had a token");
    let tokens = server.tokens(APP, "alice");
    server.client().by_token(&tokens.access, "POST", "/logout", &Value::Null);
    let first = feed.next_told().unwrap();
    assert_eq!((first.name.as_str(), &first.data["sub_id"]["id"]), ("session-revoked", &tokens.claims()["sid"]));
}

#[admit_testkit::everywhere]
fn a_newcomer_gets_everything_that_matters_and_who_comes_back_what_was_missed() {
    let server = demo();
    server.user("alice", &[]);
    let sign_out = || {
        let tokens = server.tokens(APP, "alice");
        server.client().by_token(&tokens.access, "POST", "/logout", &Value::Null);
        tokens.claim("sid")
    };
    let known: Vec<String> = (0..3).map(|_| sign_out()).collect();
    let mut feed = follow(&server, None);
    let (snapshot, current) = feed.until_current();
    assert_eq!(sids(&snapshot), known, "in order");
    let ids: BTreeSet<&str> = snapshot.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), snapshot.len(), "no number comes twice");
    assert_eq!(current.id, snapshot.last().unwrap().id);
    drop(feed);

    let missed: Vec<String> = (0..2).map(|_| sign_out()).collect();
    let (told, again) = follow(&server, Some(&current.id)).until_current();
    assert_eq!(sids(&told), missed, "no more and no less");
    let (nothing, _) = follow(&server, Some(&again.id)).until_current();
    assert!(nothing.is_empty(), "{nothing:?}");

    let server = server.again();
    // A list that nobody can have put back (PostgreSQL's own) goes on; any other begins anew, and tells everything.
    let (after_restart, position) = follow(&server, Some(&current.id)).until_current();
    assert!(sids(&after_restart).ends_with(&missed), "kill -9 loses nothing: {after_restart:?}");
    let (_, last) = again.id.split_once('.').unwrap();
    let (log, number) = position.id.split_once('.').unwrap();
    assert_eq!(number, last, "no number is given anew");
    let (nothing, _) = follow(&server, Some(&position.id)).until_current();
    assert!(nothing.is_empty(), "{nothing:?}");
    let other_list = format!("{}.{number}", if log.starts_with('0') { "1" } else { "0" }.repeat(16));
    let (all, _) = follow(&server, Some(&other_list)).until_current();
    assert_eq!(sids(&all).len(), 5, "a place in another list says nothing about this one");
    let (all, _) = follow(&server, Some(&format!("{log}.999999"))).until_current();
    assert_eq!(sids(&all).len(), 5, "nor does one that has not come yet");
}

#[admit_testkit::everywhere]
fn a_place_that_cannot_be_read_is_400() {
    let server = demo();
    let token = verifier(&server);
    for id in ["x", "1", "0123456789abcdef.", "0123456789abcdef.-1", "0123456789ABCDEF.1", "0123456789abcdef.01", ".1"]
    {
        let request = Request::new("GET", "/revocations").bearer(&token).header("last-event-id", id);
        let answer = server.client().send(&request);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-position"), "{id}");
    }
}

#[admit_testkit::everywhere]
fn the_feed_says_by_heartbeats_that_nothing_has_happened_and_as_of_when() {
    let server = demo_with(&[("ADMIT_TOKENS__HEARTBEAT", "100ms")]);
    let began = Instant::now();
    let mut feed = follow(&server, None);
    let (_, current) = feed.until_current();
    let mut last = current.data["t"].as_u64().unwrap();
    for _ in 0..4 {
        let beat = feed.next().unwrap();
        let t = beat.data["t"].as_u64().unwrap();
        assert_eq!((beat.name.as_str(), &beat.id), ("heartbeat", &current.id));
        assert!(t >= last + 90, "a tenth of a second apart: {last} {t}");
        assert!(Duration::from_millis(t) <= began.elapsed(), "never later than it is");
        last = t;
    }
}

#[admit_testkit::everywhere]
fn a_follower_whose_own_token_dies_has_to_show_again_that_it_may() {
    let server = demo();
    let token = verifier(&server);
    let mut feed = Feed::open(server.address, &token, None);
    feed.until_current();
    let request = Request::new("POST", "/oauth/revoke").basic("demo-shop", &server.demo_secret());
    assert_eq!(server.client().send(&request.form(&[("token", &token)])).status, 200);
    let told = feed.next_told().unwrap();
    assert_eq!(names(&[told]), ["token-revoked"]);
    assert!(feed.next_told().is_none(), "and that was the last of it");
    assert_eq!(server.client().by_token(&token, "GET", "/revocations", &Value::Null).status, 401);
}

/// Who follows: a user by an app's token or by a cookie.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Token,
    Cookie,
}

/// What ends the follower's right.
#[derive(Clone, Copy, Debug)]
enum End {
    Disabled,
    Demoted,
    SignedOutEverywhere,
    AnotherPassword,
    Logout,
    /// The refresh token is given back, and the sign-in ends with it.
    RefreshRevoked,
}

#[admit_testkit::everywhere]
fn a_follower_who_is_disabled_demoted_or_signed_out_is_told_nothing_more_at_once() {
    let server = demo();
    server.user("alice", &[]);
    let operator = |arguments: &[&str], typed: &str| assert_eq!(server.cli(arguments, typed).code, 0, "{arguments:?}");
    let ends = [End::Disabled, End::Demoted, End::SignedOutEverywhere, End::AnotherPassword, End::Logout];
    let by_token = ends.into_iter().chain([End::RefreshRevoked]).map(|end| (By::Token, end));
    for (number, (by, end)) in by_token.chain(ends.map(|end| (By::Cookie, end))).enumerate() {
        let name = format!("watcher{number}");
        server.user(&name, &["verifier"]);
        let (tokens, mut session) = (server.tokens(APP, &name), server.signed_in(&name));
        let shown = match by {
            By::Token => format!("authorization: Bearer {}", tokens.access),
            By::Cookie => format!("cookie: {COOKIE}={}", secret(&session)),
        };
        let mut feed = Feed::shown(server.address, &shown, None);
        feed.until_current();
        match (end, by) {
            (End::Disabled, _) => operator(&["user", "disable", &name], ""),
            (End::Demoted, _) => operator(&["user", "set-roles", &name, "customer"], ""),
            (End::SignedOutEverywhere, _) => operator(&["session", "revoke", &name], ""),
            (End::AnotherPassword, _) => {
                operator(&["user", "set-password", &name, "--password-stdin"], &format!("{PASSWORD} 2\n"));
            }
            (End::Logout, By::Token) => {
                assert_eq!(server.client().by_token(&tokens.access, "POST", "/logout", &Value::Null).status, 204);
            }
            (End::Logout, By::Cookie) => assert_eq!(session.call("POST", "/logout", &Value::Null).status, 204),
            (End::RefreshRevoked, _) => {
                server.client().post("/oauth/revoke", &[("client_id", APP), ("token", &tokens.refresh)]);
            }
        }
        let ended = Instant::now();
        let others = server.tokens(APP, "alice");
        server.client().by_token(&others.access, "POST", "/logout", &Value::Null);
        let soon = |_: &Event| ended.elapsed() < Duration::from_secs(2);
        let told: Vec<Event> = std::iter::from_fn(|| feed.next()).take_while(soon).collect();
        assert!(ended.elapsed() < Duration::from_secs(2), "{by:?}, {end:?}: told on for {:?}", ended.elapsed());
        let others = json!(others.claims()["sid"]);
        assert!(!told.iter().any(|event| event.data["sub_id"]["id"] == others), "{by:?}, {end:?}: {told:?}");
    }
}

#[admit_testkit::everywhere]
fn a_follower_whose_policy_is_replaced_is_told_nothing_more() {
    let folder = std::sync::Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let policy = |verifier: &str| {
        let text = format!(
            "[roles.admin]\npermissions = [\"user:read\", \"user:update\", \"session:revoke\", \"audit:read\", \"product:update\"]\n\
             [roles.verifier]\npermissions = [{verifier}]\n[roles.other]\npermissions = [\"revocation:read\"]\n"
        );
        std::fs::write(folder.path().join("policy.toml"), text).expect("the policy");
    };
    policy("\"revocation:read\"");
    let path = folder.path().join("policy.toml").display().to_string();
    let server = Server::demo(BINARY).within(std::sync::Arc::clone(&folder)).env("ADMIT_SERVER__POLICY", &path).start();
    let mut feed = follow(&server, None);
    feed.until_current();
    policy("");
    let hang_up = std::process::Command::new("kill").args(["-HUP", &server.pid().to_string()]).status();
    assert!(hang_up.is_ok_and(|status| status.success()));
    let replaced = Instant::now();
    while let Some(event) = feed.next() {
        assert!(event.name == "heartbeat" && replaced.elapsed() < Duration::from_secs(2), "told on: {event:?}");
    }
    assert!(replaced.elapsed() < Duration::from_secs(2), "{:?}", replaced.elapsed());
}

#[admit_testkit::everywhere]
fn followers_do_not_keep_a_server_from_stopping() {
    let mut server = demo();
    let mut feeds: Vec<Feed> = (0..3).map(|_| follow(&server, None)).collect();
    for feed in &mut feeds {
        feed.until_current();
    }
    let began = Instant::now();
    assert_eq!(server.terminate(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(feeds.iter_mut().all(|feed| feed.next_told().is_none()));
}
