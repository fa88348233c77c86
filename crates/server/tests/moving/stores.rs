//! `admit export` and `admit import`: a server that goes on in another store.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use admit_testkit::{APP, Output, PASSWORD, Pair, Seeded, Server, Stores, Tokens, run};
use serde_json::{Value, json};

use crate::moving::users::BCRYPT;
use crate::moving::{BINARY, demo, ends};

/// A command on the accounts in this database.
fn on(stores: &Stores, folder: &Path, arguments: &[&str]) -> Output {
    run(BINARY, folder, arguments, &stores.environment(), "")
}

fn is_signed_in(client: &mut admit_testkit::Client) -> bool {
    client.get("/session").status == 200
}

#[test]
fn a_server_goes_from_sqlite_to_postgresql_and_back_and_nobody_is_signed_out() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let mut server = Server::demo(BINARY).within(Arc::clone(&folder)).start();
    server.user("alice", &["customer"]);
    server.user("root", &["admin"]);
    let mut alice = server.signed_in("alice");
    let phone = server.tokens(APP, "alice");
    let mut gone = server.signed_in("alice");
    assert_eq!(gone.call("POST", "/logout", &Value::Null).status, 204);
    assert_eq!(server.terminate(), Some(0));

    let postgres = Stores::new(Pair::Postgres);
    let output = ends(0, folder.path(), &["export", "all.jsonl"]);
    assert!(output.stdout.contains("password hashes and signing keys"), "{output:?}");
    let mode = std::fs::metadata(folder.path().join("all.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    ends(2, folder.path(), &["export", "all.jsonl"]);
    let imported = on(&postgres, folder.path(), &["import", "all.jsonl"]);
    assert_eq!(imported.code, 0, "{imported:?}");
    assert!(imported.stdout.contains("every count matches"), "{imported:?}");
    let again = on(&postgres, folder.path(), &["import", "all.jsonl"]);
    assert!(again.code == 1 && again.stderr.contains("rows of subject"), "{again:?}");

    let address = server.address.to_string();
    let start = |environment: &[(&str, &str)]| {
        let starting = Server::demo(BINARY).within(Arc::clone(&folder)).env("ADMIT_SERVER__LISTEN", &address);
        environment.iter().fold(starting, |starting, (name, value)| starting.env(name, value)).start()
    };
    let mut on_postgres = start(&postgres.environment());
    let phone = signed_in_still(&on_postgres, &mut alice, &mut gone, &phone);
    // What happens here goes back with the rest.
    let mut tablet = on_postgres.signed_in("alice");
    let banned = on(&postgres, folder.path(), &["user", "disable", "root"]);
    assert_eq!(banned.code, 0, "{banned:?}");
    assert_eq!(on_postgres.terminate(), Some(0));
    assert_eq!(on(&postgres, folder.path(), &["export", "back.jsonl"]).code, 0);
    std::fs::remove_file(folder.path().join("admit-data/admit.db")).unwrap();
    ends(0, folder.path(), &["import", "back.jsonl"]);
    let back = start(&[]);
    signed_in_still(&back, &mut alice, &mut gone, &phone);
    assert!(is_signed_in(&mut tablet));
    assert_eq!(back.client().login("root", PASSWORD).status, 401, "the ban came along");
    let listed = back.cli(&["--json", "session", "list", "alice"], "").json();
    assert_eq!(listed.as_array().unwrap().len(), 5, "two browsers, two logins to try the password, an app: {listed}");
}

#[test]
fn an_export_whose_keys_were_sealed_with_another_secret_is_refused_before_anything_is_imported() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let mut server = Server::demo(BINARY).within(Arc::clone(&folder)).start();
    server.user("alice", &[]);
    assert_eq!(server.terminate(), Some(0));
    ends(0, folder.path(), &["export", "all.jsonl"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.jsonl");
    let import = |secret: &str| {
        let arguments = ["import", file.to_str().unwrap()];
        run(BINARY, elsewhere.path(), &arguments, &[("ADMIT_SERVER__SECRET", secret)], "")
    };
    let refused = import("rkSKyGxOjk3sZFcpcI70GHOuecbf-E7_czYJiUh_COU");
    assert!(refused.code == 1 && refused.stderr.contains("sealed with another server secret"), "{refused:?}");
    assert!(!elsewhere.path().join("admit-data/admit.db").exists(), "nothing was begun");
    let secret = std::fs::read_to_string(folder.path().join("admit-data/secret")).unwrap();
    let imported = import(secret.trim());
    assert_eq!(imported.code, 0, "{imported:?}");
}

/// Whoever was signed in is; the new tokens of the app.
fn signed_in_still(
    server: &Server,
    alice: &mut admit_testkit::Client,
    gone: &mut admit_testkit::Client,
    phone: &Tokens,
) -> Tokens {
    assert!(is_signed_in(alice), "the browser");
    assert!(!is_signed_in(gone), "whoever signed out stays so");
    let by_token = |access: &str| server.client().by_token(access, "GET", "/session", &Value::Null).status;
    assert_eq!(by_token(&phone.access), 200, "a token that was signed before the move");
    let renewed = Tokens::of(&server.client().redeem(APP, &phone.refresh));
    assert_eq!(by_token(&renewed.access), 200);
    assert_eq!(server.client().login("alice", PASSWORD).status, 200, "the password");
    renewed
}

#[test]
fn an_import_that_is_killed_anywhere_goes_on_and_is_the_whole_export_in_the_end() {
    let source = tempfile::tempdir().unwrap();
    let line = |number| format!("사용자{number},{BCRYPT},customer;admin\n");
    let users = "username,password_hash,roles\n".to_owned() + &(0..1_500).map(line).collect::<String>();
    std::fs::write(source.path().join("users.csv"), users).unwrap();
    ends(0, source.path(), &["import", "users", "--from", "csv", "users.csv"]);
    ends(0, source.path(), &["export", "all.jsonl"]);
    let all = source.path().join("all.jsonl").display().to_string();
    let expected = rows(&all);
    let mut random = Seeded::new(Seeded::seed());
    for pair in [Pair::Sqlite, Pair::Postgres, Pair::Sqlite, Pair::Postgres] {
        let (target, stores) = (tempfile::tempdir().unwrap(), Stores::new(pair));
        let command = |arguments: &[&str]| {
            let mut command = Command::new(BINARY);
            command.args(arguments).current_dir(target.path()).envs(stores.environment());
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let mut resumed = 0;
        for _ in 0..4 {
            let mut child = command(&["import", &all]).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(random.below(700) as u64));
            drop(child.kill());
            child.wait().unwrap();
            // A server does not serve half of it.
            let listed = on(&stores, target.path(), &["user", "list"]);
            resumed += usize::from(listed.stderr.contains("begun and not ended"));
        }
        let last = on(&stores, target.path(), &["--json", "import", &all]);
        // One of the killed may have come to its end.
        assert!(last.code == 0 || last.stderr.contains("not empty"), "{last:?}");
        assert!(last.code == 1 || resumed == 0 || last.json()["already_there"].as_u64().is_some(), "{last:?}");
        assert_eq!(on(&stores, target.path(), &["export", "again.jsonl"]).code, 0);
        assert_eq!(rows(&target.path().join("again.jsonl").display().to_string()), expected, "{pair:?}");
    }
}

/// The rows and counts of an export, sorted: a database sorts texts by its own rules.
fn rows(file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut rows: Vec<String> = text.lines().skip(1).map(str::to_owned).collect();
    let end: Value = serde_json::from_str(&rows.pop().unwrap()).unwrap();
    rows.push(json!([end["end"]["rows"], end["end"]["counters"]]).to_string());
    rows.sort();
    rows
}

#[test]
fn what_is_no_whole_export_is_refused_before_anything_is_begun() {
    let server = demo();
    server.user("alice", &["customer"]);
    // A running server is read from, and never written to.
    let output = server.cli(&["--json", "export", "all.jsonl"], "");
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!((&output.json()["rows"]["subject"], &output.json()["sessions"]), (&json!(1), &json!(true)));
    let running = server.cli(&["import", "all.jsonl"], "");
    assert!(running.code == 1 && running.stderr.contains("A server runs"), "{running:?}");

    let text = std::fs::read_to_string(server.folder().join("all.jsonl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let refused = |text: &str, code: i32, words: &str| {
        std::fs::write(folder.path().join("file"), text).unwrap();
        let output = ends(code, folder.path(), &["import", "file"]);
        assert!(output.stderr.contains(words), "{output:?}");
        assert!(!folder.path().join("admit-data").exists(), "something was made");
    };
    refused("username,password_hash\n", 2, "not what `admit export` writes");
    refused("", 2, "not what `admit export` writes");
    refused(&text[..text.len() / 2], 3, "breaks off after line");
    refused(&text.replacen("\"alice\"", "\"alicf\"", 1), 3, "was changed since it was written");
    ends(3, folder.path(), &["import", "missing"]);
    ends(2, folder.path(), &["import"]);
    ends(3, folder.path(), &["export", "nothing.jsonl"]);
    assert!(!folder.path().join("nothing.jsonl").exists());
}
