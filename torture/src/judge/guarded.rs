//! I1: no check that starts after an acknowledged revocation allows.

use super::index::{Index, Status};
use super::values::{last_certain, possible};
use super::{Rule, Violation};
use crate::history::{Deed, Nanos, Outcome};

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    // The earliest death of each credential, asked for once.
    let mut dead: Vec<Option<Option<(Nanos, usize)>>> = vec![None; index.history.credentials.len()];
    for (place, operation) in index.places() {
        if operation.outcome != Outcome::Ok {
            continue;
        }
        if let Deed::SignIn { subject, password, .. } = &operation.deed {
            signed_in(index, place, *subject, *password, found);
        }
        let Some(shown) = operation.shown else { continue };
        let death = *dead[shown]
            .get_or_insert_with(|| index.deaths(shown).map(|place| (index.operation(place).end, place)).min());
        let within = if let Deed::Check { within, .. } = operation.deed { within } else { 0 };
        if let Some((ended, by)) = death
            && operation.start > ended.saturating_add(within)
        {
            let form = index.history.credentials[shown].form;
            let late = (operation.start - ended) / 1000;
            let what = format!(
                "{form:?} {shown} was good for {} {late} µs after its end was acknowledged",
                operation.deed.name()
            );
            found.push(Violation::new(Rule::I1, what, [by, place]));
        }
    }
}

/// A sign-in that must have been refused: of somebody banned, or with a password that was replaced.
fn signed_in(index: &Index<'_>, place: usize, subject: usize, password: u32, found: &mut Vec<Violation>) {
    let (about, operation) = (&index.subjects[subject], index.operation(place));
    let (from, to) = (operation.start, operation.end);
    let known = !about.status.is_empty();
    if known && !possible(&about.status, from, to).any(|write| write.value == Status::Active) {
        let by = last_certain(&about.status, from).map(|write| write.operation);
        found.push(Violation::new(Rule::I1, "somebody who was banned signed in", by.into_iter().chain([place])));
    }
    if known && !possible(&about.password, from, to).any(|write| write.value == password) {
        let by = last_certain(&about.password, from).map(|write| write.operation);
        found.push(Violation::new(Rule::I1, "a replaced password signed somebody in", by.into_iter().chain([place])));
    }
}
