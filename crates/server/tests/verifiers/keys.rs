//! Signing keys change: verifiers follow without being started anew.

use std::time::Duration;

use admit_testkit::Server;
use serde_json::Value;

use super::support::{BOUND, issuer, sign_in, status, until, verifiers};

fn keys(issuer: &Server) -> Vec<Value> {
    issuer.cli(&["--json", "keys", "list"], "").json().as_array().cloned().unwrap_or_default()
}

fn kid(keys: &[Value], stage: &str) -> String {
    let key = keys.iter().find(|key| key["stage"] == stage).unwrap_or_else(|| panic!("no key is {stage}: {keys:?}"));
    key["kid"].as_str().unwrap_or_default().to_owned()
}

fn run(issuer: &Server, arguments: &[&str]) {
    let output = issuer.cli(arguments, "");
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn tokens_of_the_old_key_and_of_the_new_are_taken_across_a_rotation_and_none_of_a_revoked_one() {
    let issuer = issuer().start();
    issuer.user("ann", &["admin"]);
    let verifiers = verifiers(&issuer, BOUND);
    let first = sign_in(&issuer, "ann").access;
    let old = kid(&keys(&issuer), "active");
    run(&issuer, &["keys", "rotate", "--now"]);
    let second = sign_in(&issuer, "ann").access;
    assert_ne!(first.split('.').next(), second.split('.').next(), "another key, another header");
    for verifier in &verifiers {
        until(verifier, &second, 200, Duration::from_secs(1));
        assert_eq!(status(verifier, &first), 200, "its key is kept until its last token is dead");
    }
    run(&issuer, &["keys", "revoke", &old]);
    for verifier in &verifiers {
        until(verifier, &first, 401, Duration::from_secs(1));
        assert_eq!(status(verifier, &second), 200);
    }
    // The one that signs: another is made in its place.
    let active = kid(&keys(&issuer), "active");
    run(&issuer, &["keys", "revoke", &active]);
    let third = sign_in(&issuer, "ann").access;
    for verifier in &verifiers {
        until(verifier, &third, 200, Duration::from_secs(1));
        assert_eq!((status(verifier, &first), status(verifier, &second)), (401, 401));
    }
}

#[test]
fn a_key_that_is_published_before_it_signs_costs_no_verifier_a_single_request() {
    // It signs three seconds after it was made: a token of it is then asked about at once.
    let issuer = issuer().env("ADMIT_TOKENS__PUBLISH_BEFORE", "3s").start();
    issuer.user("ann", &["admin"]);
    let verifiers = verifiers(&issuer, BOUND);
    let first = sign_in(&issuer, "ann").access;
    run(&issuer, &["keys", "rotate"]);
    let next = kid(&keys(&issuer), "next");
    let header = |token: &str| token.split('.').next().map(str::to_owned);
    let mut current = sign_in(&issuer, "ann").access;
    assert_eq!(header(&current), header(&first), "not yet");
    let begun = std::time::Instant::now();
    while header(&current) == header(&first) {
        assert!(begun.elapsed() < Duration::from_secs(10), "the next key never signs");
        current = sign_in(&issuer, "ann").access;
        for verifier in &verifiers {
            assert_eq!((status(verifier, &first), status(verifier, &current)), (200, 200));
        }
    }
    assert_eq!(kid(&keys(&issuer), "active"), next);
    for verifier in &verifiers {
        assert_eq!((status(verifier, &first), status(verifier, &current)), (200, 200));
    }
}

#[test]
fn a_key_whose_name_begins_with_a_hyphen_is_named_like_any_other() {
    let issuer = issuer().start();
    let output = issuer.cli(&["keys", "revoke", "-M5qyE"], "");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("There is no signing key -M5qyE"), "{output:?}");
    assert_eq!(issuer.cli(&["keys", "revoke", "--help"], "").code, 0);
}
