//! `admit init`

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;

use admit_testkit::{PASSWORD, Request, Server, run};
use serde_json::json;
use tempfile::TempDir;

use super::{folder, init, mode, serve, unsafe_for};
use crate::http::support::BINARY;

#[test]
fn init_writes_a_configuration_that_starts_with_a_secret_of_its_own_and_overwrites_nothing() {
    let (one, two) = (folder(), folder());
    let output = init(&one);
    init(&two);
    let read = |at: &TempDir, file: &str| fs::read_to_string(at.path().join(file)).unwrap();
    let secret = read(&one, "admit.secret");
    assert_ne!(secret, read(&two, "admit.secret"), "made, not shipped");
    assert!(secret.trim().len() >= 43, "256 bits");
    assert_eq!(mode(&one.path().join("admit.secret")), 0o600);
    assert!(!format!("{output:?}").contains(secret.trim()), "and shown to nobody");
    assert!(read(&one, "admit.toml").contains("https://login.example.org"));

    let before = ["admit.toml", "policy.toml", "admit.secret"].map(|file| read(&one, file));
    for kept in ["admit.toml", "policy.toml", "admit.secret"] {
        let again = run(BINARY, one.path(), &["init"], &[], "");
        assert_eq!(again.code, 1, "{again:?}");
        assert!(again.stderr.contains("nothing was written"), "{again:?}");
        let part = folder();
        fs::copy(one.path().join(kept), part.path().join(kept)).unwrap();
        let partly = run(BINARY, part.path(), &["init"], &[], "");
        assert_eq!(partly.code, 1, "{kept}: {partly:?}");
        assert!(partly.stderr.contains(kept));
        assert_eq!(fs::read_dir(part.path()).unwrap().count(), 1, "nothing beside {kept}");
    }
    assert_eq!(before, ["admit.toml", "policy.toml", "admit.secret"].map(|file| read(&one, file)));

    for wrong in
        ["http://login.example.org", "login.example.org", "https://login.example.org?a=b", "https://*", "https://a/b"]
    {
        let output = run(BINARY, folder().path(), &["init", "--public-url", wrong], &[], "");
        assert_eq!(output.code, 2, "{wrong}: {output:?}");
        assert!(output.stderr.contains("--public-url"), "{output:?}");
    }
}

#[test]
fn init_without_an_address_leaves_one_thing_to_do_and_serve_names_it() {
    let at = folder();
    assert_eq!(run(BINARY, at.path(), &["init"], &[], "").code, 0);
    unsafe_for(&serve(&at), &["public-url-missing"]);
}

#[test]
fn init_writes_a_policy_without_the_shop_of_the_demonstration() {
    let at = folder();
    init(&at);
    let policy = fs::read_to_string(at.path().join("policy.toml")).unwrap();
    assert!(!policy.contains("product") && !policy.contains("customer"), "{policy}");
    for section in ["[roles.admin]", "[roles.verifier]"] {
        assert!(policy.contains(section), "{policy}");
    }
    let checked = run(BINARY, at.path(), &["policy", "check"], &[], "");
    assert_eq!(checked.code, 0, "{checked:?}");
}

/// A port that is free now, and the variables with which a server is reached there.
fn environment() -> [(&'static str, String); 2] {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    [
        ("ADMIT_SERVER__LISTEN", format!("127.0.0.1:{port}")),
        ("ADMIT_SERVER__PUBLIC_URL", format!("http://127.0.0.1:{port}")),
    ]
}

#[test]
fn init_dev_writes_a_client_of_each_kind_and_serve_dev_reads_them() {
    let at = Arc::new(folder());
    let written = run(BINARY, at.path(), &["init", "--dev"], &[], "");
    assert_eq!(written.code, 0, "{written:?}");
    let secret = fs::read_to_string(at.path().join("api.secret")).unwrap();
    for file in ["admit.secret", "api.secret"] {
        assert_eq!(mode(&at.path().join(file)), 0o600, "{file}");
    }
    assert!(written.stdout.contains("api.secret") && !written.stdout.contains(secret.trim()), "{written:?}");
    assert!(fs::read_to_string(at.path().join("admit.toml")).unwrap().contains("http://localhost:8080"));

    let starting = Server::with(BINARY, &["serve", "--dev"]).within(Arc::clone(&at));
    let server = environment().iter().fold(starting, |starting, (name, value)| starting.env(name, value)).start();
    let first = server.printed().lines().find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    assert!(first.contains("admit is up with admit.toml") && first.contains("plain http"), "{first}");
    server.user("carol", &["admin"]);
    // The browser gets a session, the app tokens, and the service a token for its secret.
    assert_eq!(server.client().login("carol", PASSWORD).status, 200);
    let tokens = server.client().call(
        "POST",
        "/login",
        &json!({ "username": "carol", "password": PASSWORD, "client_id": "app" }),
    );
    assert!(tokens.status == 200 && tokens.json()["refresh_token"].is_string(), "{}", tokens.text());
    let request = Request::new("POST", "/oauth/token").basic("api", secret.trim());
    let token = server.client().send(&request.form(&[("grant_type", "client_credentials")]));
    assert_eq!(token.status, 200, "{}", token.text());
    let listed = server.cli(&["--json", "clients", "list"], "");
    for (name, runs) in [("web", "browser"), ("app", "native"), ("api", "service")] {
        assert!(listed.stdout.contains(name) && listed.stdout.contains(runs), "{listed:?}");
    }
}

#[test]
fn serve_dev_says_first_whether_there_is_a_file_and_what_is_wrong_with_it() {
    let server = Server::with(BINARY, &["serve", "--dev"]).start();
    let first = server.printed().lines().find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    assert!(first.contains("admit is up with no configuration file"), "{first}");
    let at = folder();
    fs::write(at.path().join("admit.toml"), "[clients.web]\nruns = \"browsr\"\n").unwrap();
    let output = run(BINARY, at.path(), &["serve", "--dev"], &[], "");
    assert!(output.code == 3 && output.stderr.contains("admit.toml") && output.stderr.contains("browsr"), "{output:?}");
}

#[test]
fn init_and_serve_say_which_of_development_and_production_a_file_is_for() {
    let at = folder();
    let both = run(BINARY, at.path(), &["init", "--dev", "--public-url", "https://login.example.org"], &[], "");
    assert!(both.code == 2 && both.stderr.contains("cannot be used with"), "{both:?}");
    let http = run(BINARY, at.path(), &["init", "--public-url", "http://localhost:8080"], &[], "");
    assert!(http.code == 2 && http.stderr.contains("admit init --dev"), "{http:?}");
    assert_eq!(fs::read_dir(at.path()).unwrap().count(), 0, "nothing was written");
    assert_eq!(run(BINARY, at.path(), &["init", "--dev"], &[], "").code, 0);
    let production = serve(&at);
    unsafe_for(&production, &["transport-https"]);
    assert!(production.stderr.contains("admit serve --dev"), "{production:?}");
    for again in [&["init", "--dev"][..], &["init"]] {
        let again = run(BINARY, at.path(), again, &[], "");
        assert!(again.code == 1 && again.stderr.contains("nothing was written"), "{again:?}");
    }
    // And the other way round: a database of production is not tried out by plain http.
    let real = folder();
    assert_eq!(run(BINARY, real.path(), &["init", "--public-url", "https://login.example.org"], &[], "").code, 0);
    let dev = run(BINARY, real.path(), &["serve", "--dev"], &[], "");
    assert!(dev.code == 1 && dev.stderr.contains("admit.toml is for production"), "{dev:?}");
    let part = folder();
    fs::write(part.path().join("api.secret"), "").unwrap();
    let partly = run(BINARY, part.path(), &["init", "--dev"], &[], "");
    assert!(partly.code == 1 && partly.stderr.contains("api.secret is there already"), "{partly:?}");
}
