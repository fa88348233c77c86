//! Cold records on PostgreSQL, and the conversion of their cells to its types.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::SystemTime;

use admit_core::audit::Event;
use admit_core::id::SubjectId;
use admit_core::signal::{Signal, Told};
use admit_core::subject::SubjectState;
use admit_core::time::Timestamp;
use bytes::BytesMut;
use serde_json::Value;
use tokio_postgres::Row as Found;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use uuid::Uuid;

use super::column::{at, big, from_system, text, value};
use super::connection::{On, Value as Bound};
use super::error::Error;
use super::{events, signals, subjects};
use crate::records::{Transaction, Unreadable};
use crate::snapshot::{Cell, Row};

type Refused = Box<dyn StdError + Sync + Send>;

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        Self::Malformed(unreadable.to_string())
    }
}

fn bound(values: &[Cell]) -> Vec<Bound<'_>> {
    values.iter().map(|value| value as Bound<'_>).collect()
}

/// What rows hold.
pub(super) fn cells(found: &[Found]) -> Result<Vec<Row>, Error> {
    found.iter().map(|row| (0..row.len()).map(|index| value(row, index)).collect()).collect()
}

impl Transaction for On<'_> {
    type Error = Error;

    async fn rows(&self, sql: &'static str, values: &[Cell]) -> Result<Vec<Row>, Error> {
        cells(&self.all(sql, &bound(values)).await?)
    }

    async fn execute(&self, sql: &'static str, values: &[Cell]) -> Result<u64, Error> {
        self.run(sql, &bound(values)).await
    }

    async fn hold(&self, id: SubjectId) -> Result<Option<Arc<SubjectState>>, Error> {
        Ok(subjects::hold(*self, id).await?.map(|held| held.state))
    }

    async fn lock(&self, name: &str) -> Result<(), Error> {
        self.opt("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", &[&name]).await.map(drop)
    }

    async fn append_event(&self, event: &Event, subject: Option<SubjectId>) -> Result<(), Error> {
        events::insert(*self, event, subject).await
    }

    async fn tell(&self, at: Timestamp, until: Timestamp, told: Told) -> Result<Option<Signal>, Error> {
        signals::tell(*self, at, until, told).await
    }

    fn least_generation(&self) -> u32 {
        self.epoch().floor()
    }
}

impl ToSql for Cell {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        match self {
            Self::Nothing => Ok(IsNull::Yes),
            Self::Uuid(bytes) => Uuid::from_bytes(*bytes).to_sql_checked(ty, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(ty, out),
            Self::Text(plain) => text(plain).to_sql_checked(ty, out),
            Self::Number(millis) if *ty == Type::TIMESTAMPTZ => at(Timestamp::from_millis(*millis)).to_sql(ty, out),
            Self::Number(number) => big(*number).to_sql_checked(ty, out),
            Self::Object(object) => events::clean(&Value::Object(object.clone())).to_sql_checked(ty, out),
        }
    }

    accepts!(UUID, BYTEA, TEXT, TIMESTAMPTZ, INT8, JSONB);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Refused> {
        Ok(match *ty {
            Type::UUID => Self::Uuid(Uuid::from_sql(ty, raw)?.into_bytes()),
            Type::BYTEA => Self::Bytes(Vec::from_sql(ty, raw)?),
            Type::TEXT => Self::Text(String::from_sql(ty, raw)?),
            Type::TIMESTAMPTZ => Self::Number(from_system(SystemTime::from_sql(ty, raw)?)?.millis()),
            Type::INT8 => Self::Number(i64::from_sql(ty, raw)?.try_into()?),
            _ => match Value::from_sql(ty, raw)? {
                Value::Object(object) => Self::Object(object),
                _ => return Err("details that are not an object".into()),
            },
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Refused> {
        Ok(Self::Nothing)
    }

    accepts!(UUID, BYTEA, TEXT, TIMESTAMPTZ, INT8, JSONB);
}
