//! The issuer is asked to stop while verifiers follow it.

use std::time::{Duration, Instant};

use super::followers::Feed;
use super::support::{SHORT, again, issuer, issuer_behind, service_token, sign_in, until, verifiers};

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

/// Forty seconds of silence, so only in the long run: see `speed`. `listen` has its rule as a test without a wait.
#[test]
fn a_feed_on_which_only_heartbeats_come_is_not_cut_as_idle() {
    if std::env::var_os("ADMIT_VERIFIER_ROUNDS").is_none() {
        return;
    }
    let issuer = issuer().env("ADMIT_TOKENS__HEARTBEAT", "20s").start();
    let mut feed = Feed::open(&issuer, &service_token(&issuer), None);
    feed.wait_at_most(Duration::from_secs(30));
    let begun = Instant::now();
    assert!(feed.head().contains(" 200 "));
    while begun.elapsed() < Duration::from_secs(40) {
        assert!(feed.next().is_some(), "it ended after {:?}", begun.elapsed());
    }
}
