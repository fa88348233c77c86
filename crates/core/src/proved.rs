//! Somebody whose credential was verified. The first half of a sign-in makes this; the second opens a session or a token family
//! with it, and nothing else does.

use crate::assurance::{Assurance, Methods};
use crate::credential::LinkToken;
use crate::credential::password::RightPassword;
use crate::id::SubjectId;
use crate::subject::{Generation, Status, SubjectState};
use crate::time::Timestamp;

/// Who it is, in which generation that was found, and what was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    subject: SubjectId,
    generation: Generation,
    assurance: Assurance,
}

impl Proved {
    /// By the password that this subject has, verified at `now`.
    #[must_use]
    pub fn by_password(subject: &SubjectState, right: RightPassword, now: Timestamp) -> Self {
        let RightPassword { .. } = right;
        Self::vouched_for(subject, Methods::PASSWORD, now)
    }

    /// By a password that this subject has just set with a one-time link, which is used up. The link itself counts for nothing
    /// beside it: both may come from whoever reads the mail.
    #[must_use]
    pub fn by_new_password(subject: &SubjectState, link: &LinkToken, now: Timestamp) -> Self {
        let LinkToken { .. } = link;
        Self::vouched_for(subject, Methods::PASSWORD, now)
    }

    /// By what a program says that has verified it by itself, because it has its own users or makes a test.
    #[must_use]
    pub fn vouched_for(subject: &SubjectState, methods: Methods, now: Timestamp) -> Self {
        Self { subject: subject.id, generation: subject.generation, assurance: Assurance::new(methods, now) }
    }

    /// Whether this is the subject, as it was when the credential was verified: not disabled since, with no other password, and not
    /// signed out everywhere. A store opens nothing otherwise.
    #[must_use]
    pub fn is_still(&self, subject: &SubjectState) -> bool {
        subject.id == self.subject && subject.status == Status::Active && subject.generation == self.generation
    }

    /// Who.
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
