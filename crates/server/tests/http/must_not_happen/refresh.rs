//! A refresh token is good once, in time, for its own app.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use admit_core::assurance::Methods;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::ClientId;
use admit_core::credential::RefreshKey;
use admit_core::id::SessionId;
use admit_core::jws::Algorithm;
use admit_core::proved::Proved;
use admit_core::random::OsRandom;
use admit_core::store::{FamilyBegun, NewFamily};
use admit_core::subject::Username;
use admit_core::time::Timestamp;
use admit_testkit::{APP, Request, Seeded, Tokens};
use serde_json::Value;

use crate::http::support::clients::{configured, is_good, oauth_error};
use crate::http::support::demo;
use crate::http::support::known_key::{ago, known_key, now, with};

#[admit_testkit::everywhere]
fn cve_2026_1035_and_cve_2026_50631_all_64_who_redeem_one_refresh_token_at_once_get_its_one_successor() {
    let server = demo();
    server.user("alice", &[]);
    for round in 0..3 {
        let tokens = server.tokens(APP, "alice");
        let start = Arc::new(Barrier::new(64));
        let racers: Vec<_> = (0..64)
            .map(|_| {
                let (mut client, start, refresh) = (server.client(), Arc::clone(&start), tokens.refresh.clone());
                std::thread::spawn(move || {
                    start.wait();
                    client.redeem(APP, &refresh)
                })
            })
            .collect();
        let answers: Vec<_> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        // A busy database may have no time for some of them: 503, and never a refusal.
        let (answered, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert!(busy.iter().all(|answer| answer.status == 503), "{:?}", busy.iter().map(|one| one.status).max());
        let given: Vec<_> = answered.into_iter().map(Tokens::of).collect();
        let renewed = given.first().unwrap();
        for other in &given {
            assert!(other.refresh == renewed.refresh, "a second successor, in round {round}");
            assert!(is_good(&server, &other.access), "each has an access token that works");
        }
        assert!(is_good(&server, &renewed.access), "one app with two threads stays signed in");
        assert_eq!(server.client().redeem(APP, &renewed.refresh).status, 200);
        let stolen = server.client().redeem(APP, &tokens.refresh);
        assert_eq!(oauth_error(&stolen), (400, "invalid_grant".to_owned()), "its successor was used");
        assert!(!is_good(&server, &renewed.access), "so somebody has a copy, and the sign-in is ended");
    }
}

#[admit_testkit::everywhere]
fn cve_2026_115362_an_expired_token_is_dead_before_anybody_cleans_up() {
    let it = known_key(Algorithm::EdDsa);
    let mut server = it.start();
    server.user("alice", &[]);
    let claims = server.tokens(APP, "alice").claims();
    let expired = it.access(&with(&with(&claims, "iat", now() - 600), "exp", now() - 11));
    assert!(!is_good(&server, &expired));
    assert_eq!(server.terminate(), Some(0));

    // Sign-ins of long ago, whose rows nobody has taken away.
    let account = it.store(|stores| stores.accounts.by_username(&Username::parse("alice").unwrap())).unwrap();
    let key = RefreshKey::new(&it.secret);
    let begun = |created_at: Timestamp, absolute_expires_at: Timestamp| {
        let id = SessionId::new(created_at, &OsRandom).unwrap();
        let token = key.issue(id, &OsRandom).unwrap();
        let new = NewFamily {
            id,
            digest: token.digest(),
            proved: Proved::vouched_for(&account.subject, Methods::PASSWORD, created_at),
            client: ClientId::parse(APP).unwrap(),
            roles_version: account.subject.roles_version,
            created_at,
            absolute_expires_at,
            token_until: created_at,
            device: Default::default(),
        };
        let event = Event::new(EventKind::TokenFamilyBegun, Actor::Server, created_at);
        assert!(matches!(it.store(|stores| stores.families.begin(new, event)), FamilyBegun::Family(_)));
        token.reveal().to_string()
    };
    let day = 24 * 3600;
    let idle = begun(ago(14 * day + 1), ago(0).plus(Duration::from_secs(day)));
    let old = begun(ago(day), ago(1));
    let good = begun(ago(13 * day), ago(0).plus(Duration::from_secs(day)));
    let server = it.start();
    for (what, refresh) in [("unused for two weeks", idle), ("thirty days old", old)] {
        assert_eq!(oauth_error(&server.client().redeem(APP, &refresh)), (400, "invalid_grant".to_owned()), "{what}");
    }
    assert_eq!(server.client().redeem(APP, &good).status, 200, "and this is how it would have looked");
}

#[admit_testkit::everywhere]
fn rauthy_0_36_a_refresh_token_is_its_own_apps_and_no_request_breaks_the_endpoint() {
    let it = configured();
    let server = &it.server;
    server.user("alice", &["admin"]);
    let tokens = server.tokens("api-app", "alice");
    for other in ["app", "other-app", APP] {
        for audience in [None, Some(server.url.as_str())] {
            let mut fields =
                vec![("grant_type", "refresh_token"), ("client_id", other), ("refresh_token", &tokens.refresh)];
            fields.extend(audience.map(|audience| ("audience", audience)));
            let answer = server.client().post("/oauth/token", &fields);
            assert_eq!(oauth_error(&answer), (400, "invalid_grant".to_owned()), "{other}: no tokens for another app");
        }
    }
    let mut random = Seeded::new(Seeded::seed());
    let names = ["grant_type", "client_id", "refresh_token", "token", "client_secret", "client_assertion", "audience"];
    let form = "application/x-www-form-urlencoded";
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/session/token"] {
        for _ in 0..60 {
            let mut body = Vec::new();
            for _ in 0..random.below(6) {
                body.extend(random.one_of(&names).bytes());
                body.push(b'=');
                let count = random.below(120);
                body.extend(random.bytes(count));
                body.push(b'&');
            }
            let request = Request::new("POST", path).header("content-type", form).bytes(body);
            let status = server.client().send(&request).status;
            assert!((400..500).contains(&status), "{path}: {status}");
        }
    }
    let cut: Vec<String> =
        (0..tokens.refresh.len()).filter_map(|at| Some(tokens.refresh.get(..at)?.to_owned())).collect();
    let mut client = server.client();
    for text in &cut {
        assert!(matches!(client.redeem("api-app", text).status, 400), "{text}");
    }
    assert!(!server.logged().contains("panicked"), "{}", server.logged());
    let renewed = Tokens::of(&client.redeem("api-app", &tokens.refresh));
    assert_eq!(renewed.claim("client_id"), "api-app");
    let answer = client.by_token(&renewed.access, "GET", "/session", &Value::Null);
    assert_eq!(answer.status, 401, "its audience is not this server, so it is nothing here");
}
