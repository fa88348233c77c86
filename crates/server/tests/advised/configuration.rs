//! Every configuration that is advised, pasted into one that `admit init` wrote: the real server starts with it.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use admit_advice::{
    Advice, Answer, Checks, Client as AdvisedClient, Credential, Logout, Others, Requirements, advise, paste, toml,
};
use admit_testkit::{PASSWORD, Postgres, Request, Server, run};
use serde_json::{Value, json};

use crate::advised::BINARY;

/// A public key of somebody's.
const PUBLIC_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// One advice for each distinct configuration.
fn distinct() -> Vec<Advice> {
    let mut distinct = HashMap::new();
    for advice in Requirements::every().filter_map(|requirements| advise(&requirements).ok()) {
        distinct.entry(toml(&advice.sections)).or_insert(advice);
    }
    distinct.into_values().collect()
}

/// Starts a server with the advice in its configuration, and asks it for its clients.
fn start(advice: &Advice, database: impl Fn() -> String) -> Server {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let done = |arguments: &[&str]| {
        let output = run(BINARY, folder.path(), arguments, &[], "");
        assert_eq!(output.code, 0, "{arguments:?}: {output:?}");
        output
    };
    done(&["init", "--public-url", "https://login.example.org"]);
    fs::write(folder.path().join("policy.toml"), admit_server::config::policy::BUILT_IN).unwrap();
    for file in advice.sections.iter().flat_map(|section| &section.files) {
        if file.secret {
            done(&["clients", "secret", &file.path]);
        } else {
            fs::write(folder.path().join(&file.path), PUBLIC_KEY).unwrap();
        }
    }
    let path = folder.path().join("admit.toml");
    let pasted = paste(&fs::read_to_string(&path).unwrap(), &advice.sections);
    fs::write(&path, &pasted).unwrap();

    let mut starting = Server::with(BINARY, &["serve"]).within(Arc::clone(&folder));
    // The example's address is nobody's; everything else stands as advised.
    let database = advice.sections.iter().any(|section| section.name == "accounts").then(database);
    let environment: Vec<_> = database.iter().map(|url| ("ADMIT_ACCOUNTS__URL", url.as_str())).collect();
    for (name, value) in &environment {
        starting = starting.env(name, value);
    }
    let server = starting.start();
    assert_eq!(server.client().get("/readyz").status, 200, "{pasted}");
    let checked = run(BINARY, folder.path(), &["--json", "check"], &environment, "");
    assert_eq!(checked.code, 0, "{pasted}\n{checked:?}");
    let listed = run(BINARY, folder.path(), &["--json", "clients", "list"], &environment, "").json();
    let clients = advice.sections.iter().filter_map(|section| section.name.strip_prefix("clients."));
    for name in clients {
        let row = listed.as_array().unwrap().iter().find(|row| row["id"] == name || row["client_id"] == name);
        assert!(row.is_some(), "{name} is not among {listed}");
    }
    server
}

/// A server as advised, with a user called `ada`, and the secret of one of its clients by its name.
fn running(client: AdvisedClient, answers: &[Answer]) -> (Server, impl Fn(&str) -> String) {
    let requirements = answers.iter().fold(Requirements::usual(client), |it, answer| it.with(*answer));
    let server = start(&advise(&requirements).unwrap(), String::new);
    server.user("ada", &["customer"]);
    let folder = server.folder().to_owned();
    (server, move |name: &str| fs::read_to_string(folder.join(format!("{name}.secret"))).unwrap().trim().to_owned())
}

/// What `[clients.api]` is told about a token.
fn asked(server: &Server, secret: &str, token: &str) -> Value {
    let fields = [("client_id", "api"), ("client_secret", secret), ("token", token)];
    let answer = server.client().send(&Request::new("POST", "/oauth/introspect").form(&fields));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn app_token(server: &Server) -> String {
    let login = json!({ "username": "ada", "password": PASSWORD, "client_id": "app" });
    let answer = server.client().send(&Request::new("POST", "/login").json(&login)).json();
    answer.get("access_token").and_then(Value::as_str).unwrap().to_owned()
}

#[test]
fn an_api_that_asks_as_advised_hears_of_the_apps_token_and_of_the_ban_at_its_next_request() {
    let (server, secret) = running(AdvisedClient::NativeApp, &[Answer::Checks(Checks::OurServices)]);
    let token = app_token(&server);
    let told = asked(&server, &secret("api"), &token);
    assert_eq!((&told["active"], &told["aud"]), (&json!(true), &json!("https://api.example.org")));
    assert_eq!(server.cli(&["user", "disable", "ada"], "").code, 0);
    assert_eq!(asked(&server, &secret("api"), &token), json!({ "active": false }));
}

#[test]
fn a_page_s_server_as_advised_exchanges_the_session_for_a_token_that_ends_with_it() {
    let (server, secret) = running(AdvisedClient::ServerRendered, &[Answer::Checks(Checks::OurServices)]);
    let mut browser = server.client();
    browser.sign_in("ada", PASSWORD);
    let own = secret("web-server");
    let fields =
        [("client_id", "web-server"), ("client_secret", own.as_str()), ("audience", "https://api.example.org")];
    let answer = browser.send(&Request::new("POST", "/session/token").form(&fields)).json();
    let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(asked(&server, &secret("api"), token)["active"], true);
    assert_eq!(server.cli(&["session", "revoke", "ada"], "").code, 0);
    assert_eq!(asked(&server, &secret("api"), token)["active"], false);
}

#[test]
fn an_api_that_follows_as_advised_may_read_the_feed_of_revocations_and_a_partner_as_advised_may_not() {
    let followed = [Answer::Checks(Checks::OurServices), Answer::Logout(Logout::Seconds)];
    let feed = |server: &Server, client: &str, secret: &str| {
        let fields = [("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret)];
        let answer = server.client().send(&Request::new("POST", "/oauth/token").form(&fields)).json();
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        let request = format!("GET /revocations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        String::from_utf8_lossy(&status).into_owned()
    };
    let (server, secret) = running(AdvisedClient::NativeApp, &followed);
    assert_eq!(feed(&server, "api", &secret("api")), "HTTP/1.1 200");
    let (server, secret) = running(AdvisedClient::ThirdParty, &[Answer::Others(Others::No)]);
    assert_eq!(feed(&server, "partner", &secret("partner")), "HTTP/1.1 403");
}

#[test]
fn every_configuration_that_is_advised_starts_the_server_when_it_is_pasted() {
    let all = distinct();
    assert!(all.len() >= 40, "{}", all.len());
    println!("{} distinct configurations", all.len());
    let postgres = Postgres::start();
    let left = Mutex::new(all.into_iter().enumerate().collect::<Vec<_>>());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((number, advice)) = { left.lock().unwrap().pop() } {
                    drop(start(&advice, || postgres.create_database(&format!("advised_{number}"))));
                }
            });
        }
    });
}

#[test]
fn the_lifetimes_that_are_told_are_those_of_the_configuration() {
    for advice in distinct() {
        let table: Value = serde_json::to_value(toml(&advice.sections).parse::<::toml::Table>().unwrap()).unwrap();
        let lifetimes = &advice.lifetimes;
        for holder in advice.pattern.holders {
            let (section, keys) = match holder.credential {
                Credential::Session | Credential::SharedSession => {
                    ("sessions", vec![("idle", lifetimes.idle), ("absolute", lifetimes.absolute)])
                }
                Credential::Granted => continue,
                _ => ("tokens", vec![("access", lifetimes.access), ("refresh_idle", lifetimes.refresh_idle)]),
            };
            for (key, span) in keys {
                assert_eq!(table[section][key], span.short(), "{section}.{key}: {}", advice.row);
            }
        }
    }
}
