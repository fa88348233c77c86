//! The deletion of a subject: what its row becomes, and what else is personal. The same statements on both databases.
//!
//! The row stays, without a name, so that its id is never given to anybody else. What refers to it (sessions, families, its
//! link) ends with its generation, as for any other change that ends all sign-ins.

use admit_core::id::SubjectId;

/// Before every name in the order of names: a name has no space. Lists begin here, so deleted subjects are in none.
pub(crate) const NAMES_BEGIN: &str = "!";

/// What stands in place of the name that is compared, because no two may be the same.
pub(crate) fn no_name(id: SubjectId) -> String {
    format!(" {id}")
}

/// The place in a list from which it goes on: none is among the deleted.
pub(crate) fn after(after: Option<&str>) -> &str {
    after.unwrap_or_default().max(NAMES_BEGIN)
}
