//! Sessions by their secrets: the current one, and through the log the previous one.

use admit_core::credential::SessionDigest;
use admit_core::id::SubjectId;
use admit_core::session::{SessionRecord, is_good_beside};
use admit_core::store::Checked;
use admit_core::subject::Generation;
use admit_core::time::Timestamp;
use tokio_postgres::Row;

use super::column::{assurance, session_digest, session_id, small, time};
use super::connection::On;
use super::error::Error;
use super::{log, subjects};

/// Eight columns of `session x`, after the seven of a subject with its version.
macro_rules! record_columns {
    () => {
        "x.id, x.created_at, x.last_seen_at, x.absolute_expires_at, x.generation, x.roles_version, x.digest, x.assurance"
    };
}
pub(super) use record_columns;

pub(super) fn record(row: &Row, from: usize) -> Result<(SessionDigest, SessionRecord), Error> {
    let created_at = time(row, from + 1)?;
    let record = SessionRecord {
        id: session_id(row, from)?,
        created_at,
        last_seen_at: time(row, from + 2)?,
        absolute_expires_at: time(row, from + 3)?,
        generation: Generation(small(row, from + 4)?),
        roles_version: small(row, from + 5)?,
        superseded_at: None,
        assurance: assurance(row, from + 7, created_at)?,
    };
    Ok((session_digest(row, from + 6)?, record))
}

const CHECK: &str = concat!(
    "SELECT ",
    subjects::state_columns!(),
    ", ",
    record_columns!(),
    " FROM session x JOIN subject s ON s.id = x.subject_id WHERE x.digest = $1"
);

/// The session with this digest and its subject, dead or alive. What was not found may have been replaced a moment ago: that is
/// asked for then alone, and not at each check.
pub(super) async fn find(on: On<'_>, digest: &SessionDigest) -> Result<Option<Checked>, Error> {
    match present(on, digest).await? {
        found @ Some(_) => Ok(found),
        None => Ok(superseded(on, digest).await?.map(|(_, checked)| checked)),
    }
}

/// The same, by its present secret alone.
pub(super) async fn present(on: On<'_>, digest: &SessionDigest) -> Result<Option<Checked>, Error> {
    let Some(row) = on.opt(CHECK, &[&digest.as_bytes().as_slice()]).await? else { return Ok(None) };
    Ok(Some(Checked { session: record(&row, 6)?.1, subject: subjects::state(&row)? }))
}

const SUPERSEDED: &str = concat!(
    "SELECT ",
    subjects::state_columns!(),
    ", ",
    record_columns!(),
    ", e.superseded_at FROM log_entry e JOIN session x ON x.digest = e.successor JOIN subject s ON s.id = x.subject_id
     WHERE e.digest = $1"
);

/// The session whose secret this was before its present one, and that one; dead or alive.
pub(super) async fn superseded(on: On<'_>, old: &SessionDigest) -> Result<Option<(SessionDigest, Checked)>, Error> {
    let Some(row) = on.opt(SUPERSEDED, &[&old.as_bytes().as_slice()]).await? else { return Ok(None) };
    let (digest, session) = record(&row, 6)?;
    let session = SessionRecord { superseded_at: Some(time(&row, 14)?), ..session };
    Ok(Some((digest, Checked { session, subject: subjects::state(&row)? })))
}

/// The secret that has taken the place of this one, while this one is good; otherwise this one.
pub(super) async fn present_of(
    on: On<'_>,
    secret: Option<SessionDigest>,
    now: Timestamp,
) -> Result<Option<SessionDigest>, Error> {
    let Some(secret) = secret else { return Ok(None) };
    let successor = log::superseded(on, &secret).await?.and_then(|(_, _, by)| by);
    let good = successor.filter(|by| is_good_beside(by.at, now));
    Ok(Some(good.map_or(secret, |by| by.digest)))
}

/// Whether this secret took another's place so short a time ago that the other is still good: there is never a third.
pub(super) async fn is_young(on: On<'_>, secret: &SessionDigest, now: Timestamp) -> Result<bool, Error> {
    Ok(log::took_over_at(on, secret).await?.is_some_and(|at| is_good_beside(at, now)))
}

/// Whose session this is, or was the secret of before its present one.
pub(super) async fn owner(on: On<'_>, digest: &SessionDigest) -> Result<Option<SubjectId>, Error> {
    match present(on, digest).await? {
        Some(checked) => Ok(Some(checked.subject.id)),
        None => Ok(log::superseded(on, digest).await?.map(|(_, owner, _)| owner)),
    }
}
