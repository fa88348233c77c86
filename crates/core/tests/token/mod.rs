//! Access tokens and the signals that kill them, through what the crate shows to others.
//!
//! "A stranger" has no key of ours; "the holder" has a good token and changes it; "a verifier" checks tokens for one API.

mod claims;
mod freshness;
mod key_sets;
mod position;
mod refused_claims;
mod revocations;
mod strictest;
mod support;
mod twins;
mod verifier;
mod wire;
