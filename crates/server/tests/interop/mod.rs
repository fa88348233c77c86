//! Our tokens and answers in the hands of libraries that nobody here wrote, as their own documentation says to use them.
//!
//! The Rust library is a dependency of these tests. Those of npm and PyPI are put under `target/interop` by
//! `scripts/interop`; each runs in a process of its own, as an API or an app would, and is spoken to line by line.

#[cfg(test)]
mod client;
#[cfg(test)]
mod follower;
#[cfg(test)]
mod jsonwebtoken;
#[cfg(test)]
mod partner;
#[cfg(test)]
mod verifier;
#[cfg(test)]
mod verifying;
