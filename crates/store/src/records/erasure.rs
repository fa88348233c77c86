//! The deletion of a subject: personal data is deleted, and the row stays without a name, so that nobody else gets its id.
//!
//! Its sessions and families end with its generation, as with any other change that ends all sign-ins.

use admit_core::id::SubjectId;

use super::Transaction;

/// Sorts before every name and after what replaces the name of a deleted subject: a name has no space.
const NAMES_BEGIN: &str = "!";

/// The place from which a list continues, never among the deleted.
pub(crate) fn after(after: Option<&str>) -> &str {
    after.unwrap_or_default().max(NAMES_BEGIN)
}

/// Deletes the personal data of a subject, whose row is locked.
pub(crate) async fn erase<T: Transaction>(on: &T, id: SubjectId) -> Result<(), T::Error> {
    for sql in [
        "DELETE FROM password WHERE subject_id = $1",
        "DELETE FROM subject_role WHERE subject_id = $1",
        "DELETE FROM known_address WHERE subject_id = $1",
        "DELETE FROM one_time_token WHERE subject_id = $1",
    ] {
        on.execute(sql, &[id.into()]).await?;
    }
    // It has to be unique, even among the deleted.
    let sql = "UPDATE subject SET username = '', username_canonical = $2, last_login_at = NULL WHERE id = $1";
    on.execute(sql, &[id.into(), format!(" {id}").as_str().into()]).await.map(drop)
}
