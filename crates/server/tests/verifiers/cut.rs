//! The way to the issuer is down, dead or slow: good tokens are taken until the bound and not longer, dead ones never
//! after it, and when the way is back nothing is missing.

use std::time::{Duration, Instant};

use admit_testkit::{Response, Server, Verifier};

use super::between::{Between, Way};
use super::support::{SHORT, SLACK, Tokens, ask, issuer_behind, revocation, sign_in, status, until, verifiers};

struct Scene {
    issuer: Server,
    between: Between,
    verifiers: [Verifier; 2],
    /// Nobody revokes this one.
    good: Tokens,
    /// Revoked while the way is down.
    dead: Tokens,
}

impl Scene {
    fn new() -> Self {
        let (issuer, between) = issuer_behind();
        issuer.user("ann", &["admin"]);
        let (good, dead) = (sign_in(&issuer, "ann"), sign_in(&issuer, "ann"));
        let verifiers = verifiers(&issuer, SHORT);
        for verifier in &verifiers {
            assert_eq!((status(verifier, &good.access), status(verifier, &dead.access)), (200, 200));
        }
        Self { issuer, between, verifiers, good, dead }
    }

    fn revoke(&self, tokens: &Tokens) {
        assert_eq!(self.issuer.client().send(&revocation(&tokens.access)).status, 200);
    }

    /// Until the bound is over, only 200; from then on, only 503.
    fn grows_old(&self, since: Instant) {
        while since.elapsed() < SHORT + Duration::from_secs(2) {
            for verifier in &self.verifiers {
                let asked = since.elapsed();
                let answer = ask(verifier, &self.good.access);
                let answered = since.elapsed();
                match answer.status {
                    200 => assert!(asked <= SHORT, "taken {asked:?} after the cut"),
                    // What was known last is at most a heartbeat older than the cut.
                    503 => assert!(answered >= SHORT - SLACK, "refused {answered:?} after the cut already"),
                    status => panic!("{status} {asked:?} after the cut: {}", answer.text()),
                }
                if asked > SHORT {
                    is_unavailable(&answer);
                    let dead = status(verifier, &self.dead.access);
                    assert!(dead == 503 || dead == 401, "the dead token: {dead}");
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn is_whole_again(&self, within: Duration) {
        for verifier in &self.verifiers {
            until(verifier, &self.good.access, 200, within);
            assert_eq!(status(verifier, &self.dead.access), 401, "revoked while the way was down");
        }
    }
}

fn is_unavailable(answer: &Response) {
    assert_eq!((answer.status, answer.problem().as_str()), (503, "store-unavailable"), "{}", answer.text());
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[test]
fn a_verifier_that_is_cut_off_takes_tokens_until_the_bound_and_then_answers_503_until_it_is_back() {
    let scene = Scene::new();
    // Told before the cut: it must not be told again, nor be a gap.
    scene.revoke(&sign_in(&scene.issuer, "ann"));
    for _ in 0..2 {
        scene.between.set(Way::Cut);
        let cut = Instant::now();
        scene.revoke(&scene.dead);
        scene.grows_old(cut);
        scene.between.set(Way::Open);
        scene.is_whole_again(Duration::from_secs(5));
    }
}

#[test]
fn a_way_on_which_nothing_moves_any_more_is_noticed_and_given_up() {
    let scene = Scene::new();
    scene.between.set(Way::Stalled);
    let stalled = Instant::now();
    scene.revoke(&scene.dead);
    scene.grows_old(stalled);
    scene.between.set(Way::Open);
    scene.is_whole_again(Duration::from_secs(5));
}

#[test]
fn a_short_cut_is_not_noticed_by_anybody_who_asks() {
    let scene = Scene::new();
    for _ in 0..5 {
        scene.between.set(Way::Cut);
        scene.between.set(Way::Open);
        let healed = Instant::now();
        while healed.elapsed() < Duration::from_millis(300) {
            for verifier in &scene.verifiers {
                assert_eq!(status(verifier, &scene.good.access), 200);
            }
        }
    }
    scene.revoke(&scene.dead);
    // A verifier that is on its way back at this moment may hear of it later, but within the bound.
    for verifier in &scene.verifiers {
        until(verifier, &scene.dead.access, 401, SHORT);
        assert_eq!(status(verifier, &scene.good.access), 200);
    }
}

#[test]
fn news_that_is_always_late_makes_an_honest_verifier_say_so() {
    let scene = Scene::new();
    scene.between.set(Way::Slow(Duration::from_millis(100)));
    scene.revoke(&scene.dead);
    for verifier in &scene.verifiers {
        until(verifier, &scene.dead.access, 401, SHORT);
        assert_eq!(status(verifier, &scene.good.access), 200, "a tenth of the bound late is early enough");
    }
    // Everything that is heard is older than the bound when it is heard.
    scene.between.set(Way::Slow(SHORT + SLACK));
    std::thread::sleep(SHORT * 2 + SLACK);
    let since = Instant::now();
    while since.elapsed() < SHORT * 2 {
        for verifier in &scene.verifiers {
            is_unavailable(&ask(verifier, &scene.good.access));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    scene.between.set(Way::Cut);
    scene.between.set(Way::Open);
    scene.is_whole_again(Duration::from_secs(5));
}
