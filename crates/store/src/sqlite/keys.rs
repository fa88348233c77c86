//! The signing keys, sealed.

use admit_core::audit::Event;
use admit_core::jws::{Algorithm, KeyId, Sealed};
use admit_core::keyring::KeyRecord;
use admit_core::signal::Told;
use admit_core::time::Timestamp;
use admit_core::token::MAX_LIFETIME;
use rusqlite::{Connection, Result, params};

use super::column::{malformed, millis, time, time_or_none};
use super::writer::Done;
use super::{events, signals};

/// Every key, oldest first.
pub(super) fn list(connection: &Connection) -> Result<Vec<KeyRecord>> {
    connection
        .prepare_cached(
            "SELECT kid, algorithm, sealed, created_at, signs_from, revoked_at FROM signing_key ORDER BY created_at, kid",
        )?
        .query_map([], |row| {
            let algorithm: String = row.get(1)?;
            Ok(KeyRecord {
                kid: KeyId::from_text(&row.get::<_, String>(0)?),
                algorithm: Algorithm::parse(&algorithm).map_err(|error| malformed(1, error))?,
                sealed: Sealed::from_bytes(row.get(2)?),
                created_at: time(row, 3)?,
                signs_from: time(row, 4)?,
                revoked_at: time_or_none(row, 5)?,
            })
        })?
        .collect()
}

/// Adds a key, unless somebody else has added one meanwhile.
pub(super) fn add(connection: &Connection, key: &KeyRecord, beside: usize, event: &Event) -> Result<Done<bool>> {
    let usable = list(connection)?.iter().filter(|key| key.revoked_at.is_none()).count();
    if usable != beside {
        return Ok(Done::plain(false));
    }
    connection
        .prepare_cached(
            "INSERT INTO signing_key (kid, algorithm, sealed, created_at, signs_from) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            key.kid.as_str(),
            key.algorithm.as_str(),
            key.sealed.as_bytes(),
            millis(key.created_at),
            millis(key.signs_from)
        ])?;
    events::insert(connection, event, None)?;
    let told = changed(connection, event.at)?;
    Ok(Done { answer: true, effects: told.into_iter().collect() })
}

/// Withdraws a key. Every token of it is dead.
pub(super) fn revoke(connection: &Connection, kid: &KeyId, event: &Event) -> Result<Done<bool>> {
    let revoked = connection
        .prepare_cached("UPDATE signing_key SET revoked_at = ?2 WHERE kid = ?1 AND revoked_at IS NULL")?
        .execute(params![kid.as_str(), millis(event.at)])?;
    if revoked == 0 {
        return Ok(Done::plain(false));
    }
    events::insert(connection, event, None)?;
    let mut effects = Vec::new();
    effects.extend(signals::tell(connection, event.at, event.at.plus(MAX_LIFETIME), Told::Key(kid.clone()))?);
    effects.extend(changed(connection, event.at)?);
    Ok(Done { answer: true, effects })
}

/// Deletes a key that nobody needs any more.
pub(super) fn delete(connection: &Connection, kid: &KeyId) -> Result<()> {
    connection.prepare_cached("DELETE FROM signing_key WHERE kid = ?1")?.execute([kid.as_str()]).map(drop)
}

/// Who follows the signals fetches the keys again. Who does not follow now fetches them anyway when it begins to.
fn changed(connection: &Connection, at: Timestamp) -> Result<Option<crate::live::Effect>> {
    signals::tell(connection, at, at, Told::KeysChanged)
}
