//! The history checker: many clients, a nemesis that breaks things under them, and a judge of what came of it.
//!
//! [`history`] is what the clients saw. [`judge`] is pure and says what in it the invariants do not allow.

pub mod history;
pub mod judge;

/// The role that `PUT /demo/api/products/{id}` asks for in the policy that nodes are given here.
pub const EDITOR: &str = "editor";
