//! The attacks, by kind. A new row is a line in the list of its kind.

mod alg_none;
mod claim;
mod claim_type;
mod crit;
mod format;
mod format_json;
mod header_key;
mod jwe;
mod key_confusion;
mod kid;
mod signature;
pub(crate) mod weak_secret;

use super::row::Rows;

/// Every row by its id.
pub(crate) fn all() -> Rows {
    let kinds = [
        alg_none::rows(),
        key_confusion::rows(),
        kid::rows(),
        header_key::rows(),
        crit::rows(),
        signature::rows(),
        claim_type::rows(),
        claim::rows(),
        format_json::rows(),
        format::rows(),
        jwe::rows(),
        weak_secret::rows(),
    ];
    kinds.into_iter().flatten().collect()
}

/// Rows that are about size: every other one has a token that is as short as a good one may be, so that its length is not
/// what stops it.
pub(crate) const LONG: &[&str] = &["kid-36", "format-134", "format-135"];
