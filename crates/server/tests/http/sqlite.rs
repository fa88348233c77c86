//! What is so because the accounts are in a file of SQLite: these tests run on no other pair of stores.

use std::fs;

use admit_core::jws::{Algorithm, SealingKey};
use admit_testkit::{APP, PASSWORD, Server, Tokens, run};
use serde_json::Value;

use crate::http::cli::refused;
use crate::http::keys::kid;
use crate::http::revocations::{follow, sids};
use crate::http::support::clients::{configured_with, is_good};
use crate::http::support::known_key::known_key;
use crate::http::support::{BINARY, demo, is_signed_in, production, twin};

#[test]
fn without_data_what_asks_for_it_is_3_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["user", "list"][..],
        &["user", "disable", "bob"],
        &["user", "set-roles", "bob", "--none"],
        &["session", "list", "bob"],
        &["session", "revoke", "bob"],
        &["user", "list", "--data", "elsewhere"],
    ] {
        refused(&run(BINARY, folder.path(), arguments, &[], ""), 3, "There is no data at ");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a typing error makes no folder");
    fs::write(folder.path().join("file"), "").unwrap();
    let output = run(BINARY, folder.path(), &["user", "list", "--data", "file"], &[], "");
    refused(&output, 3, "cannot be used");
}

#[test]
fn data_that_is_not_ours_is_3_and_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("admit-data")).unwrap();
    let database = folder.path().join("admit-data/admit.db");
    fs::write(&database, "this is not a database, it is somebody's diary ".repeat(50)).unwrap();
    let before = fs::read(&database).unwrap();
    let output = run(BINARY, folder.path(), &["user", "list"], &[], "");
    refused(&output, 3, "admit.db");
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[test]
fn the_database_alone_holds_no_private_key() {
    let it = known_key(Algorithm::EdDsa);
    let record = it.store(|stores| stores.keys.keys()).remove(0);
    let private = SealingKey::new(&it.secret).unwrap().open(&record.kid, &record.sealed).unwrap();
    let server = it.start();
    server.user("alice", &[]);
    assert_eq!(kid(&server.tokens(APP, "alice")), "known", "the server can open it, having its secret");
    let (seed, mut read) = (private.get(16..48).unwrap(), 0);
    for entry in fs::read_dir(server.folder().join("admit-data")).unwrap().map(Result::unwrap) {
        if !entry.file_type().unwrap().is_file() || entry.file_name() == "secret" {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        read += bytes.len();
        for secret in [seed, &seed[..16], &seed[16..], it.secret.reveal().as_bytes()] {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{} holds a private key or what opens it", entry.path().display());
        }
    }
    assert!(read > 10_000, "the database was there to be read");
}

#[test]
fn nothing_in_the_data_folder_lets_its_reader_act_as_a_user() {
    let server = production(&[]);
    let link = server.cli(&["admin", "link"], "").stdout;
    let setup_token = link.split_once("token=").unwrap().1.lines().next().unwrap().to_owned();
    server.user("alice", &[]);
    let mut alice = server.client();
    alice.sign_in("alice", PASSWORD);
    let secret = alice.cookies.values().next().unwrap().clone();
    let mut read = 0;
    for entry in fs::read_dir(server.folder().join("admit-data")).unwrap().map(Result::unwrap) {
        if !entry.file_type().unwrap().is_file() {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        read += bytes.len();
        for secret in [&secret, &setup_token, &alice.csrf_token, &PASSWORD.to_owned()] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds a secret", entry.path().display());
        }
    }
    assert!(read > 10_000, "the database was there to be read");
}

#[test]
fn a_session_that_is_kept_in_memory_alone_is_exchanged_likewise_and_apps_outlive_the_restart_that_ends_it() {
    let it = configured_with("[sessions]\nurl = \"memory:\"\n");
    it.server.user("alice", &[]);
    let (mut alice, app) = (it.server.signed_in("alice"), it.server.tokens("app", "alice"));
    let exchanged = Tokens::of(&it.exchange("site", &alice, &it.server.url));
    let other = it.server.signed_in("alice");
    let ended = Tokens::of(&it.exchange("site", &other, &it.server.url));
    assert_eq!(twin(&it.server, &other).call("POST", "/logout", &Value::Null).status, 204);
    assert!(is_good(&it.server, &exchanged.access) && !is_good(&it.server, &ended.access));
    let server = it.server.again();
    assert!(!is_signed_in(&mut alice), "a restart signs browsers out");
    assert!(!is_good(&server, &ended.access));
    assert!(is_good(&server, &app.access));
    assert_eq!(server.client().redeem("app", &app.refresh).status, 200);
}

#[test]
fn the_list_of_revocations_has_another_name_after_each_start_because_the_file_may_be_a_backup_that_was_put_back() {
    let server = demo();
    server.user("alice", &[]);
    let sign_out = |server: &Server| {
        let tokens = server.tokens(APP, "alice");
        server.client().by_token(&tokens.access, "POST", "/logout", &Value::Null);
        tokens.claim("sid")
    };
    let ended = [sign_out(&server), sign_out(&server)];
    let (_, before) = follow(&server, None).until_current();
    let server = server.again();
    let (told, after) = follow(&server, Some(&before.id)).until_current();
    assert_eq!(sids(&told), ended, "a new start tells everything");
    let ((old, last), (new, number)) = (before.id.split_once('.').unwrap(), after.id.split_once('.').unwrap());
    assert_eq!(number, last, "no number is given anew");
    assert_ne!(old, new);
}

#[test]
fn the_schema_of_the_file_is_looked_at_by_anybody_and_brought_up_while_no_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = |arguments: &[&str]| run(BINARY, folder.path(), arguments, &[], "");
    let none = migrate(&["migrate", "status"]);
    assert!(none.code == 0 && none.stdout.contains("There is no database at"), "{none:?}");
    assert_eq!(migrate(&["migrate", "up"]).code, 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "looking makes nothing");
    let server = demo();
    let status = server.cli(&["--json", "migrate", "status"], "").json();
    assert_eq!(status["version"], status["known"], "{status}");
    refused(&server.cli(&["migrate", "up"], ""), 1, "A server runs on this data folder");
}

/// What a start in this folder says that is refused.
fn start_refused(folder: &std::path::Path, says: &str) {
    refused(&run(BINARY, folder, &["serve", "--dev"], &[("ADMIT_SERVER__LISTEN", "127.0.0.1:0")], ""), 3, says);
}

fn delete_database(data: &std::path::Path) {
    for name in ["admit.db", "admit.db-wal", "admit.db-shm"] {
        drop(fs::remove_file(data.join(name)));
    }
}

#[test]
fn a_database_that_is_deleted_under_a_running_server_takes_no_change_and_is_not_begun_anew() {
    let mut server = demo();
    server.user("alice", &[]);
    let (mut alice, data) = (server.signed_in("alice"), server.folder().join("admit-data"));
    assert_eq!(server.client().get("/readyz").status, 200);
    delete_database(&data);
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 503, "it would be lost at the end");
    assert_eq!(server.client().login("alice", PASSWORD).status, 503);
    assert_eq!(server.client().get("/readyz").status, 503);
    server.terminate();
    start_refused(server.folder(), "is not there, and this folder had one before");
    fs::write(data.join("admit.db"), "").unwrap();
    start_refused(server.folder(), "is empty, and this folder had one before");
    assert_eq!(fs::read(data.join("admit.db")).unwrap(), b"", "nothing was made in its place");
}

#[test]
fn a_backup_is_started_on_only_when_restored_has_ended_what_lives_again_in_it() {
    let mut server = demo();
    server.user("alice", &[]);
    let (mut alice, tokens) = (server.signed_in("alice"), server.tokens(APP, "alice"));
    assert_eq!(server.terminate(), Some(0));
    let database = server.folder().join("admit-data/admit.db");
    let backup = fs::read(&database).unwrap();
    let mut server = server.again();
    let mut stolen = twin(&server, &alice);
    assert_eq!(alice.call("POST", "/logout", &Value::Null).status, 204);
    assert_eq!(server.terminate(), Some(0));
    fs::write(&database, backup).unwrap();
    start_refused(server.folder(), "is older than this folder had it");
    refused(&run(BINARY, server.folder(), &["user", "list"], &[], ""), 3, "admit restored");
    let restored = run(BINARY, server.folder(), &["restored"], &[], "");
    assert_eq!(restored.code, 0, "{restored:?}");
    assert!(
        restored.stdout.contains("Every sign-in of 1 user has ended, and 1 signing key is withdrawn"),
        "{restored:?}"
    );
    let server = server.again();
    assert!(!is_signed_in(&mut stolen), "it was signed out after the backup was made");
    assert_eq!(server.client().by_token(&tokens.access, "GET", "/session", &Value::Null).status, 401);
    assert_eq!(server.client().login("alice", PASSWORD).status, 200);
}

#[test]
fn the_schema_of_a_later_release_is_told_by_migrate_status() {
    let mut server = demo();
    assert_eq!(server.terminate(), Some(0));
    let database = server.folder().join("admit-data/admit.db");
    let mut bytes = fs::read(&database).unwrap();
    // The user_version in SQLite's header.
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&database, bytes).unwrap();
    let status = run(BINARY, server.folder(), &["migrate", "status"], &[], "");
    assert_eq!(status.code, 1, "{status:?}");
    assert!(status.stdout.contains("schema version 99, which a later release made"), "{status:?}");
    assert!(!status.stdout.contains("up to date"), "{status:?}");
}
