//! One-time links: for the first administrator, and for the password of a subject.

use admit_core::audit::Event;
use admit_core::credential::{LINK_LIFETIME, LinkDigest, LinkPurpose};
use admit_core::drift::AHEAD;
use admit_core::id::SubjectId;
use admit_core::subject::Status;
use admit_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::column::millis;
use super::{events, subjects};

/// When a link that was made by `now` ends at the latest; one that ends later was made under a clock that was ahead.
fn latest(now: Timestamp) -> Timestamp {
    now.plus(LINK_LIFETIME + AHEAD)
}

/// What a link is for, if it can be used.
pub(super) fn live(connection: &Connection, link: &LinkDigest, now: Timestamp) -> Result<Option<LinkPurpose>> {
    let first: bool = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM setup_link WHERE digest = ?1 AND expires_at > ?2 AND expires_at <= ?3)",
        )?
        .query_row(params![link.as_bytes(), millis(now), millis(latest(now))], |row| row.get(0))?;
    if first {
        return Ok(Some(LinkPurpose::FirstAdmin));
    }
    let subject = connection
        .prepare_cached(
            "SELECT l.subject_id FROM password_link l JOIN subject s ON s.id = l.subject_id
             WHERE l.digest = ?1 AND l.expires_at > ?2 AND l.expires_at <= ?3 AND s.status = 'active'",
        )?
        .query_row(params![link.as_bytes(), millis(now), millis(latest(now))], |row| row.get(0))
        .optional()?;
    Ok(subject.map(|id| LinkPurpose::Password(SubjectId::from_bytes(id))))
}

/// Keeps a link in place of the one before. `false` when its subject may not act.
pub(super) fn keep(
    connection: &Connection,
    link: &LinkDigest,
    purpose: LinkPurpose,
    expires_at: Timestamp,
    event: &Event,
) -> Result<bool> {
    let subject = match purpose {
        LinkPurpose::FirstAdmin => {
            connection.execute(
                "INSERT OR REPLACE INTO setup_link (only_one, digest, expires_at) VALUES (1, ?1, ?2)",
                params![link.as_bytes(), millis(expires_at)],
            )?;
            None
        }
        LinkPurpose::Password(id) => {
            let subject = subjects::state_by_id(connection, id)?;
            if subject.is_none_or(|subject| subject.status != Status::Active) {
                return Ok(false);
            }
            connection.execute(
                "INSERT OR REPLACE INTO password_link (subject_id, digest, expires_at) VALUES (?1, ?2, ?3)",
                params![id.as_bytes(), link.as_bytes(), millis(expires_at)],
            )?;
            Some(id)
        }
    };
    events::insert(connection, event, subject)?;
    Ok(true)
}

/// Ends the link of a subject, if it has one.
pub(super) fn end(connection: &Connection, id: SubjectId) -> Result<()> {
    connection.prepare_cached("DELETE FROM password_link WHERE subject_id = ?1")?.execute([id.as_bytes()]).map(drop)
}
