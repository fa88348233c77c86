//! Guesses at one name from one address: five, and one more when 1, 3, 7 … seconds are over, however many nodes take them.

use admit_torture::history::{Deed, Fault, Nanos, Outcome};
use admit_torture::judge::Rule;

use super::told::Told;

const SECOND: Nanos = 1_000_000_000;
const LOOKED_AT: Outcome = Outcome::Refused(401);
const STOPPED: Outcome = Outcome::Refused(429);

fn guess(told: &mut Told, name: usize, at: Nanos, outcome: Outcome) {
    told.add((at, at + 10), None, Deed::Guess { name }, outcome);
}

fn guesses(times: impl IntoIterator<Item = Nanos>) -> Told {
    let mut told = Told::new();
    times.into_iter().for_each(|at| guess(&mut told, 0, at, LOOKED_AT));
    told
}

#[test]
fn a_sixth_guess_before_a_second_is_over_is_found_and_one_that_is_stopped_is_not() {
    let mut told = guesses([10, 10, 20, 30, 40]);
    guess(&mut told, 0, 50, STOPPED);
    guess(&mut told, 1, 50, LOOKED_AT);
    assert_eq!(told.broken(), []);
    guess(&mut told, 0, SECOND / 2, LOOKED_AT);
    assert_eq!(told.broken(), [Rule::I7]);
}

#[test]
fn each_guess_more_has_to_wait_twice_as_long_as_the_one_before() {
    let five = [10, 20, 30, 40, 50];
    let waited = [SECOND, 3 * SECOND, 7 * SECOND];
    let told = |more: &[Nanos]| guesses(five.into_iter().chain(more.iter().copied())).broken();
    assert_eq!(told(&waited), []);
    assert_eq!(told(&[SECOND, 2 * SECOND]), [Rule::I7]);
    assert_eq!(told(&[SECOND, 3 * SECOND, 6 * SECOND]), [Rule::I7]);
}

#[test]
fn what_was_not_answered_proves_nothing() {
    let mut told = guesses([10, 20, 30, 40, 50]);
    guess(&mut told, 0, 60, Outcome::Error(503));
    guess(&mut told, 0, 70, Outcome::Lost);
    assert_eq!(told.broken(), []);
}

#[test]
fn a_store_that_has_lost_its_counts_gives_the_free_tries_once_more_and_no_others() {
    let mut told = guesses([10, 20, 30, 40, 50, 120, 310, 320, 330, 340, 350]);
    let flush = |loses_counts| Fault {
        kind: "flush".to_owned(),
        nodes: vec![],
        survived_by: None,
        loses_sessions: true,
        loses_counts,
        start: 100,
        end: 300,
    };
    told.0.faults = vec![flush(false)];
    assert_eq!(told.broken(), [Rule::I7]);
    told.0.faults = vec![flush(true)];
    assert_eq!(told.broken(), []);
    guess(&mut told, 0, 360, LOOKED_AT);
    assert_eq!(told.broken(), [Rule::I7]);
}
