//! `admit import users`. `django.json` and `django.jsonl` were written by Django itself: see `django.py`.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use admit_testkit::{Client, Server};
use serde_json::{Value, json};

use crate::moving::{BINARY, demo, ends};

fn fixture(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/moving");
    folder.join(name).display().to_string()
}

const MAP: &str = "is_superuser = \"admin\"\n\"Shop editors\" = [\"customer\"]\n\"모두\" = []\n";

fn login(server: &Server, name: &str) -> u16 {
    server.client().login(name, &format!("{name} and the lantern")).status
}

/// The kinds of the events about a user, oldest first.
fn history(admin: &mut Client, name: &str) -> Vec<(String, Value)> {
    let users = admin.get(&format!("/admin/api/users?query={name}")).json();
    let id = users["users"][0]["id"].as_str().unwrap().to_owned();
    let log = admin.get(&format!("/admin/api/audit?subject={id}")).json();
    let events = log["events"].as_array().unwrap();
    events.iter().rev().map(|event| (event["kind"].as_str().unwrap().to_owned(), event["detail"].clone())).collect()
}

/// Waits until an event of this kind is about the user: it is written after the answer.
fn waits_for(admin: &mut Client, name: &str, kind: &str) -> bool {
    (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(25));
        history(admin, name).iter().any(|(found, _)| found == kind)
    })
}

#[test]
fn users_of_django_sign_in_with_their_old_passwords_while_the_server_runs_and_have_new_hashes_then() {
    let server = demo();
    std::fs::write(server.folder().join("map.toml"), MAP).unwrap();
    let file = fixture("django.json");
    let import = ["--json", "import", "users", "--from", "django", &file, "--role-map", "map.toml"];
    let tried = ends(1, server.folder(), &[&import[..], &["--dry-run"]].concat()).json();
    assert_eq!(login(&server, "Alice"), 401, "a dry run changes nothing");
    let done = ends(1, server.folder(), &[&import[..], &["--rejects", "rejects.jsonl"]].concat()).json();
    for (name, count) in [("read", 7), ("imported", 5), ("already_there", 0), ("rejected", 2)] {
        assert_eq!((&tried[name], &done[name]), (&json!(count), &json!(count)), "{name}: {tried} {done}");
    }
    assert_eq!(tried["first_rejects"], done["first_rejects"]);

    for name in ["root", "Alice", "bob@example.org", "carol"] {
        assert_eq!(login(&server, name), 200, "{name}");
    }
    assert_eq!(server.client().login("Alice", "bob and the lantern").status, 401);
    assert_eq!(login(&server, "dave"), 401, "he was not active there");
    let mut root = server.client();
    assert_eq!(root.login("root", "root and the lantern").status, 200);
    let listed = server.cli(&["--json", "user", "list"], "").json();
    let alice = &listed[0];
    assert_eq!((&alice["username"], &alice["roles"]), (&json!("Alice"), &json!(["customer"])));
    assert_eq!(alice["created_at"], "2024-01-02T12:00:00Z");
    assert_eq!(alice["id"].as_str().unwrap().as_bytes()[14], b'7', "a new id of version 7");
    for name in ["root", "alice", "bob@example.org", "carol"] {
        assert!(waits_for(&mut root, name, "password-rehashed"), "{name}");
    }
    let of_alice = history(&mut root, "alice");
    let source = json!({ "source": "django", "username": "Alice", "roles": ["customer"] });
    assert_eq!(of_alice[0], ("subject-imported".to_owned(), source));

    // Begun again, nobody is made twice, those included whose hash is another by now.
    let again = ends(1, server.folder(), &import).json();
    assert_eq!((&again["imported"], &again["already_there"]), (&json!(0), &json!(5)), "{again}");
    assert_eq!(login(&server, "Alice"), 200);
}

#[test]
fn rejects_keep_the_row_with_the_reason_and_can_be_mended_and_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = fixture("django.jsonl");
    let import = ["import", "users", "--from", "django", &file, "--rejects", "rejects.jsonl"];
    let output = ends(1, folder.path(), &import);
    assert!(output.stdout.contains("Imported 0 of 7 users"), "no role is mapped: {output:?}");
    assert!(output.stderr.contains("7 of 7 users were rejected."), "{output:?}");
    let rejects = folder.path().join("rejects.jsonl");
    assert_eq!(std::fs::metadata(&rejects).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&rejects).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let original: Vec<Value> = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|object: &Value| object["model"] == "auth.user")
        .collect();
    assert_eq!(rows.iter().map(|row| row["row"].clone()).collect::<Vec<_>>(), original, "nothing is lost");
    let reason = rows[1]["reason"].as_str().unwrap();
    assert!(reason.contains("is not a role of the policy") && reason.contains("--role-map"), "{reason}");

    ends(2, folder.path(), &import).stderr.contains("Name a new file").then_some(()).unwrap();
    std::fs::write(folder.path().join("map.toml"), MAP).unwrap();
    // The groups come along: the file of rejects is enough.
    let mended = text.replacen("\"username\":\"locked\"", "\"username\":\"unlocked\"", 1);
    std::fs::write(folder.path().join("mended.jsonl"), mended).unwrap();
    let second =
        ["--json", "import", "users", "--from", "django", "mended.jsonl", "--role-map", "map.toml", "--rejects", "r2"];
    let report = ends(1, folder.path(), &second).json();
    assert_eq!((&report["imported"], &report["rejected"]), (&json!(5), &json!(2)), "{report}");
    let reasons = report["first_rejects"].to_string();
    assert!(reasons.contains("no salt") && reasons.contains("no password"), "{reasons}");
}

pub(crate) const BCRYPT: &str = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

#[test]
fn csv_and_json_say_the_same_and_each_row_has_its_own_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let csv = format!(
        "username,password_hash,roles,disabled,created_at,id\r\n\
         alice,{BCRYPT},customer; admin,,2020-01-31T00:00:00Z,01920000-0000-7000-8000-000000000001\r\n\
         ALICE,{BCRYPT},,,,\r\n\
         alice,{BCRYPT}x,,,,\r\n\
         홍길동,{BCRYPT},,yes,,\r\n\
         has space,{BCRYPT},,,,\r\n\
         carol,plain text,,,,\r\n\
         dave,{BCRYPT},emperor,,,\r\n\
         erin,{BCRYPT},,,,01920000-0000-7000-8000-000000000001\r\n\
         frank,{BCRYPT},,,,not-an-id\r\n\
         grace,{BCRYPT},,,2999-01-01T00:00:00Z,\r\n\
         short,{BCRYPT}\r\n"
    );
    std::fs::write(folder.path().join("users.csv"), csv).unwrap();
    let rejected = |words: &'static str, line: u64| (line, words);
    let expected = [
        rejected("cannot be read as one", 4),
        rejected("The username has a space", 6),
        rejected("not a password hash that admit knows", 7),
        rejected("\"emperor\" is not a role of the policy", 8),
        rejected("Another user has this id", 9),
        rejected("The id is not a UUID", 10),
        rejected("in the future", 11),
        rejected("has 2 fields, and the header 6", 12),
    ];
    let check = |report: &Value, lines: bool| {
        let counts = ["read", "imported", "already_there", "rejected"].map(|name| report[name].as_u64().unwrap());
        assert_eq!(counts, [11, 2, 1, 8], "{report:#}");
        for (found, (line, words)) in report["first_rejects"].as_array().unwrap().iter().zip(expected) {
            assert!(!lines || found["line"] == line, "{found} {line}");
            assert!(found["reason"].as_str().unwrap().contains(words), "{found}: {words}");
        }
    };
    let command =
        |from: &'static str, file: &'static str| vec!["--json", "import", "users", "--from", from, file, "--rejects"];
    ends(0, folder.path(), &["admin", "link"]);
    check(&ends(1, folder.path(), &[&command("csv", "users.csv")[..], &["r0", "--dry-run"]].concat()).json(), true);
    assert_eq!(ends(0, folder.path(), &["user", "list"]).stdout, "none\n", "a dry run changes nothing");
    check(&ends(1, folder.path(), &[&command("csv", "users.csv")[..], &["r1"]].concat()).json(), true);
    let dry = std::fs::read_to_string(folder.path().join("r0")).unwrap();
    assert_eq!(dry, std::fs::read_to_string(folder.path().join("r1")).unwrap());
    let listed = ends(0, folder.path(), &["user", "list"]).stdout;
    assert!(listed.contains("alice  active  admin,customer") && listed.contains("홍길동  disabled"), "{listed}");
    assert!(listed.contains("01920000-0000-7000-8000-000000000001"), "{listed}");

    // The rejects are rows of JSON: as they are they are rejected again, with the same reasons.
    let again = ends(1, folder.path(), &[&command("json", "r1")[..], &["r2"]].concat()).json();
    assert_eq!((&again["read"], &again["rejected"]), (&json!(8), &json!(8)), "{again:#}");
    // The same file again: those who were imported are there.
    let again = ends(1, folder.path(), &[&command("csv", "users.csv")[..], &["r3"]].concat()).json();
    assert_eq!((&again["imported"], &again["already_there"]), (&json!(0), &json!(3)), "{again:#}");
}

#[test]
fn a_file_of_another_form_is_wrong_usage_and_one_that_breaks_off_is_whole_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("wrong.csv", "name,hash\nalice,x\n");
    write("users.csv", "username,password_hash\nalice,x\n");
    let import = |from, file| ["import", "users", "--from", from, file];
    ends(0, folder.path(), &["admin", "link"]);
    assert!(ends(2, folder.path(), &import("csv", "wrong.csv")).stderr.contains("\"name\" is no column"));
    assert!(ends(2, folder.path(), &import("json", "users.csv")).stderr.contains("no JSON object"));
    assert!(ends(2, folder.path(), &import("django", "users.csv")).stderr.contains("no JSON object"));
    assert!(ends(3, folder.path(), &import("csv", "missing.csv")).stderr.contains("missing.csv"));
    ends(2, folder.path(), &["import", "users", "users.csv"]);
    write("map.toml", "a = 1");
    ends(2, folder.path(), &[&import("csv", "users.csv")[..], &["--role-map", "map.toml"]].concat());

    let line = |name: &str| json!({ "username": name, "password_hash": BCRYPT }).to_string();
    write("broken.jsonl", &format!("{}\n{}\nnonsense\n{}\n", line("alice"), line("bob"), line("carol")));
    let output = ends(3, folder.path(), &import("json", "broken.jsonl"));
    assert!(output.stderr.contains("Line 3"), "{output:?}");
    assert!(output.stdout.contains("Imported 2 of 2 users"), "{output:?}");
    write("cut.jsonl", &format!("{}\n{}", line("alice"), &line("bob")[..40]));
    let output = ends(1, folder.path(), &import("json", "cut.jsonl"));
    assert!(
        output.stdout.contains("Imported 0 of 2 users; 1 was there already, 1 rejected")
            && output.stdout.contains("line 2: This is not JSON"),
        "{output:?}"
    );
}

#[test]
fn an_import_that_is_killed_is_begun_again_and_nobody_is_there_twice_or_by_half() {
    const USERS: usize = 6_000;
    let folder = tempfile::tempdir().unwrap();
    let line = |number| format!("user{number},{BCRYPT},customer\n");
    let file = "username,password_hash,roles\n".to_owned() + &(0..USERS).map(line).collect::<String>();
    std::fs::write(folder.path().join("users.csv"), file).unwrap();
    let import = ["--json", "import", "users", "--from", "csv", "users.csv"];
    for round in 0..3 {
        let mut child =
            Command::new(BINARY).args(import).current_dir(folder.path()).stdout(Stdio::null()).spawn().unwrap();
        // The first is killed when some of it is in the log of the database, however slow the machine is; the others anywhere.
        let log = folder.path().join("admit-data/admit.db-wal");
        let in_the_log = || std::fs::metadata(&log).map_or(0, |log| log.len()) > 400_000;
        while round == 0 && !in_the_log() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        std::thread::sleep(std::time::Duration::from_millis(round * 250));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let report = ends(0, folder.path(), &import).json();
    let (imported, there) = (report["imported"].as_u64().unwrap(), report["already_there"].as_u64().unwrap());
    assert_eq!(imported + there, USERS as u64, "{report}");
    assert!(there > 0 && there % 500 == 0, "whole batches: {report}");
    let listed = ends(0, folder.path(), &["user", "list"]).stdout;
    assert_eq!(listed.lines().filter(|line| line.contains("  active  customer  ")).count(), USERS);
    let again = ends(0, folder.path(), &import).json();
    assert_eq!((&again["imported"], &again["already_there"]), (&json!(0), &json!(USERS)), "{again}");
}
