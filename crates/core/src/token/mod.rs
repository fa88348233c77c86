//! Access tokens: what they say, how long they may live, and when they are dead.
//!
//! A token is a JWT of the profile RFC 9068, with the names of roles at most and never a permission: what a role permits is
//! asked of the policy at the moment of use, so a token does not outlive a change of it, and stays small.

mod assertion;
mod claims;
mod clients;
mod lifetime;
mod read;
mod remembered;
mod verifier;

pub use assertion::{Assertion, AssertionError, check_assertion, claimed_client};
pub use claims::{Claims, ClaimsError, Holder, TokenId};
pub use clients::KnownClients;
pub use lifetime::{LEEWAY, MAX_LIFETIME, TokenRules};
pub use verifier::{Current, Freshness, Refusal, Unverified, Verified, Verifier};
