//! What a conditional change of a subject goes by.

use admit_core::credential::Purpose;
use admit_core::store::Change;
use admit_core::subject::SubjectState;
use admit_core::time::Timestamp;

use super::{Transaction, one_time_tokens};

/// Whether the subject, which is held, still is what a change goes by. A one-time token is taken.
pub(crate) async fn hold<T: Transaction>(
    on: &T,
    before: &SubjectState,
    change: &Change,
    now: Timestamp,
) -> Result<bool, T::Error> {
    match change {
        Change::PasswordByLink { link, .. } => one_time_tokens::take(on, link, Purpose::Password(before.id), now).await,
        Change::RolesIf { version, .. } => Ok(before.roles_version == *version),
        Change::PasswordIf { still, .. } => {
            // Written, not only read: to hash a password anew takes no lock on the subject, and would slip in between.
            let sql = "UPDATE password SET phc = phc WHERE subject_id = $1 AND phc = $2";
            Ok(on.execute(sql, &[before.id.into(), still.as_phc().into()]).await? == 1)
        }
        Change::Roles(_)
        | Change::Status(_)
        | Change::Password(_)
        | Change::EndSessions
        | Change::Name(_)
        | Change::Delete => Ok(true),
    }
}
