//! `POST /oauth/revoke` (RFC 7009).

use admit_testkit::{APP, Request, Response, Tokens};
use serde_json::Value;

use crate::http::support::clients::{API, BILLING, are_dead, configured, is_good, oauth_error};
use crate::http::support::{demo, history};

fn done(answer: &Response) {
    assert_eq!((answer.status, answer.body.len()), (200, 0), "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.all("set-cookie").is_empty());
}

#[admit_testkit::everywhere]
fn an_app_that_revokes_an_access_token_kills_that_one_alone() {
    let server = demo();
    server.user("root", &["admin"]);
    let alice = server.user("alice", &[]);
    let first = server.tokens(APP, "alice");
    let second = Tokens::of(&server.client().redeem(APP, &first.refresh));
    let revoke = |hint: &str| {
        let fields = [("client_id", APP), ("token", first.access.as_str()), ("token_type_hint", hint)];
        server.client().post("/oauth/revoke", &fields)
    };
    done(&revoke("access_token"));
    assert!(!is_good(&server, &first.access));
    assert!(is_good(&server, &second.access), "the other of the same sign-in lives");
    assert_eq!(server.client().redeem(APP, &second.refresh).status, 200);
    for hint in ["refresh_token", "nonsense", ""] {
        done(&revoke(hint));
    }
    let kinds = history(&mut server.signed_in("root"), &alice);
    assert_eq!(kinds.iter().filter(|kind| *kind == "token-revoked").count(), 1, "once, and on record: {kinds:?}");
}

#[admit_testkit::everywhere]
fn an_app_that_revokes_a_refresh_token_ends_the_whole_sign_in() {
    let server = demo();
    server.user("alice", &[]);
    let (laptop, phone) = (server.tokens(APP, "alice"), server.tokens(APP, "alice"));
    let renewed = Tokens::of(&server.client().redeem(APP, &laptop.refresh));
    // A token that is spent is still one of this sign-in, and the app that has it wants it to end.
    done(&server.client().post("/oauth/revoke", &[("client_id", APP), ("token", &laptop.refresh)]));
    for tokens in [&laptop, &renewed] {
        assert!(are_dead(&server, APP, tokens));
    }
    assert!(is_good(&server, &phone.access));
    let mut client = server.client();
    let listed = client.by_token(&phone.access, "GET", "/sessions", &Value::Null).json();
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
    done(&client.post("/oauth/revoke", &[("client_id", APP), ("token", &laptop.refresh)]));
}

#[admit_testkit::everywhere]
fn what_is_another_clients_or_nobodys_is_200_and_nothing_happens() {
    let it = configured();
    it.server.user("alice", &[]);
    let tokens = it.server.tokens("app", "alice");
    let services = Tokens::of(&it.billing("/oauth/token", &[("grant_type", "client_credentials")]));
    for token in [tokens.access.as_str(), &tokens.refresh, &services.access, "nonsense", "a.b.c", "admit_rt_AAAA"] {
        for client in ["other-app", APP, "page"] {
            done(&it.client().post("/oauth/revoke", &[("client_id", client), ("token", token)]));
        }
        done(&it.service("site", "/oauth/revoke", &[("token", token)]));
    }
    assert!(is_good(&it.server, &tokens.access) && is_good(&it.server, &services.access));
    let renewed = it.client().redeem("app", &tokens.refresh);
    assert_eq!(renewed.status, 200);

    done(&it.billing("/oauth/revoke", &[("token", &services.access)]));
    assert!(!is_good(&it.server, &services.access), "its own it may");
    let elsewhere = it.server.tokens("api-app", "alice");
    assert_eq!(elsewhere.claim("aud"), API);
    done(&it.client().post("/oauth/revoke", &[("client_id", "api-app"), ("token", &elsewhere.access)]));
    let fields = [("token", elsewhere.access.as_str())];
    assert_eq!(it.service("api", "/oauth/introspect", &fields).text(), r#"{"active":false}"#, "whoever it was for");
}

#[admit_testkit::everywhere]
fn a_service_shows_who_it_is_to_revoke_and_a_request_without_a_token_is_400() {
    let it = configured();
    let nothing = it.client().post("/oauth/revoke", &[("client_id", BILLING), ("token", "x")]);
    assert_eq!(oauth_error(&nothing), (401, "invalid_client".to_owned()));
    let wrong = Request::new("POST", "/oauth/revoke").basic(BILLING, &"A".repeat(43)).form(&[("token", "x")]);
    let wrong = it.client().send(&wrong);
    assert_eq!(oauth_error(&wrong), (401, "invalid_client".to_owned()));
    assert_eq!(wrong.header("www-authenticate"), Some("Basic realm=\"admit\""));
    let nobody = it.client().post("/oauth/revoke", &[("client_id", "nobody"), ("token", "x")]);
    assert_eq!(oauth_error(&nobody), (401, "invalid_client".to_owned()));
    for fields in [&[("client_id", "app")][..], &[("client_id", "app"), ("token", "")], &[("token", "x")], &[]] {
        let answer = it.client().post("/oauth/revoke", fields);
        assert_eq!(oauth_error(&answer), (400, "invalid_request".to_owned()), "{fields:?}");
    }
    let twice = it.client().post("/oauth/revoke", &[("client_id", "app"), ("token", "x"), ("token", "y")]);
    assert_eq!(oauth_error(&twice), (400, "invalid_request".to_owned()));
}
