//! Out of one database into a file, and out of a file into another.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use admit_core::plural::plural;
use admit_core::store::StoreError;

use super::file::{Broken, Checked, Line, Reader, Writer};
use super::{Row, Snapshot, State, TABLES, Table};

/// Rows that are read, and written, at a time.
const BATCH: usize = 1000;

/// Told how many rows have been moved so far.
pub type Count<'a> = &'a mut (dyn FnMut(u64) + Send);

/// Why something was not moved.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The file.
    #[error(transparent)]
    File(#[from] Broken),
    /// The database.
    #[error("{0}.")]
    Store(#[from] StoreError),
    /// The database holds something.
    #[error(
        "The database is not empty: it holds {0}. An import goes into an empty one, in which no server has been started yet."
    )]
    Used(String),
    /// Another import into it has not ended.
    #[error(
        "Another import into this database was begun and not ended. Go on with that file, or make the database anew."
    )]
    Other,
    /// The import has not ended, so there is nothing whole to read.
    #[error("An import into this database was begun and not ended: `admit import` with the same file ends it.")]
    Unfinished,
    /// The numbers do not match.
    #[error(
        "The database has {} in {table} and the export has {expected}. It stays closed: create it again, and repeat the import.",
        plural(*.found, "row")
    )]
    Counts {
        /// Where.
        table: &'static str,
        /// There.
        found: u64,
        /// In the export.
        expected: u64,
    },
}

/// Writes everything to `out`; answers the rows of each table.
///
/// # Errors
/// When it cannot be read or written.
pub async fn export<S: Snapshot>(
    source: &mut S,
    out: impl Write + Send,
    (id, made_at): (&str, &str),
    count: Count<'_>,
) -> Result<BTreeMap<String, u64>, Stopped> {
    if let State::Unfinished { .. } = source.state().await? {
        return Err(Stopped::Unfinished);
    }
    let mut writer = Writer::begin(out, id, source.name(), made_at).map_err(Broken::File)?;
    let mut moved = 0;
    for table in TABLES {
        let mut last: Option<Row> = None;
        loop {
            let rows = source.read(table, last.as_ref(), u32::try_from(BATCH).unwrap_or(u32::MAX)).await?;
            writer.table(table, &rows).map_err(Broken::File)?;
            moved += rows.len() as u64;
            count(moved);
            let full = rows.len() == BATCH;
            last = rows.into_iter().next_back();
            if !full {
                break;
            }
        }
    }
    // Read last: a number that was given meanwhile is not given again.
    let counters = source.counters().await?;
    Ok(writer.end(counters).map_err(Broken::File)?)
}

/// An import of a file that was found whole.
pub struct Import<'a> {
    /// The file.
    pub checked: &'a Checked,
    /// Told how many rows are in.
    pub count: Count<'a>,
}

impl Import<'_> {
    /// Takes everything in, from where an earlier attempt with the same file stopped, and compares the counts. Answers how
    /// many rows were in already.
    ///
    /// # Errors
    /// When the database holds something else, or the file or the database fails. Then the database stays closed to
    /// everything but another attempt.
    pub async fn run<S: Snapshot>(mut self, target: &mut S, file: impl BufRead + Send) -> Result<u64, Stopped> {
        let before = match target.state().await? {
            State::Empty => {
                target.begin(&self.checked.id).await?;
                0
            }
            State::Unfinished { export, rows } if export == self.checked.id => rows,
            State::Unfinished { .. } => return Err(Stopped::Other),
            State::Used(what) => return Err(Stopped::Used(what)),
        };
        self.rows(target, file, before).await?;
        for table in TABLES {
            let expected = self.checked.rows.get(table.name).copied().unwrap_or_default();
            let found = target.count(table).await?;
            if found != expected {
                return Err(Stopped::Counts { table: table.name, found, expected });
            }
        }
        target.finish(self.checked.counters).await?;
        Ok(before)
    }

    async fn rows<S: Snapshot>(
        &mut self,
        target: &mut S,
        file: impl BufRead + Send,
        before: u64,
    ) -> Result<(), Stopped> {
        let mut reader = Reader::new(file);
        let mut done = 0;
        let mut batch: Option<(&'static Table, Vec<Row>)> = None;
        while let Some((line, _)) = reader.next()? {
            let Line::Row { table, row } = line else { continue };
            if let Some((of, rows)) = &batch
                && (*of != table || rows.len() == BATCH)
            {
                target.take(of, rows, done).await?;
                (self.count)(done);
                batch = None;
            }
            done += 1;
            if done > before {
                batch.get_or_insert_with(|| (table, Vec::with_capacity(BATCH))).1.push(row);
            }
        }
        if let Some((table, rows)) = &batch {
            target.take(table, rows, done).await?;
        }
        (self.count)(done);
        Ok(())
    }
}
