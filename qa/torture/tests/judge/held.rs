//! I1b, broken and kept: who is stopped while acting has not acted.

use admit_torture::ADMIN;
use admit_torture::history::{Deed, Form, Outcome, Route};
use admit_torture::judge::Rule;

use super::told::{Told, roles};

fn edit() -> Deed {
    Deed::Check { route: Route::Edit, saw: None, renewed: None, within: 0 }
}

fn create() -> Deed {
    Deed::Create { subject: 1, roles: roles("") }
}

#[test]
fn a_change_whose_last_byte_was_sent_after_its_actor_was_stopped_is_found() {
    for deed in [edit(), create(), Deed::Password { subject: 0, to: 1, gave: vec![] }] {
        let mut told = Told::new();
        told.set_roles((1, 2), "admin editor", Outcome::Ok);
        let secret = told.session((3, 4));
        told.end_all((20, 30), Outcome::Ok);
        told.held((10, 31, 40), secret, deed.clone(), Outcome::Refused(401));
        told.held((10, 30, 40), secret, deed.clone(), Outcome::Ok);
        assert_eq!(told.broken(), [], "it may have been done before that, {deed:?}");
        told.held((10, 31, 40), secret, deed.clone(), Outcome::Ok);
        assert_eq!(told.broken(), [Rule::I1b], "{deed:?}");
    }
}

#[test]
fn a_request_that_began_after_the_end_is_no_held_back_one() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.end_all((20, 30), Outcome::Ok);
    told.edit((31, 40), secret, Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1]);
}

#[test]
fn a_change_by_a_role_that_was_taken_away_meanwhile_is_found() {
    let mut told = Told::new();
    told.set_roles((2, 3), &format!("{ADMIN} editor"), Outcome::Ok);
    let secret = told.session((4, 5));
    told.set_roles((20, 30), "other", Outcome::Ok);
    told.held((10, 15, 40), secret, create(), Outcome::Ok);
    told.held((10, 15, 40), secret, edit(), Outcome::Ok);
    told.held((10, 31, 40), secret, create(), Outcome::Refused(403));
    assert_eq!(told.broken(), []);
    told.held((10, 31, 40), secret, create(), Outcome::Ok);
    told.held((10, 31, 40), secret, edit(), Outcome::Ok);
    assert_eq!(told.broken(), [Rule::I1b, Rule::I1b]);
}

#[test]
fn a_change_is_refused_to_an_admin_only_while_their_roles_are_being_changed() {
    for (changed, forgiven) in [((41, 50), false), ((20, 30), true), ((35, 50), true), ((5, 9), false)] {
        let mut told = Told::new();
        told.set_roles((2, 3), ADMIN, Outcome::Ok);
        let secret = told.session((4, 5));
        told.set_roles(changed, &format!("{ADMIN} other"), Outcome::Ok);
        told.held((10, 15, 40), secret, create(), Outcome::Refused(403));
        assert_eq!(told.broken(), if forgiven { vec![] } else { vec![Rule::I5] }, "{changed:?}");
    }
}

#[test]
fn a_stop_that_was_not_acknowledged_stops_nobody_for_certain() {
    let mut told = Told::new();
    let secret = told.session((2, 3));
    told.end_all((20, 30), Outcome::Lost);
    told.held((10, 31, 40), secret, edit(), Outcome::Ok);
    assert_eq!(told.broken(), []);
}

#[test]
fn another_secret_of_the_same_session_stops_nobody() {
    let mut told = Told::new();
    let old = told.session((2, 3));
    let new = told.credential(0, Form::Secret);
    let check = Deed::Check { route: Route::Session, saw: None, renewed: Some(new), within: 0 };
    told.add((20, 30), Some(old), check, Outcome::Ok);
    told.held((10, 31, 40), old, edit(), Outcome::Ok);
    assert_eq!(told.broken(), []);
}
