//! Why a database cannot be used, in sentences.

use super::address::AddressError;
use super::error::Error;

/// Why a PostgreSQL database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address says what it must not.
    #[error("{0}.")]
    Address(#[from] AddressError),
    /// It cannot be reached, or refuses.
    #[error("the PostgreSQL database at {address} cannot be used: {cause}.")]
    Refused {
        /// Where it is, without a password.
        address: String,
        /// What it said.
        cause: String,
    },
    /// A later release has taken away what this one needs.
    #[error(
        "the database has schema version {found}, which this admit (it knows up to {known}) cannot work with: use the release \
         that wrote it, or restore a backup made before the upgrade."
    )]
    Newer {
        /// The version there.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// The schema is behind, and the role may not change it.
    #[error(
        "the database has schema version {found} and this admit needs {needed}, which its user may not make: {cause}. Run \
         `admit migrate up` with the address of a user that owns the schema."
    )]
    Behind {
        /// The version there.
        found: u32,
        /// The version that is needed.
        needed: u32,
        /// What the database said.
        cause: String,
    },
    /// An import into it has not ended.
    #[error(
        "an import into the PostgreSQL database was begun and not ended: `admit import` with the same file ends it."
    )]
    Unfinished,
    /// The server is too old.
    #[error("the PostgreSQL server is version {0}: admit needs 13 or later.")]
    Old(String),
}

impl ConnectError {
    pub(super) fn refused(address: &impl std::fmt::Display, cause: Error) -> Self {
        Self::Refused { address: address.to_string(), cause: cause.to_string() }
    }
}
