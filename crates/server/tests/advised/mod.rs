//! `admit advise` and its page, through the real binary; and what it prints to paste, pasted.

#![expect(
    clippy::unwrap_used,
    reason = "a test reports by panicking, and so do the functions that several tests share"
)]

mod command;
mod configuration;
mod guide;
mod page;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_admit");
