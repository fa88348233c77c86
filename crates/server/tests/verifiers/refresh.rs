//! A refresh token has at most one successor, ever (I2): over real connections, at the same moment; and what its use costs once
//! that was used.

use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use admit_testkit::{Request, Response, Server, Wire};

use super::speed::rounds;
use super::support::{BOUND, SLACK, Tokens, issuer, redemption, sign_in, status, until, verifiers};

const AT_ONCE: usize = 64;
/// A token that was redeemed this long ago is not one whose answer was lost.
const GRACE: Duration = Duration::from_secs(10);

/// As many requests as there are connections, at the same moment.
fn at_once(issuer: &Server, request: &Request) -> Vec<Response> {
    let (start, answers) = (Barrier::new(AT_ONCE), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut wire = Wire::new(issuer.address);
                assert_eq!(wire.ask(&Request::new("GET", "/livez")).expect("an answer").status, 200);
                start.wait();
                let answer = wire.ask(request).expect("an answer");
                answers.lock().expect("the answers").push(answer);
            });
        }
    });
    answers.into_inner().expect("the answers")
}

fn is_invalid_grant(answer: &Response) {
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.json()["error"], "invalid_grant", "{}", answer.text());
}

fn redeem(issuer: &Server, refresh: &str) -> Response {
    issuer.client().send(&redemption(refresh))
}

#[test]
fn all_64_redemptions_at_once_give_the_one_successor_and_the_family_lives_on() {
    let issuer = issuer().start();
    issuer.user("ann", &["admin"]);
    let mut tokens = sign_in(&issuer, "ann");
    for round in 0..rounds(5) {
        let answers = at_once(&issuer, &redemption(&tokens.refresh));
        let mut given: Vec<_> = answers.iter().map(Tokens::of).collect();
        assert_eq!(given.len(), AT_ONCE, "round {round}");
        // What they all were given is the next one to be redeemed 64 times.
        tokens = given.swap_remove(0);
        assert!(given.iter().all(|other| other.refresh == tokens.refresh), "a second successor in round {round}");
    }
    Tokens::of(&redeem(&issuer, &tokens.refresh));
}

#[test]
fn a_refresh_token_that_comes_again_after_the_grace_window_kills_its_family_and_its_access_tokens() {
    let issuer = issuer().start();
    issuer.user("ann", &["admin"]);
    let verifiers = verifiers(&issuer, BOUND);
    let untouched = sign_in(&issuer, "ann");
    let families: Vec<[Tokens; 3]> = (0..6)
        .map(|_| {
            let first = sign_in(&issuer, "ann");
            let second = Tokens::of(&redeem(&issuer, &first.refresh));
            let third = Tokens::of(&redeem(&issuer, &second.refresh));
            [first, second, third]
        })
        .collect();
    let redeemed = Instant::now();
    // Within the window it may be an app whose answer was lost: it gets the same again, and nothing dies.
    for [_, second, third] in &families {
        assert_eq!(Tokens::of(&redeem(&issuer, &second.refresh)).refresh, third.refresh);
    }
    for [_, _, third] in &families {
        assert_eq!(status(&verifiers[0], &third.access), 200);
    }
    std::thread::sleep((GRACE + SLACK).saturating_sub(redeemed.elapsed()));
    for (number, [first, second, third]) in families.iter().enumerate() {
        // Half of the thieves have the very first token, half the one before the last.
        let replayed = if number % 2 == 0 { first } else { second };
        is_invalid_grant(&redeem(&issuer, &replayed.refresh));
        for verifier in &verifiers {
            until(verifier, &third.access, 401, BOUND);
            assert_eq!((status(verifier, &first.access), status(verifier, &second.access)), (401, 401));
        }
        is_invalid_grant(&redeem(&issuer, &third.refresh));
    }
    for verifier in &verifiers {
        assert_eq!(status(verifier, &untouched.access), 200, "another family of the same user");
    }
    let log = issuer.cli(&["--json", "session", "list", "ann"], "").json();
    assert_eq!(log.as_array().map(Vec::len), Some(1), "{log}");
}
