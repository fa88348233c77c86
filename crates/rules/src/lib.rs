//! What `admit check` and `admit audit` share: what a rule is, the rules that both have, waivers, and SARIF.
//!
//! A configuration and a live site are looked at in different ways. What is found has the same names and the same words, so
//! that both read alike and one waiver is written like the other.

mod rule;
pub mod sarif;
pub mod shared;
mod waiver;

pub use rule::{Area, Rule, Severity, Stack, Tier};
pub use waiver::{Objects, Waiver};
