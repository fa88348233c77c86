//! Where accounts and sessions are: what is taken, what is refused, and that no password is ever shown.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use admit_testkit::{Output, run};

use super::{folder, init, serve, unsafe_for};
use crate::http::support::{BINARY, alone};

/// A password that must not be printed anywhere.
const PASSWORD: &str = "hunter2";

fn untold(output: Output) -> Output {
    assert!(!format!("{output:?}").contains(PASSWORD), "{output:?}");
    output
}

#[test]
fn a_pair_that_cannot_keep_its_promise_is_refused_in_development_too_and_by_name() {
    let local = format!("postgres://admit:{PASSWORD}@127.0.0.1:1/admit");
    let remote = format!("postgres://admit:{PASSWORD}@db.example.org/admit");
    let at = folder();
    init(&at);
    for (accounts, sessions, id) in [
        (local.as_str(), "memory:", "stores-postgres-memory"),
        ("sqlite:", "redis://127.0.0.1:1", "stores-sqlite-redis"),
        (&remote, "accounts:", "postgres-plain"),
        (&local, &format!("redis://:{PASSWORD}@10.0.0.1"), "redis-plain"),
        ("mysql://localhost", "accounts:", "store-url-unknown"),
        ("sqlite:", "file:sessions", "store-url-unknown"),
        (&format!("{local}?sslmod=require&password={PASSWORD}"), "accounts:", "store-url-malformed"),
    ] {
        let environment = [("ADMIT_ACCOUNTS__URL", accounts), ("ADMIT_SESSIONS__URL", sessions)];
        unsafe_for(&untold(alone(&["serve", "--dev"], &environment)), &[id]);
        unsafe_for(&untold(run(BINARY, at.path(), &["serve"], &environment, "")), &[id]);
        assert_eq!(untold(alone(&["user", "list"], &environment)).code, 3, "{accounts} {sessions}");
    }
    assert!(!at.path().join("admit-data/admit.db").exists(), "it has not begun");
}

#[test]
fn a_password_in_the_file_is_refused_with_the_places_where_it_may_be() {
    let at = folder();
    init(&at);
    let file = at.path().join("admit.toml");
    let good = fs::read_to_string(&file).unwrap();
    let url = format!("url = \"postgres://admit:{PASSWORD}@127.0.0.1:1/admit\"");
    for text in
        [good.replacen("url = \"sqlite:\"", &url, 1), good.replacen("url = \"sqlite:\"", url.trim_end_matches('"'), 1)]
    {
        assert_ne!(text, good);
        fs::write(&file, text).unwrap();
        let output = untold(serve(&at));
        assert_eq!(output.code, 3, "{output:?}");
        assert!(output.stderr.contains("admit.toml"), "{output:?}");
    }
    fs::write(&file, good.replacen("url = \"sqlite:\"", &url, 1)).unwrap();
    let output = untold(serve(&at));
    for words in ["ADMIT_ACCOUNTS__URL", "url_file", "password_file"] {
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
}

#[test]
fn the_url_may_be_in_a_file_that_only_its_owner_reads() {
    let at = folder();
    init(&at);
    let (file, there) = (at.path().join("admit.toml"), at.path().join("accounts.url"));
    let text = fs::read_to_string(&file).unwrap().replacen("url = \"sqlite:\"", "url_file = \"accounts.url\"", 1);
    fs::write(&file, text).unwrap();
    unsafe_for(&serve(&at), &["store-url-unreadable"]);
    fs::write(&there, format!("postgres://admit:{PASSWORD}@127.0.0.1:1/admit\n")).unwrap();
    fs::set_permissions(&there, fs::Permissions::from_mode(0o644)).unwrap();
    unsafe_for(&untold(serve(&at)), &["store-url-readable"]);
    fs::set_permissions(&there, fs::Permissions::from_mode(0o600)).unwrap();
    let output = untold(run(BINARY, at.path(), &["user", "list"], &[], ""));
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stderr.contains("127.0.0.1:1"), "it says which database cannot be reached: {output:?}");
    unsafe_for(&run(BINARY, at.path(), &["serve"], &[("ADMIT_ACCOUNTS__URL", "sqlite:")], ""), &["store-url-twice"]);
    fs::write(&there, "sqlite:other.db\n").unwrap();
    let made = run(BINARY, at.path(), &["user", "create", "bob", "--password-stdin"], &[], "tulip lantern orbit\n");
    assert_eq!(made.code, 0, "{made:?}");
    assert!(at.path().join("other.db").exists() && !at.path().join("admit-data/admit.db").exists());
    let listed = run(BINARY, at.path(), &["user", "list"], &[], "");
    assert!(listed.stdout.contains("bob"), "{listed:?}");
}

#[test]
fn the_section_of_an_earlier_release_is_told_as_it_is_to_be_written_now() {
    let at = folder();
    init(&at);
    let file = at.path().join("admit.toml");
    let good = fs::read_to_string(&file).unwrap();
    let old = good.replacen("[sessions]\nurl = \"accounts:\"", "[session]\nstore = \"memory\"", 1);
    assert_ne!(old, good);
    fs::write(&file, old).unwrap();
    let output = serve(&at);
    assert_eq!(output.code, 3, "{output:?}");
    for words in ["[sessions]", "url = \"memory:\"", "idle = \"30m\""] {
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
    let output = alone(&["serve", "--dev"], &[("ADMIT_SESSION__STORE", "memory")]);
    assert!(output.code == 3 && output.stderr.contains("ADMIT_SESSIONS__URL=memory:"), "{output:?}");
}
