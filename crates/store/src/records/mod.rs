//! Cold records: tables that no check of a session reads, each in one file with its SQL once for every database.
//!
//! Statements are written with `$1` for the first value and in what every database understands. A new record is a file here,
//! a migration for each database, a table in [`crate::snapshot`] and a check in `conformance`.

pub(crate) mod addresses;
pub(crate) mod assertions;
mod cell;
pub(crate) mod clients;
pub(crate) mod erasure;
pub(crate) mod keys;
pub(crate) mod links;

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::Event;
use admit_core::id::SubjectId;
use admit_core::signal::{Signal, Told};
use admit_core::subject::SubjectState;
use admit_core::time::Timestamp;

use crate::snapshot::{Cell, Row};

pub(crate) use cell::{Unreadable, columns};

/// A transaction on one of the databases; a connection, for what only reads.
pub(crate) trait Transaction {
    /// Why it was not done.
    type Error: From<Unreadable>;

    /// Every row that a statement gives.
    async fn rows(&self, sql: &'static str, values: &[Cell]) -> Result<Vec<Row>, Self::Error>;

    /// How many rows a statement has changed.
    async fn execute(&self, sql: &'static str, values: &[Cell]) -> Result<u64, Self::Error>;

    /// A subject, whom nobody else changes until the transaction ends.
    async fn hold(&self, id: SubjectId) -> Result<Option<Arc<SubjectState>>, Self::Error>;

    /// Waits until nobody else is at what goes by this name, and keeps it until the transaction ends.
    async fn lock(&self, name: &str) -> Result<(), Self::Error>;

    /// Writes down an event, about `subject` unless it says otherwise.
    async fn append_event(&self, event: &Event, subject: Option<SubjectId>) -> Result<(), Self::Error>;

    /// Tells whoever checks tokens. It comes last: where several processes write, whoever tells keeps all others from telling.
    async fn tell(&self, at: Timestamp, until: Timestamp, told: Told) -> Result<Option<Signal>, Self::Error>;

    /// The least that a generation is once it was raised.
    fn least_generation(&self) -> u32;

    /// Whether a statement gives any row.
    async fn any(&self, sql: &'static str, values: &[Cell]) -> Result<bool, Self::Error> {
        Ok(!self.rows(sql, values).await?.is_empty())
    }
}

/// What a purge deletes of a table, in steps of `$2` rows.
pub(crate) struct Expiry {
    #[cfg(feature = "sqlite")]
    pub(crate) sqlite: &'static str,
    /// It passes by what others hold.
    #[cfg(feature = "postgres")]
    pub(crate) postgres: &'static str,
    /// How long a row is kept after the time that `$1` is compared to.
    pub(crate) kept: Duration,
}

/// Of a table with this key, the rows for which this holds.
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

/// What ends by itself.
pub(crate) const EXPIRY: [&Expiry; 4] =
    [&links::FIRST_ADMIN_EXPIRY, &links::PASSWORD_EXPIRY, &addresses::EXPIRY, &assertions::EXPIRY];
