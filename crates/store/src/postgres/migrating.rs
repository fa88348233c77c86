//! Making the migrations that a database does not have, beside nodes that go on working.
//!
//! One process makes them at a time; the others wait and say so. What changes tables is short and made in a transaction, which
//! waits for a table only a moment at a time. What has to read a large table (an index, whether a constraint holds) is made
//! outside of any transaction, in the forms of PostgreSQL that let others read and write meanwhile.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::address::PostgresAddress;
use super::connection::connect;
use super::error::{Error, InWords};
use super::open::ConnectError;
use super::schema::{Applied, Migration, Phase, applied, compatible, next};

const BOOK: &str = "CREATE SCHEMA IF NOT EXISTS admit;
    CREATE TABLE IF NOT EXISTS admit.migration (
        version integer PRIMARY KEY CHECK (version > 0),
        name text NOT NULL,
        phase text NOT NULL CHECK (phase IN ('expand', 'contract')),
        applied_at timestamptz NOT NULL DEFAULT now()
    )";

/// How long a transaction waits for a table. Whoever comes after it to that table waits as long, and a check has a quarter of a
/// second.
const HELD_UP: &str = "100ms";

/// How long after that it is tried again; and how long a step outside of a transaction takes until it is said whom it waits for.
const AGAIN: Duration = Duration::from_secs(2);

/// How often it is asked whether another process is done.
const TURN: Duration = Duration::from_millis(100);

/// Makes what is missing, up to the first that contracts unless `contract` says to go on. Answers what was made.
///
/// Several nodes may start at once: one makes them, the others wait for it and then find nothing to do. A migration that cannot
/// have its tables, because a dump or a long transaction holds them, is tried again until it can: checks go on meanwhile.
pub(super) async fn bring_up(
    address: &PostgresAddress,
    client: &mut Client,
    known: &[Migration],
    contract: bool,
) -> Result<Vec<Applied>, ConnectError> {
    let refused = |error| ConnectError::refused(address, error);
    let (mut made, mut told) = (Vec::new(), String::new());
    // While it is ours to make them: whether the database had nothing then.
    let mut turn: Option<bool> = None;
    loop {
        let before = applied(client).await.map_err(refused)?;
        compatible(&before, known)?;
        let missing = next(&before, known).filter(|(_, next)| contract || next.phase == Phase::Expand);
        let Some((version, migration)) = missing else {
            if turn.is_some() {
                end_turn(client).await.map_err(refused)?;
            }
            return Ok(made);
        };
        let Some(new) = turn else {
            wait_for_turn(client, version, migration.name).await.map_err(refused)?;
            // Another may have made it meanwhile.
            turn = Some(applied(client).await.map_err(refused)?.is_empty());
            continue;
        };
        match one(address, client, version, migration, new).await {
            Ok(()) => {
                tracing::info!(version, name = migration.name, "the schema was migrated");
                made.extend(applied(client).await.map_err(refused)?.into_iter().find(|it| it.version == version));
            }
            Err(error) if comes_again(&error) => {
                end_turn(client).await.map_err(refused)?;
                turn = None;
                let (name, holders) = (migration.name, holders(client).await.map_err(refused)?);
                if told != holders {
                    tracing::warn!(
                        version,
                        name,
                        holders,
                        "a schema migration is waiting for tables that another session holds"
                    );
                    told = holders;
                }
                tokio::time::sleep(AGAIN).await;
            }
            // Whoever waits has its turn when this connection ends.
            Err(error) => return Err(explained(address, error, &before, version)),
        }
    }
}

/// Whether it is no fault of the migration: somebody has its tables, or waits for it in a transaction that it waits for (a node
/// of an earlier release that starts does).
fn comes_again(error: &Error) -> bool {
    let Error::Sql(error) = error else { return false };
    error.code().is_some_and(|code| [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].contains(code))
}

fn explained(address: &PostgresAddress, error: Error, before: &[Applied], needed: u32) -> ConnectError {
    match error {
        Error::Sql(sql) if sql.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => ConnectError::Behind {
            found: before.last().map_or(0, |last| last.version),
            needed,
            cause: InWords(&sql).to_string(),
        },
        error => ConnectError::refused(address, error),
    }
}

/// Waits until no other process makes migrations. It asks again and again: a statement that waited would be one that an index,
/// which waits for all that began before it, never gets past.
async fn wait_for_turn(client: &Client, version: u32, name: &str) -> Result<(), Error> {
    // A migration of a large table takes its time.
    client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").await?;
    let mut told = false;
    loop {
        let row = client.query_one("SELECT pg_try_advisory_lock(hashtextextended('admit migration', 0))", &[]).await?;
        if row.try_get(0)? {
            return Ok(());
        }
        if !told {
            tracing::warn!(version, name, "a schema migration is being made by another process: waiting for it");
            told = true;
        }
        tokio::time::sleep(TURN).await;
    }
}

async fn end_turn(client: &Client) -> Result<(), Error> {
    Ok(client.batch_execute("SELECT pg_advisory_unlock(hashtextextended('admit migration', 0))").await?)
}

/// Makes one, and writes down that it is made.
async fn one(
    address: &PostgresAddress,
    client: &mut Client,
    version: u32,
    migration: &Migration,
    new: bool,
) -> Result<(), Error> {
    let (together, mut steps) = migration.parts();
    let transaction = client.transaction().await?;
    if new {
        transaction.batch_execute(BOOK).await?;
    }
    transaction.batch_execute(&format!("SET LOCAL lock_timeout = '{HELD_UP}'")).await?;
    transaction.batch_execute(together).await?;
    if new {
        for step in steps.drain(..) {
            transaction.batch_execute(&step.replacen("CONCURRENTLY ", "", 1)).await?;
        }
    }
    if steps.is_empty() {
        write_down(transaction.client(), version, migration).await?;
        return Ok(transaction.commit().await?);
    }
    transaction.commit().await?;
    for statement in steps {
        tracing::info!(version, name = migration.name, "a step of a schema migration is made beside service");
        step(address, client, version, &statement).await?;
    }
    write_down(client, version, migration).await
}

async fn write_down(client: &Client, version: u32, migration: &Migration) -> Result<(), Error> {
    let number = i32::try_from(version).unwrap_or(i32::MAX);
    let sql = "INSERT INTO admit.migration (version, name, phase) VALUES ($1, $2, $3)";
    client.execute(sql, &[&number, &migration.name, &migration.phase.as_str()]).await?;
    Ok(())
}

/// Makes a step outside of any transaction, and says whom it waits for.
async fn step(address: &PostgresAddress, client: &Client, version: u32, statement: &str) -> Result<(), Error> {
    if let Some(index) = index(statement) {
        // What an earlier try has left is not used by anybody, and would count as made.
        let sql = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('admit.' || $1::text) AND NOT indisvalid";
        if client.query_opt(sql, &[&index]).await?.is_some() {
            client.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS admit.{index}")).await?;
        }
    }
    let process: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await?.try_get(0)?;
    let mut made = std::pin::pin!(client.batch_execute(statement));
    let mut told = String::new();
    loop {
        if let Ok(made) = tokio::time::timeout(AGAIN, &mut made).await {
            return Ok(made?);
        }
        // Nobody in particular: it works.
        let holders = before(address, process).await.unwrap_or_default();
        if !holders.is_empty() && told != holders {
            tracing::warn!(
                version,
                holders,
                "a step of a schema migration waits for a transaction that began before it"
            );
            told = holders;
        }
    }
}

/// The index that a statement makes.
fn index(statement: &str) -> Option<&str> {
    statement.split_once("INDEX CONCURRENTLY IF NOT EXISTS ")?.1.split_whitespace().next()
}

/// Whom a process waits for: `pg_dump (process 4711)`.
pub(super) async fn before(address: &PostgresAddress, process: i32) -> Result<String, Error> {
    let tls = address.tls().map_err(|error| Error::Connection(error.to_string()))?;
    let client = connect(address.config(), tls).await?;
    let sql = "SELECT coalesce(string_agg(format('%s (process %s)', coalesce(nullif(application_name, ''), usename), pid), ', '), '')
               FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1))";
    Ok(client.query_one(sql, &[&process]).await?.try_get(0)?)
}

/// Who has tables of ours in a transaction that goes on: `pg_dump (process 4711)`.
async fn holders(client: &Client) -> Result<String, Error> {
    let row = client
        .query_one(
            "SELECT coalesce(string_agg(DISTINCT format('%s (process %s)', coalesce(nullif(a.application_name, ''), a.usename), a.pid),
                                        ', '), 'nobody any more')
             FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_class c ON c.oid = l.relation
             WHERE c.relnamespace = 'admit'::regnamespace AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND a.pid <> pg_backend_pid() AND a.xact_start < clock_timestamp() - interval '100 milliseconds'",
            &[],
        )
        .await?;
    Ok(row.try_get(0)?)
}
