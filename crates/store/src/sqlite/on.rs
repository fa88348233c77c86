//! Cold records on SQLite, where every query is answered without waiting.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use admit_core::audit::Event;
use admit_core::id::SubjectId;
use admit_core::signal::{Signal, Told};
use admit_core::subject::SubjectState;
use admit_core::time::Timestamp;
use rusqlite::types::{Type, ValueRef};
use rusqlite::{CachedStatement, Connection, Error, Result};

use super::{events, signals, subjects};
use crate::records::{Transaction, Unreadable};
use crate::snapshot::{Cell, Row};

/// Where statements run.
pub(super) struct On<'a>(pub(super) &'a Connection);

/// The result of a future that never waits.
pub(super) fn at_once<T>(asked: impl Future<Output = Result<T>>) -> Result<T> {
    match pin!(asked).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(Unreadable::new("a query waits for something other than the database").into()),
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        Self::FromSqlConversionFailure(0, Type::Null, Box::new(unreadable))
    }
}

impl On<'_> {
    /// The statement with its values. To SQLite `$2` is a name, not the second value.
    fn prepared(&self, sql: &str, values: &[Cell]) -> Result<CachedStatement<'_>> {
        let mut statement = self.0.prepare_cached(sql)?;
        for (value, number) in values.iter().zip(1_u8..) {
            if let Some(place) = statement.parameter_index(&format!("${number}"))? {
                statement.raw_bind_parameter(place, value)?;
            }
        }
        Ok(statement)
    }
}

impl Transaction for On<'_> {
    type Error = Error;

    async fn rows(&self, sql: &'static str, values: &[Cell]) -> Result<Vec<Row>> {
        let mut statement = self.prepared(sql, values)?;
        let width = statement.column_count();
        let (mut found, mut rows) = (statement.raw_query(), Vec::new());
        while let Some(row) = found.next()? {
            rows.push((0..width).map(|index| cell(index, row.get_ref(index)?)).collect::<Result<_>>()?);
        }
        Ok(rows)
    }

    async fn execute(&self, sql: &'static str, values: &[Cell]) -> Result<u64> {
        Ok(self.prepared(sql, values)?.raw_execute()? as u64)
    }

    async fn hold(&self, id: SubjectId) -> Result<Option<Arc<SubjectState>>> {
        subjects::state_by_id(self.0, id)
    }

    /// Nothing to do: there is only one writer.
    async fn lock(&self, _: &str) -> Result<()> {
        Ok(())
    }

    async fn append_event(&self, event: &Event, subject: Option<SubjectId>) -> Result<()> {
        events::insert(self.0, event, subject)
    }

    async fn tell(&self, at: Timestamp, until: Timestamp, told: Told) -> Result<Option<Signal>> {
        signals::write(self.0, at, until, told)
    }

    fn least_generation(&self) -> u32 {
        0
    }
}

fn cell(index: usize, value: ValueRef<'_>) -> Result<Cell> {
    Ok(match value {
        ValueRef::Null => Cell::Nothing,
        ValueRef::Integer(number) => {
            Cell::Number(u64::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(index, number))?)
        }
        ValueRef::Text(_) => Cell::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_owned()),
        ValueRef::Real(_) => return Err(Unreadable::new("a column has a fraction").into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bound_by_number_whatever_their_order_in_a_statement() {
        let connection = Connection::open_in_memory().unwrap();
        let on = On(&connection);
        let values = [Cell::from("one"), Cell::Number(2), Cell::Bytes(vec![3])];
        let rows = at_once(on.rows("SELECT $3, $1, $2, $1, NULL", &values)).unwrap();
        let [one, two, three] = values;
        assert_eq!(rows, [[three, one.clone(), two, one, Cell::Nothing]]);
    }

    #[test]
    fn a_query_that_waits_for_something_other_than_the_database_is_an_error() {
        assert!(at_once(std::future::pending::<Result<()>>()).is_err());
    }
}
