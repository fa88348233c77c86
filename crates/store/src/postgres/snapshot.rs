//! A PostgreSQL database as a whole.

use admit_core::plural::plural;
use admit_core::store::StoreError;
use tokio_postgres::Client;
use tokio_postgres::types::ToSql;

use super::address::PostgresAddress;
use super::column::{big, number, value};
use super::connection::connect;
use super::error::Error;
use super::migrating::bring_up;
use super::on::cells;
use super::open::ConnectError;
use super::pooler;
use super::schema::{self, MIGRATIONS};
use crate::records::one_time_tokens;
use crate::snapshot::{Cell, Counters, Kind, Row, Snapshot, State, TABLES, Table};

/// A database, to be read as of one moment or to be filled.
pub struct PostgresSnapshot {
    client: Client,
}

impl PostgresSnapshot {
    /// To be read. Servers may be using it: what is read was so at one moment, and nobody is held up.
    ///
    /// # Errors
    /// When it cannot be reached, or is of another release.
    pub async fn reading(address: &PostgresAddress) -> Result<Self, ConnectError> {
        Self::open(address, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    /// To be filled; its tables are made where there are none.
    ///
    /// # Errors
    /// As for opening it otherwise.
    pub async fn writing(address: &PostgresAddress) -> Result<Self, ConnectError> {
        let refused = |error| ConnectError::refused(address, error);
        let mut client = connect(address.config(), address.tls()?).await.map_err(refused)?;
        schema::check_server(&client).await?;
        pooler::refuse(address.config(), address.tls()?, &client).await.map_err(refused)?;
        bring_up(address, &mut client, MIGRATIONS, false).await?;
        // One import at a time, until this connection ends. That of one that was killed ends in a moment.
        let alone = "SET lock_timeout = '10s'; SELECT pg_advisory_lock(hashtextextended('admit import', 0));
                     SET lock_timeout = 0";
        Self::open(address, alone).await
    }

    async fn open(address: &PostgresAddress, first: &str) -> Result<Self, ConnectError> {
        let refused = |error: Error| ConnectError::refused(address, error);
        let client = connect(address.config(), address.tls()?).await.map_err(refused)?;
        pooler::refuse(address.config(), address.tls()?, &client).await.map_err(refused)?;
        // A file that is written or read slowly is no reason to end a transaction.
        let patient = "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0";
        client.batch_execute(patient).await.map_err(|error| refused(error.into()))?;
        schema::is_newest(&client).await.map_err(refused)?;
        client.batch_execute(first).await.map_err(|error| refused(error.into()))?;
        Ok(Self { client })
    }

    fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    async fn counted(&mut self, table: &Table) -> Result<u64, Error> {
        number(&self.client().query_one(&format!("SELECT count(*) FROM {}", table.name), &[]).await?, 0)
    }

    async fn look(&mut self) -> Result<State, Error> {
        if schema::is_unfinished(self.client()).await? {
            let row = self.client().query_one("SELECT export, rows FROM unfinished_import", &[]).await?;
            return Ok(State::Unfinished { export: value(&row, 0)?, rows: number(&row, 1)? });
        }
        let mut held = Vec::new();
        for table in TABLES {
            let rows = self.counted(table).await?;
            if rows > 0 {
                held.push(format!("{} of {}", plural(rows, "row"), table.name));
            }
        }
        Ok(if held.is_empty() { State::Empty } else { State::Used(held.join(", ")) })
    }

    async fn given(&mut self) -> Result<Counters, Error> {
        let row = self
            .client()
            .query_one(
                "SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM event_seq_seq),
                        (SELECT seq FROM signal_head)",
                &[],
            )
            .await?;
        Ok(Counters { event: number(&row, 0)?, signal: number(&row, 1)? })
    }

    async fn page(&mut self, table: &'static Table, after: Option<&Row>, limit: u32) -> Result<Vec<Row>, Error> {
        let (columns, key) = (table.columns_in_sql(), table.key_in_sql());
        let places = (1..=table.keys).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let place = if after.is_some() { format!("WHERE ({key}) > ({places})") } else { String::new() };
        let sql = format!("SELECT {columns} FROM {} {place} ORDER BY {key} LIMIT {limit}", table.name);
        let key: Vec<&(dyn ToSql + Sync)> =
            after.into_iter().flatten().take(table.keys).map(|cell| cell as _).collect();
        cells(&self.client().query(&sql, &key).await?)
    }

    async fn insert(&mut self, table: &'static Table, rows: &[Row], done: u64) -> Result<(), Error> {
        let transaction = self.client().transaction().await?;
        let column = |place| rows.iter().map(|row| row.get(place).unwrap_or(&Cell::Nothing)).collect::<Vec<&Cell>>();
        let columns: Vec<_> = (0..table.columns.len()).map(column).collect();
        let values: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| column as _).collect();
        let types =
            table.columns.iter().zip(1..).map(|(column, place)| format!("${place}::{}[]", sql_type(column.kind)));
        let sql = format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest({})",
            table.name,
            table.columns_in_sql(),
            types.collect::<Vec<_>>().join(", ")
        );
        transaction.execute(&sql, &values).await?;
        transaction.execute("UPDATE unfinished_import SET rows = $1", &[&big(done)]).await?;
        Ok(transaction.commit().await?)
    }

    async fn end(&mut self, counters: Counters) -> Result<(), Error> {
        let transaction = self.client().transaction().await?;
        transaction.execute("UPDATE signal_head SET seq = greatest(seq, $1)", &[&big(counters.signal)]).await?;
        if counters.event > 0 {
            transaction.query_one("SELECT setval('event_seq_seq', $1)", &[&big(counters.event)]).await?;
        }
        transaction.batch_execute(one_time_tokens::ADOPT).await?;
        transaction.batch_execute("DROP TABLE unfinished_import").await?;
        transaction.commit().await?;
        // What the database knows of its tables is of when they were empty.
        self.client().batch_execute("ANALYZE").await.or_else(|error| {
            tracing::warn!(%error, "the tables were not analyzed");
            Ok(())
        })
    }
}

/// The type of a column in this database.
fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Uuid => "uuid",
        Kind::Bytes => "bytea",
        Kind::Text => "text",
        Kind::Time => "timestamptz",
        Kind::Number => "bigint",
        Kind::Object => "jsonb",
    }
}

impl Snapshot for PostgresSnapshot {
    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn state(&mut self) -> Result<State, StoreError> {
        Ok(self.look().await?)
    }

    async fn counters(&mut self) -> Result<Counters, StoreError> {
        Ok(self.given().await?)
    }

    async fn read(&mut self, table: &'static Table, after: Option<&Row>, limit: u32) -> Result<Vec<Row>, StoreError> {
        Ok(self.page(table, after, limit).await?)
    }

    async fn begin(&mut self, export: &str) -> Result<(), StoreError> {
        let begin = async {
            let transaction = self.client().transaction().await?;
            transaction.batch_execute(schema::UNFINISHED).await?;
            transaction.execute("INSERT INTO unfinished_import (export, rows) VALUES ($1, 0)", &[&export]).await?;
            Ok::<_, Error>(transaction.commit().await?)
        };
        Ok(begin.await?)
    }

    async fn take(&mut self, table: &'static Table, rows: &[Row], done: u64) -> Result<(), StoreError> {
        Ok(self.insert(table, rows, done).await?)
    }

    async fn count(&mut self, table: &'static Table) -> Result<u64, StoreError> {
        Ok(self.counted(table).await?)
    }

    async fn finish(&mut self, counters: Counters) -> Result<(), StoreError> {
        Ok(self.end(counters).await?)
    }
}
