//! A user as administrators' programs see one: the same members wherever there is one.

use std::sync::Arc;

use admit_core::id::SubjectId;
use admit_core::store::{Account, Listed};
use admit_core::subject::{RoleName, Status, SubjectState};
use admit_core::time::Timestamp;
use serde::Serialize;

/// A user as an administrator's program sees one.
#[derive(Serialize)]
pub struct UserBody {
    id: SubjectId,
    username: Arc<str>,
    status: Status,
    roles: Arc<[RoleName]>,
    created_at: Timestamp,
    /// `null` for somebody who never has.
    last_login_at: Option<Timestamp>,
}

impl UserBody {
    fn new(subject: &SubjectState, created_at: Timestamp, last_login_at: Option<Timestamp>) -> Self {
        Self {
            id: subject.id,
            username: Arc::clone(&subject.username),
            status: subject.status,
            roles: Arc::clone(&subject.roles),
            created_at,
            last_login_at,
        }
    }
}

impl From<&Account> for UserBody {
    fn from(account: &Account) -> Self {
        Self::new(&account.subject, account.created_at, account.last_login_at)
    }
}

impl From<&Listed> for UserBody {
    fn from(listed: &Listed) -> Self {
        Self::new(&listed.subject, listed.created_at, listed.last_login_at)
    }
}
