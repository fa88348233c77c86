//! What a value may be, when it was written by several who overlapped and some of whom had no answer.

use crate::history::Nanos;

/// Somebody set the value.
pub(super) struct Write<T> {
    /// Which operation it was.
    pub(super) operation: usize,
    pub(super) start: Nanos,
    /// When it was surely done, or will surely never be.
    pub(super) end: Nanos,
    /// It was acknowledged.
    pub(super) certain: bool,
    pub(super) value: T,
}

/// The writes whose value a reader that was at work from `from` to `to` may have found.
///
/// One that started after the reader's end is none of them. One that was over before another, acknowledged before the
/// reader's start, began, is none either.
pub(super) fn possible<T>(writes: &[Write<T>], from: Nanos, to: Nanos) -> impl Iterator<Item = &Write<T>> {
    let last = writes.iter().filter(|write| write.certain && write.end < from).map(|write| write.start).max();
    writes.iter().filter(move |write| write.start <= to && last.is_none_or(|last| write.end >= last))
}

/// The acknowledged write that a reader who started at `from` cannot have missed.
pub(super) fn last_certain<T>(writes: &[Write<T>], from: Nanos) -> Option<&Write<T>> {
    writes.iter().filter(|write| write.certain && write.end < from).max_by_key(|write| write.start)
}
