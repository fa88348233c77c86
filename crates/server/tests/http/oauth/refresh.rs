//! `POST /oauth/token` with `grant_type=refresh_token`: good once, for its app, as long as its user's sign-in is.

use std::time::Duration;

use admit_testkit::{APP, PASSWORD, Request, Response, Tokens};
use serde_json::{Value, json};

use crate::http::support::clients::{API, are_dead, configured, is_good, oauth_error};
use crate::http::support::{demo, history, members};

fn refused(answer: &Response) -> String {
    assert_eq!(oauth_error(answer), (400, "invalid_grant".to_owned()));
    answer.json()["error_description"].as_str().unwrap().to_owned()
}

#[admit_testkit::everywhere]
fn an_app_renews_its_tokens_and_the_old_refresh_token_is_spent() {
    let server = demo();
    server.user("alice", &["customer"]);
    let first = server.tokens(APP, "alice");
    let answer = server.client().redeem(APP, &first.refresh);
    assert_eq!(members(&answer.json()), ["access_token", "expires_in", "refresh_token", "token_type"].into());
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let second = Tokens::of(&answer);
    assert_ne!(second.refresh, first.refresh);
    assert_eq!((second.claim("sid"), second.claim("sub")), (first.claim("sid"), first.claim("sub")));
    assert_ne!(second.claim("jti"), first.claim("jti"));
    for name in ["auth_time", "amr", "acr"] {
        assert_eq!(second.claims()[name], first.claims()[name], "{name}: nothing was proved again");
    }
    assert!(is_good(&server, &first.access) && is_good(&server, &second.access), "each until its own end");

    let again = Tokens::of(&server.client().redeem(APP, &first.refresh));
    assert_eq!(again.refresh, second.refresh, "a lost answer is given again, and there is one successor");
    assert!(is_good(&server, &again.access) && again.access != second.access);
    let third = Tokens::of(&server.client().redeem(APP, &second.refresh));
    assert!(is_good(&server, &third.access), "a lost answer is no theft: the sign-in lives on");
    assert!(
        refused(&server.client().redeem(APP, &first.refresh)).contains("somebody has a copy"),
        "its successor was used"
    );
    assert!(are_dead(&server, APP, &third));
}

#[admit_testkit::everywhere]
fn what_is_no_refresh_token_of_this_app_is_refused_alike_and_harms_nothing() {
    let it = configured();
    let server = &it.server;
    server.user("alice", &[]);
    let tokens = server.tokens("app", "alice");
    let elsewhere = demo();
    elsewhere.user("alice", &[]);
    let foreign = elsewhere.tokens(APP, "alice").refresh;
    let mut sentences = Vec::new();
    let spelled = tokens.refresh.to_ascii_uppercase();
    for (client, token) in [
        ("app", "nonsense"),
        ("app", foreign.as_str()),
        ("app", tokens.access.as_str()),
        ("app", tokens.refresh.strip_prefix("admit_rt_").unwrap()),
        ("app", tokens.refresh.get(..94).unwrap()),
        ("app", &format!("{}=", tokens.refresh)),
        ("app", &spelled),
        ("other-app", tokens.refresh.as_str()),
        (APP, tokens.refresh.as_str()),
    ] {
        sentences.push(refused(&server.client().redeem(client, token)));
    }
    let service = it.billing("/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh)]);
    sentences.push(refused(&service));
    sentences.dedup();
    assert_eq!(sentences.len(), 1, "nothing is said of why: {sentences:?}");
    let page = server.client().redeem("page", &tokens.refresh);
    assert_eq!(page.status, 400, "a browser has no use for one");
    let nobody = server.client().redeem("nobody", &tokens.refresh);
    assert_eq!(oauth_error(&nobody), (401, "invalid_client".to_owned()));
    assert_eq!(server.client().redeem("app", &tokens.refresh).status, 200, "its own app may, after all of that");
}

#[admit_testkit::everywhere]
fn a_renewed_token_has_the_roles_of_now_and_an_audience_of_the_app() {
    let server = &configured().server;
    server.user("alice", &["customer"]);
    let first = server.tokens("api-app", "alice");
    assert_eq!(server.cli(&["user", "set-roles", "alice", "admin", "customer"], "").code, 0);
    let renew = |refresh: &str, audience: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "api-app"),
            ("refresh_token", refresh),
            ("resource", audience),
        ];
        server.client().post("/oauth/token", &fields)
    };
    let other = renew(&first.refresh, &server.url);
    assert_eq!(oauth_error(&other), (400, "invalid_target".to_owned()), "which spends nothing");
    let second = Tokens::of(&renew(&first.refresh, API));
    assert_eq!(second.claims()["roles"], json!(["admin", "customer"]), "the app stays signed in, with the new roles");
    assert!(second.claims()["gen"].as_u64() > first.claims()["gen"].as_u64());
}

#[admit_testkit::everywhere]
fn after_a_new_password_a_ban_or_a_logout_everywhere_every_token_of_the_user_is_dead() {
    let server = demo();
    server.user("alice", &["customer"]);
    server.user("bob", &[]);
    let bobs = server.tokens(APP, "bob");
    let operator = |arguments: &[&str], typed: &str| assert_eq!(server.cli(arguments, typed).code, 0, "{arguments:?}");
    let set = ["user", "set-password", "alice", "--password-stdin"];
    let by_browser = |path: &str, body: &Value| {
        let mut alice = server.signed_in("alice");
        assert!(matches!(alice.call("POST", path, body).status, 200 | 204), "{path}");
    };
    let changes: [(&str, &dyn Fn()); 5] = [
        ("the operator sets a password", &|| operator(&set, &format!("{PASSWORD}\n"))),
        ("the operator ends every session", &|| operator(&["session", "revoke", "alice"], "")),
        ("she signs out everywhere", &|| by_browser("/logout/all", &Value::Null)),
        ("she changes her password", &|| {
            let changed = json!({ "current_password": PASSWORD, "new_password": "another tulip lantern" });
            by_browser("/account/password", &changed);
            operator(&set, &format!("{PASSWORD}\n"));
        }),
        ("she is banned and let in again", &|| {
            operator(&["user", "disable", "alice"], "");
            operator(&["user", "enable", "alice"], "");
        }),
    ];
    for (what, change) in changes {
        let (one, two) = (server.tokens(APP, "alice"), server.tokens(APP, "alice"));
        let renewed = Tokens::of(&server.client().redeem(APP, &two.refresh));
        change();
        for tokens in [&one, &two, &renewed] {
            assert!(are_dead(&server, APP, tokens), "{what}");
        }
        assert!(is_good(&server, &bobs.access), "{what}: nobody else");
    }
    assert_eq!(server.client().redeem(APP, &bobs.refresh).status, 200);
}

#[admit_testkit::everywhere]
fn an_app_that_attaches_its_dead_access_token_to_every_call_can_still_renew_it() {
    let server = demo();
    server.user("alice", &["customer"]);
    let tokens = server.tokens(APP, "alice");
    assert_eq!(server.cli(&["user", "set-roles", "alice", "admin"], "").code, 0);
    assert!(!is_good(&server, &tokens.access));
    let fields = [("grant_type", "refresh_token"), ("client_id", APP), ("refresh_token", tokens.refresh.as_str())];
    let request = Request::new("POST", "/oauth/token").bearer(&tokens.access);
    assert_eq!(server.client().send(&request.form(&fields)).status, 200);
}

/// The one test that waits for the grace time to be over: ten seconds.
#[admit_testkit::everywhere]
fn a_refresh_token_that_comes_again_later_ends_the_sign_in_with_every_token_of_it() {
    let server = demo();
    server.user("root", &["admin"]);
    let alice = server.user("alice", &["customer"]);
    let (stolen, phone) = (server.tokens(APP, "alice"), server.tokens(APP, "alice"));
    let renewed = Tokens::of(&server.client().redeem(APP, &stolen.refresh));
    std::thread::sleep(Duration::from_millis(10_100));
    assert!(is_good(&server, &renewed.access));
    assert!(refused(&server.client().redeem(APP, &stolen.refresh)).contains("somebody has a copy"));
    assert!(!is_good(&server, &stolen.access) && !is_good(&server, &renewed.access), "dead by the time of the answer");
    refused(&server.client().redeem(APP, &renewed.refresh));
    assert!(is_good(&server, &phone.access), "her other sign-in is another family");
    let kinds = history(&mut server.signed_in("root"), &alice);
    assert_eq!(kinds.iter().filter(|kind| *kind == "refresh-token-reused").count(), 1, "{kinds:?}");
    let server = server.again();
    assert!(are_dead(&server, APP, &renewed), "and a restart forgets nothing");
}
