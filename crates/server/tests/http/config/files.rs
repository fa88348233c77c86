//! The configuration, the policy and the environment.

use std::fs;

use admit_testkit::run;

use super::{folder, init, mode, serve};
use crate::http::support::BINARY;

#[test]
fn a_mistake_in_the_file_names_its_line_and_one_in_the_environment_its_variable() {
    let at = folder();
    init(&at);
    let file = at.path().join("admit.toml");
    let good = fs::read_to_string(&file).unwrap();
    for (from, to, words) in [
        ("idle = \"30m\"", "idel = \"30m\"", &["idel", "line 16", "`idle`"][..]),
        ("idle = \"30m\"", "idle = \"soon\"", &["soon", "line 16", "30m"]),
        ("limit = 20", "limit = \"many\"", &["line 18"]),
        ("[sessions]", "[sesions]", &["sesions", "line 18"]),
        ("[sessions]", "[sessions", &["line 18"]),
    ] {
        let wrong = good.replacen(from, to, 1);
        assert_ne!(wrong, good, "{from} is in the file");
        let line = wrong.lines().position(|line| line.contains(to)).unwrap() + 1;
        fs::write(&file, &wrong).unwrap();
        for arguments in [&["serve"][..], &["user", "list"]] {
            let output = run(BINARY, at.path(), arguments, &[], "");
            assert_eq!(output.code, 3, "{to}: {output:?}");
            assert!(output.stderr.contains("admit.toml"), "{output:?}");
            for word in words.iter().filter(|word| !word.starts_with("line")) {
                assert!(output.stderr.contains(word), "{to}: {word}: {output:?}");
            }
            assert!(output.stderr.contains(&format!("line {line}")), "{to}: line {line}: {output:?}");
        }
    }
    fs::write(&file, good).unwrap();
    for (name, value, words) in [
        ("ADMIT_SERVER__LISTN", "127.0.0.1:1", "listn"),
        ("ADMIT_SERVR__LISTEN", "127.0.0.1:1", "servr"),
        ("ADMIT_SERVER__LISTEN", "8080", "ADMIT_SERVER__LISTEN"),
        ("ADMIT_SESSIONS__IDLE", "soon", "soon"),
        ("ADMIT_LOG__LEVEL", "=/=loud", "log.level"),
    ] {
        let output = run(BINARY, at.path(), &["serve"], &[(name, value)], "");
        assert_eq!(output.code, 3, "{name}: {output:?}");
        assert!(output.stderr.contains(words), "{name}: {output:?}");
    }
}

#[test]
fn a_mistake_in_the_policy_is_told_with_its_place() {
    let at = folder();
    init(&at);
    for (policy, words) in [
        ("[roles.admin]\npermissions = [\"everything\"]", "everything"),
        ("[roles.admin]\ninherits = [\"nobody\"]\npermissions = []", "nobody"),
        ("[roles.admin]\npermision = []", "permision"),
        ("[roles.admin", "policy.toml:1:"),
    ] {
        fs::write(at.path().join("policy.toml"), policy).unwrap();
        let check = |arguments: &[&str]| run(BINARY, at.path(), arguments, &[], "");
        for output in [serve(&at), check(&["check", "--offline"]), check(&["check"])] {
            assert_eq!(output.code, 1, "{output:?}");
            let told = format!("{}{}", output.stdout, output.stderr);
            assert!(
                told.contains("policy-unusable") && told.contains("policy.toml") && told.contains(words),
                "{output:?}"
            );
            assert!(!told.contains("store-unreachable"), "{output:?}");
        }
    }
}

#[test]
fn the_environment_lies_over_the_file_and_flags_over_both() {
    let at = folder();
    init(&at);
    let made = run(
        BINARY,
        at.path(),
        &["user", "create", "bob", "--password-stdin", "--data", "flagged"],
        &[("ADMIT_SERVER__DATA", "from-environment")],
        "tulip lantern orbit\n",
    );
    assert_eq!(made.code, 0, "{made:?}");
    assert!(at.path().join("flagged/admit.db").exists() && !at.path().join("from-environment").exists());
    let made = run(
        BINARY,
        at.path(),
        &["user", "create", "bob", "--password-stdin"],
        &[("ADMIT_SERVER__DATA", "from-environment")],
        "tulip lantern orbit\n",
    );
    assert_eq!(made.code, 0, "{made:?}");
    assert!(at.path().join("from-environment/admit.db").exists() && !at.path().join("admit-data").exists());
    assert_eq!(mode(&at.path().join("from-environment")), 0o700, "closed to others from the start");
    assert_eq!(mode(&at.path().join("from-environment/admit.db")) & 0o077, 0);
}

#[test]
fn a_database_that_is_away_is_told_once_and_with_what_to_do() {
    let at = folder();
    // Nobody listens there.
    let environment = [("ADMIT_ACCOUNTS__URL", "postgres://admit:hunter2@127.0.0.1:9/admit")];
    let output = run(BINARY, at.path(), &["user", "list"], &environment, "");
    assert_eq!(output.code, 3, "{output:?}");
    for words in ["127.0.0.1:9", "It was tried for 2 seconds", "Start the database", "accounts.url"] {
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
    assert!(!output.stderr.contains("hunter2") && output.stderr.lines().count() <= 3, "{output:?}");
}
