//! The admit server and its command line, as a library for its own binary and tests.

mod accept;
pub mod assemble;
pub mod check;
pub mod cli;
pub mod command;
pub mod config;
pub mod control;
pub mod data;
#[cfg_attr(not(feature = "demo"), path = "no_demo.rs")]
pub mod demo;
pub mod finding;
pub mod freshness;
pub mod hashing;
pub mod import;
pub mod issuer;
pub mod listen;
pub mod log;
pub mod membership;
pub mod metrics;
pub mod operation;
pub mod page;
pub mod proxy;
pub mod purge;
pub mod shell;
pub mod stores;
pub mod web;
