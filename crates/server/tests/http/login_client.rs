//! `POST /login` with `client_id`: tokens for an app.

use admit_core::jws::{Compact, KeySet};
use admit_testkit::{APP, PASSWORD, Request, Server, Tokens};
use serde_json::{Value, json};

use crate::http::support::clients::{API, Configured, configured, configured_with, is_good};
use crate::http::support::known_key::now;
use crate::http::support::{behind_a_proxy, demo, demo_with, form_login, history, lasting, login, members, twin};

fn body(client_id: &str, password: &str) -> Value {
    json!({ "username": "alice", "password": password, "client_id": client_id })
}

#[admit_testkit::everywhere]
fn an_app_that_signs_a_customer_in_gets_two_tokens_and_no_cookie() {
    let server = demo();
    server.user("alice", &["customer"]);
    let answer = server.client().login_client(APP, "alice", PASSWORD);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(members(&answer.json()), ["access_token", "expires_in", "refresh_token", "token_type"].into());
    assert_eq!((&answer.json()["token_type"], &answer.json()["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert!(answer.all("set-cookie").is_empty(), "an app has no cookies to be stolen");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let tokens = Tokens::of(&answer);
    assert!(tokens.refresh.starts_with("admit_rt_"), "scanners of leaked secrets know it when they see it");
    assert!(is_good(&server, &tokens.access));
    let again = server.tokens(APP, "alice");
    assert_ne!((&again.access, &again.refresh), (&tokens.access, &tokens.refresh));
}

#[admit_testkit::everywhere]
fn a_customers_access_token_says_who_by_what_and_for_whom_and_neither_name_nor_permission() {
    let server = demo();
    let id = server.user("alice", &["customer"]);
    let tokens = server.tokens(APP, "alice");
    assert_eq!(members(&tokens.header()), ["alg", "kid", "typ"].into(), "no jwk, jku or x5u that anybody could follow");
    assert_eq!((&tokens.header()["typ"], &tokens.header()["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    let claims = tokens.claims();
    let all = ["acr", "amr", "aud", "auth_time", "client_id", "exp", "gen", "iat", "iss", "jti", "roles", "sid", "sub"];
    assert_eq!(members(&claims), all.into());
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["pwd"]), &json!("1")));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(server.url), &json!(server.url)));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(id), &json!(APP)));
    assert_eq!(claims["roles"], json!(["customer"]));
    let issued = claims["iat"].as_u64().unwrap();
    assert!(claims["auth_time"].as_u64().is_some_and(|at| at <= issued && issued - at < 30), "{claims}");
    assert!(now() - issued < 30 && claims["exp"].as_u64() == Some(issued + 300), "five minutes: {claims}");
    assert!(tokens.access.len() <= 576, "{} bytes", tokens.access.len());

    let listed = server.client().by_token(&tokens.access, "GET", "/sessions", &Value::Null).json();
    assert_eq!(listed["sessions"][0]["id"], claims["sid"], "sid is what the list of sessions calls it");
}

#[admit_testkit::everywhere]
fn an_app_names_an_audience_of_its_own_or_gets_its_first() {
    let Configured { server, .. } = configured();
    server.user("alice", &[]);
    let asked = |audience: Value| {
        let mut body = body("api-app", PASSWORD);
        body["audience"] = audience;
        server.client().send(&Request::new("POST", "/login").json(&body))
    };
    assert_eq!(server.tokens("api-app", "alice").claim("aud"), API);
    assert_eq!(Tokens::of(&asked(json!(API))).claim("aud"), API);
    let other = Tokens::of(&asked(json!("https://other.example.org")));
    assert_eq!(other.claim("aud"), "https://other.example.org");
    assert!(!is_good(&server, &other.access), "what is for somebody else is no credential here");
    for unknown in ["https://api.example.org/", "https://API.example.org", &server.url, "", "*"] {
        let answer = asked(json!(unknown));
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-field"), "{unknown}");
        assert_eq!(answer.json()["field"], "audience", "{unknown}");
    }
    assert_eq!(asked(json!([API])).status, 422, "one, and no list");
}

#[admit_testkit::everywhere]
fn a_client_that_gets_no_tokens_is_told_why_and_nobody_is_signed_in() {
    let Configured { server, .. } = configured();
    server.user("alice", &[]);
    let send = |client_id: &str| server.client().login_client(client_id, "alice", PASSWORD);
    let browser = send("page");
    assert_eq!((browser.status, browser.problem().as_str()), (403, "tokens-for-a-browser"));
    assert!(browser.text().contains("any script") && browser.text().contains("session cookie"), "{}", browser.text());
    let service = send("signer");
    assert_eq!((service.status, service.problem().as_str()), (403, "service-signs-nobody-in"));
    assert!(service.text().contains("client_credentials"), "{}", service.text());
    for unknown in ["nobody", "App", "app ", "", "app\u{0}", &"a".repeat(65)] {
        let answer = send(unknown);
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-field"), "{unknown:?}");
        assert_eq!(answer.json()["field"], "client_id");
    }
    for refused in ["page", "signer", "nobody"] {
        let wrong = server.client().login_client(refused, "alice", "wrong wrong wrong wrong");
        assert_eq!(wrong.status, send(refused).status, "{refused}: the password is not looked at");
    }
    let form = form_login(&mut server.client(), "alice", PASSWORD, &[("client_id", "app")]);
    assert_eq!((form.status, form.problem().as_str()), (403, "tokens-for-a-browser"), "a form is a page's");
    assert_eq!(server.cli(&["--json", "session", "list", "alice"], "").json(), json!([]));
}

#[admit_testkit::everywhere]
fn what_a_page_sends_gets_no_tokens_unless_its_origin_is_the_apps_own() {
    let Configured { server, .. } = configured();
    server.user("alice", &[]);
    let own = server.url.clone();
    let from = |client_id: &str, headers: &[(&str, &str)]| {
        let request = Request::new("POST", "/login").json(&body(client_id, PASSWORD));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = server.client().send(&request);
        (answer.status, answer.problem())
    };
    let to_a_page = (403, "tokens-for-a-browser".to_owned());
    let foreign = (403, "cross-origin".to_owned());
    let taken = (200, String::new());
    assert_eq!(from("app", &[("origin", &own)]), to_a_page, "not even to a page of this very server");
    assert_eq!(from("app", &[("sec-fetch-site", "same-origin")]), to_a_page);
    assert_eq!(from("app", &[("sec-fetch-site", "none")]), to_a_page);
    assert_eq!(from("app", &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")]), to_a_page);
    assert_eq!(from("app", &[("sec-fetch-dest", "empty")]), to_a_page);
    assert_eq!(from("app", &[("origin", "https://evil.example")]), foreign);
    assert_eq!(from("app", &[("sec-fetch-site", "cross-site")]), foreign);
    assert_eq!(from("app", &[("origin", "null")]), foreign);
    assert_eq!(from("app", &[("origin", "https://view.example"), ("sec-fetch-site", "cross-site")]), taken);
    assert_eq!(from("other-app", &[("origin", "https://view.example")]), to_a_page, "it is another app's view");
    assert_eq!(from("app", &[("origin", "https://page.example")]), to_a_page, "and that is a browser's");
    assert_eq!(from("app", &[("sec-fetch-mode", "cors")]), taken, "the fetch of Node.js, which is no browser");
}

#[admit_testkit::everywhere]
fn a_wrong_password_an_unknown_and_a_disabled_user_get_the_answer_of_a_login_without_client() {
    let server = behind_a_proxy();
    server.user("alice", &[]);
    server.user("banned", &[]);
    assert_eq!(server.cli(&["user", "disable", "banned"], "").code, 0);
    let mut answers = Vec::new();
    for (number, (username, password)) in
        [("alice", "wrong wrong wrong wrong"), ("nobody", PASSWORD), ("banned", PASSWORD)].iter().enumerate()
    {
        let address = format!("203.0.113.{number}");
        let by_app = json!({ "username": username, "password": password, "client_id": APP });
        for request in [login(username, password), Request::new("POST", "/login").json(&by_app)] {
            answers.push(server.client().send(&request.header("x-forwarded-for", &address)));
        }
    }
    for answer in &answers {
        assert_eq!((answer.status, answer.text()), (401, answers[0].text()));
        assert_eq!(lasting(answer), lasting(&answers[0]));
    }
}

#[admit_testkit::everywhere]
fn failures_are_counted_together_whether_or_not_an_app_is_named() {
    let server = demo();
    server.user("alice", &[]);
    let wrong = "wrong wrong wrong wrong";
    for _ in 0..3 {
        assert_eq!(server.client().login_client(APP, "alice", wrong).status, 401);
    }
    for _ in 0..2 {
        assert_eq!(server.client().login("alice", wrong).status, 401);
    }
    let stopped = server.client().login_client(APP, "alice", PASSWORD);
    assert_eq!((stopped.status, stopped.problem().as_str()), (429, "throttled"), "the right password waits too");
    assert!(stopped.header("retry-after").is_some());
    assert_eq!(server.client().login("alice", PASSWORD).status, 429);
}

#[admit_testkit::everywhere]
fn the_operator_chooses_algorithm_and_lifetime_and_the_published_key_verifies() {
    for algorithm in ["ES256", "RS256"] {
        let server = demo_with(&[("ADMIT_TOKENS__ALGORITHM", algorithm), ("ADMIT_TOKENS__ACCESS", "90s")]);
        server.user("alice", &[]);
        let answer = server.client().login_client(APP, "alice", PASSWORD);
        assert_eq!(answer.json()["expires_in"], 90);
        let tokens = Tokens::of(&answer);
        assert_eq!(tokens.header()["alg"], algorithm);
        let claims = tokens.claims();
        assert_eq!(claims["exp"].as_u64(), claims["iat"].as_u64().map(|issued| issued + 90));
        let set = KeySet::parse(&server.client().get("/.well-known/jwks.json").text()).unwrap();
        let compact = Compact::split(&tokens.access).unwrap();
        let (mut one, mut two) = ([0; 1024], [0; 1024]);
        let header = compact.header(&mut one).unwrap();
        let (_, key) = set.find(header.kid.as_deref()).unwrap();
        assert!(compact.verify(&header, key, &mut two).is_ok(), "{algorithm}");
        assert!(is_good(&server, &tokens.access));
    }
}

#[admit_testkit::everywhere]
fn a_dead_credential_beside_the_login_does_not_keep_its_owner_out() {
    let server = demo();
    server.user("alice", &[]);
    let mut browser = server.signed_in("alice");
    let mut dead_cookie = twin(&server, &browser);
    browser.call("POST", "/logout", &Value::Null);
    let dead = server.tokens(APP, "alice");
    assert_eq!(server.client().by_token(&dead.access, "POST", "/logout", &Value::Null).status, 204);
    assert_eq!(dead_cookie.login_client(APP, "alice", PASSWORD).status, 200);
    let request = Request::new("POST", "/login").json(&body(APP, PASSWORD));
    for token in [dead.access.as_str(), "x.y.z"] {
        assert_eq!(server.client().send(&request.clone().bearer(token)).status, 200, "{token}");
    }
    let ordinary = login("alice", PASSWORD).bearer(&dead.access);
    assert_eq!(server.client().send(&ordinary).status, 200, "nor out of a session");
    assert_eq!(
        server.client().send(&request.header("authorization", "Bearer")).status,
        400,
        "what is malformed is said"
    );
}

#[admit_testkit::everywhere]
fn one_sign_in_more_than_the_limit_ends_the_oldest_and_all_of_it_is_on_record() {
    let server: Server = configured_with("[sessions]\nlimit = 2\n").server;
    server.user("root", &["admin"]);
    let alice = server.user("alice", &[]);
    let first = server.tokens("app", "alice");
    let (second, third) = (server.tokens("other-app", "alice"), server.tokens("app", "alice"));
    assert!(!is_good(&server, &first.access), "its access token is dead at once");
    assert_eq!(server.client().redeem("app", &first.refresh).status, 400);
    assert!(is_good(&server, &second.access) && is_good(&server, &third.access));
    let kinds = history(&mut server.signed_in("root"), &alice);
    let count = |kind: &str| kinds.iter().filter(|it| *it == kind).count();
    assert_eq!((count("token-family-begun"), count("token-family-evicted")), (3, 1), "{kinds:?}");
}
