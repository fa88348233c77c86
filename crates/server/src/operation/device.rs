//! Where somebody is signed in: by sessions in browsers and by token families in apps, seen as one list.

use admit_core::audit::EventKind;
use admit_core::client::ClientId;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{Device, OpenSession};
use admit_core::store::OpenFamily;
use admit_core::time::Timestamp;

use super::{Cause, Failure, Operations};

/// One sign-in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Its public name: the session's, or the family's.
    pub id: SessionId,
    /// The app, if it is one.
    pub client: Option<ClientId>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used; of an app, when its refresh token was.
    pub last_seen_at: Timestamp,
    /// When it ends if it is not used again.
    pub idle_expires_at: Timestamp,
    /// When it ends at the latest.
    pub absolute_expires_at: Timestamp,
    /// Where it was begun from.
    pub device: Device,
}

impl From<OpenFamily> for SignedIn {
    fn from(family: OpenFamily) -> Self {
        Self {
            id: family.id,
            client: Some(family.client),
            created_at: family.created_at,
            last_seen_at: family.last_used_at,
            idle_expires_at: family.idle_expires_at,
            absolute_expires_at: family.absolute_expires_at,
            device: family.device,
        }
    }
}

impl Operations {
    /// Every live sign-in of a subject, newest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn devices(&self, subject: SubjectId) -> Result<Vec<SignedIn>, Failure> {
        let sessions = self.browsers(subject).await?;
        let mut all: Vec<SignedIn> = sessions.into_iter().chain(self.apps(subject).await?).collect();
        all.sort_by_key(|signed_in| std::cmp::Reverse((signed_in.created_at, signed_in.id)));
        Ok(all)
    }

    /// One live sign-in of a subject. Apps are looked at first: those who ask by token are mostly apps.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn device(&self, subject: SubjectId, id: SessionId) -> Result<Option<SignedIn>, Failure> {
        let is_it = |signed_in: &SignedIn| signed_in.id == id;
        Ok(match self.apps(subject).await?.into_iter().find(is_it) {
            Some(app) => Some(app),
            None => self.browsers(subject).await?.into_iter().find(is_it),
        })
    }

    async fn browsers(&self, subject: SubjectId) -> Result<Vec<SignedIn>, Failure> {
        let open = self.sessions.list(subject, self.clock.now()).await?;
        let signed_in = |open: OpenSession| SignedIn {
            id: open.record.id,
            client: None,
            created_at: open.record.created_at,
            last_seen_at: open.record.last_seen_at,
            idle_expires_at: open.record.idle_expires_at(&self.rules),
            absolute_expires_at: open.record.absolute_expires_at,
            device: open.device,
        };
        Ok(open.into_iter().map(signed_in).collect())
    }

    async fn apps(&self, subject: SubjectId) -> Result<Vec<SignedIn>, Failure> {
        let open = self.families.families(subject, self.clock.now()).await?;
        Ok(open.into_iter().map(SignedIn::from).collect())
    }

    /// Ends one sign-in of a subject.
    ///
    /// # Errors
    /// When the subject has none of that public name.
    pub async fn end_session(&self, by: &Cause, subject: SubjectId, session: SessionId) -> Result<(), Failure> {
        let now = self.clock.now();
        let event = by.event(EventKind::SessionRevoked, now).about(subject).with("session", session.to_string());
        if self.sessions.end(subject, session, event).await? {
            return Ok(());
        }
        let event = by.event(EventKind::TokenFamilyEnded, now).about(subject);
        if self.families.end_family(subject, session, event).await? {
            return Ok(());
        }
        Err(Failure::NotFound(format!("There is no session {session} among them. It may have ended already.")))
    }

    /// Ends all sign-ins of a subject but one in one step, and says how many.
    ///
    /// # Errors
    /// When the store does not answer, or whoever asks is signed out by then: none has ended.
    pub async fn end_other_sessions(
        &self,
        by: &Cause,
        subject: SubjectId,
        keep: Option<SessionId>,
    ) -> Result<u64, Failure> {
        let event = by.event(EventKind::SessionRevoked, self.clock.now()).about(subject);
        Ok(self.families.end_others(subject, keep, event).await?)
    }
}
