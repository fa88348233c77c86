//! The schema, as numbered migrations.
//!
//! A migration either **expands** the schema, so that nodes of the release before go on working, or **contracts** it, taking
//! away what they needed. A node makes the expanding ones by itself when it starts, one node at a time; contracting is asked
//! for by a person (`admit migrate up --contract`), when no node of the release before is left. So a rolling upgrade never
//! has a node on a schema that it cannot work with, and one that is started all the same refuses.

use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use super::error::{Error, InWords};
use super::open::ConnectError;

/// What a migration does to nodes of the release before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// They go on working.
    Expand,
    /// They do not.
    Contract,
}

impl Phase {
    /// As it is written down.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Contract => "contract",
        }
    }
}

/// A migration.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// What it is about.
    pub name: &'static str,
    /// What it does to others.
    pub phase: Phase,
    sql: &'static str,
}

/// Each is made once, in order, in its own transaction. Never edit one that has been released: add another.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "begin", phase: Phase::Expand, sql: include_str!("migrations/0001_begin.sql") },
    Migration {
        name: "roles in tenants",
        phase: Phase::Expand,
        sql: include_str!("migrations/0002_roles_in_tenants.sql"),
    },
    Migration {
        name: "repeated events",
        phase: Phase::Expand,
        sql: include_str!("migrations/0003_repeated_events.sql"),
    },
    Migration { name: "nodes", phase: Phase::Expand, sql: include_str!("migrations/0004_nodes.sql") },
    Migration {
        name: "superseded secrets",
        phase: Phase::Expand,
        sql: include_str!("migrations/0005_superseded_secrets.sql"),
    },
    Migration { name: "events by age", phase: Phase::Expand, sql: include_str!("migrations/0006_events_by_age.sql") },
    Migration {
        name: "superseded by time",
        phase: Phase::Expand,
        sql: include_str!("migrations/0007_superseded_by_time.sql"),
    },
    Migration { name: "clients", phase: Phase::Expand, sql: include_str!("migrations/0008_clients.sql") },
    Migration {
        name: "addresses by prefix",
        phase: Phase::Expand,
        sql: include_str!("migrations/0009_addresses_by_prefix.sql"),
    },
    Migration { name: "epochs", phase: Phase::Expand, sql: include_str!("migrations/0010_epochs.sql") },
];

/// A migration that a database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its number.
    pub version: u32,
    /// Its name.
    pub name: String,
    /// Whether it took something away.
    pub contracts: bool,
    /// When, as the database says it.
    pub applied_at: String,
}

const BOOK: &str = "CREATE SCHEMA IF NOT EXISTS admit;
    CREATE TABLE IF NOT EXISTS admit.migration (
        version integer PRIMARY KEY CHECK (version > 0),
        name text NOT NULL,
        phase text NOT NULL CHECK (phase IN ('expand', 'contract')),
        applied_at timestamptz NOT NULL DEFAULT now()
    )";

/// What the database has, oldest first.
pub(super) async fn applied(client: &Client) -> Result<Vec<Applied>, Error> {
    let there = client.query_one("SELECT to_regclass('admit.migration') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let rows = client
        .query("SELECT version, name, phase = 'contract', applied_at::text FROM admit.migration ORDER BY version", &[])
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Applied, Error> {
    let version: i32 = row.try_get(0)?;
    Ok(Applied {
        version: u32::try_from(version).map_err(super::column::malformed)?,
        name: row.try_get(1)?,
        contracts: row.try_get(2)?,
        applied_at: row.try_get(3)?,
    })
}

/// Makes what is missing, up to the first that contracts unless `contract` says to go on. Answers what was made.
///
/// Several nodes may start at once: one makes them, the others wait for it and then find nothing to do. A migration that cannot
/// have its tables, because a dump or a long transaction holds them, is tried again until it can: checks go on meanwhile.
pub(super) async fn bring_up(
    client: &mut Client,
    known: &[Migration],
    contract: bool,
) -> Result<Vec<Applied>, ConnectError> {
    let refused =
        |error: Error| ConnectError::Refused { address: "the address given".to_owned(), cause: error.to_string() };
    let mut made = Vec::new();
    let mut told: Option<String> = None;
    loop {
        let before = applied(client).await.map_err(refused)?;
        compatible(&before, known)?;
        let Some((version, next)) = next(&before, known).filter(|(_, next)| contract || next.phase == Phase::Expand)
        else {
            return Ok(made);
        };
        let done = one(client, version, next).await;
        if let Err(Error::Sql(error)) = &done
            && error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
        {
            let holders = holders(client).await.map_err(refused)?;
            if told.as_ref() != Some(&holders) {
                tracing::warn!(
                    version,
                    name = next.name,
                    holders,
                    "a schema migration is waiting for tables that another session holds"
                );
                told = Some(holders);
            }
            tokio::time::sleep(AGAIN).await;
            continue;
        }
        let done = done.map_err(|error| match &error {
            Error::Sql(sql) if sql.code().is_some_and(|code| code.code() == "42501") => ConnectError::Behind {
                found: before.last().map_or(0, |last| last.version),
                needed: version,
                cause: InWords(sql).to_string(),
            },
            _ => refused(error),
        })?;
        if done {
            tracing::info!(version, name = next.name, "the schema was migrated");
            made.extend(applied(client).await.map_err(refused)?.into_iter().find(|it| it.version == version));
        }
    }
}

/// Whether this program can work with what is there.
fn compatible(applied: &[Applied], known: &[Migration]) -> Result<(), ConnectError> {
    let newest = u32::try_from(known.len()).unwrap_or(u32::MAX);
    match applied.iter().find(|there| there.version > newest && there.contracts) {
        Some(there) => Err(ConnectError::Newer { found: there.version, known: newest }),
        None => Ok(()),
    }
}

fn next<'a>(applied: &[Applied], known: &'a [Migration]) -> Option<(u32, &'a Migration)> {
    (1_u32..).zip(known).find(|(version, _)| !applied.iter().any(|there| there.version == *version))
}

/// How long a migration waits for a table. Whoever comes after it to that table waits as long, and a check has a quarter of a second.
const HELD_UP: &str = "100ms";

/// How long after that it is tried again.
const AGAIN: Duration = Duration::from_secs(2);

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

/// Makes one, unless another process has made it meanwhile.
async fn one(client: &mut Client, version: u32, migration: &Migration) -> Result<bool, Error> {
    let transaction = client.transaction().await?;
    // A migration of a large table takes its time, and so does waiting for another node that makes it.
    transaction.batch_execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0").await?;
    transaction.batch_execute("SELECT pg_advisory_xact_lock(hashtextextended('admit migration', 0))").await?;
    transaction.batch_execute(BOOK).await?;
    let number = i32::try_from(version).unwrap_or(i32::MAX);
    let there = transaction.query_opt("SELECT 1 FROM admit.migration WHERE version = $1", &[&number]).await?;
    if there.is_some() {
        return Ok(false);
    }
    transaction.batch_execute(&format!("SET LOCAL lock_timeout = '{HELD_UP}'")).await?;
    transaction.batch_execute(migration.sql).await?;
    transaction
        .execute(
            "INSERT INTO admit.migration (version, name, phase) VALUES ($1, $2, $3)",
            &[&number, &migration.name, &migration.phase.as_str()],
        )
        .await?;
    transaction.commit().await?;
    Ok(true)
}

/// What an import that has not ended leaves beside the rows.
pub(super) const UNFINISHED: &str = "CREATE TABLE admit.unfinished_import (export text NOT NULL, rows bigint NOT NULL)";

/// Whether an import has not ended.
pub(super) async fn is_unfinished(client: &Client) -> Result<bool, Error> {
    Ok(client.query_one("SELECT to_regclass('admit.unfinished_import') IS NOT NULL", &[]).await?.try_get(0)?)
}

/// Whether the database has every migration, and none that is not known.
pub(super) async fn is_newest(client: &Client) -> Result<(), Error> {
    let applied = applied(client).await?;
    let newer = applied.iter().any(|there| there.version as usize > MIGRATIONS.len());
    if newer || next(&applied, MIGRATIONS).is_some_and(|(_, next)| next.phase == Phase::Expand) {
        return Err(Error::Schema);
    }
    Ok(())
}

/// Whether the server has what is used: `pg_current_xact_id` came with 13.
pub(super) async fn check_server(client: &Client) -> Result<(), ConnectError> {
    let refused = |error: tokio_postgres::Error| ConnectError::Refused {
        address: "the address given".to_owned(),
        cause: InWords(&error).to_string(),
    };
    let row =
        client.query_one("SELECT current_setting('server_version_num')::int, version()", &[]).await.map_err(refused)?;
    let number: i32 = row.try_get(0).map_err(refused)?;
    if number < 130_000 { Err(ConnectError::Old(row.try_get(1).map_err(refused)?)) } else { Ok(()) }
}
