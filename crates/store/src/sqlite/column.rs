//! Columns and values. What a column holds is either what it should be or an error, never a default.

use admit_core::assurance::Assurance;
use admit_core::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row};

/// A time out of a column.
pub(super) fn time(row: &Row<'_>, index: usize) -> Result<Timestamp> {
    let millis: i64 = row.get(index)?;
    u64::try_from(millis).map(Timestamp::from_millis).map_err(|_| Error::IntegralValueOutOfRange(index, millis))
}

/// A time out of a column that may be empty.
pub(super) fn time_or_none(row: &Row<'_>, index: usize) -> Result<Option<Timestamp>> {
    match row.get_ref(index)?.data_type() {
        Type::Null => Ok(None),
        Type::Integer | Type::Real | Type::Text | Type::Blob => time(row, index).map(Some),
    }
}

/// A time for a column. The end of time is the end of SQLite's integers.
pub(super) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

/// A number read from a column that only a larger type would hold.
pub(super) fn count(row: &Row<'_>, index: usize) -> Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| Error::IntegralValueOutOfRange(index, value))
}

/// What was proved at a sign-in that began at `began`. Empty in a row of an earlier release.
pub(super) fn assurance(row: &Row<'_>, index: usize, began: Timestamp) -> Result<Assurance> {
    let Some(stored) = row.get::<_, Option<i64>>(index)? else { return Ok(Assurance::of_before(began)) };
    let stored = u64::try_from(stored).map_err(|_| Error::IntegralValueOutOfRange(index, stored))?;
    Assurance::from_stored(stored).map_err(|error| malformed(index, error))
}

/// An assurance as its column has it.
pub(super) fn of_assurance(assurance: Assurance) -> i64 {
    i64::try_from(assurance.stored()).unwrap_or(i64::MAX)
}

/// What to say of a column whose text is not what it should be.
pub(super) fn malformed(index: usize, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::FromSqlConversionFailure(index, Type::Text, why.into())
}
