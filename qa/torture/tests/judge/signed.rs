//! What a service has signed is accepted once.

use admit_torture::history::{Deed, Outcome};
use admit_torture::judge::Rule;

use super::told::Told;

const GONE: Outcome = Outcome::Refused(401);

#[test]
fn an_assertion_is_accepted_once_whether_its_uses_overlap_or_not() {
    let mut told = Told::new();
    let call = |told: &mut Told, at, outcome| told.add(at, None, Deed::Call { assertion: 0 }, outcome);
    call(&mut told, (10, 20), Outcome::Error(503));
    call(&mut told, (10, 20), Outcome::Ok);
    call(&mut told, (15, 25), GONE);
    told.add((15, 25), None, Deed::Call { assertion: 1 }, Outcome::Ok);
    assert_eq!(told.broken(), []);
    call(&mut told, (15, 25), Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I2b]);
}

#[test]
fn an_assertion_that_nothing_can_have_used_is_not_refused() {
    let mut told = Told::new();
    told.add((10, 20), None, Deed::Call { assertion: 0 }, GONE);
    told.add((20, 30), None, Deed::Call { assertion: 0 }, Outcome::Lost);
    assert_eq!(told.broken(), [], "at the same time, it may have been");
    told.add((10, 19), None, Deed::Call { assertion: 0 }, GONE);
    assert_eq!(told.broken(), [Rule::I3]);
}
