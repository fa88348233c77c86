//! The issuer is asked to stop while verifiers follow it.

use std::time::{Duration, Instant};

use super::support::{SHORT, again, issuer_behind, sign_in, until, verifiers};

#[test]
fn an_issuer_that_is_asked_to_stop_does_so_at_once_although_verifiers_follow_it_for_ever() {
    let (mut issuer, _between) = issuer_behind();
    issuer.user("ann", &["admin"]);
    let verifiers = verifiers(&issuer, SHORT);
    let token = sign_in(&issuer, "ann").access;
    let asked = Instant::now();
    assert_eq!(issuer.terminate(), Some(0), "{}", issuer.logged());
    assert!(asked.elapsed() < Duration::from_secs(3), "it took {:?}", asked.elapsed());
    assert!(!issuer.logged().contains("had not finished"), "{}", issuer.logged());
    for verifier in &verifiers {
        until(verifier, &token, 503, SHORT * 2);
    }
    let _issuer = again(issuer);
    for verifier in &verifiers {
        until(verifier, &token, 200, Duration::from_secs(5));
    }
}
