//! I3: an acknowledged login lasts until something ends it, through every crash; and so does what else was acknowledged.
//!
//! That a revocation, a ban or a role change lasts is I1 and I5, judged of the operations after the crash.

use super::index::{Index, Status};
use super::values::possible;
use super::{Rule, Violation};
use crate::history::{Deed, Outcome, Route};

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    for (place, operation) in index.places() {
        match (&operation.deed, operation.outcome, operation.shown) {
            (Deed::Redeem { .. } | Deed::Exchange { .. }, Outcome::Refused(400), Some(shown))
            | (_, Outcome::Refused(401), Some(shown)) => {
                refused(index, place, shown, found);
            }
            (Deed::SignIn { subject, password, .. }, Outcome::Refused(401), _) => {
                signed_out(index, place, *subject, *password, found);
            }
            // Those are asked again when they were not answered.
            (Deed::Check { route: Route::Session | Route::Edit, .. }, Outcome::Error(_) | Outcome::Lost, _)
                if index.history.healed.is_some_and(|healed| operation.start > healed)
                    && !index.was_answered_later(place) =>
            {
                let what = "a check was not answered though everything was whole again";
                found.push(Violation::new(Rule::I3, what, [place]));
            }
            _ => {}
        }
    }
}

/// A credential that nothing can have ended was refused.
fn refused(index: &Index<'_>, place: usize, shown: usize, found: &mut Vec<Violation>) {
    let operation = index.operation(place);
    let Some(birth) = index.birth(shown).filter(|birth| index.operation(*birth).end < operation.start) else { return };
    if index.certainly_alive(shown, operation.end, Some(place)) {
        let form = index.history.credentials[shown].form;
        let what = format!("{form:?} {shown} was refused, and nothing had ended it");
        found.push(Violation::new(Rule::I3, what, [birth, place]));
    }
}

/// Somebody was refused who was neither banned nor wrong about the password.
fn signed_out(index: &Index<'_>, place: usize, subject: usize, password: u32, found: &mut Vec<Violation>) {
    let (about, operation) = (&index.subjects[subject], index.operation(place));
    let (from, to) = (operation.start, operation.end);
    let active = possible(&about.status, from, to).all(|write| write.value == Status::Active);
    let right = possible(&about.password, from, to).all(|write| write.value == password);
    // Whoever ends all sign-ins meanwhile makes the store refuse this one.
    let disturbed = index.may_be_ended_during(subject, from, to);
    if !about.status.is_empty() && active && right && !disturbed {
        found.push(Violation::new(Rule::I3, "the right password of somebody active was refused", [place]));
    }
}
