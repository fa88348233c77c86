//! Our tokens and answers in the hands of libraries that nobody here wrote, as their own documentation says to use them.
//!
//! The Rust library is a dependency of these tests. Those of npm and PyPI are put under `target/interop` by
//! `scripts/interop`; each runs in a process of its own, as an API or an app would, and is spoken to line by line.

mod client;
mod follower;
mod jsonwebtoken;
mod partner;
mod verifier;
mod verifying;
