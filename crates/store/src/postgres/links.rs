//! One-time links: for the first administrator, and for the password of a subject.

use admit_core::audit::Event;
use admit_core::credential::{LINK_LIFETIME, LinkDigest, LinkPurpose};
use admit_core::drift::AHEAD;
use admit_core::id::SubjectId;
use admit_core::subject::Status;
use admit_core::time::Timestamp;

use super::column::{at, of_subject, subject_id, value};
use super::connection::On;
use super::error::Error;
use super::{events, subjects};

/// When a link that was made by `now` ends at the latest; one that ends later was made under a clock that was ahead.
fn latest(now: Timestamp) -> Timestamp {
    now.plus(LINK_LIFETIME + AHEAD)
}

/// What a link is for, if it can be used.
pub(super) async fn live(on: On<'_>, link: &LinkDigest, now: Timestamp) -> Result<Option<LinkPurpose>, Error> {
    let row = on
        .one(
            "SELECT EXISTS (SELECT 1 FROM setup_link WHERE digest = $1 AND expires_at > $2 AND expires_at <= $3),
                    (SELECT l.subject_id FROM password_link l JOIN subject s ON s.id = l.subject_id
                     WHERE l.digest = $1 AND l.expires_at > $2 AND l.expires_at <= $3 AND s.status = 'active')",
            &[&link.as_bytes().as_slice(), &at(now), &at(latest(now))],
        )
        .await?;
    if value(&row, 0)? {
        return Ok(Some(LinkPurpose::FirstAdmin));
    }
    let subject = value::<Option<uuid::Uuid>>(&row, 1)?.map(|_| subject_id(&row, 1)).transpose()?;
    Ok(subject.map(LinkPurpose::Password))
}

/// Keeps a link in place of the one before. `false` when its subject may not act.
pub(super) async fn keep(
    on: On<'_>,
    link: &LinkDigest,
    purpose: LinkPurpose,
    expires_at: Timestamp,
    event: &Event,
) -> Result<bool, Error> {
    let digest = link.as_bytes().as_slice();
    let subject = match purpose {
        LinkPurpose::FirstAdmin => {
            on.run(
                "INSERT INTO setup_link (digest, expires_at) VALUES ($1, $2)
                 ON CONFLICT (only_one) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at",
                &[&digest, &at(expires_at)],
            )
            .await?;
            None
        }
        LinkPurpose::Password(id) => {
            let held = subjects::hold(on, id).await?;
            if held.is_none_or(|held| held.state.status != Status::Active) {
                return Ok(false);
            }
            on.run(
                "INSERT INTO password_link (subject_id, digest, expires_at) VALUES ($1, $2, $3)
                 ON CONFLICT (subject_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at",
                &[&of_subject(id), &digest, &at(expires_at)],
            )
            .await?;
            Some(id)
        }
    };
    events::insert(on, event, subject).await?;
    Ok(true)
}

/// Ends the link of a subject, which is held, if it has one.
pub(super) async fn end(on: On<'_>, id: SubjectId) -> Result<(), Error> {
    on.run("DELETE FROM password_link WHERE subject_id = $1", &[&of_subject(id)]).await.map(drop)
}
