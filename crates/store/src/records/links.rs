//! One-time links: for the first administrator, and for the password of a subject.

use std::time::Duration;

use admit_core::audit::Event;
use admit_core::credential::{LINK_LIFETIME, LinkDigest, LinkPurpose};
use admit_core::drift::AHEAD;
use admit_core::id::SubjectId;
use admit_core::subject::Status;
use admit_core::time::Timestamp;

use super::{Expiry, Transaction, columns, expiry};

pub(crate) const FIRST_ADMIN_EXPIRY: Expiry = expiry!("setup_link", "only_one", "expires_at <= $1", Duration::ZERO);
pub(crate) const PASSWORD_EXPIRY: Expiry = expiry!("password_link", "subject_id", "expires_at <= $1", Duration::ZERO);

/// When a link that was made by `now` ends at the latest; one that ends later was made under a clock that was ahead.
fn latest(now: Timestamp) -> Timestamp {
    now.plus(LINK_LIFETIME + AHEAD)
}

/// What a link is for, if it can be used.
pub(crate) async fn live<T: Transaction>(
    on: &T,
    link: &LinkDigest,
    now: Timestamp,
) -> Result<Option<LinkPurpose>, T::Error> {
    let asked = [link.as_bytes().as_slice().into(), now.into(), latest(now).into()];
    let first = "SELECT digest FROM setup_link WHERE digest = $1 AND expires_at > $2 AND expires_at <= $3";
    if on.any(first, &asked).await? {
        return Ok(Some(LinkPurpose::FirstAdmin));
    }
    let password = "SELECT l.subject_id FROM password_link l JOIN subject s ON s.id = l.subject_id
                    WHERE l.digest = $1 AND l.expires_at > $2 AND l.expires_at <= $3 AND s.status = 'active'";
    let Some(row) = on.rows(password, &asked).await?.pop() else { return Ok(None) };
    let [subject] = columns(row)?;
    Ok(Some(LinkPurpose::Password(subject.subject()?)))
}

/// Keeps a link in place of the one before. `false` when its subject may not act.
pub(crate) async fn keep<T: Transaction>(
    on: &T,
    link: &LinkDigest,
    purpose: LinkPurpose,
    expires_at: Timestamp,
    event: &Event,
) -> Result<bool, T::Error> {
    let (digest, end) = (link.as_bytes().as_slice().into(), expires_at.into());
    let subject = match purpose {
        LinkPurpose::FirstAdmin => {
            let sql = "INSERT INTO setup_link (only_one, digest, expires_at) VALUES (TRUE, $1, $2)
                       ON CONFLICT (only_one) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at";
            on.execute(sql, &[digest, end]).await?;
            None
        }
        LinkPurpose::Password(id) => {
            if on.hold(id).await?.is_none_or(|subject| subject.status != Status::Active) {
                return Ok(false);
            }
            let sql = "INSERT INTO password_link (subject_id, digest, expires_at) VALUES ($1, $2, $3)
                       ON CONFLICT (subject_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at";
            on.execute(sql, &[id.into(), digest, end]).await?;
            Some(id)
        }
    };
    on.append_event(event, subject).await?;
    Ok(true)
}

/// Ends the link for the first administrator.
pub(crate) async fn end_first<T: Transaction>(on: &T) -> Result<(), T::Error> {
    on.execute("DELETE FROM setup_link", &[]).await.map(drop)
}

/// Ends the link of a subject, whose row is locked, if it has one.
pub(crate) async fn end<T: Transaction>(on: &T, id: SubjectId) -> Result<(), T::Error> {
    on.execute("DELETE FROM password_link WHERE subject_id = $1", &[id.into()]).await.map(drop)
}
