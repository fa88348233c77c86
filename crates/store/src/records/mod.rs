//! Cold records: tables that no session check reads, each in one file whose SQL serves every database.
//!
//! Statements use `$1` for the first value and only SQL that every database understands. A new record is a file here, a
//! migration for each database, a table in [`crate::snapshot`] and a check in `conformance`.

pub(crate) mod addresses;
pub(crate) mod assertions;
mod cell;
pub(crate) mod clients;
pub(crate) mod conditions;
pub(crate) mod erasure;
pub(crate) mod keys;
pub(crate) mod one_time_tokens;

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::Event;
use admit_core::id::SubjectId;
use admit_core::signal::{Signal, Told};
use admit_core::subject::SubjectState;
use admit_core::time::Timestamp;

use crate::snapshot::{Cell, Row};

pub(crate) use cell::{Unreadable, columns};

/// A transaction on one of the databases, or a connection for what only reads.
pub(crate) trait Transaction {
    /// Why something failed.
    type Error: From<Unreadable>;

    /// Every row that a statement returns.
    async fn rows(&self, sql: &'static str, values: &[Cell]) -> Result<Vec<Row>, Self::Error>;

    /// How many rows a statement has changed.
    async fn execute(&self, sql: &'static str, values: &[Cell]) -> Result<u64, Self::Error>;

    /// A subject, locked until the transaction ends.
    async fn hold(&self, id: SubjectId) -> Result<Option<Arc<SubjectState>>, Self::Error>;

    /// Takes the lock of this name, and keeps it until the transaction ends.
    async fn lock(&self, name: &str) -> Result<(), Self::Error>;

    /// Writes down an event, about `subject` unless it says otherwise.
    async fn append_event(&self, event: &Event, subject: Option<SubjectId>) -> Result<(), Self::Error>;

    /// Signals those who check tokens. It comes last: where several processes write, it keeps all others from signalling.
    async fn tell(&self, at: Timestamp, until: Timestamp, told: Told) -> Result<Option<Signal>, Self::Error>;

    /// The lowest value that a raised generation can have.
    fn least_generation(&self) -> u32;

    /// Whether a statement returns any row.
    async fn any(&self, sql: &'static str, values: &[Cell]) -> Result<bool, Self::Error> {
        Ok(!self.rows(sql, values).await?.is_empty())
    }
}

/// What a purge deletes from a table, in steps of `$2` rows.
pub(crate) struct Expiry {
    #[cfg(feature = "sqlite")]
    pub(crate) sqlite: &'static str,
    /// It skips rows that others have locked.
    #[cfg(feature = "postgres")]
    pub(crate) postgres: &'static str,
    /// How long a row is kept after the time that `$1` is compared to.
    pub(crate) kept: Duration,
}

/// The rows of a table with this key for which this condition holds.
macro_rules! expiry {
    ($table:literal, $key:literal, $ended:literal, $kept:expr) => {
        $crate::records::Expiry {
            #[cfg(feature = "sqlite")]
            sqlite: concat!(
                "DELETE FROM ",
                $table,
                " WHERE (",
                $key,
                ") IN (SELECT ",
                $key,
                " FROM ",
                $table,
                " WHERE ",
                $ended,
                " LIMIT $2)"
            ),
            #[cfg(feature = "postgres")]
            postgres: concat!(
                "DELETE FROM ",
                $table,
                " WHERE ctid = ANY (ARRAY(SELECT ctid FROM ",
                $table,
                " WHERE ",
                $ended,
                " LIMIT $2 FOR UPDATE SKIP LOCKED))"
            ),
            kept: $kept,
        }
    };
}
pub(crate) use expiry;

/// What expires.
pub(crate) const EXPIRY: [&Expiry; 3] = [&one_time_tokens::EXPIRY, &addresses::EXPIRY, &assertions::EXPIRY];
