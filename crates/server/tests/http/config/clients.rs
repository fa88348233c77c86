//! `[clients.NAME]`: what `serve` refuses, and what a client gets for where it runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use admit_core::credential::ClientSecret;
use admit_core::random::OsRandom;
use admit_testkit::run;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{folder, init, mode, serve, unsafe_for};
use crate::http::support::BINARY;
use crate::http::support::clients::configured;

/// A folder in which everything is in order, with a secret and a public key for services.
fn ready() -> TempDir {
    let at = folder();
    init(&at);
    let made = run(BINARY, at.path(), &["clients", "secret", "good.secret"], &[], "");
    assert_eq!(made.code, 0, "{made:?}");
    fs::write(
        at.path().join("good.json"),
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    )
    .unwrap();
    at
}

/// Starts with one more client in the configuration.
fn with(at: &TempDir, section: &str) -> admit_testkit::Output {
    let file = at.path().join("admit.toml");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{before}\n{section}\n")).unwrap();
    let output = serve(at);
    fs::write(&file, before).unwrap();
    output
}

#[test]
fn each_client_that_would_be_unsafe_is_refused_with_its_name_and_a_remedy() {
    let at = ready();
    let path = |name: &str| at.path().join(name);
    fs::write(path("weak.secret"), "hunter2\n").unwrap();
    fs::write(path("open.secret"), ClientSecret::new(&OsRandom).unwrap().reveal()).unwrap();
    fs::set_permissions(path("weak.secret"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(path("open.secret"), fs::Permissions::from_mode(0o644)).unwrap();
    for (name, text) in [
        ("symmetric.json", r#"{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#),
        (
            "private.json",
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#,
        ),
        ("empty.json", r#"{"keys":[]}"#),
        ("text.json", "-----BEGIN PUBLIC KEY-----"),
    ] {
        fs::write(path(name), text).unwrap();
    }
    let cases: [(&str, &[&str]); 32] = [
        ("runs = \"browser\"\naudience = [\"https://api.example.org\"]", &["token-storage"]),
        ("runs = \"browser\"\nsecret_file = \"good.secret\"", &["token-storage"]),
        ("runs = \"browser\"\njwks_file = \"good.json\"", &["token-storage"]),
        ("runs = \"native\"\nsecret_file = \"good.secret\"", &["client-secret-in-app"]),
        ("runs = \"native\"\njwks_file = \"good.json\"", &["client-secret-in-app"]),
        ("runs = \"service\"", &["client-unproved"]),
        ("runs = \"native\"\nroles = [\"admin\"]", &["client-roles"]),
        ("runs = \"native\"\nsession_exchange = true", &["client-roles"]),
        ("runs = \"browser\"\nroles = [\"admin\"]", &["client-roles"]),
        ("runs = \"service\"\nsecret_file = \"good.secret\"\nroles = [\"No Role\"]", &["client-roles"]),
        ("runs = \"service\"\nsecret_file = \"good.secret\"\njwks_file = \"good.json\"", &["client-two-proofs"]),
        ("runs = \"native\"\naudience = [\"self\"]\norigins = [\"*\"]", &["cors-credentials"]),
        ("runs = \"browser\"\norigins = [\"https://shop.example/path\"]", &["origin-malformed"]),
        ("runs = \"native\"\naudience = [\"two words\"]", &["client-audience"]),
        ("runs = \"native\"\naudience = [\"\"]", &["client-audience"]),
        ("runs = \"native\"", &["client-audience"]),
        ("runs = \"native\"\naudience = []", &["client-audience"]),
        ("runs = \"service\"\nsecret_file = \"good.secret\"\nroles = [\"verifier\"]", &["client-audience"]),
        ("runs = \"native\"\naudience = [\"https://api.example.org\"]\nadmin_api = true", &["client-audience"]),
        ("runs = \"native\"\naudience = [\"self\"]\nmax_roles = [\"No Role\"]", &["client-roles"]),
        ("runs = \"service\"\naudience = [\"self\"]\nsecret_file = \"good.secret\"\nmax_roles = []", &["client-roles"]),
        ("runs = \"browser\"\nadmin_api = true", &["token-storage"]),
        ("runs = \"service\"\nsecret_file = \"nothing.secret\"", &["client-unreadable"]),
        ("runs = \"service\"\njwks_file = \"nothing.json\"", &["client-unreadable"]),
        ("runs = \"service\"\nsecret_file = \"weak.secret\"", &["client-secret-weak"]),
        ("runs = \"service\"\nsecret = \"changeme\"", &["client-secret-weak", "secret-in-config"]),
        ("runs = \"service\"\nsecret_file = \"open.secret\"", &["client-secret-readable"]),
        ("runs = \"service\"\njwks_file = \"symmetric.json\"", &["client-key"]),
        ("runs = \"service\"\njwks_file = \"private.json\"", &["client-key"]),
        ("runs = \"service\"\njwks_file = \"empty.json\"", &["client-key"]),
        ("runs = \"service\"\njwks_file = \"text.json\"", &["client-key"]),
        ("runs = \"browser\"\nsession_exchange = true", &["token-storage", "client-roles"]),
    ];
    for (section, ids) in cases {
        let output = with(&at, &format!("[clients.billing]\n{section}"));
        unsafe_for(&output, ids);
        let named =
            output.stderr.contains("[clients.billing]") || output.stderr.contains("file open.secret can be read");
        assert!(named, "{section}: {output:?}");
    }
    for name in ["Billing", "1st", "\"a b\"", "\"\"", "\"앱\""] {
        unsafe_for(&with(&at, &format!("[clients.{name}]\nruns = \"native\"")), &["client-name"]);
    }
    let two = "[clients.one]\nruns = \"service\"\n[clients.two]\nruns = \"native\"\nroles = [\"admin\"]";
    unsafe_for(&with(&at, two), &["client-unproved", "client-roles"]);
}

#[test]
fn a_client_that_cannot_be_read_is_refused_with_its_place() {
    let at = ready();
    for (section, words) in [
        ("[clients.app]\nruns = \"desktop\"", &["desktop", "native"][..]),
        ("[clients.app]", &["runs"]),
        ("[clients.app]\nruns = \"native\"\naudiences = [\"x\"]", &["audiences"]),
        ("[clients.app]\nruns = \"native\"\nsecret_fil = \"x\"", &["secret_fil"]),
    ] {
        let output = with(&at, section);
        assert_eq!(output.code, 3, "{section}: {output:?}");
        for word in words {
            assert!(output.stderr.contains(word), "{section}: {word}: {output:?}");
        }
    }
}

#[test]
fn a_role_of_a_client_that_the_policy_does_not_know_is_refused_in_development_too() {
    let at = ready();
    let section =
        "[clients.b]\nruns = \"service\"\naudience = [\"self\"]\nsecret_file = \"good.secret\"\nroles = [\"emperor\"]";
    unsafe_for(&with(&at, section), &["client-role-unknown"]);
    let file = at.path().join("admit.toml");
    fs::write(&file, format!("{}\n{section}\n", fs::read_to_string(&file).unwrap())).unwrap();
    let output = run(BINARY, at.path(), &["serve", "--dev", "--config", "admit.toml"], &[], "");
    unsafe_for(&output, &["client-role-unknown"]);
    assert!(output.stderr.contains("[clients.b] has the role \"emperor\""), "{output:?}");
}

#[test]
fn an_operator_who_relied_on_a_default_audience_is_told_what_to_write() {
    let at = ready();
    let output = with(&at, "[clients.app]\nruns = \"native\"");
    unsafe_for(&output, &["client-audience"]);
    for words in
        ["[clients.app]", "audience = [\"https://api.example.org\"]", "audience = [\"self\"]", "admin_api = true"]
    {
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
    for audience in ["https://api.example.org", "self"] {
        let file = at.path().join("admit.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}\n[clients.app]\nruns = \"native\"\naudience = [\"{audience}\"]\n")).unwrap();
        let checked = run(BINARY, at.path(), &["check", "--offline"], &[], "");
        assert_eq!(checked.code, 0, "{checked:?}");
        fs::write(&file, text).unwrap();
    }
}

#[test]
fn development_mode_refuses_unsafe_clients_too() {
    let at = folder();
    fs::write(at.path().join("admit.toml"), "[clients.app]\nruns = \"native\"\nsecret = \"changeme\"\n").unwrap();
    let environment = [("ADMIT_SERVER__LISTEN", "127.0.0.1:0")];
    let output = run(BINARY, at.path(), &["serve", "--dev", "--config", "admit.toml"], &environment, "");
    unsafe_for(&output, &["client-secret-in-app", "client-secret-weak"]);
}

#[test]
fn a_secret_may_come_by_environment_for_a_client_that_the_file_names_and_for_no_other() {
    let at = ready();
    let file = at.path().join("admit.toml");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{before}\n[clients.shop-api]\nruns = \"service\"\naudience = [\"self\"]\n")).unwrap();
    let secret = ClientSecret::new(&OsRandom).unwrap();
    let listen = ("ADMIT_SERVER__LISTEN", "192.0.2.1:1");
    let start = |name: &str, value: &str| run(BINARY, at.path(), &["serve"], &[listen, (name, value)], "");
    let good = start("ADMIT_CLIENTS__SHOP_API__SECRET", secret.reveal());
    assert!(good.code == 3 && good.stderr.contains("Cannot listen on 192.0.2.1:1"), "{good:?}");
    unsafe_for(&start("ADMIT_CLIENTS__SHOP_API__SECRET", "changeme"), &["client-secret-weak"]);
    let unknown = start("ADMIT_CLIENTS__OTHER__SECRET", secret.reveal());
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert!(unknown.stderr.contains("ADMIT_CLIENTS__OTHER__SECRET"), "{unknown:?}");
    for output in [good, unknown] {
        assert!(!format!("{output:?}").contains(secret.reveal()), "and it is shown nowhere");
    }
}

#[test]
fn the_operator_makes_a_secret_that_only_its_owner_reads_and_sees_what_each_client_gets_and_why() {
    let at = ready();
    let secret = fs::read_to_string(at.path().join("good.secret")).unwrap();
    assert_eq!((secret.trim().len(), mode(&at.path().join("good.secret"))), (43, 0o600), "256 bits");
    let again = run(BINARY, at.path(), &["clients", "secret", "good.secret"], &[], "");
    assert_eq!((again.code, again.stdout.as_str()), (3, ""), "none is overwritten: {again:?}");
    assert_eq!(fs::read_to_string(at.path().join("good.secret")).unwrap(), secret);

    let it = configured();
    let listed = it.server.cli(&["--json", "clients", "list"], "").json();
    let gets = |name: &str, what: &str| {
        let client = listed.as_array().unwrap().iter().find(|client| client["client_id"] == name).unwrap();
        client[what].clone()
    };
    assert_eq!(gets("page", "gets"), json!("session cookie"));
    assert_eq!(gets("app", "gets"), json!("access and refresh token"));
    assert_eq!(gets("signer", "gets"), json!("access token"));
    assert!(gets("page", "because").as_str().unwrap().contains("secret"));
    assert_eq!(gets("app", "audience"), json!([it.server.url]), "self is this server");
    assert_eq!((gets("app", "admin_api"), gets("signer", "admin_api")), (json!(false), json!(true)));
    assert_eq!((gets("site", "session_exchange"), gets("signer", "roles")), (Value::Bool(true), json!(["admin"])));
    assert!(!listed.to_string().contains(&it.secret), "no secret is in the list");
    let text = it.server.cli(&["clients", "list"], "").stdout;
    assert!(text.contains("page") && text.contains("session cookie"), "{text}");
}
