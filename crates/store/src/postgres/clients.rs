//! What tokens of each client may say, as a node was last started.

use std::collections::BTreeMap;

use admit_core::audit::Event;
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::signal::Signal;
use admit_core::token::MAX_LIFETIME;

use super::column::{big, malformed, number, value};
use super::connection::On;
use super::error::Error;
use super::{events, signals};
use crate::clients::{self, Known};

/// Writes down what they may say now, and tells of those that may say something else than before. One node at a time does it.
pub(super) async fn declare(
    on: On<'_>,
    clients: BTreeMap<ClientId, String>,
    event: &Event,
) -> Result<(BTreeMap<ClientId, ClientGeneration>, Vec<Signal>), Error> {
    on.opt("SELECT pg_advisory_xact_lock(hashtextextended('admit clients', 0))", &[]).await?;
    let declared = clients::declare(known(on).await?, clients, on.epoch().floor());
    for (id, rights) in &declared.new {
        on.run("INSERT INTO client (id, rights) VALUES ($1, $2)", &[&id.as_str(), rights]).await?;
    }
    for changed in &declared.changed {
        on.run(
            "UPDATE client SET rights = $2, generation = $3 WHERE id = $1",
            &[&changed.id.as_str(), &changed.rights, &big(changed.generation.0)],
        )
        .await?;
        events::insert(on, &changed.event(event), None).await?;
    }
    // Last: whoever tells keeps all others from telling.
    let mut told = Vec::new();
    for changed in &declared.changed {
        told.extend(signals::tell(on, event.at, event.at.plus(MAX_LIFETIME), changed.told()).await?);
    }
    Ok((declared.all, told))
}

async fn known(on: On<'_>) -> Result<Known, Error> {
    let rows = on.all("SELECT id, rights, generation FROM client", &[]).await?;
    let known = rows.iter().map(|row| {
        let id = ClientId::parse(value(row, 0)?).map_err(malformed)?;
        Ok((id, (value(row, 1)?, ClientGeneration(number(row, 2)?))))
    });
    known.collect()
}
