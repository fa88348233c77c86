//! `admit advise` and its page, through the real binary; and what it prints to paste, pasted.

mod command;
mod configuration;
mod guide;
mod page;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_admit");
