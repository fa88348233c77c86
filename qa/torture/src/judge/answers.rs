//! I4: with a store out of reach the answer is 503, in time, and soon after it is back no more. I4b: one silent connection of several
//! is no outage.

use super::index::Index;
use super::{Bounds, Rule, Violation};
use crate::history::{Calm, Deed, Fault, History, Nanos, Operation, Outcome};

pub(super) fn judge(index: &Index<'_>, bounds: Option<Bounds>, found: &mut Vec<Violation>) {
    for (place, operation) in index.places() {
        match (&operation.deed, operation.outcome) {
            (Deed::Check { .. }, Outcome::Error(status)) if status != 503 => {
                found.push(Violation::new(Rule::I4, format!("a check was answered {status} and not 503"), [place]));
            }
            // Neither dead nor forbidden nor throttled: the request itself was found wrong.
            (_, Outcome::Refused(status @ (403 | 405..=408 | 410..=428 | 430..))) if !may_be_refused(operation) => {
                let name = operation.deed.name();
                let what = format!("{name} was answered {status}, which says nothing about its credential");
                found.push(Violation::new(Rule::I4, what, [place]));
            }
            _ => {}
        }
    }
    if let Some(bounds) = bounds {
        in_time(index, bounds.unavailable, found);
        recovered(index, bounds.recovery, found);
        survived(index, found);
    }
}

/// A verifier that has lost its node is 503 until it hears again, and promises no time.
pub(crate) fn is_check_at_a_node(operation: &Operation) -> bool {
    matches!(operation.deed, Deed::Check { route, .. } if route.is_at_a_node())
}

fn may_be_refused(operation: &Operation) -> bool {
    match operation.deed {
        // Without the role, which an administrator may lose too.
        Deed::Check { .. } | Deed::Create { .. } | Deed::List => operation.outcome == Outcome::Refused(403),
        // The current password, given again, may be wrong: somebody else has changed it.
        Deed::Password { .. } => operation.outcome == Outcome::Refused(422),
        _ => false,
    }
}

/// Whether something had struck the node itself while it was to answer. What it says then, it says when it goes on.
pub(crate) fn struck(history: &History, operation: &Operation) -> bool {
    let overlaps = |start: Nanos, end: Nanos| start <= operation.end && end >= operation.start;
    history.faults.iter().any(|fault| fault.nodes.contains(&operation.node) && overlaps(fault.start, fault.end))
}

fn in_time(index: &Index<'_>, unavailable: Nanos, found: &mut Vec<Violation>) {
    let mut times = Vec::new();
    for (place, operation) in index.places().filter(|(_, operation)| is_check_at_a_node(operation)) {
        match operation.outcome {
            Outcome::Error(503) if !struck(index.history, operation) => {
                times.push((operation.end - operation.start, place));
            }
            Outcome::Lost if !struck(index.history, operation) => {
                let what = "a check had no answer from a node that nothing had struck";
                found.push(Violation::new(Rule::I4, what, [place]));
            }
            _ => {}
        }
    }
    times.sort_unstable();
    if let Some((time, place)) = times.get(times.len() * 99 / 100)
        && *time > unavailable
    {
        let what = format!("99 of 100 answers 503 took up to {} ms", time / 1_000_000);
        found.push(Violation::new(Rule::I4, what, [*place]));
    }
}

/// How long it took until everything answered again.
pub(crate) fn recovery(calm: &Calm) -> Nanos {
    calm.start.saturating_sub(calm.mended)
}

fn recovered(index: &Index<'_>, within: Nanos, found: &mut Vec<Violation>) {
    for calm in &index.history.calms {
        if recovery(calm) > within {
            let what = format!("it took {} ms until every node was ready again", recovery(calm) / 1_000_000);
            found.push(Violation::new(Rule::I4, what, []));
        }
        let during = |operation: &Operation| operation.start > calm.start && operation.end < calm.end;
        let checks = || {
            let checks = index.places().filter(|(_, operation)| is_check_at_a_node(operation));
            checks.filter(|(_, operation)| during(operation))
        };
        let late = || checks().filter(|(_, operation)| operation.outcome == Outcome::Error(503));
        let count = late().count();
        // On a busy machine a store may answer too late for one check now and then.
        if let Some((first, _)) = late().next().filter(|_| count * 100 > checks().count()) {
            let what = format!("{count} checks were answered 503 when every node had said that it was ready");
            found.push(Violation::new(Rule::I4, what, [first]));
        }
    }
}

/// After so long a node has to have replaced a connection that is silent.
const REPLACED_WITHIN: Nanos = 1_000_000_000;

fn survived(index: &Index<'_>, found: &mut Vec<Violation>) {
    let alone = |fault: &Fault| {
        let mut others = index.history.faults.iter().filter(|other| *other != fault);
        !others.any(|other| other.start <= fault.end && other.end >= fault.start)
    };
    for fault in index.history.faults.iter().filter(|fault| alone(fault)) {
        let Some(node) = fault.survived_by else { continue };
        let during = |operation: &Operation| {
            let from = fault.start.saturating_add(REPLACED_WITHIN);
            operation.node == node && operation.start > from && operation.end < fault.end
        };
        let checks: Vec<_> =
            index.places().filter(|(_, operation)| is_check_at_a_node(operation) && during(operation)).collect();
        let failed: Vec<_> = checks.iter().filter(|(_, one)| matches!(one.outcome, Outcome::Error(_))).collect();
        // On a busy machine a store may answer too late for one check now and then.
        if let Some((first, _)) = failed.first().filter(|_| failed.len() > 1 && failed.len() * 20 > checks.len()) {
            let what = format!(
                "{} of {} checks at node {node} were answered 503 over a second after one of its connections fell silent",
                failed.len(),
                checks.len()
            );
            found.push(Violation::new(Rule::I4b, what, [*first]));
        }
    }
}
