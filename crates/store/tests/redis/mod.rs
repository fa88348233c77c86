//! Sessions in Redis beside accounts in PostgreSQL: the conformance suite, and what Redis may do to them.

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
