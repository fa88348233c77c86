//! The tests of `tests/http` again, with accounts in SQLite and sessions in memory: the name of this binary says so (see
//! `admit_testkit::Pair`).
//!
//! Those about the configuration, about SQLite itself and about sessions that outlive a restart are not among them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking, and so do the functions that several tests share"
)]

#[path = "../http/account.rs"]
mod account;
#[path = "../http/admin/mod.rs"]
mod admin;
#[path = "../http/bearer.rs"]
mod bearer;
#[path = "../http/cli.rs"]
mod cli;
#[path = "../http/csrf.rs"]
mod csrf;
#[path = "../http/every_route.rs"]
mod every_route;
#[path = "../http/flow.rs"]
mod flow;
#[path = "../http/health.rs"]
mod health;
#[path = "../http/keys.rs"]
mod keys;
#[path = "../http/login.rs"]
mod login;
#[path = "../http/login_client.rs"]
mod login_client;
#[path = "../http/login_crowd.rs"]
mod login_crowd;
#[path = "../http/must_not_happen/mod.rs"]
mod must_not_happen;
#[path = "../http/oauth/mod.rs"]
mod oauth;
#[path = "../http/pages.rs"]
mod pages;
#[path = "../http/production.rs"]
mod production;
#[path = "../http/revocations.rs"]
mod revocations;
#[path = "../http/right_and_deed.rs"]
mod right_and_deed;
#[path = "../http/session.rs"]
mod session;
#[path = "../http/session_token.rs"]
mod session_token;
#[path = "../http/setup.rs"]
mod setup;
#[path = "../http/shop.rs"]
mod shop;
#[path = "../http/support/mod.rs"]
mod support;
