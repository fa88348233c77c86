//! I2: a refresh token has at most one successor, ever; and gives it no more once that was used, or after the grace. I2b: an assertion
//! is accepted once.
//!
//! What a failover may have lost is left out: to the new primary the token was not redeemed, or the assertion not used.

use std::collections::BTreeMap;

use super::index::{Index, SURELY_AFTER_GRACE};
use super::{Rule, Violation};
use crate::history::{Assertion, CredentialId, Deed, Outcome};

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    redemptions(index, found);
    assertions(index, found);
}

fn assertions(index: &Index<'_>, found: &mut Vec<Violation>) {
    let mut uses: BTreeMap<Assertion, Vec<(usize, Outcome)>> = BTreeMap::new();
    for (place, operation) in index.places() {
        if let Deed::Call { assertion } = &operation.deed {
            uses.entry(*assertion).or_default().push((place, operation.outcome));
        }
    }
    for (assertion, used) in uses {
        let accepted: Vec<usize> =
            used.iter().map(|(place, _)| *place).filter(|place| index.is_certain(*place)).collect();
        if accepted.len() > 1 {
            let what = format!("assertion {assertion} was accepted {} times", accepted.len());
            found.push(Violation::new(Rule::I2b, what, accepted));
        }
        refused(index, &used, found);
    }
}

/// I3: one that nothing can have used before was refused.
fn refused(index: &Index<'_>, used: &[(usize, Outcome)], found: &mut Vec<Violation>) {
    for (place, _) in used.iter().filter(|(_, outcome)| *outcome == Outcome::Refused(401)) {
        let end = index.operation(*place).end;
        let before =
            |(other, outcome): &(usize, Outcome)| outcome.may_have_happened() && index.operation(*other).start <= end;
        if !used.iter().any(before) {
            found.push(Violation::new(Rule::I3, "an assertion was refused that nobody had used", [*place]));
        }
    }
}

fn redemptions(index: &Index<'_>, found: &mut Vec<Violation>) {
    let mut redeemed: BTreeMap<CredentialId, Vec<usize>> = BTreeMap::new();
    for (place, operation) in index.places() {
        if let (Deed::Redeem { .. }, Some(token), true) = (&operation.deed, operation.shown, index.is_certain(place)) {
            redeemed.entry(token).or_default().push(place);
        }
    }
    for (token, places) in &redeemed {
        let mut successors: BTreeMap<CredentialId, usize> = BTreeMap::new();
        for place in places {
            index.successor(*place).map(|successor| successors.entry(successor).or_insert(*place));
        }
        if successors.len() > 1 {
            let what = format!("refresh token {token} has {} successors", successors.len());
            found.push(Violation::new(Rule::I2, what, places.iter().copied()));
        }
        for place in places {
            let start = index.operation(*place).start;
            let used = successors.keys().flat_map(|successor| redeemed.get(successor).into_iter().flatten());
            if let Some(used) = used.copied().find(|used| index.operation(*used).end < start) {
                let what = format!("refresh token {token} was redeemed after its successor was");
                found.push(Violation::new(Rule::I2, what, [used, *place]));
            }
            let late = |first: &&usize| start.saturating_sub(index.operation(**first).end) > SURELY_AFTER_GRACE;
            if let Some(first) = places.iter().find(late) {
                let what = format!("refresh token {token} was redeemed again after the grace");
                found.push(Violation::new(Rule::I2, what, [*first, *place]));
            }
        }
    }
}
