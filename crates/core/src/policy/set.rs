//! A set of permissions as bits.

use std::ops::Range;

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

    /// Adds a whole range, a word at a time.
    pub fn insert_all(&mut self, places: Range<usize>) {
        if places.is_empty() {
            return;
        }
        let words = places.end.div_ceil(64);
        if self.0.len() < words {
            self.0.resize(words, 0);
        }
        for (word, bits) in self.0.iter_mut().enumerate().take(words).skip(places.start / 64) {
            let first = places.start.saturating_sub(word * 64);
            let beyond = (places.end - word * 64).min(64);
            *bits |= (u64::MAX << first) & (u64::MAX >> (64 - beyond));
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

    /// Whether another holds all of this.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        self.0.iter().zip(others).all(|(bits, more)| bits & !more == 0)
    }

    /// What is in both.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(bits, more)| bits & more).collect())
    }

    /// The places, in their order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(word, bits)| {
            let rest = std::iter::successors(Some(*bits), |bits| Some(bits & bits.wrapping_sub(1)));
            rest.take_while(|bits| *bits != 0).map(move |bits| word * 64 + bits.trailing_zeros() as usize)
        })
    }
}

impl FromIterator<usize> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        let mut set = Self::default();
        places.into_iter().for_each(|place| set.insert(place));
        set
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
            let bits = |set: &BTreeSet<usize>| set.iter().copied().collect::<PermissionSet>();
            let mut both = bits(&left);
            both.extend(&bits(&right));
            for index in 0..400 {
                prop_assert_eq!(both.contains(index), left.contains(&index) || right.contains(&index));
            }
            prop_assert_eq!(&bits(&left).iter().collect::<BTreeSet<_>>(), &left);
            prop_assert_eq!(bits(&left).common(&bits(&right)).iter().collect::<BTreeSet<_>>(), &left & &right);
            prop_assert_eq!(bits(&left).is_within(&bits(&right)), left.is_subset(&right));
        }

        #[test]
        fn a_range_of_bits_is_each_of_them(start in 0_usize..300, length in 0_usize..300, before in 0_usize..400) {
            let mut bits = PermissionSet::default();
            bits.insert(before);
            bits.insert_all(start..start + length);
            let all: BTreeSet<usize> = (start..start + length).chain([before]).collect();
            prop_assert_eq!(bits.iter().collect::<BTreeSet<_>>(), all);
        }
    }
}
