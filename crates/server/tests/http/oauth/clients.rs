//! What a client may have is what its configuration says now, and its tokens go where it says and nowhere else.

use std::fs;

use admit_testkit::{PASSWORD, Tokens, jwt_part};
use serde_json::{Value, json};

use crate::http::support::clients::{BILLING, Configured, configured_with, is_good, oauth_error};
use crate::http::support::feed::Feed;

const MORE: &str = r#"
[clients.console]
runs = "native"
audience = ["self"]
admin_api = true

[clients.till]
runs = "native"
audience = ["self"]
admin_api = true
max_roles = ["customer"]

[clients.asker]
runs = "service"
audience = ["self", "https://api.example.org", "https://other.example.org"]
secret_file = "billing.secret"
"#;

/// The same server, started again with this in its configuration in place of that.
fn restarted(it: Configured, from: &str, to: &str) -> Configured {
    let file = it.server.folder().join("admit.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(&file, text.replace(from, to)).unwrap();
    Configured { server: it.server.again(), ..it }
}

fn own_token(it: &Configured, service: &str) -> String {
    Tokens::of(&it.service(service, "/oauth/token", &[("grant_type", "client_credentials")])).access
}

/// Whether introspection calls a token good, asked by a service for every audience.
fn is_active(it: &Configured, token: &str) -> bool {
    let answer = it.service("asker", "/oauth/introspect", &[("token", token)]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["active"] == json!(true)
}

#[admit_testkit::everywhere]
fn an_admins_token_of_an_app_that_is_not_named_for_it_gets_403_at_the_admin_api() {
    let it = configured_with(MORE);
    it.server.user("root", &["admin"]);
    let app = it.server.tokens("app", "root").access;
    assert!(is_good(&it.server, &app), "it is for this server");
    let call = |token: &str, method: &str, path: &str, body: &Value| it.client().by_token(token, method, path, body);
    for (method, path, body) in [
        ("GET", "/admin/api/users", Value::Null),
        ("POST", "/admin/api/users", json!({ "username": "eve", "password": PASSWORD, "roles": ["admin"] })),
        ("GET", "/admin/api/audit", Value::Null),
        ("GET", "/admin/api/permissions/user:read", Value::Null),
    ] {
        let refused = call(&app, method, path, &body);
        assert_eq!((refused.status, refused.problem().as_str()), (403, "client-not-named"), "{method} {path}");
        let challenge = refused.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("insufficient_scope"), "{challenge}");
    }
    let console = it.server.tokens("console", "root").access;
    assert_eq!(call(&console, "GET", "/admin/api/users", &Value::Null).status, 200, "one that is named for it");
    let mut session = it.server.signed_in("root");
    assert_eq!(session.get("/admin/api/users").status, 200, "and a session");
    // A token for another API is not one for this server.
    let elsewhere = it.server.tokens("api-app", "root").access;
    assert_eq!(call(&elsewhere, "GET", "/admin/api/users", &Value::Null).status, 401);
    assert_eq!(call("made-up", "GET", "/admin/api/users", &Value::Null).status, 401, "401 comes before 403");
}

#[admit_testkit::everywhere]
fn a_users_token_carries_at_most_the_roles_that_its_client_may_show() {
    let it = configured_with(MORE);
    it.server.user("root", &["admin", "customer"]);
    it.server.user("ada", &["admin", "customer@acme"]);
    let roles = |user: &str| it.server.tokens("till", user).claims()["roles"].clone();
    assert_eq!(roles("root"), json!(["customer"]));
    assert_eq!(roles("ada"), json!(["customer@acme"]), "the role in a tenant is less than the role");
    let tokens = it.server.tokens("till", "root");
    let renewed = Tokens::of(&it.client().redeem("till", &tokens.refresh));
    assert_eq!(renewed.claims()["roles"], json!(["customer"]), "after a renewal too");
    let answer = it.client().by_token(&renewed.access, "GET", "/admin/api/users", &Value::Null);
    assert_eq!((answer.status, answer.problem().as_str()), (403, "not-permitted"));
}

#[admit_testkit::everywhere]
fn a_service_taken_out_of_the_configuration_has_no_good_tokens_left_nor_has_one_with_fewer_roles() {
    let it = configured_with(MORE);
    let (billing, site) = (own_token(&it, BILLING), own_token(&it, "site"));
    assert!(is_good(&it.server, &billing) && is_active(&it, &billing));
    let it = restarted(it, "roles = [\"customer\"]\nsecret_file", "roles = []\nsecret_file");
    assert!(!is_good(&it.server, &billing) && !is_active(&it, &billing), "it may be no customer any more");
    assert!(is_good(&it.server, &site) && is_active(&it, &site), "another one is as it was");
    let less = own_token(&it, BILLING);
    assert!(is_good(&it.server, &less) && is_active(&it, &less), "what it may have now is good");
    let it = restarted(it, "[clients.\"billing.v2_x-1\"]", "[clients.ledger]");
    assert!(!is_good(&it.server, &less) && !is_active(&it, &less), "it is not there any more");
    assert!(is_good(&it.server, &site));
}

#[admit_testkit::everywhere]
fn whoever_checks_tokens_elsewhere_is_told_that_a_client_may_have_others_or_is_gone() {
    let it = configured_with(MORE);
    it.server.user("watcher", &["verifier"]);
    let told = |it: &Configured| {
        let mut feed = Feed::open(it.server.address, &it.server.tokens("app", "watcher").access, None);
        let told = feed.until_current().0.into_iter().filter(|event| event.name == "client-change");
        told.map(|event| {
            let cgen = event.data["events"]["urn:admit:event:client-change"]["cgen"].clone();
            (event.data["sub_id"]["id"].clone(), cgen)
        })
        .collect::<Vec<_>>()
    };
    let generation = |it: &Configured, client: &str| jwt_part(&own_token(it, client), 1)["cgen"].clone();
    assert_eq!((told(&it), generation(&it, BILLING)), (vec![], Value::Null), "nothing has changed yet");
    let it = restarted(it, "roles = [\"customer\"]\nsecret_file", "roles = []\nsecret_file");
    let less = (json!(BILLING), json!(1));
    assert_eq!((told(&it), generation(&it, BILLING)), (vec![less.clone()], json!(1)), "it may be no customer any more");
    assert_eq!(generation(&it, "site"), Value::Null, "another one is as it was");
    let it = restarted(it, "[clients.\"billing.v2_x-1\"]", "[clients.ledger]");
    let gone = (json!(BILLING), json!(2));
    assert_eq!(told(&it), [less.clone(), gone.clone()], "it is not there any more");
    let it = restarted(it, "[clients.ledger]", "[clients.\"billing.v2_x-1\"]");
    let again = [(json!(BILLING), json!(3)), (json!("ledger"), json!(1))];
    assert_eq!(told(&it), [vec![less, gone], again.to_vec()].concat(), "it is there again, and the other one is not");
    assert_eq!(generation(&it, BILLING), json!(3));
    it.server.user("root", &["admin"]);
    let log = it.server.signed_in("root").get("/admin/api/audit?kind=client-changed").json();
    assert_eq!(log["events"].as_array().map(Vec::len), Some(4), "{log}");
}

#[admit_testkit::everywhere]
fn users_tokens_of_a_client_that_was_taken_away_or_may_less_are_refused_and_never_renewed() {
    let it = configured_with(MORE);
    it.server.user("alice", &["customer"]);
    let (app, console, api) =
        (it.server.tokens("app", "alice"), it.server.tokens("console", "alice"), it.server.tokens("api-app", "alice"));
    let alice = it.server.signed_in("alice");
    let exchanged = Tokens::of(&it.exchange("site", &alice, &it.server.url)).access;
    assert!(is_good(&it.server, &app.access) && is_good(&it.server, &exchanged) && is_active(&it, &api.access));
    // Taken out; limited to fewer roles; no longer for that API; no longer a server that exchanges sessions.
    let it = restarted(it, "[clients.app]", "[clients.renamed]");
    let it = restarted(it, "[clients.console]\n", "[clients.console]\nmax_roles = []\n");
    let it = restarted(it, "audience = [\"https://api.example.org\", ", "audience = [");
    let it = restarted(
        it,
        "audience = [\"self\"]\nsecret_file = \"billing.secret\"\nsession_exchange = true",
        "audience = [\"self\"]\nsecret_file = \"billing.secret\"",
    );
    for (access, what) in [(&app.access, "app"), (&console.access, "console"), (&exchanged, "site")] {
        assert!(!is_good(&it.server, access) && !is_active(&it, access), "{what}");
    }
    assert!(!is_active(&it, &api.access));
    assert_eq!(oauth_error(&it.client().redeem("app", &app.refresh)), (401, "invalid_client".to_owned()));
    assert_eq!(oauth_error(&it.client().redeem("renamed", &app.refresh)).1, "invalid_grant");
}
