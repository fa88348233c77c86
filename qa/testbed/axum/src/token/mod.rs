//! Access tokens, which are JWTs, and refresh tokens, which are not.

mod family;
mod issue;
mod jws;
mod key;
mod remote;
mod verify;

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use family::Tokens;
pub(crate) use issue::{Pair, foreign, issue, lifetime};
pub(crate) use jws::Jws;
pub(crate) use key::Keys;
pub(crate) use verify::{Accepted, accept};

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
