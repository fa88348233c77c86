//! Tokens that have been verified, to be known again: bounded, and read without a lock.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use arc_swap::ArcSwap;
use papaya::HashMap;

/// Tokens in one generation. There are two, so at most twice as many are remembered; some 1,200 bytes each.
const GENERATION: usize = 4096;

/// Letters at the end of a signature that tell tokens apart: 96 bits, as good as random.
const TAIL: usize = 16;

/// What is known by its text.
pub(super) trait Spelled {
    fn text(&self) -> &str;
}

type Generation<T> = HashMap<[u8; TAIL], Arc<T>, BuildHasherDefault<TailHasher>>;

/// Folds the letters. Only the ends of real signatures are ever put into a table, so nobody chooses where they land.
#[derive(Default)]
struct TailHasher(u64);

impl Hasher for TailHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (eights, _) = bytes.as_chunks::<8>();
        for eight in eights {
            self.0 = (self.0 ^ u64::from_le_bytes(*eight)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
    }

    /// The length that precedes an array; always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Verified tokens by the end of their signature. What is found is the same letter for letter.
///
/// When the young generation is full it becomes the old one, and the one before is dropped; whatever is asked for again
/// moves to the young. A token lives minutes and comes back within seconds, so nothing cleverer is worth its locks: a read
/// writes to no memory that others read.
pub(super) struct Remembered<T> {
    generations: ArcSwap<[Arc<Generation<T>>; 2]>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { generations: ArcSwap::from_pointee([Arc::default(), Arc::default()]) }
    }
}

fn tail(text: &str) -> Option<&[u8; TAIL]> {
    text.as_bytes().last_chunk()
}

impl<T: Spelled> Remembered<T> {
    /// The token, if it was verified a while ago.
    pub(super) fn get(&self, text: &str) -> Option<Arc<T>> {
        let tail = tail(text)?;
        let generations = self.generations.load();
        let [young, old] = &**generations;
        let same = |verified: &&Arc<T>| verified.text() == text;
        if let Some(verified) = young.pin().get(tail).filter(same) {
            return Some(Arc::clone(verified));
        }
        let verified = old.pin().get(tail).filter(same).cloned()?;
        drop(generations);
        self.keep(Arc::clone(&verified));
        Some(verified)
    }

    /// Remembers a token. Only what has been verified is ever given here.
    pub(super) fn keep(&self, verified: Arc<T>) {
        let Some(tail) = tail(verified.text()).copied() else { return };
        let generations = self.generations.load();
        let [young, _] = &**generations;
        young.pin().insert(tail, verified);
        if young.len() >= GENERATION {
            let next = Arc::new([Arc::default(), Arc::clone(young)]);
            // Of several who find it full at once, one begins the next.
            self.generations.compare_and_swap(&generations, next);
        }
    }

    /// How many are remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.generations.load().iter().map(|generation| generation.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Text(String);

    impl Spelled for Text {
        fn text(&self) -> &str {
            &self.0
        }
    }

    fn verified(number: usize) -> Arc<Text> {
        Arc::new(Text(format!("token.{number:016}")))
    }

    #[test]
    fn what_is_used_stays_what_is_not_goes_and_memory_is_bounded() {
        let remembered = Remembered::<Text>::default();
        remembered.keep(verified(0));
        for number in 1..GENERATION * 5 {
            remembered.keep(verified(number));
            assert!(remembered.len() <= GENERATION * 2);
            if number % 100 == 0 {
                assert!(remembered.get("token.0000000000000000").is_some(), "it is used all the time: {number}");
            }
        }
        assert!(remembered.get("token.0000000000000001").is_none(), "it was used once, long ago");
        assert!(remembered.get(verified(GENERATION * 5 - 1).text()).is_some());
    }

    #[test]
    fn a_token_with_the_same_end_is_another_token() {
        let remembered = Remembered::<Text>::default();
        remembered.keep(verified(7));
        assert!(remembered.get("other.0000000000000007").is_none() && remembered.get("short").is_none());
    }

    #[test]
    fn many_threads_may_use_it_at_once() {
        let remembered = Remembered::<Text>::default();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let remembered = &remembered;
                scope.spawn(move || {
                    for number in 0..GENERATION * 2 {
                        let one = verified(number * 4 + thread);
                        remembered.keep(Arc::clone(&one));
                        assert!(remembered.get(one.text()).is_none_or(|found| found.text() == one.text()));
                    }
                });
            }
        });
        assert!(remembered.len() <= GENERATION * 2 + 8);
    }
}
