//! What a secret is good for, and what guessing at one tells.

use std::time::{Duration, Instant};

use admit_testkit::{PASSWORD, Request};
use serde_json::Value;

use crate::http::support::clients::{BILLING, configured};
use crate::http::support::{COOKIE, behind_a_proxy, demo, first_admin, login, secret, setup_token, twin};

#[admit_testkit::everywhere]
fn cve_2025_55000_another_spelling_of_a_name_is_neither_another_account_nor_another_count() {
    let server = demo();
    server.user("alice", &[]);
    for spelling in ["ALICE", " alice ", "Ａｌｉｃｅ", "aLiCe\t", "alice"] {
        assert_eq!(server.client().send(&login(spelling, "wrong wrong wrong wrong")).status, 401, "{spelling:?}");
    }
    // At once: the wait is a second, and each refusal takes half of one.
    std::thread::scope(|scope| {
        for spelling in ["alice", "Alice", "ａｌｉｃｅ"] {
            let server = &server;
            scope.spawn(move || {
                assert_eq!(server.client().send(&login(spelling, PASSWORD)).status, 429, "{spelling:?}");
            });
        }
    });
    let create = ["user", "create", "ＡＬＩＣＥ", "--password-stdin"];
    let output = server.cli(&create, &format!("{PASSWORD}\n"));
    assert_eq!(output.code, 1, "one name, one account: {output:?}");
}

#[admit_testkit::everywhere]
fn cve_2025_13473_the_time_of_an_answer_does_not_tell_whether_a_user_exists() {
    let server = behind_a_proxy();
    server.user("alice", &[]);
    server.user("banned", &[]);
    assert_eq!(server.cli(&["user", "disable", "banned"], "").code, 0);
    let names = ["alice", "nobody", "banned", "an impossible name"];
    let mut client = server.client();
    let mut measure = |part: usize| {
        let mut times = names.map(|_| Vec::new());
        for round in 0..15 {
            for (number, name) in names.iter().enumerate() {
                // Each from an address of its own, so that nobody is throttled.
                let address = format!("203.0.{part}.{}", round * names.len() + number);
                let request = login(name, "wrong wrong wrong wrong").header("x-forwarded-for", &address);
                let began = Instant::now();
                assert_eq!(client.send(&request).status, 401);
                times[number].push(began.elapsed());
            }
        }
        times.map(|mut times| {
            times.sort();
            times[times.len() / 2]
        })
    };
    // A leak shows in every measurement; what else this machine is doing does not.
    let alike = (0..3).any(|part| {
        let medians = measure(part);
        let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
        assert!(*least > Duration::from_millis(3), "one of them costs no hash: {names:?} {medians:?}");
        *most < least.mul_f64(1.4)
    });
    assert!(alike, "three times the medians of {names:?} were apart");
}

#[admit_testkit::everywhere]
fn cve_2026_110862_each_kind_of_secret_is_good_for_its_own_purpose_alone() {
    let it = configured();
    let server = &it.server;
    let link = setup_token(server);
    server.user("alice", &[]);
    let alice = server.signed_in("alice");
    let mut visitor = server.client();
    let form_token = visitor.page("/login").field("csrf_token").unwrap();
    let form_cookie = visitor.cookies["admit_form"].clone();
    let tokens = server.tokens("app", "alice");
    let public_id = twin(server, &alice).get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    let kinds = [
        ("session cookie", secret(&alice)),
        ("session's csrf token", alice.csrf_token.clone()),
        ("set-up link", link),
        ("form cookie", form_cookie.clone()),
        ("form's csrf token", form_token.clone()),
        ("public session id", public_id),
        ("access token", tokens.access.clone()),
        ("refresh token", tokens.refresh.clone()),
        ("client secret", it.secret.clone()),
        ("client assertion", it.assertion(&it.claims())),
        ("name of a token", tokens.claim("jti")),
    ];
    for (kind, value) in &kinds {
        let accepts = |what: &str, status: u16| {
            assert_eq!((200..400).contains(&status), *kind == what, "{kind} as {what}: {status}");
            assert!(status < 500);
        };
        let cookie = Request::new("GET", "/session").header("cookie", &format!("{COOKIE}={value}"));
        accepts("session cookie", server.client().send(&cookie).status);

        // One that passes ends nothing: there is no such session to end, which is 404.
        let header = Request::new("DELETE", "/sessions/x").header("x-csrf-token", value);
        let status = twin(server, &alice).send(&header).status;
        assert_eq!(status, if *kind == "session's csrf token" { 404 } else { 403 }, "{kind} as session's csrf token");

        accepts("access token", server.client().by_token(value, "GET", "/session", &Value::Null).status);
        accepts("refresh token", server.client().redeem("app", value).status);
        let own = [("grant_type", "client_credentials")];
        let by_secret = Request::new("POST", "/oauth/token").basic(BILLING, value);
        accepts("client secret", server.client().send(&by_secret.form(&own)).status);
        accepts("client assertion", it.asserted("/oauth/token", value, &own).status);
        let active = it.introspected(value)["active"] == true;
        assert_eq!(active, *kind == "access token", "{kind} as what introspection is for");

        let page = server.client().page(&format!("/setup?token={value}"));
        accepts("set-up link", page.status);

        let mut form = |cookie: &str, token: &str| {
            let fields = [("username", "nobody"), ("password", "x"), ("csrf_token", token)];
            let request = Request::new("POST", "/login").header("cookie", &format!("admit_form={cookie}"));
            visitor.send(&request.form(&fields)).status
        };
        // One that passes is told that there is no such user, which is 401.
        let passed = |what: &str| if *kind == what { &[401, 429][..] } else { &[403] };
        assert!(passed("form cookie").contains(&form(value, &form_token)), "{kind} as form cookie");
        assert!(passed("form's csrf token").contains(&form(&form_cookie, value)), "{kind} as form's csrf token");
    }
    for (kind, value) in kinds.iter().filter(|(kind, _)| *kind != "set-up link") {
        assert_eq!(server.client().send(&first_admin(value)).status, 409, "{kind} as set-up link");
    }
    assert_eq!(server.client().send(&first_admin(&kinds[2].1)).status, 200);
    assert_eq!(server.client().send(&first_admin(&kinds[2].1)).status, 409, "and once");
}
