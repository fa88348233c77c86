//! One-time tokens: what each is for, and until when. There is one for each purpose of a subject, and one for each purpose
//! that is about nobody.

use std::time::Duration;

use admit_core::audit::Event;
use admit_core::credential::{OneTimeTokenDigest, Purpose};
use admit_core::drift::AHEAD;
use admit_core::subject::Status;
use admit_core::time::Timestamp;

use super::{Expiry, Transaction, columns, expiry};
use crate::snapshot::Cell;

pub(crate) const EXPIRY: Expiry = expiry!("one_time_token", "digest", "expires_at <= $1", Duration::ZERO);

/// Gives those that an earlier release exported the generation of their subject, which they go by.
pub(crate) const ADOPT: &str = "UPDATE one_time_token SET generation =
    (SELECT generation FROM subject WHERE id = subject_id) WHERE generation IS NULL AND subject_id IS NOT NULL";

/// That a token can be used: it has not ended, it was not made under a clock that was ahead, and its subject is still in the generation
/// in which it was made. So a new password voids it wherever that is set, even at a node of a release that does not know this table.
macro_rules! usable {
    () => {
        "digest = $1 AND expires_at > $2 AND expires_at <= $3 AND address IS NULL AND (subject_id IS NULL OR EXISTS
         (SELECT 1 FROM subject s WHERE s.id = subject_id AND s.status = 'active' AND s.generation = one_time_token.generation))"
    };
}

fn usable(token: &OneTimeTokenDigest, now: Timestamp) -> [Cell; 3] {
    [token.as_bytes().as_slice().into(), now.into(), now.plus(Purpose::MAX_LIFETIME + AHEAD).into()]
}

fn subject(purpose: Purpose) -> Cell {
    purpose.subject().map_or(Cell::Nothing, Cell::from)
}

/// What a token is for, if it can be used.
pub(crate) async fn live<T: Transaction>(
    on: &T,
    token: &OneTimeTokenDigest,
    now: Timestamp,
) -> Result<Option<Purpose>, T::Error> {
    let sql = concat!("SELECT purpose, subject_id FROM one_time_token WHERE ", usable!());
    let Some(row) = on.rows(sql, &usable(token, now)).await?.pop() else { return Ok(None) };
    let [purpose, subject] = columns(row)?;
    let subject = subject.optional().map(Cell::subject).transpose()?;
    Ok(Purpose::stored(&purpose.text()?, subject))
}

/// Takes a token for what it is for: `false` when it cannot be used for that. The subject that it is about is locked, if any. Of two
/// at once the second waits for the first, and finds none.
pub(crate) async fn take<T: Transaction>(
    on: &T,
    token: &OneTimeTokenDigest,
    purpose: Purpose,
    now: Timestamp,
) -> Result<bool, T::Error> {
    let sql = concat!(
        "DELETE FROM one_time_token WHERE ",
        usable!(),
        " AND purpose = $4 AND (subject_id = $5 OR subject_id IS NULL AND $5 IS NULL)"
    );
    let [digest, after, until] = usable(token, now);
    Ok(on.execute(sql, &[digest, after, until, purpose.name().into(), subject(purpose)]).await? == 1)
}

/// Keeps a token in place of the one before. `false` when its subject may not act.
pub(crate) async fn keep<T: Transaction>(
    on: &T,
    token: &OneTimeTokenDigest,
    purpose: Purpose,
    expires_at: Timestamp,
    event: &Event,
) -> Result<bool, T::Error> {
    let generation = match purpose.subject() {
        None => {
            on.lock("admit one-time token").await?;
            let sql = "DELETE FROM one_time_token WHERE purpose = $1 AND subject_id IS NULL";
            on.execute(sql, &[purpose.name().into()]).await?;
            Cell::Nothing
        }
        Some(id) => {
            let held = on.hold(id).await?.filter(|subject| subject.status == Status::Active);
            let Some(held) = held else { return Ok(false) };
            let sql = "DELETE FROM one_time_token WHERE purpose = $1 AND subject_id = $2";
            on.execute(sql, &[purpose.name().into(), id.into()]).await?;
            u64::from(held.generation.0).into()
        }
    };
    let sql =
        "INSERT INTO one_time_token (digest, purpose, subject_id, generation, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let digest = token.as_bytes().as_slice().into();
    on.execute(sql, &[digest, purpose.name().into(), subject(purpose), generation, expires_at.into()]).await?;
    on.append_event(event, purpose.subject()).await?;
    Ok(true)
}
