//! Requests to the site: bounded in count, rate, size and time, and each one kept as evidence.

mod client;
mod cookie;
mod curl;
mod exchange;
mod redact;
mod request;

pub use client::{Bounds, Trouble};
pub(crate) use cookie::{Cookie, SameSite};
pub use exchange::{Exchange, Received};
pub use redact::Redactor;
pub(crate) use request::Origin;
pub use request::Request;

pub(crate) use client::{Client, now};
pub(crate) use cookie::{Jar, is_loopback, plain};
pub(crate) use request::ATTACKER;
