//! I2: a refresh token is redeemed successfully at most once.

use std::collections::BTreeMap;

use super::index::Index;
use super::{Rule, Violation};
use crate::history::{Deed, Outcome};

pub(super) fn judge(index: &Index<'_>, found: &mut Vec<Violation>) {
    let mut redeemed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, operation) in index.places() {
        if let (Deed::Redeem { .. }, Outcome::Ok, Some(token)) = (&operation.deed, operation.outcome, operation.shown) {
            redeemed.entry(token).or_default().push(place);
        }
    }
    for (token, places) in redeemed.into_iter().filter(|(_, places)| places.len() > 1) {
        let what = format!("refresh token {token} was redeemed {} times", places.len());
        found.push(Violation::new(Rule::I2, what, places));
    }
}
