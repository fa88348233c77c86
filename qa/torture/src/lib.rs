//! The history checker: many clients, a nemesis that breaks things under them, and a judge of what came of it.
//!
//! [`run::run`] sets them loose on real nodes. What the clients saw is a [`history::History`]; [`judge::judge`] is pure and
//! says what in it the invariants do not allow. `docs/guide/breaking-it.md` says how to run it and how to read its report.

mod blow;
mod client;
mod feed;
pub mod history;
pub mod judge;
mod nemesis;
pub mod node;
mod pair;
pub mod proxy;
pub mod report;
pub mod run;
mod signer;
pub mod topology;
pub mod verifier;
pub mod wire;
mod world;

/// The role that `PUT /demo/api/products/{id}` asks for in the policy that nodes are given here.
pub const EDITOR: &str = "editor";

/// The role that administration asks for.
pub const ADMIN: &str = "admin";

/// The variable that makes this program a node: with it, it is `admit`.
pub const NODE: &str = "ADMIT_TORTURE_NODE";
