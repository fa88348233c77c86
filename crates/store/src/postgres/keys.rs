//! The signing keys, sealed.

use admit_core::audit::Event;
use admit_core::jws::{Algorithm, KeyId, Sealed};
use admit_core::keyring::KeyRecord;
use admit_core::signal::{Signal, Told};
use admit_core::token::MAX_LIFETIME;
use tokio_postgres::Row;

use super::column::{at, malformed, time, time_or_none, value};
use super::connection::On;
use super::error::Error;
use super::{events, signals};

/// Every key, oldest first.
pub(super) async fn list(on: On<'_>) -> Result<Vec<KeyRecord>, Error> {
    on.all(
        "SELECT kid, algorithm, sealed, created_at, signs_from, revoked_at FROM signing_key
         ORDER BY created_at, kid COLLATE \"C\"",
        &[],
    )
    .await?
    .iter()
    .map(key)
    .collect()
}

fn key(row: &Row) -> Result<KeyRecord, Error> {
    Ok(KeyRecord {
        kid: KeyId::from_text(value(row, 0)?),
        algorithm: Algorithm::parse(value(row, 1)?).map_err(malformed)?,
        sealed: Sealed::from_bytes(value(row, 2)?),
        created_at: time(row, 3)?,
        signs_from: time(row, 4)?,
        revoked_at: time_or_none(row, 5)?,
    })
}

/// Adds a key, unless somebody else has added one meanwhile. One transaction at a time asks.
pub(super) async fn add(
    on: On<'_>,
    key: &KeyRecord,
    beside: usize,
    event: &Event,
) -> Result<(bool, Vec<Signal>), Error> {
    on.opt("SELECT pg_advisory_xact_lock(hashtextextended('admit keys', 0))", &[]).await?;
    let usable = list(on).await?.iter().filter(|key| key.revoked_at.is_none()).count();
    if usable != beside {
        return Ok((false, Vec::new()));
    }
    on.run(
        "INSERT INTO signing_key (kid, algorithm, sealed, created_at, signs_from) VALUES ($1, $2, $3, $4, $5)",
        &[&key.kid.as_str(), &key.algorithm.as_str(), &key.sealed.as_bytes(), &at(key.created_at), &at(key.signs_from)],
    )
    .await?;
    events::insert(on, event, None).await?;
    let told = signals::tell(on, event.at, event.at, Told::KeysChanged).await?;
    Ok((true, told.into_iter().collect()))
}

/// Withdraws a key. Every token of it is dead.
pub(super) async fn revoke(on: On<'_>, kid: &KeyId, event: &Event) -> Result<(bool, Vec<Signal>), Error> {
    let revoked = on
        .run(
            "UPDATE signing_key SET revoked_at = $2 WHERE kid = $1 AND revoked_at IS NULL",
            &[&kid.as_str(), &at(event.at)],
        )
        .await?;
    if revoked == 0 {
        return Ok((false, Vec::new()));
    }
    events::insert(on, event, None).await?;
    let mut told = Vec::new();
    told.extend(signals::tell(on, event.at, event.at.plus(MAX_LIFETIME), Told::Key(kid.clone())).await?);
    // Who follows the signals fetches the keys again. Who does not follow now fetches them anyway when it begins to.
    told.extend(signals::tell(on, event.at, event.at, Told::KeysChanged).await?);
    Ok((true, told))
}

/// Deletes a key that nobody needs any more.
pub(super) async fn delete(on: On<'_>, kid: &KeyId) -> Result<(), Error> {
    on.run("DELETE FROM signing_key WHERE kid = $1", &[&kid.as_str()]).await.map(drop)
}
