//! The signing keys, sealed.

use admit_core::audit::Event;
use admit_core::jws::{Algorithm, KeyId, Sealed};
use admit_core::keyring::KeyRecord;
use admit_core::signal::{Signal, Told};
use admit_core::token::MAX_LIFETIME;

use super::{Transaction, Unreadable, columns};
use crate::snapshot::{Cell, Row};

/// Every key, oldest first.
pub(crate) async fn list<T: Transaction>(on: &T) -> Result<Vec<KeyRecord>, T::Error> {
    let rows =
        on.rows("SELECT kid, algorithm, sealed, created_at, signs_from, revoked_at FROM signing_key", &[]).await?;
    let mut keys = rows.into_iter().map(key).collect::<Result<Vec<_>, _>>()?;
    // Sorted here and not in the statement: databases order texts differently.
    keys.sort_by(|one, other| (one.created_at, one.kid.as_str()).cmp(&(other.created_at, other.kid.as_str())));
    Ok(keys)
}

fn key(row: Row) -> Result<KeyRecord, Unreadable> {
    let [kid, algorithm, sealed, created_at, signs_from, revoked_at] = columns(row)?;
    Ok(KeyRecord {
        kid: KeyId::from_text(&kid.text()?),
        algorithm: Algorithm::parse(&algorithm.text()?).map_err(Unreadable::new)?,
        sealed: Sealed::from_bytes(sealed.bytes()?),
        created_at: created_at.time()?,
        signs_from: signs_from.time()?,
        revoked_at: revoked_at.optional().map(Cell::time).transpose()?,
    })
}

/// Adds a key, unless somebody else has added one meanwhile.
pub(crate) async fn add<T: Transaction>(
    on: &T,
    key: &KeyRecord,
    beside: usize,
    event: &Event,
) -> Result<(bool, Vec<Signal>), T::Error> {
    on.lock("admit keys").await?;
    if list(on).await?.iter().filter(|key| key.revoked_at.is_none()).count() != beside {
        return Ok((false, Vec::new()));
    }
    let sql = "INSERT INTO signing_key (kid, algorithm, sealed, created_at, signs_from) VALUES ($1, $2, $3, $4, $5)";
    let (kid, algorithm) = (key.kid.as_str().into(), key.algorithm.as_str().into());
    let (created_at, signs_from) = (key.created_at.into(), key.signs_from.into());
    on.execute(sql, &[kid, algorithm, key.sealed.as_bytes().into(), created_at, signs_from]).await?;
    on.append_event(event, None).await?;
    Ok((true, changed(on, event).await?.into_iter().collect()))
}

/// Withdraws a key. Every token of it is dead.
pub(crate) async fn revoke<T: Transaction>(
    on: &T,
    kid: &KeyId,
    event: &Event,
) -> Result<(bool, Vec<Signal>), T::Error> {
    let sql = "UPDATE signing_key SET revoked_at = $2 WHERE kid = $1 AND revoked_at IS NULL";
    if on.execute(sql, &[kid.as_str().into(), event.at.into()]).await? == 0 {
        return Ok((false, Vec::new()));
    }
    on.append_event(event, None).await?;
    let dead = on.tell(event.at, event.at.plus(MAX_LIFETIME), Told::Key(kid.clone())).await?;
    Ok((true, dead.into_iter().chain(changed(on, event).await?).collect()))
}

/// Deletes a key that nobody needs any more.
pub(crate) async fn delete<T: Transaction>(on: &T, kid: &KeyId) -> Result<(), T::Error> {
    on.execute("DELETE FROM signing_key WHERE kid = $1", &[kid.as_str().into()]).await.map(drop)
}

/// Who follows the signals fetches the keys again. Who does not follow now fetches them anyway when it begins to.
async fn changed<T: Transaction>(on: &T, event: &Event) -> Result<Option<Signal>, T::Error> {
    on.tell(event.at, event.at, Told::KeysChanged).await
}
