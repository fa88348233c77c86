//! An issuer and two servers that check its tokens by themselves, each in a process of its own (I1, I2, I3, F6).
//!
//! The two are the example `tokens` of the shop: `cargo build --workspace --all-targets` builds it.

#[cfg(test)]
mod between;
#[cfg(test)]
mod cut;
#[cfg(test)]
mod followers;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod node;
#[cfg(test)]
mod refresh;
#[cfg(test)]
mod restart;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod support;
#[cfg(test)]
mod watch;
