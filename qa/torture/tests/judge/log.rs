//! I6, broken and kept.

use admit_torture::history::{Deed, Form, Logged, Outcome, Route};
use admit_torture::judge::Rule;

use super::told::Told;

fn two_logins_and_a_logout() -> Told {
    let mut told = Told::new();
    told.session((2, 3));
    let secret = told.session((10, 20));
    told.logout((30, 40), secret, Outcome::Ok);
    told.logged();
    told
}

fn log(told: &mut Told) -> &mut Vec<Logged> {
    told.0.log.as_mut().expect("a log")
}

#[test]
fn a_log_with_everything_in_order_is_not_accused() {
    assert_eq!(two_logins_and_a_logout().broken(), []);
}

#[test]
fn an_acknowledged_event_that_is_missing_or_there_twice_is_found() {
    let mut told = two_logins_and_a_logout();
    let removed = log(&mut told).remove(3);
    assert_eq!(told.broken(), [Rule::I6]);
    log(&mut told).extend([removed.clone(), Logged { seq: 9, ..removed }]);
    assert_eq!(told.broken(), [Rule::I6]);
}

#[test]
fn events_whose_places_contradict_the_order_of_the_answers_are_found() {
    let mut told = two_logins_and_a_logout();
    log(&mut told).swap(2, 3);
    assert_eq!(told.broken(), [Rule::I6], "the places do not rise");
    (log(&mut told)[2].seq, log(&mut told)[3].seq) = (3, 4);
    assert_eq!(told.broken(), [Rule::I6], "the logout is before the login");
    let mut overlapping = Told::new();
    overlapping.session((10, 20));
    overlapping.session((15, 25));
    overlapping.logged();
    log(&mut overlapping)[1].request = Some("r2".to_owned());
    log(&mut overlapping)[2].request = Some("r1".to_owned());
    assert_eq!(overlapping.broken(), [], "they overlapped");
}

#[test]
fn a_change_to_what_is_so_already_needs_no_event() {
    let mut told = Told::new();
    told.add((10, 20), None, Deed::Disable { subject: 0 }, Outcome::Ok);
    told.logged();
    told.add((30, 40), None, Deed::Disable { subject: 0 }, Outcome::Ok);
    told.set_roles((50, 60), "editor", Outcome::Ok);
    assert_eq!(told.broken(), []);
    told.set_roles((70, 80), "other", Outcome::Ok);
    told.add((70, 80), None, Deed::Enable { subject: 0 }, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I6, Rule::I6]);
}

#[test]
fn a_second_logout_of_one_session_needs_no_event() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.logout((10, 20), secret, Outcome::Ok);
    told.logged();
    told.logout((15, 25), secret, Outcome::Ok);
    assert_eq!(told.broken(), []);
}

#[test]
fn each_new_secret_of_a_session_is_in_the_log() {
    let mut told = Told::new();
    let old = told.session((2, 3));
    let new = told.credential(0, Form::Secret);
    told.logged();
    let deed = Deed::Check { route: Route::Session, saw: None, renewed: Some(new), within: 0 };
    told.add((10, 20), Some(old), deed, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I6]);
    let event = Logged { seq: 9, kind: "session-rotated".to_owned(), request: None, sign_in: Some("s0".to_owned()) };
    log(&mut told).push(event);
    assert_eq!(told.broken(), []);
}
