//! What the fuzz targets reach of this crate's inside (`qa/fuzz/`).

/// How many of these bytes the answer of a Redis at their front takes; `None` when there is none, or not all of it.
#[must_use]
pub fn answer_length(bytes: &[u8]) -> Option<usize> {
    crate::redis::answer_length(bytes)
}
