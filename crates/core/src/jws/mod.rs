//! JSON Web Signatures, in the one form that admit makes and takes: compact, three parts, one signature (RFC 7515
//! section 7.1), with the care of RFC 8725.
//!
//! What is not here cannot be attacked: no `none`, no HMAC, no encryption, no compression, no key that a token brings along
//! or points to. A key has one algorithm, given when it is read; what a token says of itself is only compared with that.

mod algorithm;
mod compact;
mod header;
mod jwk;
mod key_id;
mod roca;
mod sealed;
mod signing;
mod strict;
mod verifying;
mod weak;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use compact::{Compact, JwsError, MAX_COMPACT_BYTES};
pub use header::Header;
pub(crate) use header::Text;
pub use jwk::{JwkError, KeySet, PublicJwk};
pub use key_id::KeyId;
pub use sealed::{SealError, Sealed, SealingKey};
pub use signing::{SignError, SigningKey};
pub use strict::StrictValue;
pub use verifying::VerifyingKey;
