//! An issuer and two servers that check its tokens by themselves, each in a process of its own (I1, I2, I3, F6).
//!
//! The two are the example `tokens` of the shop: `cargo build --workspace --all-targets` builds it.

mod between;
mod cut;
mod followers;
mod keys;
mod node;
mod refresh;
mod restart;
mod roles;
mod speed;
mod stop;
mod support;
mod watch;
