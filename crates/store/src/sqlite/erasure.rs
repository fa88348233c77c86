//! The deletion of what is personal of a subject.

use admit_core::id::SubjectId;
use rusqlite::{Connection, Result, params};

use crate::erasure::no_name;

/// Names in its events, and addresses from which only it or nobody known acted. `slot` has such an address in it.
const EVENTS: &str = "UPDATE event SET detail = json_remove(detail, '$.username', '$.from', '$.to'), slot = NULL,
         address = CASE WHEN actor IN ('anonymous', ?2) THEN NULL ELSE address END
     WHERE subject = ?1";

/// Deletes what is personal, and leaves the row without a name.
pub(super) fn erase(connection: &Connection, id: SubjectId) -> Result<()> {
    let subject = id.as_bytes();
    for sql in [
        "DELETE FROM password WHERE subject_id = ?1",
        "DELETE FROM subject_role WHERE subject_id = ?1",
        "DELETE FROM known_address WHERE subject_id = ?1",
    ] {
        connection.execute(sql, [subject])?;
    }
    connection.execute(EVENTS, params![subject, id.to_string()])?;
    connection
        .execute(
            "UPDATE subject SET username = '', username_canonical = ?2, last_login_at = NULL WHERE id = ?1",
            params![subject, no_name(id)],
        )
        .map(drop)
}
