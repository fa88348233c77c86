//! I5: a check sees the roles of the last change that was acknowledged before it, or of one that overlaps it.

use super::index::Index;
use super::values::{last_certain, possible};
use super::{Rule, Violation};
use crate::EDITOR;
use crate::history::{Deed, Outcome, Roles, Route};

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    for (place, operation) in index.places() {
        let (Deed::Check { route, saw, within, .. }, Some(shown)) = (&operation.deed, operation.shown) else {
            continue;
        };
        let fits: Box<dyn Fn(&Roles) -> bool> = match (route, operation.outcome, saw) {
            (_, Outcome::Ok, Some(saw)) => Box::new(move |roles| roles == saw),
            (Route::Edit, Outcome::Ok, None) => Box::new(|roles| roles.contains(EDITOR)),
            (Route::Edit, Outcome::Refused(403), _) => Box::new(|roles| !roles.contains(EDITOR)),
            _ => continue,
        };
        let writes = &index.subjects[index.owner(shown)].roles;
        let from = operation.start.saturating_sub(*within);
        if writes.is_empty() || possible(writes, from, operation.end).any(|write| fits(&write.value)) {
            continue;
        }
        let by = last_certain(writes, from);
        let due = by.map(|write| write.value.iter().cloned().collect::<Vec<_>>().join(" ")).unwrap_or_default();
        let what = match (operation.outcome, saw) {
            (Outcome::Ok, Some(saw)) => {
                format!(
                    "a check showed the roles {:?} where {due:?} had been acknowledged",
                    Vec::from_iter(saw).iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
                )
            }
            (Outcome::Ok, None) => format!("a role that was taken away was honoured; {due:?} had been acknowledged"),
            _ => format!("a role that was given was not honoured; {due:?} had been acknowledged"),
        };
        found.push(Violation::new(Rule::I5, what, by.map(|write| write.operation).into_iter().chain([place])));
    }
}
