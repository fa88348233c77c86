//! The deletion of a subject: what is personal is deleted, and its row stays without a name, so that nobody else gets its id.
//!
//! What refers to it (sessions, families, its link) ends with its generation, as by any other change that ends all sign-ins.

use admit_core::id::SubjectId;

use super::Transaction;

/// Before every name in the order of names, and after what stands in place of one: a name has no space.
const NAMES_BEGIN: &str = "!";

/// The place in a list from which it goes on: none is among the deleted.
pub(crate) fn after(after: Option<&str>) -> &str {
    after.unwrap_or_default().max(NAMES_BEGIN)
}

/// Deletes what is personal of a subject, which is held.
pub(crate) async fn erase<T: Transaction>(on: &T, id: SubjectId) -> Result<(), T::Error> {
    for sql in [
        "DELETE FROM password WHERE subject_id = $1",
        "DELETE FROM subject_role WHERE subject_id = $1",
        "DELETE FROM known_address WHERE subject_id = $1",
    ] {
        on.execute(sql, &[id.into()]).await?;
    }
    // No two may be the same, even among the deleted.
    let sql = "UPDATE subject SET username = '', username_canonical = $2, last_login_at = NULL WHERE id = $1";
    on.execute(sql, &[id.into(), format!(" {id}").as_str().into()]).await.map(drop)
}
