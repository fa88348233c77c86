//! The issuer is killed and comes back; verifiers that come late, or while it is away.

use std::time::{Duration, Instant};

use admit_testkit::{Server, Verifier};

use super::between::Way;
use super::followers::{Feed, last_event_id};
use super::support::{
    BOUND, SHORT, Tokens, admin, again, ask, binary, issuer, issuer_behind, post, redemption, revocation, secret_file,
    service_token, set_roles, sign_in, status, until, verifiers,
};

fn revoke(issuer: &Server, tokens: &Tokens) {
    assert_eq!(issuer.client().send(&revocation(&tokens.access)).status, 200);
}

#[test]
fn after_kill_9_of_the_issuer_what_it_had_acknowledged_is_in_force_and_its_numbers_go_on() {
    let (mut issuer, between) = issuer_behind();
    issuer.user("ann", &["admin"]);
    let verifiers = verifiers(&issuer, SHORT);
    let (good, before, last) = (sign_in(&issuer, "ann"), sign_in(&issuer, "ann"), sign_in(&issuer, "ann"));
    revoke(&issuer, &before);
    let place = last_event_id(&issuer, &service_token(&issuer));
    for verifier in &verifiers {
        assert_eq!(status(verifier, &last.access), 200);
    }
    // Acknowledged, and no verifier has heard of it when the issuer dies.
    between.set(Way::Cut);
    let killed = Instant::now();
    revoke(&issuer, &last);
    issuer.kill();
    between.set(Way::Open);
    let newcomer = Verifier::begin(&binary(), &issuer.url, &secret_file(&issuer), SHORT);
    while killed.elapsed() < SHORT * 2 {
        for verifier in &verifiers {
            let asked = killed.elapsed();
            let answer = status(verifier, &good.access);
            assert!(answer == 503 || (answer == 200 && asked <= SHORT), "{answer} {asked:?} after the kill");
            let asked = killed.elapsed();
            let answer = status(verifier, &last.access);
            assert!(answer == 503 || (answer == 200 && asked <= SHORT), "{answer} {asked:?} after the kill: revoked");
        }
        let answer = ask(&newcomer, &good.access);
        assert_eq!((answer.status, newcomer.knows()), (503, false), "it knows nothing yet: {}", answer.text());
        std::thread::sleep(Duration::from_millis(20));
    }

    let issuer = again(issuer);
    for verifier in verifiers.iter().chain([&newcomer]) {
        until(verifier, &good.access, 200, Duration::from_secs(5));
        assert_eq!((status(verifier, &before.access), status(verifier, &last.access)), (401, 401));
    }
    let after = last_event_id(&issuer, &service_token(&issuer));
    assert_eq!(after, place + 1, "the last number before the kill was that of the last revocation");
    let renewed = Tokens::of(&issuer.client().send(&redemption(&good.refresh)));
    revoke(&issuer, &renewed);
    assert_eq!(last_event_id(&issuer, &service_token(&issuer)), place + 2);
    for verifier in verifiers.iter().chain([&newcomer]) {
        until(verifier, &renewed.access, 401, SHORT);
        assert_eq!(status(verifier, &good.access), 200);
    }
}

#[test]
fn a_verifier_that_comes_late_knows_every_revocation_that_a_live_token_could_need() {
    let issuer = issuer().start();
    let (mut admin, user) = (admin(&issuer), issuer.user("ann", &["admin"]));
    issuer.user("bob", &["admin"]);
    issuer.user("eve", &["admin"]);
    let mut dead = Vec::new();
    // Each way in which a token dies, and a good token of the same user after it where there can be one.
    let by_roles = sign_in(&issuer, "ann");
    set_roles(&mut admin, &user, &["customer", "admin"]);
    let by_name = sign_in(&issuer, "ann");
    revoke(&issuer, &by_name);
    let by_family = sign_in(&issuer, "ann");
    assert_eq!(issuer.client().send(&revocation(&by_family.refresh)).status, 200);
    let everywhere = sign_in(&issuer, "bob");
    post(&mut issuer.signed_in("bob"), "/logout/all");
    let banned = sign_in(&issuer, "eve");
    assert_eq!(issuer.cli(&["user", "disable", "eve"], "").code, 0);
    dead.extend([by_roles, by_name, by_family, everywhere, banned]);
    let good = [sign_in(&issuer, "ann"), sign_in(&issuer, "bob")];

    let newcomer = Verifier::start(&binary(), &issuer.url, &secret_file(&issuer), BOUND);
    for (number, tokens) in dead.iter().enumerate() {
        assert_eq!(status(&newcomer, &tokens.access), 401, "dead token {number}");
    }
    for tokens in &good {
        assert_eq!(status(&newcomer, &tokens.access), 200);
    }
    let (told, place) = Feed::open(&issuer, &service_token(&issuer), None).until_current();
    assert_eq!(told.len() as u64, place, "nothing has expired yet, so everything is told");
}
