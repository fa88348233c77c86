//! The languages that admit speaks, and texts in all of them.

mod language;
mod words;

pub use language::Language;
pub use words::Words;
