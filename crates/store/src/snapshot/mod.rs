//! A database of accounts as a whole: every row of it out, and in again elsewhere.
//!
//! What moves is described once ([`TABLES`]), by names and kinds that every backend can hold; how it looks in a file is in
//! `file.rs`. Rows go through as they are. Nobody is signed out by a move: sessions, families of refresh
//! tokens and signing keys are among them, with the numbers of events and signals. What a backend keeps for its own use (the
//! logs of shards, what is cached) stays behind.

mod cell;
mod file;
mod moving;
mod table;

use std::future::Future;

use admit_core::store::StoreError;

pub use cell::Cell;
pub use file::{Broken, Checked, check};
pub use moving::{Count, Import, Stopped, export};
pub use table::{Column, Kind, TABLES, Table};

/// The cells of a row, in the order of the table's columns.
pub type Row = Vec<Cell>;

/// Numbers that were given and are not given again, though nothing with them may be left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The last event.
    pub event: u64,
    /// The last signal.
    pub signal: u64,
}

/// What a database is, to an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It holds nothing at all.
    Empty,
    /// An import into it was begun and not ended.
    Unfinished {
        /// The export that it came from.
        export: String,
        /// Its rows that are in.
        rows: u64,
    },
    /// It is in use; what it holds, in words.
    Used(String),
}

/// A database, to be read as of one moment or to be filled. A new backend can be moved to and from with this.
pub trait Snapshot: Send {
    /// What it is called in an export.
    fn name(&self) -> &'static str;

    /// What it is.
    fn state(&mut self) -> impl Future<Output = Result<State, StoreError>> + Send;

    /// The numbers that it has given.
    fn counters(&mut self) -> impl Future<Output = Result<Counters, StoreError>> + Send;

    /// Rows of a table after this one, by their key. Everything that is read was so at the one moment of the first reading.
    fn read(
        &mut self,
        table: &'static Table,
        after: Option<&Row>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// Writes down that an import begins. From here until [`Self::finish`] nothing opens this database but another import.
    fn begin(&mut self, export: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes rows, and writes down that so many are in by now: one transaction, on the disk when it answers.
    fn take(
        &mut self,
        table: &'static Table,
        rows: &[Row],
        done: u64,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How many rows a table has.
    fn count(&mut self, table: &'static Table) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Goes on with these numbers, and writes down that the import has ended.
    fn finish(&mut self, counters: Counters) -> impl Future<Output = Result<(), StoreError>> + Send;
}
