//! The deletion of what is personal of a subject.

use admit_core::id::SubjectId;

use super::column::of_subject;
use super::connection::On;
use super::error::Error;
use crate::erasure::no_name;

/// Names in its events, and addresses from which only it or nobody known acted. `slot` has such an address in it.
const EVENTS: &str = "UPDATE event SET detail = detail - '{username,from,to}'::text[], slot = NULL,
         address = CASE WHEN actor IN ('anonymous', $2) THEN NULL ELSE address END
     WHERE subject = $1";

/// Deletes what is personal of a subject, which is held, and leaves the row without a name.
pub(super) async fn erase(on: On<'_>, id: SubjectId) -> Result<(), Error> {
    let subject = of_subject(id);
    for sql in [
        "DELETE FROM password WHERE subject_id = $1",
        "DELETE FROM subject_role WHERE subject_id = $1",
        "DELETE FROM known_address WHERE subject_id = $1",
    ] {
        on.run(sql, &[&subject]).await?;
    }
    on.run(EVENTS, &[&subject, &id.to_string()]).await?;
    on.run(
        "UPDATE subject SET username = '', username_canonical = $2, last_login_at = NULL WHERE id = $1",
        &[&subject, &no_name(id)],
    )
    .await
    .map(drop)
}
