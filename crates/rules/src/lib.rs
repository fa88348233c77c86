//! What `admit check` and `admit audit` share: what a rule is, the rules that both have, waivers, and SARIF.
//!
//! A configuration and a live site are checked in different ways, but findings have the same ids and texts, and waivers are
//! written alike.

mod rule;
pub mod sarif;
pub mod shared;
mod waiver;

pub use rule::{Area, Rule, Severity, Stack, Tier};
pub use waiver::{Objects, Waiver};
