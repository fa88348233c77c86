//! Another secret for a session. The entry of the log that says so leads from the old one to the new one, for the seconds that
//! the old one stays good; a session that has ended is found by neither.

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::SubjectId;
use admit_core::session::{SUPERSEDED_GRACE, SessionRecord, SessionRules};
use admit_core::store::Checked;
use admit_core::time::Timestamp;

use super::column::time;
use super::connection::On;
use super::error::Error;
use super::log::{self, About};
use super::sessions::{Effects, present, record, record_columns};
use super::{events, subjects};
use crate::truth::Successor;

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
    let session = SessionRecord { superseded_at: Some(time(&row, 13)?), ..session };
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
    let good = successor.filter(|by| now.is_soon_after(by.at, SUPERSEDED_GRACE));
    Ok(Some(good.map_or(secret, |by| by.digest)))
}

/// Gives a live session a new secret and the subject's present roles version. `None` when `new` is not its secret now.
pub(super) async fn rotate(
    on: On<'_>,
    rules: &SessionRules,
    old: SessionDigest,
    new: SessionDigest,
    event: &Event,
) -> Result<Option<Effects>, Error> {
    let Some(owner) = owner(on, &old).await? else { return Ok(None) };
    let Some(held) = subjects::hold(on, owner).await? else { return Ok(None) };
    let Some(Checked { session, .. }) = present(on, &old).await? else {
        let Some((digest, checked)) = superseded(on, &old).await? else { return Ok(None) };
        let is_new = digest == new && checked.session.is_live(&held.state, rules, event.at);
        return Ok(is_new.then(Effects::default));
    };
    if !session.is_live(&held.state, rules, event.at) || is_young(on, &old, event.at).await? {
        return Ok(None);
    }
    let changed = on
        .run(
            "UPDATE session SET digest = $2, roles_version = $3 WHERE digest = $1",
            &[&old.as_bytes().as_slice(), &new.as_bytes().as_slice(), &i64::from(held.state.roles_version)],
        )
        .await?;
    if changed == 0 {
        return Ok(None);
    }
    events::insert(on, event, Some(owner)).await?;
    let by = Successor { digest: new, at: event.at, roles_version: held.state.roles_version };
    let place = log::add(on, owner, About::Secret(old, by), log::keep_until(event.at, rules)).await?;
    Ok(Some(Effects { places: vec![place], signals: Vec::new() }))
}

/// Whether this secret took another's place so short a time ago that the other is still good: there is never a third.
pub(super) async fn is_young(on: On<'_>, secret: &SessionDigest, now: Timestamp) -> Result<bool, Error> {
    Ok(log::took_over_at(on, secret).await?.is_some_and(|at| now.is_soon_after(at, SUPERSEDED_GRACE)))
}

/// Whose session this is, or was the secret of before its present one.
pub(super) async fn owner(on: On<'_>, digest: &SessionDigest) -> Result<Option<SubjectId>, Error> {
    match present(on, digest).await? {
        Some(checked) => Ok(Some(checked.subject.id)),
        None => Ok(log::superseded(on, digest).await?.map(|(_, owner, _)| owner)),
    }
}
