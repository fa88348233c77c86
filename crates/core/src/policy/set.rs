//! A set of permissions as bits.

/// Permissions by their index in a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(Vec<u64>);

impl PermissionSet {
    /// Adds one.
    pub fn insert(&mut self, index: usize) {
        let word = index / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (index % 64);
        }
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (bits, more) in self.0.iter_mut().zip(&other.0) {
            *bits |= more;
        }
    }

    /// Whether it holds this one.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|bits| bits & (1 << (index % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn bits_and_a_plain_set_never_disagree(left in proptest::collection::btree_set(0_usize..300, 0..40), right in proptest::collection::btree_set(0_usize..300, 0..40)) {
            let bits = |set: &BTreeSet<usize>| { let mut bits = PermissionSet::default(); set.iter().for_each(|i| bits.insert(*i)); bits };
            let mut both = bits(&left);
            both.extend(&bits(&right));
            for index in 0..400 {
                prop_assert_eq!(both.contains(index), left.contains(&index) || right.contains(&index));
            }
        }
    }
}
