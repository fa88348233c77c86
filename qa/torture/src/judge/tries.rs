//! I7: guesses at one name from one address are looked at as often as by one node, however many take them.
//!
//! A store that loses its counts gives the free tries once more: what overlaps such a loss is left out, and the count begins
//! again after it.

use std::collections::BTreeMap;

use super::index::Index;
use super::{Rule, Violation};
use crate::history::{Deed, Nanos, Operation, Outcome};

/// Tries that nobody waits for.
const FREE: usize = 5;

/// The first wait after them. Each is twice the one before.
const WAIT: Nanos = 1_000_000_000;

/// The longest.
const LONGEST: Nanos = 900 * WAIT;

/// Stores count in whole milliseconds.
const ROUNDED: Nanos = 1_000_000;

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    let mut looked_at: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (place, operation) in index.places() {
        if let (Deed::Guess { name }, Outcome::Refused(401)) = (&operation.deed, operation.outcome)
            && let Some(losses) = losses_before(index, operation)
        {
            looked_at.entry((*name, losses)).or_default().push(place);
        }
    }
    for ((name, _), mut places) in looked_at {
        places.sort_by_key(|place| index.operation(*place).end);
        let begun = places.iter().map(|place| index.operation(*place).start).min().unwrap_or_default();
        let taken = |count: &usize| index.operation(places[count - 1]).end - begun;
        if let Some(count) = (1..=places.len()).find(|count| *count > of_one_node(taken(count))) {
            let within = taken(&count) / 1_000_000;
            let what =
                format!("{count} guesses at name {name} were looked at within {within} ms, more than one node takes");
            places.truncate(count);
            found.push(Violation::new(Rule::I7, what, places));
        }
    }
}

/// How often counts may have been lost before an operation. `None` when they may have been meanwhile.
fn losses_before(index: &Index<'_>, operation: &Operation) -> Option<usize> {
    let losses = || index.history.faults.iter().filter(|fault| fault.loses_counts);
    let meanwhile = losses().any(|fault| fault.start <= operation.end && fault.end >= operation.start);
    (!meanwhile).then(|| losses().filter(|fault| fault.end < operation.start).count())
}

/// The guesses that one node looks at within this time.
fn of_one_node(within: Nanos) -> usize {
    let (mut tries, mut wait, mut next) = (FREE, WAIT, WAIT - ROUNDED);
    while next <= within {
        tries += 1;
        wait = (2 * wait).min(LONGEST);
        next += wait - ROUNDED;
    }
    tries
}
