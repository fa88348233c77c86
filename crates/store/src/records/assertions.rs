//! Assertions of clients: each can be used once.

use std::time::Duration;

use admit_core::client::ClientId;
use admit_core::time::Timestamp;

use super::{Expiry, Transaction, expiry};
use crate::seeded::{Bug, seeded};

pub(crate) const EXPIRY: Expiry = expiry!("used_assertion", "client, id", "until <= $1", Duration::ZERO);

/// Uses one that is good until `until`. `false` when it was used before.
pub(crate) async fn take<T: Transaction>(
    on: &T,
    client: &ClientId,
    id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, T::Error> {
    let sql = "DELETE FROM used_assertion WHERE client = $1 AND id = $2 AND until <= $3";
    on.execute(sql, &[client.as_str().into(), id.into(), now.into()]).await?;
    let sql = "INSERT INTO used_assertion (client, id, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let taken = on.execute(sql, &[client.as_str().into(), id.into(), until.into()]).await?;
    Ok(taken == 1 || seeded(Bug::AssertionUsedTwice))
}
