//! What tokens of each client may say, as the server was last started.

use std::collections::BTreeMap;

use admit_core::audit::Event;
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::token::MAX_LIFETIME;
use rusqlite::{Connection, Result, params};

use super::column::{count, malformed};
use super::writer::Done;
use super::{events, signals};
use crate::clients::{self, Known};

/// Writes down what they may say now, and tells of those that may say something else than before.
pub(super) fn declare(
    connection: &Connection,
    clients: BTreeMap<ClientId, String>,
    event: &Event,
) -> Result<Done<BTreeMap<ClientId, ClientGeneration>>> {
    let declared = clients::declare(known(connection)?, clients, 0);
    for (id, rights) in &declared.new {
        connection
            .prepare_cached("INSERT INTO client (id, rights, generation) VALUES (?1, ?2, 0)")?
            .execute(params![id.as_str(), rights])?;
    }
    let mut effects = Vec::new();
    for changed in &declared.changed {
        let generation = i64::try_from(changed.generation.0).unwrap_or(i64::MAX);
        connection.prepare_cached("UPDATE client SET rights = ?2, generation = ?3 WHERE id = ?1")?.execute(params![
            changed.id.as_str(),
            changed.rights,
            generation
        ])?;
        events::insert(connection, &changed.event(event), None)?;
        effects.extend(signals::tell(connection, event.at, event.at.plus(MAX_LIFETIME), changed.told())?);
    }
    Ok(Done { answer: declared.all, effects })
}

fn known(connection: &Connection) -> Result<Known> {
    connection
        .prepare("SELECT id, rights, generation FROM client")?
        .query_map([], |row| {
            let id = ClientId::parse(&row.get::<_, String>(0)?).map_err(|error| malformed(0, error))?;
            Ok((id, (row.get(1)?, ClientGeneration(count(row, 2)?))))
        })?
        .collect()
}
