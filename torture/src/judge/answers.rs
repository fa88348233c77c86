//! I4: with a store out of reach the answer is 503, in time, and soon after it is back no more.

use super::index::Index;
use super::{Bounds, Rule, Violation};
use crate::history::{Deed, Nanos, Operation, Outcome};

pub(super) fn judge(index: &Index<'_>, bounds: Option<Bounds>, found: &mut Vec<Violation>) {
    for (place, operation) in index.places() {
        match (&operation.deed, operation.outcome) {
            (Deed::Check { .. }, Outcome::Error(status)) if status != 503 => {
                found.push(Violation::new(Rule::I4, format!("a check was answered {status} and not 503"), [place]));
            }
            // Neither dead nor forbidden nor throttled: the request itself was found wrong.
            (_, Outcome::Refused(status @ (403 | 405..=408 | 410..=428 | 430..))) if !may_be_forbidden(operation) => {
                let what =
                    format!("{} was answered {status}, which says nothing about its credential", operation.deed.name());
                found.push(Violation::new(Rule::I4, what, [place]));
            }
            _ => {}
        }
    }
    if let Some(bounds) = bounds {
        timely(index, bounds, found);
    }
}

fn may_be_forbidden(operation: &Operation) -> bool {
    operation.outcome == Outcome::Refused(403) && matches!(operation.deed, Deed::Check { .. })
}

fn timely(index: &Index<'_>, bounds: Bounds, found: &mut Vec<Violation>) {
    let (mut times, mut late) = (Vec::new(), Vec::new());
    for (place, operation) in index.places().filter(|(_, operation)| matches!(operation.deed, Deed::Check { .. })) {
        let (from, to) = (operation.start, operation.end);
        let overlaps = |start: Nanos, end: Nanos| start <= to && end.saturating_add(bounds.recovery) >= from;
        let faults = || index.history.faults.iter();
        match operation.outcome {
            // What a node that was stopped itself says, it says when it goes on.
            Outcome::Error(503)
                if !faults().any(|fault| fault.nodes.contains(&operation.node) && overlaps(fault.start, fault.end)) =>
            {
                times.push((to - from, place));
            }
            Outcome::Lost
                if !faults().any(|fault| fault.nodes.contains(&operation.node) && overlaps(fault.start, fault.end)) =>
            {
                found.push(Violation::new(
                    Rule::I4,
                    "a check had no answer from a node that nothing had struck",
                    [place],
                ));
            }
            _ => {}
        }
        if operation.outcome == Outcome::Error(503) && !faults().any(|fault| overlaps(fault.start, fault.end)) {
            late.push(place);
        }
    }
    times.sort_unstable();
    if let Some((time, place)) = times.get(times.len() * 99 / 100)
        && *time > bounds.unavailable
    {
        let what = format!("99 of 100 answers 503 took up to {} ms", time / 1_000_000);
        found.push(Violation::new(Rule::I4, what, [*place]));
    }
    if let Some(first) = late.first() {
        let what = format!("{} checks were answered 503 though everything had been whole for a while", late.len());
        found.push(Violation::new(Rule::I4, what, [*first]));
    }
}
