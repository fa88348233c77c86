//! A small site in axum on which `admit audit` is tried: sound, or with one flaw.
//!
//! `qa/testbed/README.md` is what it keeps to. Nothing here is an example to follow: half of the code is there to be wrong.

mod access;
mod account;
mod api;
mod app;
mod body;
mod cookie;
mod csrf;
mod flaw;
mod forgot;
mod login;
mod page;
mod password;
mod problem;
mod random;
mod routes;
mod rules;
mod serve;
mod session;
mod sign_in;
mod site;
mod throttle;
mod token;
mod user;
mod visit;

pub use flaw::{Flaw, UnknownFlaw};
pub use serve::{Running, start};
pub use site::{Options, Tls};
