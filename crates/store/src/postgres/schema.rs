//! The schema, as numbered migrations.
//!
//! A migration either **expands** the schema, so that nodes of the release before go on working, or **contracts** it, taking
//! away what they needed. A node makes the expanding ones by itself when it starts, one node at a time; contracting is asked
//! for by a person (`admit migrate up --contract`), when no node of the release before is left. So a rolling upgrade never
//! has a node on a schema that it cannot work with, and one that is started all the same refuses.

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
    pub(super) sql: &'static str,
}

/// What begins the part of a migration that is made outside of its transaction, as a line of its own.
///
/// An index on a table that has rows is made there, by `CREATE INDEX CONCURRENTLY IF NOT EXISTS`, and a constraint that the
/// transaction has made `NOT VALID` is validated: nobody waits for either. A node may be stopped in between, and then all of
/// the migration is made again: each of its statements has a form that may be (`IF NOT EXISTS`, `IF EXISTS`).
const OUTSIDE: &str = "-- Outside of the transaction";

impl Migration {
    /// What is made in a transaction, and the statements that follow it one by one.
    pub(super) fn parts(&self) -> (&'static str, Vec<String>) {
        let Some((together, outside)) = self.sql.split_once(OUTSIDE) else { return (self.sql, Vec::new()) };
        let told = outside.lines().skip(1).filter(|line| !line.trim_start().starts_with("--"));
        let told = told.collect::<Vec<_>>().join("\n");
        let steps = told.split(';').map(str::trim).filter(|step| !step.is_empty());
        (together, steps.map(ToOwned::to_owned).collect())
    }
}

/// Each is made once, in order. Never change what one that has been released makes: add another.
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
    Migration {
        name: "holders by name",
        phase: Phase::Expand,
        sql: include_str!("migrations/0011_holders_by_name.sql"),
    },
    // Functions too: what all of an attempt's counters do in one round trip. One that changes gets another name, so that nodes of both
    // releases have theirs.
    Migration { name: "attempt counts", phase: Phase::Expand, sql: include_str!("migrations/0012_attempt_counts.sql") },
    Migration { name: "password links", phase: Phase::Expand, sql: include_str!("migrations/0013_password_links.sql") },
    Migration {
        name: "events by address and time",
        phase: Phase::Expand,
        sql: include_str!("migrations/0014_events_by_address_and_time.sql"),
    },
    Migration { name: "assurance", phase: Phase::Expand, sql: include_str!("migrations/0015_assurance.sql") },
    Migration {
        name: "one-time tokens",
        phase: Phase::Expand,
        sql: include_str!("migrations/0016_one_time_tokens.sql"),
    },
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

/// Whether this program can work with what is there.
pub(super) fn compatible(applied: &[Applied], known: &[Migration]) -> Result<(), ConnectError> {
    let newest = u32::try_from(known.len()).unwrap_or(u32::MAX);
    match applied.iter().find(|there| there.version > newest && there.contracts) {
        Some(there) => Err(ConnectError::Newer { found: there.version, known: newest }),
        None => Ok(()),
    }
}

/// The first that it does not have.
pub(super) fn next<'a>(applied: &[Applied], known: &'a [Migration]) -> Option<(u32, &'a Migration)> {
    (1_u32..).zip(known).find(|(version, _)| !applied.iter().any(|there| there.version == *version))
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

#[cfg(test)]
mod tests;
