//! A SQLite database as a whole.

use std::fs::File;
use std::path::Path;

use admit_core::plural::plural;
use admit_core::store::StoreError;
use rusqlite::types::{ToSqlOutput, Value as Bound, ValueRef};
use rusqlite::{Connection, OptionalExtension, Result, Row as Found, ToSql, params_from_iter};

use super::column::{count, malformed};
use super::open::{self, OpenError};
use super::schema;
use crate::records::one_time_tokens;
use crate::snapshot::{Cell, Column, Counters, Kind, Row, Snapshot, State, TABLES, Table};

/// A database file, to be read as of one moment or to be filled.
pub struct SqliteSnapshot {
    connection: Connection,
    _claim: Option<File>,
}

impl SqliteSnapshot {
    /// To be read. A server may be using it: what is read was so at one moment, and it is not disturbed.
    ///
    /// # Errors
    /// When there is none, or it is of another release.
    pub fn reading(path: &Path) -> std::result::Result<Self, OpenError> {
        let connection = open::reading(path)?;
        schema::is_newest(&connection)?;
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection, _claim: None })
    }

    /// To be filled; made where there is none.
    ///
    /// # Errors
    /// As for opening it otherwise.
    pub fn writing(path: &Path) -> std::result::Result<Self, OpenError> {
        let claim = open::claim(path)?;
        let connection = open::writing(path)?;
        schema::make(&connection)?;
        Ok(Self { connection, _claim: Some(claim) })
    }

    fn transaction<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T>) -> std::result::Result<T, StoreError> {
        let transaction = self.connection.transaction().map_err(StoreError::new)?;
        let answer = work(&transaction).map_err(StoreError::new)?;
        transaction.commit().map_err(StoreError::new)?;
        Ok(answer)
    }

    fn counted(&self, table: &Table) -> Result<u64> {
        self.connection.query_row(&format!("SELECT count(*) FROM {}", table.name), [], |row| count(row, 0))
    }

    fn look(&self) -> Result<State> {
        if schema::is_unfinished(&self.connection)? {
            let begun = self.connection.query_row("SELECT export, rows FROM unfinished_import", [], |row| {
                Ok(State::Unfinished { export: row.get(0)?, rows: count(row, 1)? })
            });
            return begun;
        }
        let mut held = Vec::new();
        for table in TABLES {
            let rows = self.counted(table)?;
            if rows > 0 {
                held.push(format!("{} of {}", plural(rows, "row"), table.name));
            }
        }
        Ok(if held.is_empty() { State::Empty } else { State::Used(held.join(", ")) })
    }
}

/// The name of a sequence in SQLite's own table.
fn given(connection: &Connection, table: &str) -> Result<u64> {
    let seq = connection.query_row("SELECT seq FROM sqlite_sequence WHERE name = ?1", [table], |row| count(row, 0));
    Ok(seq.optional()?.unwrap_or_default())
}

fn go_on_from(connection: &Connection, table: &str, last: u64) -> Result<()> {
    let last = i64::try_from(last).unwrap_or(i64::MAX);
    let known = connection.execute("UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", (table, last))?;
    if known == 0 {
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (table, last))?;
    }
    Ok(())
}

impl ToSql for Cell {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Nothing => ToSqlOutput::Owned(Bound::Null),
            Self::Uuid(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Number(number) => ToSqlOutput::Owned(Bound::Integer(i64::try_from(*number).unwrap_or(i64::MAX))),
            Self::Object(object) => {
                let text = serde_json::to_string(object);
                let text = text.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                ToSqlOutput::Owned(Bound::Text(text))
            }
        })
    }
}

/// Where this database has a zero for a time that is nothing.
fn has_zero(column: &Column) -> bool {
    column.name == "token_until"
}

fn cell(column: &Column, found: &Found<'_>, index: usize) -> Result<Cell> {
    if found.get_ref(index)? == ValueRef::Null {
        return Ok(Cell::Nothing);
    }
    Ok(match column.kind {
        Kind::Uuid => Cell::Uuid(found.get(index)?),
        Kind::Bytes => Cell::Bytes(found.get(index)?),
        Kind::Text => Cell::Text(found.get(index)?),
        Kind::Time | Kind::Number => match count(found, index)? {
            0 if column.optional && has_zero(column) => Cell::Nothing,
            number => Cell::Number(number),
        },
        Kind::Object => {
            let text: String = found.get(index)?;
            Cell::Object(serde_json::from_str(&text).map_err(|error| malformed(index, error))?)
        }
    })
}

fn insert(connection: &Connection, table: &Table, rows: &[Row]) -> Result<()> {
    let places = (1..=table.columns.len()).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places})", table.name, table.columns_in_sql());
    let mut statement = connection.prepare_cached(&sql)?;
    for row in rows {
        let zero = Cell::Number(0);
        let cells = table.columns.iter().zip(row).map(|(column, cell)| match cell {
            Cell::Nothing if has_zero(column) => &zero,
            cell => cell,
        });
        statement.execute(params_from_iter(cells))?;
    }
    Ok(())
}

impl Snapshot for SqliteSnapshot {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    async fn state(&mut self) -> std::result::Result<State, StoreError> {
        self.look().map_err(StoreError::new)
    }

    async fn counters(&mut self) -> std::result::Result<Counters, StoreError> {
        let read =
            || Ok(Counters { event: given(&self.connection, "event")?, signal: given(&self.connection, "signal")? });
        read().map_err(|error: rusqlite::Error| StoreError::new(error))
    }

    async fn read(
        &mut self,
        table: &'static Table,
        after: Option<&Row>,
        limit: u32,
    ) -> std::result::Result<Vec<Row>, StoreError> {
        let (columns, key) = (table.columns_in_sql(), table.key_in_sql());
        let places = (1..=table.keys).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ");
        let place = if after.is_some() { format!("WHERE ({key}) > ({places})") } else { String::new() };
        let sql = format!("SELECT {columns} FROM {} {place} ORDER BY {key} LIMIT {limit}", table.name);
        let key = after.into_iter().flatten().take(table.keys);
        let read = || {
            let row = |found: &Found<'_>| {
                table
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(index, column)| cell(column, found, index))
                    .collect::<Result<Row>>()
            };
            self.connection.prepare_cached(&sql)?.query_map(params_from_iter(key), row)?.collect::<Result<Vec<_>>>()
        };
        read().map_err(StoreError::new)
    }

    async fn begin(&mut self, export: &str) -> std::result::Result<(), StoreError> {
        self.transaction(|connection| {
            connection.execute_batch(schema::UNFINISHED)?;
            connection.execute("INSERT INTO unfinished_import (export, rows) VALUES (?1, 0)", [export]).map(drop)
        })
    }

    async fn take(&mut self, table: &'static Table, rows: &[Row], done: u64) -> std::result::Result<(), StoreError> {
        self.transaction(|connection| {
            insert(connection, table, rows)?;
            let done = i64::try_from(done).unwrap_or(i64::MAX);
            connection.prepare_cached("UPDATE unfinished_import SET rows = ?1")?.execute([done]).map(drop)
        })
    }

    async fn count(&mut self, table: &'static Table) -> std::result::Result<u64, StoreError> {
        self.counted(table).map_err(StoreError::new)
    }

    async fn finish(&mut self, counters: Counters) -> std::result::Result<(), StoreError> {
        self.transaction(|connection| {
            go_on_from(connection, "event", counters.event)?;
            go_on_from(connection, "signal", counters.signal)?;
            connection.execute_batch(one_time_tokens::ADOPT)?;
            connection.execute_batch("DROP TABLE unfinished_import")
        })
    }
}
