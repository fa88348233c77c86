//! `admit audit` runs the auditor in its own folder, and nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use admit_testkit::run;
use tempfile::TempDir;

use crate::BINARY;

/// A folder that has only this `admit`. It is a hard link, because `admit` looks in the folder that it is really in.
fn alone() -> (TempDir, PathBuf) {
    let built = Path::new(BINARY);
    let folder = tempfile::tempdir_in(built.parent().unwrap()).unwrap();
    let admit = folder.path().join("admit");
    fs::hard_link(built, &admit).unwrap();
    (folder, admit)
}

/// A program that prints what it was given, and exits with 7.
fn put(folder: &Path) {
    let script = "#!/bin/sh\nprintf '%s\\n' \"$@\" \"$AUDITED\" \"$(cat)\"\necho said >&2\nexit 7\n";
    fs::write(folder.join("admit-audit"), script).unwrap();
    fs::set_permissions(folder.join("admit-audit"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn arguments_environment_streams_and_exit_code_are_those_of_the_program_beside_it() {
    let (folder, admit) = alone();
    put(folder.path());
    for (arguments, given) in [
        (
            &["audit", "https://a.example", "--rate=5", "--only", "a b", "--json"][..],
            "https://a.example\n--rate=5\n--only\na b\n--json",
        ),
        (&["--json", "audit", "https://a.example", "--help"], "--json\nhttps://a.example\n--help"),
        (&["--config", "admit.toml", "audit", "--json", "--list"], "--json\n--list"),
        (&["audit", "-h"], "-h"),
    ] {
        let output = run(admit.to_str().unwrap(), folder.path(), arguments, &[("AUDITED", "yes")], "typed");
        assert_eq!((output.code, output.stderr.as_str()), (7, "said\n"), "{output:?}");
        assert_eq!(output.stdout, format!("{given}\nyes\ntyped\n"));
    }
}

#[test]
fn an_auditor_that_is_missing_is_not_looked_for_in_the_path() {
    let (folder, admit) = alone();
    let elsewhere = tempfile::tempdir().unwrap();
    put(elsewhere.path());
    let path = format!("{}:{}", elsewhere.path().display(), std::env::var("PATH").unwrap());
    let output = run(admit.to_str().unwrap(), folder.path(), &["audit", "--list"], &[("PATH", &path)], "");
    assert_eq!((output.code, output.stdout.as_str()), (3, ""), "{output:?}");
    let there = folder.path().join("admit-audit").display().to_string();
    assert!(output.stderr.contains(&there) && output.stderr.contains("from the same release"), "{output:?}");
    assert_eq!(output.stderr.matches(". ").count() + output.stderr.lines().count(), 1, "one sentence: {output:?}");
}

#[test]
fn check_explains_an_id_that_only_the_auditor_has_as_the_auditor_does() {
    let folder = tempfile::tempdir().unwrap();
    let explain = |command| run(BINARY, folder.path(), &[command, "--explain", "jwt-kid", "--lang", "ko"], &[], "");
    let (check, audit) = (explain("check"), explain("audit"));
    assert_eq!((check.code, &check.stdout), (0, &audit.stdout), "{check:?}");
    let (folder, admit) = alone();
    let alone = run(admit.to_str().unwrap(), folder.path(), &["check", "--explain", "jwt-kid"], &[], "");
    assert!(alone.code == 2 && alone.stderr.contains("admit audit --list"), "{alone:?}");
}
