//! Room for verifiers that follow the feed, and a share of it for each of them.
//!
//! One client with many processes, or one that asks again and again without hanging up, may take most of the places and never
//! the last quarter: that is for those who have less than a quarter.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places of a node.
pub struct Places {
    most: usize,
    taken: Mutex<HashMap<Box<str>, usize>>,
}

/// A place, given back when dropped.
pub struct Place {
    of: Arc<Places>,
    whose: Box<str>,
}

impl Places {
    /// So many.
    #[must_use]
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// A place for this client or user; `None` when there is none for it.
    #[must_use]
    pub fn take(self: &Arc<Self>, whose: &str) -> Option<Place> {
        let mut taken = self.taken();
        let free = self.most.saturating_sub(taken.values().sum());
        let (held, share) = (taken.get(whose).copied().unwrap_or_default(), self.most / 4);
        if free == 0 || (held >= share.max(1) && free <= share) {
            return None;
        }
        *taken.entry(whose.into()).or_default() += 1;
        drop(taken);
        Some(Place { of: Arc::clone(self), whose: whose.into() })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Box<str>, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        if let Some(held) = taken.get_mut(&self.whose) {
            *held -= 1;
            if *held == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_takes_most_of_the_places_and_never_the_last_quarter() {
        let places = Places::new(8);
        let mut first: Vec<_> = std::iter::from_fn(|| places.take("client:first")).collect();
        assert_eq!(first.len(), 6);
        let second = [places.take("client:second"), places.take("client:third")];
        assert!(second.iter().all(Option::is_some), "there is room for others");
        assert!(places.take("client:fourth").is_none(), "all are taken");
        drop(first.pop());
        assert!(places.take("client:first").is_none(), "it has more than its share");
        assert!(places.take("client:fourth").is_some(), "others have not");
        drop((first, second));
        assert!(places.taken().is_empty(), "nothing is kept of those that are gone");
        let few = Places::new(1);
        let only = few.take("client:first");
        assert!(only.is_some() && few.take("client:second").is_none());
    }
}
