//! The rule and the router read one path: whichever handler answers, it is the one that the table names for the bytes that
//! were sent, and its own rule has let the caller pass.
#![expect(
    clippy::unwrap_used,
    reason = "a test reports by panicking, and so do the functions that several tests share"
)]

#[cfg(test)]
mod one_reading;
mod site;
