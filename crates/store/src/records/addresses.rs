//! Addresses that a subject has signed in from.

use std::time::Duration;

use admit_core::id::SubjectId;
use admit_core::time::Timestamp;

use super::{Expiry, Transaction, expiry};

/// How long an address is remembered.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

pub(crate) const EXPIRY: Expiry = expiry!("known_address", "subject_id, prefix", "last_at < $1", KEPT);

/// Whether a subject has signed in from an address since then.
pub(crate) async fn knows<T: Transaction>(
    on: &T,
    id: SubjectId,
    prefix: &str,
    since: Timestamp,
) -> Result<bool, T::Error> {
    let sql = "SELECT prefix FROM known_address WHERE subject_id = $1 AND prefix = $2 AND last_at >= $3";
    on.any(sql, &[id.into(), prefix.into(), since.into()]).await
}

/// Whether anybody has signed in from it since then.
pub(crate) async fn knows_anyone<T: Transaction>(on: &T, prefix: &str, since: Timestamp) -> Result<bool, T::Error> {
    let sql = "SELECT prefix FROM known_address WHERE prefix = $1 AND last_at >= $2 LIMIT 1";
    on.any(sql, &[prefix.into(), since.into()]).await
}

/// Remembers that a subject signs in from an address, unless it was deleted meanwhile.
pub(crate) async fn learn<T: Transaction>(on: &T, id: SubjectId, prefix: &str, now: Timestamp) -> Result<(), T::Error> {
    if on.hold(id).await?.is_none_or(|subject| subject.is_deleted()) {
        return Ok(());
    }
    let sql = "INSERT INTO known_address (subject_id, prefix, last_at) VALUES ($1, $2, $3)
               ON CONFLICT (subject_id, prefix) DO UPDATE SET last_at = excluded.last_at
               WHERE known_address.last_at < excluded.last_at";
    on.execute(sql, &[id.into(), prefix.into(), now.into()]).await.map(drop)
}
