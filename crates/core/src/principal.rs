//! Authentication: from what was presented to who it is.
//!
//! A [`Principal`] can be made only here, from a [`CsrfPass`] and a live session. Anonymous is the absence of one.

use std::sync::Arc;

use crate::credential::Presented;
use crate::csrf::CsrfPass;
use crate::id::{SessionId, SubjectId};
use crate::session::SessionRecord;
use crate::store::{Checked, Reply, Sessions};
use crate::subject::{RoleName, SubjectState};
use crate::time::Timestamp;

/// Who a request comes from, proved.
#[derive(Clone, Debug)]
pub struct Principal {
    subject: Arc<SubjectState>,
    session: SessionRecord,
}

impl Principal {
    /// Who.
    #[must_use]
    pub fn id(&self) -> SubjectId {
        self.subject.id
    }

    /// The name to show.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.subject.username
    }

    /// The roles held at the moment of the check.
    #[must_use]
    pub fn roles(&self) -> &[RoleName] {
        &self.subject.roles
    }

    /// The session that was presented.
    #[must_use]
    pub fn session(&self) -> &SessionRecord {
        &self.session
    }

    /// The public name of the session that was presented.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.session.id
    }

    /// The state of the subject that the check saw.
    #[must_use]
    pub fn subject(&self) -> &Arc<SubjectState> {
        &self.subject
    }

    /// Whether the roles have changed since this session's secret was made, so that it is due for a new one.
    #[must_use]
    pub fn needs_rotation(&self) -> bool {
        self.session.roles_version != self.subject.roles_version
    }
}

/// Who presented this, if it is somebody.
///
/// The pass is taken by value: one CSRF check serves one authentication. An unknown, expired or revoked session is
/// `None`; a store that cannot answer is an error, and neither of them is the other.
pub fn authenticate(
    presented: Option<&Presented>,
    pass: CsrfPass,
    sessions: &dyn Sessions,
    now: Timestamp,
) -> Reply<Option<Principal>> {
    let CsrfPass { .. } = pass;
    match presented {
        None => Reply::ready(Ok(None)),
        Some(Presented::Session(token)) => match sessions.check(&token.digest(), now) {
            Reply::Ready(answer) => Reply::Ready(answer.map(|checked| checked.map(principal))),
            Reply::Pending(answer) => Reply::pending(async move { answer.await.map(|checked| checked.map(principal)) }),
        },
    }
}

fn principal(checked: Checked) -> Principal {
    Principal { subject: checked.subject, session: checked.session }
}
