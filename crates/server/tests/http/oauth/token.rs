//! `POST /oauth/token`: what it takes, and tokens for services. Refresh tokens are in `refresh.rs`.

use admit_testkit::{APP, PASSWORD, Request, Tokens};
use serde_json::{Value, json};

use crate::http::support::clients::{API, BILLING, configured, is_good, oauth_error};
use crate::http::support::{admin, demo, edit, members};

const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[admit_testkit::everywhere]
fn a_service_gets_an_access_token_for_itself_with_its_own_roles_and_no_refresh_token() {
    let it = configured();
    let answer = it.billing("/oauth/token", &OWN);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(members(&answer.json()), ["access_token", "expires_in", "token_type"].into());
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let tokens = Tokens::of(&answer);
    let claims = tokens.claims();
    assert_eq!(members(&claims), ["aud", "client_id", "exp", "iat", "iss", "jti", "roles", "sub"].into());
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(BILLING), &json!(BILLING)));
    assert_eq!((&claims["aud"], &claims["roles"]), (&json!(it.server.url), &json!(["customer"])));

    let by = |token: &str, method: &str, path: &str, body: &Value| it.client().by_token(token, method, path, body);
    let itself = by(&tokens.access, "GET", "/session", &Value::Null).json();
    assert_eq!(members(&itself), ["client_id", "roles", "token_expires_at"].into(), "it is nobody but itself");
    assert_eq!(by(&tokens.access, "PUT", "/demo/api/products/1", &edit()).status, 403, "a customer's roles");
    let signer = Tokens::of(&it.asserted("/oauth/token", &it.assertion(&it.claims()), &OWN));
    assert_eq!(by(&signer.access, "PUT", "/demo/api/products/1", &edit()).status, 200, "an admin's");
    for (path, body) in [("/logout", Value::Null), ("/logout/all", Value::Null)] {
        let status = by(&tokens.access, "POST", path, &body).status;
        assert_eq!(status, 404, "{path}: there is no session to end");
    }
    assert!(is_good(&it.server, &tokens.access));
    let mut root = admin(&it.server);
    let log = root.get("/admin/api/audit").json();
    let kinds: Vec<&str> = log["events"].as_array().unwrap().iter().filter_map(|it| it["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "client-token-issued").count(), 2, "{log}");
}

#[admit_testkit::everywhere]
fn a_service_names_an_audience_of_its_own_by_either_name_or_gets_its_first() {
    let it = configured();
    let asked = |service: &str, more: &[(&str, &str)]| it.service(service, "/oauth/token", &[&OWN[..], more].concat());
    assert_eq!(Tokens::of(&asked("api", &[])).claim("aud"), API);
    for name in ["audience", "resource"] {
        assert_eq!(Tokens::of(&asked("api", &[(name, API)])).claim("aud"), API);
        for unknown in [it.server.url.as_str(), "https://api.example.org/", "*"] {
            let answer = asked("api", &[(name, unknown)]);
            assert_eq!(oauth_error(&answer), (400, "invalid_target".to_owned()), "{unknown}");
        }
    }
    let both = asked("api", &[("audience", API), ("resource", API)]);
    assert_eq!(oauth_error(&both), (400, "invalid_request".to_owned()));
    let elsewhere = Tokens::of(&asked("api", &[]));
    assert!(!is_good(&it.server, &elsewhere.access), "what is for somebody else is no credential here");
}

#[admit_testkit::everywhere]
fn an_app_gets_no_client_credentials_whether_or_not_it_shows_something() {
    let it = configured();
    for client in ["app", "page", APP] {
        let fields = [("grant_type", "client_credentials"), ("client_id", client)];
        assert_eq!(oauth_error(&it.client().post("/oauth/token", &fields)), (400, "unauthorized_client".to_owned()));
        let with_secret = [&fields[..], &[("client_secret", it.secret.as_str())]].concat();
        assert_eq!(oauth_error(&it.client().post("/oauth/token", &with_secret)), (401, "invalid_client".to_owned()));
    }
    for service in [BILLING, "signer"] {
        let fields = [("grant_type", "client_credentials"), ("client_id", service)];
        let answer = it.client().post("/oauth/token", &fields);
        assert_eq!(oauth_error(&answer), (401, "invalid_client".to_owned()), "{service} has shown nothing");
    }
}

#[admit_testkit::everywhere]
fn a_request_that_cannot_be_read_is_400_with_what_is_wrong() {
    let server = demo();
    let post = |fields: &[(&str, &str)]| server.client().post("/oauth/token", fields);
    let invalid = |fields: &[(&str, &str)], word: &str| {
        let answer = post(fields);
        assert_eq!(oauth_error(&answer), (400, "invalid_request".to_owned()), "{fields:?}");
        assert!(answer.text().contains(word), "{fields:?}: {}", answer.text());
    };
    let refresh = ("grant_type", "refresh_token");
    invalid(&[], "grant_type");
    invalid(&[("grant_type", "")], "grant_type");
    invalid(&[refresh], "client_id");
    invalid(&[refresh, ("client_id", APP)], "refresh_token");
    invalid(&[refresh, refresh, ("client_id", APP)], "grant_type came twice");
    invalid(&[refresh, ("client_id", APP), ("client_id", APP)], "client_id came twice");
    invalid(&[refresh, ("client_id", APP), ("refresh_token", "a"), ("refresh_token", "b")], "refresh_token came twice");
    invalid(&[refresh, ("client_id", APP), ("refresh_token", "a"), ("x", "1"), ("x", "2")], "x came twice");
    invalid(&[refresh, ("client_id", APP), ("client_assertion", "a.b.c")], "client_assertion_type");

    for (grant, client) in
        [("password", APP), ("authorization_code", APP), ("implicit", APP), ("nonsense", APP), ("REFRESH_TOKEN", APP)]
    {
        let fields = [("grant_type", grant), ("client_id", client), ("username", "root"), ("password", PASSWORD)];
        assert_eq!(oauth_error(&post(&fields)), (400, "unsupported_grant_type".to_owned()), "{grant}");
    }
    let sent = |media: &str, body: &str| {
        let request = Request::new("POST", "/oauth/token").header("content-type", media).bytes(body);
        oauth_error(&server.client().send(&request))
    };
    let json = json!({ "grant_type": "refresh_token", "client_id": APP, "refresh_token": "a" }).to_string();
    for media in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        assert_eq!(sent(media, &json), (400, "invalid_request".to_owned()), "{media}");
    }
    let form = "application/x-www-form-urlencoded";
    assert_eq!(sent(form, "grant_type=refresh_token&client_id=%ff"), (400, "invalid_request".to_owned()));
    assert_eq!(sent(form, &format!("x={}", "a".repeat(70_000))), (400, "invalid_request".to_owned()));
    let query = server.client().post("/oauth/token?grant_type=refresh_token", &[("client_id", APP)]);
    assert_eq!(oauth_error(&query).1, "invalid_request", "parameters in the address are in every log");
    assert_eq!(server.client().get("/oauth/token").status, 405);
}

#[admit_testkit::everywhere]
fn a_page_of_another_site_reaches_no_token_endpoint_and_a_session_cookie_there_is_nothing() {
    let server = demo();
    server.user("alice", &[]);
    let mut alice = server.signed_in("alice");
    let tokens = server.tokens(APP, "alice");
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/session/token"] {
        for header in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
            let request = Request::new("POST", path).header(header.0, header.1);
            let fields = [("client_id", APP), ("token", tokens.refresh.as_str()), ("grant_type", "refresh_token")];
            let answer = alice.send(&request.form(&fields));
            assert_eq!((answer.status, answer.problem().as_str()), (403, "cross-origin"), "{path} {header:?}");
        }
    }
    // Without the session's CSRF token: the cookie is not looked at, so there is nothing to forge.
    let renewed = alice.redeem(APP, &tokens.refresh);
    assert!(renewed.all("set-cookie").is_empty());
    let renewed = Tokens::of(&renewed);
    assert_eq!(renewed.claim("sid"), tokens.claim("sid"));
    let nobody = alice.post("/oauth/token", &[("grant_type", "refresh_token"), ("client_id", APP)]);
    assert_eq!(nobody.status, 400, "a cookie stands in for no parameter");
    let broken = Request::new("POST", "/oauth/token").header("cookie", "admit_session=broken; admit_session=twice");
    let fields = [("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", renewed.refresh.as_str())];
    assert_eq!(server.client().send(&broken.form(&fields)).status, 200, "nor does a broken one hinder");
    assert_eq!(alice.get("/session").status, 200);
}
