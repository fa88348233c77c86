//! A token that was taken back stays dead, and so does what it came of.

use std::time::{Duration, Instant};

use admit_core::jws::Algorithm;
use admit_testkit::{APP, Client, PASSWORD, Server, Tokens};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::json;

use crate::http::support::clients::{are_dead, configured, is_good, oauth_error};
use crate::http::support::{demo, edit, form_login, is_signed_in};

use super::in_its_turn;
use super::tokens::Forger;

fn revoke(server: &Server, token: &str) {
    assert_eq!(server.client().post("/oauth/revoke", &[("client_id", APP), ("token", token)]).status, 200);
}

fn operator(server: &Server, arguments: &[&str]) {
    let output = server.cli(arguments, &format!("{PASSWORD}\n"));
    assert_eq!(output.code, 0, "{output:?}");
}

#[admit_testkit::everywhere]
fn cve_2026_65632_another_spelling_of_a_revoked_tokens_signature_revives_it_not() {
    let it = Forger::new(Algorithm::Es256);
    let token = it.good();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let (r, s) = bytes.split_at(32);
    let n = HEXLOWER.decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let (mut other, mut borrow) = (vec![0_u8; 32], 0_i16);
    for at in (0..32).rev() {
        let difference = i16::from(n[at]) - i16::from(s[at]) - borrow;
        borrow = i16::from(difference < 0);
        other[at] = difference.rem_euclid(256).try_into().unwrap();
    }
    let twin = format!("{signed}.{}", BASE64URL_NOPAD.encode(&[r, other.as_slice()].concat()));
    assert!(twin != token && is_good(&it.server, &token));
    assert!(is_good(&it.server, &twin), "(r, n - s) is a signature as good as (r, s): no hash of a token names it");
    revoke(&it.server, &token);
    it.refused(&token, "revoked");
    it.refused(&twin, "the same token, signed as well by another number");
    let long = format!("{signed}.{}", BASE64URL_NOPAD.encode(&[&[0], r, &[0], s].concat()));
    for (what, spelled) in
        [("over-long", long), ("padded", format!("{token}=")), ("padded twice", format!("{token}=="))]
    {
        it.refused(&spelled, what);
    }
    // A signature of 64 bytes has 86 letters, and the last says only two bits.
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let but_last = token.get(..token.len() - 1).unwrap();
    for letter in letters.chars() {
        it.refused(&format!("{but_last}{letter}"), "with other bits left over");
    }
}

#[admit_testkit::everywhere]
fn cve_2026_9802_kill_9_between_revoking_and_replaying_revives_nothing() {
    let mut server = demo();
    server.user("alice", &[]);
    let (alive, revoked, ended, spent) = (
        server.tokens(APP, "alice"),
        server.tokens(APP, "alice"),
        server.tokens(APP, "alice"),
        server.tokens(APP, "alice"),
    );
    let renewed = Tokens::of(&server.client().redeem(APP, &spent.refresh));
    let began = Instant::now();
    for _ in 0..3 {
        revoke(&server, &revoked.access);
        revoke(&server, &ended.refresh);
        server.kill();
        server = server.again();
        assert!(!is_good(&server, &revoked.access));
        assert!(are_dead(&server, APP, &ended));
        let replayed = server.client().redeem(APP, &spent.refresh);
        match replayed.status {
            200 => assert_eq!(Tokens::of(&replayed).refresh, renewed.refresh, "the same successor, or none"),
            _ => assert_eq!(oauth_error(&replayed), (400, "invalid_grant".to_owned())),
        }
        assert!(is_good(&server, &alive.access), "what was issued before is verified after");
    }
    if began.elapsed() < Duration::from_secs(9) {
        assert!(is_good(&server, &renewed.access), "within the grace time a replay ends nothing");
    }
    assert_eq!(server.client().redeem(APP, &revoked.refresh).status, 200, "one token was revoked, not its sign-in");
    operator(&server, &["session", "revoke", "alice"]);
    let server = server.again();
    for tokens in [&alive, &revoked, &renewed] {
        assert!(are_dead(&server, APP, tokens), "nor does a generation go back");
    }
}

/// A way to revoke, with its name.
type Revocation<'a> = (&'a str, &'a dyn Fn(&Tokens));

#[admit_testkit::everywhere]
fn cve_2026_8922_of_several_revocations_the_strictest_counts_in_whatever_order_they_came() {
    let server = demo();
    server.user("alice", &[]);
    server.user("bob", &[]);
    let bobs = server.tokens(APP, "bob");
    let token: &dyn Fn(&Tokens) = &|tokens| revoke(&server, &tokens.access);
    let family: &dyn Fn(&Tokens) = &|tokens| revoke(&server, &tokens.refresh);
    let roles: &dyn Fn(&Tokens) = &|_| operator(&server, &["user", "set-roles", "alice", "--none"]);
    let everything: &dyn Fn(&Tokens) = &|_| operator(&server, &["session", "revoke", "alice"]);
    let orders: [&[Revocation<'_>]; 6] = [
        &[("token", token), ("family", family), ("everything", everything)],
        &[("everything", everything), ("family", family), ("token", token)],
        &[("family", family), ("token", token)],
        &[("roles", roles), ("token", token), ("family", family)],
        &[("token", token), ("roles", roles)],
        &[("everything", everything), ("roles", roles)],
    ];
    for order in orders {
        operator(&server, &["user", "set-roles", "alice", "customer"]);
        let (tokens, sibling) = (server.tokens(APP, "alice"), server.tokens(APP, "alice"));
        let mut wide = false;
        for (name, revocation) in order {
            revocation(&tokens);
            wide |= matches!(*name, "roles" | "everything");
            assert!(!is_good(&server, &tokens.access), "after {name}, and ever after");
            assert_eq!(is_good(&server, &sibling.access), !wide, "after {name}: what is narrow hides nothing wide");
        }
        assert!(is_good(&server, &bobs.access), "and nobody else is touched");
    }
    // A wide revocation is for what was there: what is newer is not caught by it, and can be narrowly revoked.
    let after = server.tokens(APP, "alice");
    assert!(is_good(&server, &after.access));
    token(&after);
    assert!(!is_good(&server, &after.access));
}

#[admit_testkit::everywhere]
fn cve_2026_43911_a_new_password_kills_every_token_before_it_is_answered() {
    let it = configured();
    let server = &it.server;
    server.user("alice", &[]);
    let own = |password: &str, new: &str| {
        let mut owner = server.client();
        owner.sign_in("alice", password);
        let body = json!({ "current_password": password, "new_password": new });
        assert_eq!(owner.call("POST", "/account/password", &body).status, 200);
    };
    let held = |password: &str| {
        let by_app = |app| Tokens::of(&server.client().login_client(app, "alice", password));
        let mut browser = server.client();
        browser.sign_in("alice", password);
        (by_app("app"), by_app("other-app"), Tokens::of(&it.exchange("site", &browser, &server.url)), browser)
    };
    let dead = |(app, other, exchanged, mut browser): (Tokens, Tokens, Tokens, Client)| {
        assert!(are_dead(server, "app", &app) && are_dead(server, "other-app", &other));
        assert!(!is_good(server, &exchanged.access) && !is_signed_in(&mut browser));
        assert_eq!(it.exchange("site", &browser, &server.url).status, 400);
    };
    let before = held(PASSWORD);
    own(PASSWORD, "seven green bicycles");
    dead(before);
    let before = held("seven green bicycles");
    operator(server, &["user", "set-password", "alice", "--password-stdin"]);
    dead(before);
    let before = held(PASSWORD);
    own(PASSWORD, "eight green bicycles");
    assert_eq!(server.client().login_client("app", "alice", PASSWORD).status, 401, "the old password gets no token");
    dead(before);
}

#[admit_testkit::everywhere]
fn cve_2026_1609_a_disabled_user_gets_a_token_by_no_grant() {
    let it = configured();
    let server = &it.server;
    server.user("alice", &["admin"]);
    server.user("root", &["admin"]);
    let (tokens, mut browser) = (server.tokens("app", "alice"), server.signed_in("alice"));
    let exchanged = Tokens::of(&it.exchange("site", &browser, &server.url));
    operator(server, &["user", "disable", "alice"]);
    let by_nothing = |server: &Server, browser: &mut Client| {
        let by_app = in_its_turn(|| server.client().login_client("app", "alice", PASSWORD));
        let by_form = in_its_turn(|| form_login(&mut server.client(), "alice", PASSWORD, &[]));
        assert_eq!((by_app.status, by_form.status), (401, 401));
        assert_eq!(oauth_error(&server.client().redeem("app", &tokens.refresh)), (400, "invalid_grant".to_owned()));
        assert!(!is_good(server, &tokens.access) && !is_good(server, &exchanged.access) && !is_signed_in(browser));
        let put = server.client().by_token(&tokens.access, "PUT", "/demo/api/products/1", &edit());
        assert_eq!(put.status, 401);
    };
    by_nothing(server, &mut browser);
    assert_eq!(oauth_error(&it.exchange("site", &browser, &server.url)), (400, "invalid_grant".to_owned()));
    operator(server, &["user", "set-roles", "alice", "admin"]);
    by_nothing(server, &mut browser);
    let server = it.server.again();
    by_nothing(&server, &mut browser);
    operator(&server, &["user", "enable", "alice"]);
    assert!(are_dead(&server, "app", &tokens), "what was dead stays dead");
    let let_in = in_its_turn(|| server.client().login_client("app", "alice", PASSWORD));
    assert_eq!(let_in.status, 200);
}
