//! Signing keys: published before use, kept as long as their tokens live, sealed where they lie.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use admit_core::jws::Algorithm;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_testkit::{APP, Output, Server, Tokens, run};
use serde_json::Value;

use crate::http::support::clients::is_good;
use crate::http::support::known_key::{ago, known_key_called, known_key_since, write_private};
use crate::http::support::{BINARY, admin, demo, members, production};

fn keys(server: &Server, arguments: &[&str]) -> Vec<(String, String)> {
    let output = server.cli(&[&["--json", "keys"], arguments].concat(), "");
    assert_eq!(output.code, 0, "{output:?}");
    let text = |key: &Value, name: &str| key[name].as_str().unwrap_or_default().to_owned();
    output.json().as_array().unwrap().iter().map(|key| (text(key, "kid"), text(key, "stage"))).collect()
}

fn stages(keys: &[(String, String)]) -> Vec<&str> {
    keys.iter().map(|(_, stage)| stage.as_str()).collect()
}

fn published(server: &Server) -> Vec<String> {
    let set = server.client().get("/.well-known/jwks.json").json();
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

pub(crate) fn kid(tokens: &Tokens) -> String {
    tokens.header()["kid"].as_str().unwrap().to_owned()
}

#[admit_testkit::everywhere]
fn a_server_makes_its_key_at_its_first_start_and_the_operator_sees_it() {
    let server = demo();
    server.user("alice", &[]);
    let listed = keys(&server, &["list"]);
    assert_eq!(stages(&listed), ["active"]);
    assert_eq!(published(&server), [listed[0].0.as_str()]);
    assert_eq!(kid(&server.tokens(APP, "alice")), listed[0].0);
    let json = server.cli(&["--json", "keys", "list"], "").json();
    assert_eq!(members(&json[0]), ["algorithm", "created_at", "kid", "revoked_at", "signs_from", "stage"].into());
    let text = server.cli(&["keys", "list"], "").stdout;
    assert!(text.contains(&listed[0].0) && text.contains("EdDSA") && text.contains("active"), "{text}");
    let server = server.again();
    assert_eq!(keys(&server, &["list"]), listed, "and keeps it");
}

#[admit_testkit::everywhere]
fn the_next_key_is_published_before_it_signs_and_one_that_signs_at_once_leaves_the_old_one_published() {
    let server = demo();
    server.user("alice", &[]);
    let before = server.tokens(APP, "alice");
    let rotated = keys(&server, &["rotate"]);
    assert_eq!(stages(&rotated), ["active", "next"]);
    assert_eq!(published(&server).len(), 2, "others know it when its time comes");
    assert_eq!(kid(&server.tokens(APP, "alice")), kid(&before), "which has not come");

    let at_once = keys(&server, &["rotate", "--now"]);
    assert_eq!(stages(&at_once).iter().filter(|stage| **stage == "active").count(), 1);
    let after = server.tokens(APP, "alice");
    assert_ne!(kid(&after), kid(&before));
    assert!(published(&server).contains(&kid(&before)), "until its last token is dead");
    assert!(is_good(&server, &before.access) && is_good(&server, &after.access));
    assert!(at_once.contains(&(kid(&before), "retiring".to_owned())), "{at_once:?}");
    let server = server.again();
    assert!(is_good(&server, &before.access) && is_good(&server, &after.access), "after a restart too");
    assert_eq!(server.client().redeem(APP, &before.refresh).status, 200, "no key of these signs refresh tokens");
}

#[admit_testkit::everywhere]
fn the_tokens_of_a_revoked_key_are_dead_when_the_command_returns_and_another_key_signs() {
    let server = demo();
    server.user("alice", &[]);
    let other = server.tokens(APP, "alice");
    keys(&server, &["rotate", "--now"]);
    let tokens = server.tokens(APP, "alice");
    assert!(is_good(&server, &tokens.access), "and the verifier has it in mind");
    let revoked = keys(&server, &["revoke", &kid(&tokens)]);
    assert!(revoked.contains(&(kid(&tokens), "revoked".to_owned())), "{revoked:?}");
    assert!(!is_good(&server, &tokens.access));
    assert!(is_good(&server, &other.access), "the other key's live");
    assert!(!published(&server).contains(&kid(&tokens)));
    let renewed = Tokens::of(&server.client().redeem(APP, &tokens.refresh));
    assert_ne!(kid(&renewed), kid(&tokens));
    assert!(is_good(&server, &renewed.access), "the app stays signed in");
    for name in [kid(&tokens), "nonsense".to_owned()] {
        let again = server.cli(&["keys", "revoke", &name], "");
        assert_eq!(again.code, 1, "{again:?}");
        assert!(again.stderr.contains("`admit keys list` shows them"), "{again:?}");
    }
    let mut root = admin(&server);
    let log = root.get("/admin/api/audit").json();
    let kinds: Vec<&str> = log["events"].as_array().unwrap().iter().filter_map(|it| it["kind"].as_str()).collect();
    assert!(kinds.contains(&"key-revoked") && kinds.contains(&"key-created"), "{kinds:?}");
    let server = server.again();
    assert!(!is_good(&server, &tokens.access), "a restart forgets nothing");
}

#[admit_testkit::everywhere]
fn a_key_whose_name_begins_with_a_hyphen_is_no_option_of_the_command_line() {
    let it = known_key_called("-d-json-", Algorithm::EdDsa, ago(60));
    let server = it.start();
    server.user("alice", &[]);
    let tokens = server.tokens(APP, "alice");
    assert_eq!(kid(&tokens), "-d-json-");
    assert!(keys(&server, &["revoke", "-d-json-"]).contains(&(kid(&tokens), "revoked".to_owned())));
    assert!(!is_good(&server, &tokens.access));
    assert_eq!(server.cli(&["keys", "revoke", "--help"], "").code, 0, "what is an option still is one");
    assert_eq!(server.cli(&["keys", "revoke", "nonsense", "--json"], "").code, 1);
}

#[admit_testkit::everywhere]
fn keys_are_listed_rotated_and_revoked_while_the_server_is_stopped() {
    let mut server = demo();
    server.user("alice", &[]);
    let before = server.tokens(APP, "alice");
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(stages(&keys(&server, &["list"])), ["active"]);
    assert_eq!(stages(&keys(&server, &["rotate"])), ["active", "next"]);
    let at_once = keys(&server, &["rotate", "--now"]);
    let signs = at_once.iter().find(|(_, stage)| stage == "active").unwrap().0.clone();
    let mut server = server.again();
    let after = server.tokens(APP, "alice");
    assert_eq!(kid(&after), signs, "the server finds what was done");
    assert!(is_good(&server, &before.access));
    assert_eq!(server.terminate(), Some(0));
    keys(&server, &["revoke", &kid(&before)]);
    keys(&server, &["revoke", &signs]);
    let server = server.again();
    assert!(!is_good(&server, &before.access) && !is_good(&server, &after.access));
    let renewed = Tokens::of(&server.client().redeem(APP, &after.refresh));
    assert!(is_good(&server, &renewed.access), "a new key was made: {:?}", keys(&server, &["list"]));
}

#[admit_testkit::everywhere]
fn a_key_whose_thirty_days_are_over_gets_a_successor_by_itself_that_others_see_an_hour_before() {
    let it = known_key_since(Algorithm::EdDsa, ago(31 * 24 * 3600));
    let server = it.start();
    server.user("alice", &[]);
    let listed = keys(&server, &["list"]);
    assert_eq!(stages(&listed), ["active", "next"]);
    assert_eq!(kid(&server.tokens(APP, "alice")), "known");
    let json = server.cli(&["--json", "keys", "list"], "").json();
    assert!(json[1]["signs_from"].as_str() > json[1]["created_at"].as_str());
    assert_eq!(published(&server).len(), 2);
}

#[admit_testkit::everywhere]
fn a_server_with_another_secret_does_not_start_and_both_remedies_work() {
    let mut server = demo();
    server.user("alice", &[]);
    let tokens = server.tokens(APP, "alice");
    assert_eq!(server.terminate(), Some(0));
    let file = server.folder().join("admit-data/secret");
    let own = fs::read_to_string(&file).unwrap();
    fs::write(&file, ServerSecret::new(&OsRandom).unwrap().reveal().as_str()).unwrap();
    let start = || {
        let environment = [("ADMIT_SERVER__LISTEN", "127.0.0.1:0")];
        run(BINARY, server.folder(), &["serve", "--dev", "--demo"], &environment, "")
    };
    let refused = start();
    assert_eq!(refused.code, 3, "{refused:?}");
    let named = kid(&tokens);
    for words in
        [named.as_str(), "another server secret", "Put back the server secret", &format!("admit keys revoke {named}")]
    {
        assert!(refused.stderr.contains(words), "{words}: {refused:?}");
    }
    assert!(refused.stdout.is_empty(), "it has not begun: {refused:?}");
    let rotate = server.cli(&["keys", "rotate"], "");
    assert_eq!(rotate.code, 3, "nor does it sign with a key that it cannot have: {rotate:?}");

    fs::write(&file, &own).unwrap();
    let mut server = server.again();
    assert!(is_good(&server, &tokens.access), "the first remedy: put the secret back");
    assert_eq!(server.terminate(), Some(0));
    fs::write(&file, ServerSecret::new(&OsRandom).unwrap().reveal().as_str()).unwrap();
    keys(&server, &["revoke", &named]);
    let server = server.again();
    assert!(!is_good(&server, &tokens.access), "the second: give the key up");
    assert_eq!(server.client().redeem(APP, &tokens.refresh).status, 400, "refresh tokens were made under that secret");
    assert!(is_good(&server, &server.tokens(APP, "alice").access));
}

/// A production folder whose secret is not in its configuration, but in a folder as systemd makes it.
fn credentials(mode: u32) -> (Arc<admit_testkit::Folder>, String) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let init = run(BINARY, folder.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(init.code, 0, "{init:?}");
    let file = folder.path().join("admit.toml");
    let text = fs::read_to_string(&file).unwrap();
    let without: String =
        text.lines().filter(|line| !line.starts_with("secret_file")).map(|line| format!("{line}\n")).collect();
    assert_ne!(without, text);
    fs::write(&file, without).unwrap();
    let secret = fs::read_to_string(folder.path().join("admit.secret")).unwrap();
    fs::remove_file(folder.path().join("admit.secret")).unwrap();
    let given = folder.path().join("credentials");
    fs::create_dir(&given).unwrap();
    write_private(&given.join("admit.secret"), &secret);
    fs::set_permissions(given.join("admit.secret"), fs::Permissions::from_mode(mode)).unwrap();
    (folder, given.to_str().unwrap().to_owned())
}

#[admit_testkit::everywhere]
fn the_secret_may_come_as_a_credential_of_systemd() {
    let (folder, given) = credentials(0o400);
    let refused = |output: &Output, id: &str| {
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stderr.contains(&format!("\n  {id}: ")), "{output:?}");
    };
    let listen = ("ADMIT_SERVER__LISTEN", "127.0.0.1:0");
    refused(&run(BINARY, folder.path(), &["serve"], &[listen], ""), "secret-unusable");
    let elsewhere = ("CREDENTIALS_DIRECTORY", "nowhere");
    refused(&run(BINARY, folder.path(), &["serve"], &[listen, elsewhere], ""), "secret-unusable");

    let start = || Server::with(BINARY, &["serve"]).within(Arc::clone(&folder)).env("CREDENTIALS_DIRECTORY", &given);
    let mut server = start().start();
    let first = published(&server);
    assert_eq!(server.terminate(), Some(0));
    let rotate = run(BINARY, folder.path(), &["keys", "rotate"], &[("CREDENTIALS_DIRECTORY", &given)], "");
    assert_eq!(rotate.code, 0, "the command line takes it likewise: {rotate:?}");
    assert_eq!(run(BINARY, folder.path(), &["keys", "rotate"], &[], "").code, 3, "and makes no key without");
    let server = start().start();
    assert_eq!(published(&server).len(), 2);
    assert!(published(&server).contains(&first[0]), "the same secret opens the same key");

    let (open, given) = credentials(0o444);
    let environment = [listen, ("CREDENTIALS_DIRECTORY", given.as_str())];
    refused(&run(BINARY, open.path(), &["serve"], &environment, ""), "secret-readable");
}

#[admit_testkit::everywhere]
fn in_production_the_issuer_is_the_public_address() {
    let server = production(&[]);
    let keys = published(&server);
    assert_eq!(keys.len(), 1);
    let json = server.cli(&["--json", "keys", "list"], "").json();
    assert_eq!(json[0]["kid"].as_str(), Some(keys[0].as_str()));
    let told = server.client().get("/.well-known/oauth-authorization-server").json();
    assert_eq!(told["issuer"], "https://login.example.org");
}
