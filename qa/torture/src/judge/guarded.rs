//! I1: no check that starts after an acknowledged revocation allows. I1b: nor is a change made after it, whenever its request
//! began.

use super::index::{Index, Status};
use super::values::{last_certain, possible};
use super::{Rule, Violation};
use crate::history::{Deed, Nanos, Outcome};

/// When an end was acknowledged, and by which operation.
type Told = (Nanos, usize);

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    // The earliest death of each credential, and the earliest end of what it stands for, asked for once.
    let mut known: Vec<Option<[Option<Told>; 2]>> = vec![None; index.history.credentials.len()];
    for (place, operation) in index.places() {
        if operation.outcome != Outcome::Ok {
            continue;
        }
        if let Deed::SignIn { subject, password, .. } = &operation.deed {
            signed_in(index, place, *subject, *password, found);
        }
        let Some(shown) = operation.shown else { continue };
        let ended = |place: usize| (index.operation(place).end, place);
        let [death, end] =
            *known[shown].get_or_insert_with(|| [index.deaths(shown).min(), index.ends(shown).map(ended).min()]);
        let within = if let Deed::Check { within, .. } = operation.deed { within } else { 0 };
        let after = |moment: Nanos, end: Option<Told>| end.filter(|(ended, _)| moment > ended.saturating_add(within));
        let (form, name) = (index.history.credentials[shown].form, operation.deed.name());
        if let Some((ended, by)) = after(operation.start, death) {
            let late = (operation.start - ended) / 1000;
            let what = format!("{form:?} {shown} was good for {name} {late} µs after its end was acknowledged");
            found.push(Violation::new(Rule::I1, what, [by, place]));
        } else if let Some((ended, by)) = after(operation.not_before, end) {
            let late = (operation.not_before - ended) / 1000;
            let what = format!("{name} by {form:?} {shown} was done {late} µs or more after its end was acknowledged");
            found.push(Violation::new(Rule::I1b, what, [by, place]));
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
