//! Values written to columns and read from them: what is not as expected is an error, never a default.

use admit_core::id::SubjectId;
use admit_core::time::Timestamp;

use crate::snapshot::{Cell, Row};

/// How a row differs from what it should be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(String);

impl Unreadable {
    pub(crate) fn new(why: impl std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

/// The cells of a row.
pub(crate) fn columns<const N: usize>(row: Row) -> Result<[Cell; N], Unreadable> {
    row.try_into().map_err(|row: Row| Unreadable(format!("a row has {} columns", row.len())))
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Cell {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_owned())
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Cell {
    fn from(time: Timestamp) -> Self {
        Self::Number(time.millis())
    }
}

impl From<SubjectId> for Cell {
    fn from(id: SubjectId) -> Self {
        Self::Uuid(*id.as_bytes())
    }
}

impl Cell {
    /// The same, or `None` when there is nothing.
    pub(crate) fn optional(self) -> Option<Self> {
        Some(self).filter(|cell| *cell != Self::Nothing)
    }

    pub(crate) fn text(self) -> Result<String, Unreadable> {
        if let Self::Text(text) = self { Ok(text) } else { Err(Unreadable::new("a column has no text")) }
    }

    pub(crate) fn bytes(self) -> Result<Vec<u8>, Unreadable> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err(Unreadable::new("a column has no bytes")) }
    }

    pub(crate) fn number(self) -> Result<u64, Unreadable> {
        if let Self::Number(number) = self { Ok(number) } else { Err(Unreadable::new("a column has no number")) }
    }

    pub(crate) fn time(self) -> Result<Timestamp, Unreadable> {
        self.number().map(Timestamp::from_millis)
    }

    /// The id of a subject. SQLite keeps it as bytes.
    pub(crate) fn subject(self) -> Result<SubjectId, Unreadable> {
        let id = match self {
            Self::Uuid(id) => Some(id),
            Self::Bytes(bytes) => bytes.try_into().ok(),
            _ => None,
        };
        id.map(SubjectId::from_bytes).ok_or_else(|| Unreadable::new("a column has no id"))
    }
}
