//! Proof that somebody's credential was verified. The first half of a sign-in makes it; the second half needs it to open a session
//! or a token family, and nothing opens one without it.

use crate::assurance::{Assurance, Methods};
use crate::credential::OneTimeToken;
use crate::credential::password::RightPassword;
use crate::id::SubjectId;
use crate::subject::{Generation, Status, SubjectState};
use crate::time::Timestamp;

/// Who it is, the subject's generation at that time, and what was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    subject: SubjectId,
    generation: Generation,
    assurance: Assurance,
}

impl Proved {
    /// Proved by this subject's password, verified at `now`.
    #[must_use]
    pub fn by_password(subject: &SubjectState, right: RightPassword, now: Timestamp) -> Self {
        let RightPassword { .. } = right;
        Self::vouched_for(subject, Methods::PASSWORD, now)
    }

    /// Proved by a password that this subject has just set with a one-time link, which is used up. The link is not a second factor:
    /// anyone who reads the mail has the link and chooses the password.
    #[must_use]
    pub fn by_new_password(subject: &SubjectState, link: &OneTimeToken, now: Timestamp) -> Self {
        let OneTimeToken { .. } = link;
        Self::vouched_for(subject, Methods::PASSWORD, now)
    }

    /// Proved to a program that verifies credentials itself, because it has its own users or is a test.
    #[must_use]
    pub fn vouched_for(subject: &SubjectState, methods: Methods, now: Timestamp) -> Self {
        Self { subject: subject.id, generation: subject.generation, assurance: Assurance::new(methods, now) }
    }

    /// Whether the subject is still as it was when the credential was verified: not disabled since, the password not changed, and
    /// not signed out everywhere. Otherwise a store opens nothing.
    #[must_use]
    pub fn is_still(&self, subject: &SubjectState) -> bool {
        subject.id == self.subject && subject.status == Status::Active && subject.generation == self.generation
    }

    /// The subject.
    #[must_use]
    pub const fn subject(&self) -> SubjectId {
        self.subject
    }

    /// The subject's generation when the credential was verified.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// What was proved, and when.
    #[must_use]
    pub const fn assurance(&self) -> Assurance {
        self.assurance
    }
}
