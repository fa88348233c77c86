//! I6: the audit log holds every acknowledged event, in order per subject.

use std::collections::BTreeMap;

use super::index::{Index, Status};
use super::values::possible;
use super::{Rule, Violation};
use crate::history::{Deed, EndedBy, Logged, Nanos, Operation, Outcome, Subject};

/// An operation with the place of its event.
struct Written {
    start: Nanos,
    end: Nanos,
    seq: u64,
    place: usize,
}

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    let Some(log) = &index.history.log else { return };
    if !log.is_sorted_by(|a, b| a.seq < b.seq) {
        found.push(Violation::new(Rule::I6, "the places in the audit log do not rise", []));
    }
    let mut by_request: BTreeMap<&str, Vec<&Logged>> = BTreeMap::new();
    for event in log {
        by_request.entry(event.request.as_deref().unwrap_or_default()).or_default().push(event);
    }
    let mut written: BTreeMap<Subject, Vec<Written>> = BTreeMap::new();
    for (place, operation) in index.places().filter(|(_, operation)| operation.outcome == Outcome::Ok) {
        let Some((subject, kinds)) = expected(index, operation) else { continue };
        let required = index.is_certain(place) && is_required(index, place, operation);
        let events = operation.request.as_deref().and_then(|request| by_request.get(request));
        for kind in kinds {
            let mut same = events.into_iter().flatten().filter(|event| event.kind == kind);
            match (same.next(), same.next()) {
                (Some(event), None) => {
                    let (start, end) = (operation.start, operation.end);
                    written.entry(subject).or_default().push(Written { start, end, seq: event.seq, place });
                }
                (Some(_), Some(_)) => {
                    found.push(Violation::new(Rule::I6, format!("{kind} is in the audit log twice"), [place]));
                }
                (None, _) if required => {
                    found.push(Violation::new(Rule::I6, format!("{kind} is not in the audit log"), [place]));
                }
                (None, _) => {}
            }
        }
    }
    written.into_values().for_each(|written| in_order(written, found));
    renewals(index, log, found);
}

/// The subject of an operation, and the kinds of event that it leaves.
fn expected(index: &Index<'_>, operation: &Operation) -> Option<(Subject, Vec<&'static str>)> {
    let begun = |gave: &[usize]| {
        let app = gave.first().is_some_and(|gave| index.history.sign_ins[index.history.credentials[*gave].sign_in].app);
        if app { "token-family-begun" } else { "session-created" }
    };
    Some(match &operation.deed {
        Deed::Create { subject, .. } => (*subject, vec!["subject-created"]),
        Deed::SignIn { subject, gave, .. } => (*subject, vec![begun(gave)]),
        Deed::End { sign_in, .. } => {
            let ended = &index.history.sign_ins[*sign_in];
            (ended.subject, vec![if ended.app { "token-family-ended" } else { "session-revoked" }])
        }
        Deed::EndAll { subject, .. } => (*subject, vec!["sessions-revoked"]),
        Deed::Password { subject, gave, .. } => {
            let begun = gave.first().map(|_| begun(gave));
            (*subject, ["password-changed"].into_iter().chain(begun).collect())
        }
        Deed::Disable { subject } => (*subject, vec!["subject-disabled"]),
        Deed::Enable { subject } => (*subject, vec!["subject-enabled"]),
        Deed::SetRoles { subject, .. } => (*subject, vec!["roles-changed"]),
        Deed::Check { .. } | Deed::Redeem { .. } | Deed::Exchange { .. } | Deed::List => return None,
        Deed::Guess { .. } | Deed::Call { .. } => {
            return None;
        }
    })
}

/// Whether the operation certainly changed something. A change to what is so already is no event.
fn is_required(index: &Index<'_>, place: usize, operation: &Operation) -> bool {
    let (from, to) = (operation.start, operation.end);
    let was = |subject: Subject, status: Status| {
        let mut before = possible(&index.subjects[subject].status, from, to).filter(|write| write.operation != place);
        before.all(|write| write.value == status)
    };
    match &operation.deed {
        Deed::Disable { subject } => was(*subject, Status::Active),
        Deed::Enable { subject } => was(*subject, Status::Disabled),
        Deed::SetRoles { subject, roles } => {
            let mut before = possible(&index.subjects[*subject].roles, from, to);
            before.all(|write| write.operation == place || write.value != *roles)
        }
        Deed::End { sign_in, by: EndedBy::Logout | EndedBy::Client } => {
            index.sign_in_goes_on(*sign_in, to, Some(place))
        }
        _ => true,
    }
}

/// What was acknowledged before another began is before it in the log.
fn in_order(written: Vec<Written>, found: &mut Vec<Violation>) {
    let mut by_end: Vec<&Written> = written.iter().collect();
    by_end.sort_by_key(|one| one.end);
    let mut by_start: Vec<&Written> = written.iter().collect();
    by_start.sort_by_key(|one| one.start);
    let mut before = by_end.into_iter().peekable();
    let mut highest: Option<&Written> = None;
    for next in by_start {
        while let Some(over) = before.next_if(|one| one.end < next.start) {
            if highest.is_none_or(|highest| over.seq > highest.seq) {
                highest = Some(over);
            }
        }
        if let Some(highest) = highest.filter(|highest| highest.seq > next.seq) {
            let what = format!("{} stands before {} in the audit log, and came after it", next.seq, highest.seq);
            found.push(Violation::new(Rule::I6, what, [highest.place, next.place]));
        }
    }
}

/// A new secret is an event too. It names no request, so they are counted.
fn renewals(index: &Index<'_>, log: &[Logged], found: &mut Vec<Violation>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in log.iter().filter(|event| event.kind == "session-rotated") {
        *counts.entry(event.sign_in.as_deref().unwrap_or_default()).or_default() += 1;
    }
    // The same new secret may be given to several.
    let mut seen: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for (place, operation) in index.places().filter(|(place, _)| index.is_certain(*place)) {
        if let Deed::Check { renewed: Some(renewed), .. } = &operation.deed {
            let sign_in = index.history.credentials[*renewed].sign_in;
            seen.entry(sign_in).or_default().entry(*renewed).or_insert(place);
        }
    }
    for (sign_in, places) in seen {
        let name = index.history.sign_ins[sign_in].name.as_str();
        if counts.get(name).is_none_or(|count| *count < places.len()) {
            let what = format!("session {name} got {} new secrets, and the audit log has fewer", places.len());
            found.push(Violation::new(Rule::I6, what, places.into_values()));
        }
    }
}
