//! I5: a check sees the roles of the last change that was acknowledged before it, or of one that overlaps it. I1b: a change
//! needs a role that its actor still has when it is made.

use super::index::Index;
use super::values::{Write, last_certain, possible};
use super::{Rule, Violation};
use crate::history::{Deed, Operation, Outcome, Roles, Route};
use crate::{ADMIN, EDITOR};

/// The role that a change asks of its actor.
fn asked_for(operation: &Operation) -> Option<&'static str> {
    match &operation.deed {
        Deed::Check { route: Route::Edit | Route::Verifier, .. } => Some(EDITOR),
        Deed::Create { .. } => Some(ADMIN),
        _ => None,
    }
}

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    for (place, operation) in index.places() {
        let Some(shown) = operation.shown else { continue };
        let (saw, within) = match &operation.deed {
            Deed::Check { saw, within, .. } => (saw.as_ref(), *within),
            Deed::Create { .. } => (None, 0),
            _ => continue,
        };
        let role = asked_for(operation);
        let fits: Box<dyn Fn(&Roles) -> bool> = match (role, operation.outcome, saw) {
            (_, Outcome::Ok, Some(saw)) => Box::new(move |roles| roles == saw),
            (Some(role), Outcome::Ok, None) => Box::new(move |roles| roles.contains(role)),
            (Some(role), Outcome::Refused(403), _) => Box::new(move |roles| !roles.contains(role)),
            _ => continue,
        };
        let writes = &index.subjects[index.owner(shown)].roles;
        // A refusal may be of any moment since the request began; what was done was done after it had come whole.
        let earliest = if operation.outcome == Outcome::Ok { operation.not_before } else { operation.start };
        let from = earliest.saturating_sub(within);
        if writes.is_empty() || possible(writes, from, operation.end).any(|write| fits(&write.value)) {
            continue;
        }
        // Whatever its actor has by then, a change is refused when that is not what it had when the request was allowed.
        let overlaps = |write: &Write<Roles>| write.start <= operation.end && write.end >= operation.start;
        let refused_change = matches!(operation.deed, Deed::Create { .. }) && operation.outcome != Outcome::Ok;
        if refused_change && writes.iter().any(overlaps) {
            continue;
        }
        let by = last_certain(writes, from);
        let due = by.map(|write| write.value.iter().cloned().collect::<Vec<_>>().join(" ")).unwrap_or_default();
        let mut rule = Rule::I5;
        let what = match (operation.outcome, saw) {
            (Outcome::Ok, Some(saw)) => {
                format!(
                    "a check showed the roles {:?} where {due:?} had been acknowledged",
                    Vec::from_iter(saw).iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
                )
            }
            (Outcome::Ok, None) => {
                let since_it_began = possible(writes, operation.start.saturating_sub(within), operation.end);
                if since_it_began.into_iter().any(|write| fits(&write.value)) {
                    rule = Rule::I1b;
                }
                format!("a role that was taken away was honoured; {due:?} had been acknowledged")
            }
            _ => format!("a role that was given was not honoured; {due:?} had been acknowledged"),
        };
        found.push(Violation::new(rule, what, by.map(|write| write.operation).into_iter().chain([place])));
    }
}
