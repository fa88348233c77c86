//! I1: what was refused as dead stays dead, whatever it died of.
//!
//! An end that nobody acknowledged, or that a failover may have lost, proves nothing by itself; the refusal does. What was
//! good after an acknowledged end is found by that, and a refusal without any end is found as such.

use super::index::Index;
use super::{Rule, Violation};
use crate::history::{Deed, Nanos, Operation, Outcome};

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    let mut refused: Vec<Option<(Nanos, usize)>> = vec![None; index.history.credentials.len()];
    for (place, operation) in index.places() {
        let Some(shown) = operation.shown.filter(|_| is_final(index, operation)) else { continue };
        let is_first = refused[shown].is_none_or(|(earliest, _)| operation.end < earliest);
        if is_first && !index.certainly_alive(shown, operation.end, Some(place)) {
            refused[shown] = Some((operation.end, place));
        }
    }
    for (place, operation) in index.places().filter(|(_, operation)| operation.outcome == Outcome::Ok) {
        let (Deed::Check { within, .. }, Some(shown)) = (&operation.deed, operation.shown) else { continue };
        let form = index.history.credentials[shown].form;
        let late = |since: Nanos| operation.start > since.saturating_add(*within);
        let refused = refused[shown].filter(|(dead, _)| late(*dead));
        if let Some((dead, by)) = refused.filter(|_| !index.deaths(shown).any(|(death, _)| late(death))) {
            let late = (operation.start - dead) / 1000;
            let what =
                format!("{form:?} {shown} was good for {} {late} µs after it was refused", operation.deed.name());
            found.push(Violation::new(Rule::I1, what, [by, place]));
        }
    }
}

/// Whether this is a refusal by a node for good: what it knew cannot have been lost since. A verifier may know what was.
fn is_final(index: &Index<'_>, operation: &Operation) -> bool {
    let refused = operation.outcome == Outcome::Refused(401);
    let by_node = matches!(operation.deed, Deed::Check { route, .. } if route.is_at_a_node());
    let kept = |operation: &Operation| {
        let mut failovers = index.history.failovers.iter();
        failovers.all(|failover| operation.end < failover.stopped || operation.start > failover.over)
    };
    refused && by_node && kept(operation)
}
