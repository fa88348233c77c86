//! What the nodes of one database have to be started with alike, and which of them are there.
//!
//! Two nodes with another secret, another Redis or other limits end each other's sessions, and nobody sees why. So the first node writes
//! down what it was started with, and one that differs is told in what, unless no other is there any more.

use std::collections::BTreeMap;
use std::time::Duration;

use admit_core::store::{Reply, StoreError};
use serde_json::Value;
use uuid::Uuid;

use super::Postgres;
use super::column::value;
use super::connection::On;
use super::error::Error;

/// How often a node says that it is there.
pub const SAID_EVERY: Duration = Duration::from_secs(10);

/// What has to be alike, by the names of the settings.
pub type Settings = BTreeMap<String, String>;

/// The outcome of joining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It has what the others have, or is the first.
    Alike,
    /// It has other settings, and they are everybody's from now on. What they were.
    Changed(Settings),
    /// Others are there, and were started with these.
    Differs(Settings),
}

impl Postgres {
    /// Joins the nodes. `change`: with these settings even if others are there, which have to be started anew with them.
    pub fn join(&self, node: [u8; 16], settings: Settings, change: bool) -> Reply<Joined> {
        self.write(move |on| Box::pin(join(on, Uuid::from_bytes(node), settings, change)))
    }

    /// Says that a node is there. Answers the settings that are everybody's.
    pub fn is_there(&self, node: [u8; 16]) -> Reply<Settings> {
        self.write(move |on| {
            Box::pin(async move {
                note(on, Uuid::from_bytes(node)).await?;
                agreed(on).await
            })
        })
    }

    /// Says that a node is about to stop.
    pub fn leave(&self, node: [u8; 16]) -> Reply<()> {
        self.write(move |on| {
            Box::pin(
                async move { on.run("DELETE FROM node WHERE id = $1", &[&Uuid::from_bytes(node)]).await.map(drop) },
            )
        })
    }
}

async fn join(on: On<'_>, node: Uuid, settings: Settings, change: bool) -> Result<Joined, Error> {
    let ours = serde_json::to_value(&settings).map_err(malformed)?;
    on.run("INSERT INTO deployment (settings) VALUES ($1) ON CONFLICT DO NOTHING", &[&ours]).await?;
    let theirs = agreed(on).await?;
    // What only one of two releases knows is no difference.
    let joined = if settings.iter().all(|(name, ours)| theirs.get(name).is_none_or(|theirs| theirs == ours)) {
        Joined::Alike
    } else {
        // A node that ended without a word counts as there for three times as long as it would have said something in.
        let others = on
            .one(
                "SELECT EXISTS (SELECT 1 FROM node WHERE id <> $1 AND seen_at > clock_timestamp() - interval '30 seconds')",
                &[&node],
            )
            .await?;
        if value::<bool>(&others, 0)? && !change {
            return Ok(Joined::Differs(theirs));
        }
        on.run("UPDATE deployment SET settings = $1, changed_at = clock_timestamp()", &[&ours]).await?;
        Joined::Changed(theirs)
    };
    note(on, node).await?;
    on.run("DELETE FROM node WHERE seen_at < clock_timestamp() - interval '1 hour'", &[]).await?;
    Ok(joined)
}

async fn note(on: On<'_>, node: Uuid) -> Result<(), Error> {
    on.run("INSERT INTO node (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp()", &[&node])
        .await
        .map(drop)
}

/// The settings that are everybody's. Of two nodes that join at once the second waits here.
async fn agreed(on: On<'_>) -> Result<Settings, Error> {
    let row = on.one("SELECT settings FROM deployment FOR UPDATE", &[]).await?;
    serde_json::from_value(value::<Value>(&row, 0)?).map_err(malformed)
}

fn malformed(error: serde_json::Error) -> Error {
    Error::Malformed(StoreError::new(error).to_string())
}
