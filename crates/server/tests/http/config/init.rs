//! `admit init`

use std::fs;

use admit_testkit::run;
use tempfile::TempDir;

use super::{folder, init, mode, serve, unsafe_for};
use crate::support::BINARY;

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
