//! Starts real servers for tests and talks to them.
//!
//! A [`Server`] is the real binary in a process and folder of its own, on a free port; it is stopped by its own pid when
//! dropped. A [`Client`] is a browser's HTTP without the browser: a cookie jar, and whatever headers a test wants to
//! send, however wrong.

mod client;
mod server;
mod vectors;

pub use client::{Client, Request, Response, raw};
pub use server::{Output, PASSWORD, Server, Starting};
pub use vectors::vectors;
