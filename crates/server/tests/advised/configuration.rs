//! Every configuration that is advised, pasted into one that `admit init` wrote: the real server starts with it.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex};

use admit_core::advice::{Advice, Credential, Requirements, advise, paste, toml};
use admit_testkit::{Postgres, Server, run};
use serde_json::Value;

use crate::BINARY;

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
fn start(advice: &Advice, database: impl Fn() -> String) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let done = |arguments: &[&str]| {
        let output = run(BINARY, folder.path(), arguments, &[], "");
        assert_eq!(output.code, 0, "{arguments:?}: {output:?}");
        output
    };
    done(&["init", "--public-url", "https://login.example.org"]);
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
    let listed = run(BINARY, folder.path(), &["--json", "clients", "list"], &environment, "").json();
    let clients = advice.sections.iter().filter_map(|section| section.name.strip_prefix("clients."));
    for name in clients {
        let row = listed.as_array().unwrap().iter().find(|row| row["id"] == name || row["client_id"] == name);
        assert!(row.is_some(), "{name} is not among {listed}");
    }
}

#[test]
fn every_configuration_that_is_advised_starts_the_server_when_it_is_pasted() {
    let all = distinct();
    assert!(all.len() >= 40, "{}", all.len());
    let postgres = Postgres::start();
    let left = Mutex::new(all.into_iter().enumerate().collect::<Vec<_>>());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some((number, advice)) = { left.lock().unwrap().pop() } {
                    start(&advice, || postgres.create_database(&format!("advised_{number}")));
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
