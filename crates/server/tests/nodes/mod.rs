//! Three nodes that share their stores: what one is told, the very next request to each other obeys.
//!
//! Every test runs twice: with accounts and sessions in PostgreSQL, and with sessions in Redis. The nodes are the real
//! binary as `serve` runs it, with one configuration and one secret; each has a data folder of its own.

/// Each of these tests on each pair of stores that nodes can share.
macro_rules! on_each_pair {
    ($($name:ident),* $(,)?) => {
        mod postgres {
            $(#[test] fn $name() { super::$name(admit_testkit::Pair::Postgres); })*
        }
        mod postgres_redis {
            $(#[test] fn $name() { super::$name(admit_testkit::Pair::PostgresRedis); })*
        }
    };
}

mod balancer;
mod balancing;
mod cli;
mod enumeration;
mod keys;
mod limits;
mod metrics;
mod outage;
mod pooler;
mod sessions;
mod settings;
mod support;
mod tokens;
