//! Starts real servers for tests and talks to them.
//!
//! A [`Server`] is the real binary in a process and folder of its own, on a free port; it is stopped by its own pid when
//! dropped. A [`Client`] is a browser's HTTP without the browser: a cookie jar, and whatever headers a test wants to
//! send, however wrong. A [`Postgres`] is a database server of the test's own, a [`Redis`] another.

mod chromedriver;
mod client;
mod forwarder;
mod held;
pub mod paths;
mod pgbouncer;
pub mod postgres;
mod process;
mod random;
pub mod redis;
mod replicated;
mod server;
mod stores;
mod tokens;
mod vectors;
mod verifier;
mod wire;

pub use admit_testkit_macros::everywhere;
pub use chromedriver::{CHROMEDRIVER, Chromedriver, Lease, chromium};
pub use client::{Client, Request, Response, is_open, raw, with_port};
pub use forwarder::Forwarder;
pub use held::Held;
pub use pgbouncer::Pgbouncer;
pub use postgres::{Database, Dump, Postgres, binary as postgres_program};
pub use random::Seeded;
pub use redis::Redis;
pub use replicated::Replicated;
pub use server::{Output, PASSWORD, Server, Starting, run, run_within};
pub use stores::{POSTGRES, Pair, REDIS, Stores, stores_of};
pub use tempfile::TempDir as Folder;
pub use tokens::{APP, Tokens, basic, jwt_part};
pub use vectors::vectors;
pub use verifier::{Verifier, free};
pub use wire::{Wire, all_answers, all_answers_while_open};

/// A new temporary folder, removed when dropped.
///
/// # Panics
/// When there can be none.
#[must_use]
pub fn folder() -> Folder {
    tempfile::tempdir().expect("a temporary folder")
}
