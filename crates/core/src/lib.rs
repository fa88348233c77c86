//! The vocabulary and the rules of admit.
//!
//! Everything that decides is here, and nothing that waits: no runtime, no HTTP framework, no database. Clock,
//! randomness and hashing are arguments, so each rule is tested without waiting and without mocks.
//!
//! One request passes through these modules in this order:
//!
//! | step | module | gives |
//! |---|---|---|
//! | extract | [`credential`] | `Option<Presented>`, or what is malformed |
//! | csrf | [`csrf`] | a [`csrf::CsrfPass`], made nowhere else |
//! | authenticate | [`principal`] | a [`principal::Principal`], made nowhere else |
//! | authorize | [`policy`] | a [`policy::Decision`] with its reason |

pub mod assurance;
pub mod audit;
pub mod client;
pub mod credential;
pub mod csrf;
pub mod drift;
pub mod host;
pub mod id;
pub mod jws;
pub mod keyring;
pub mod media;
pub mod plural;
pub mod policy;
pub mod principal;
pub mod proved;
pub mod random;
pub mod redirect;
pub mod secret;
pub mod session;
pub mod signal;
pub mod standing;
pub mod store;
pub mod subject;
pub mod throttle;
pub mod time;
pub mod token;
mod username;
