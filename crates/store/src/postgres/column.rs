//! Columns and values. What a column holds is either what it should be or an error, never a default.

use std::time::{Duration, SystemTime};

use admit_core::assurance::Assurance;
use admit_core::credential::{RefreshDigest, SessionDigest};
use admit_core::id::{SessionId, SubjectId};
use admit_core::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use uuid::Uuid;

use super::error::Error;

/// The end of the year 9999: what is said to last for longer lasts until then.
const END_OF_TIME: u64 = 253_402_300_799_000;

/// A value out of a column.
pub(super) fn value<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, Error> {
    Ok(row.try_get(index)?)
}

/// A time out of a column.
pub(super) fn time(row: &Row, index: usize) -> Result<Timestamp, Error> {
    from_system(value(row, index)?)
}

/// A time out of a column that may be empty.
pub(super) fn time_or_none(row: &Row, index: usize) -> Result<Option<Timestamp>, Error> {
    value::<Option<SystemTime>>(row, index)?.map(from_system).transpose()
}

pub(super) fn from_system(time: SystemTime) -> Result<Timestamp, Error> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| malformed("a time before 1970"))?;
    u64::try_from(since.as_millis()).map(Timestamp::from_millis).map_err(malformed)
}

/// A time for a column.
pub(super) fn at(time: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(time.millis().min(END_OF_TIME))
}

/// A counter out of a column. PostgreSQL has no unsigned numbers.
pub(super) fn number(row: &Row, index: usize) -> Result<u64, Error> {
    u64::try_from(value::<i64>(row, index)?).map_err(malformed)
}

/// A counter of 32 bits out of a column.
pub(super) fn small(row: &Row, index: usize) -> Result<u32, Error> {
    u32::try_from(value::<i64>(row, index)?).map_err(malformed)
}

/// A counter for a column.
pub(super) fn big(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What was proved at a sign-in that began at `began`. Empty in a row that a node of the previous release wrote.
pub(super) fn assurance(row: &Row, index: usize, began: Timestamp) -> Result<Assurance, Error> {
    match value::<Option<i64>>(row, index)?.map(u64::try_from).transpose().map_err(malformed)? {
        Some(stored) => Assurance::from_stored(stored).map_err(malformed),
        None => Ok(Assurance::of_before(began)),
    }
}

/// The 32 bytes of a digest.
fn bytes(row: &Row, index: usize) -> Result<[u8; 32], Error> {
    value::<&[u8]>(row, index)?.try_into().map_err(|_| malformed("a digest that has not 32 bytes"))
}

/// The digest of a session's secret.
pub(super) fn session_digest(row: &Row, index: usize) -> Result<SessionDigest, Error> {
    bytes(row, index).map(SessionDigest::from_bytes)
}

/// The digest of a refresh token.
pub(super) fn refresh_digest(row: &Row, index: usize) -> Result<RefreshDigest, Error> {
    bytes(row, index).map(RefreshDigest::from_bytes)
}

/// The id of a subject.
pub(super) fn subject_id(row: &Row, index: usize) -> Result<SubjectId, Error> {
    value::<Uuid>(row, index).map(|id| SubjectId::from_bytes(id.into_bytes()))
}

/// The name of a session.
pub(super) fn session_id(row: &Row, index: usize) -> Result<SessionId, Error> {
    value::<Uuid>(row, index).map(|id| SessionId::from_bytes(id.into_bytes()))
}

/// A subject's id for a column.
pub(super) fn of_subject(id: SubjectId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// A session's name for a column.
pub(super) fn of_session(id: SessionId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// A text for a column: PostgreSQL has no texts with a NUL in them.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// What to say of a column that is not what it should be.
pub(super) fn malformed(why: impl std::fmt::Display) -> Error {
    Error::Malformed(why.to_string())
}
