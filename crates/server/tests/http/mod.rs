//! The HTTP contract and the command line, against the real binary.
//!
//! One file a URL, as far as there is one: who wants to know what `/login` does reads `login.rs`. The names of the tests
//! are the specification, and name who asks: anonymous, a customer, an admin.
//!
//! A test under `everywhere` runs on each pair of stores. A plain `#[test]` asks for nothing that is in a store: public pages and
//! metadata, what is refused before a store is asked, and commands that open none. Or its file says that it is about one of them.

mod account;
mod admin;
mod bearer;
mod cli;
mod config;
mod cors;
mod csrf;
mod every_route;
mod flow;
mod health;
mod keys;
mod links;
mod login;
mod login_again;
mod login_client;
mod login_crowd;
mod must_not_happen;
mod negotiation;
mod oauth;
mod output;
mod pages;
mod policy;
mod production;
mod restart;
mod revocations;
mod right_and_deed;
mod rotation;
mod session;
mod session_ended;
mod session_token;
mod setup;
mod shop;
mod sqlite;
mod support;
