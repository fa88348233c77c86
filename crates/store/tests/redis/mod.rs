//! Sessions in Redis beside accounts in PostgreSQL: the conformance suite, and what Redis may do to them.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a panic in a test is its report")]

mod clocks;
mod cluster;
mod deleted;
mod failover;
mod limits;
mod losing;
mod node;
mod outage;
mod secured;
mod sentinel;
mod twice;
