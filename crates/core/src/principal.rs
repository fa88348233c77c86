//! Authentication: from what was presented to who it is.
//!
//! A [`Principal`] can be made only here, from a [`CsrfPass`] and a live session or a good access token. Anonymous is the
//! absence of one.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use crate::assurance::Assurance;
use crate::audit::{Actor, Event, EventKind};
use crate::client::ClientId;
use crate::credential::Presented;
use crate::csrf::CsrfPass;
use crate::id::{SessionId, SubjectId};
use crate::session::SessionRecord;
use crate::standing::Standing;
use crate::store::{Checked, Reply, Sessions, StoreError};
use crate::subject::{RoleName, SubjectState};
use crate::time::Timestamp;
use crate::token::{Claims, Holder, Refusal, Unverified, Verified, Verifier};

/// Who a request comes from, proved.
#[derive(Clone, Debug)]
pub struct Principal(Proof);

#[derive(Clone, Debug)]
enum Proof {
    Session(Checked),
    Token(Arc<Verified>),
}

impl Principal {
    /// Who: a user, or a client that acts for itself under an id of its own.
    #[must_use]
    pub fn id(&self) -> SubjectId {
        match &self.0 {
            Proof::Session(checked) => checked.subject.id,
            Proof::Token(verified) => verified.claims().subject(),
        }
    }

    /// The name to show. A token carries no username, so of its user it is the id; of a client it is its name.
    #[must_use]
    pub fn name(&self) -> Cow<'_, str> {
        match &self.0 {
            Proof::Session(checked) => Cow::Borrowed(&checked.subject.username),
            Proof::Token(verified) => match verified.claims().holder {
                Holder::User { id, .. } => Cow::Owned(id.to_string()),
                Holder::Client => Cow::Borrowed(verified.claims().client.as_str()),
            },
        }
    }

    /// The roles held at the moment of the check.
    #[must_use]
    pub fn roles(&self) -> &[RoleName] {
        match &self.0 {
            Proof::Session(checked) => &checked.subject.roles,
            Proof::Token(verified) => &verified.claims().roles,
        }
    }

    /// The public name of the sign-in: of the session, or of the session or token family that the token came of. None for a
    /// client that acts for itself.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        match &self.0 {
            Proof::Session(checked) => Some(checked.session.id),
            Proof::Token(verified) => verified.claims().session(),
        }
    }

    /// What its user proved to sign in, and when. `None` for a client that acts for itself.
    #[must_use]
    pub fn assurance(&self) -> Option<Assurance> {
        match &self.0 {
            Proof::Session(checked) => Some(checked.session.assurance),
            Proof::Token(verified) => verified.claims().assurance(),
        }
    }

    /// When its user signed in with a credential: when the session, or the family that the token came of, began. None for a
    /// client that acts for itself.
    #[must_use]
    pub fn signed_in_at(&self) -> Option<Timestamp> {
        match &self.0 {
            Proof::Session(checked) => Some(checked.session.created_at),
            Proof::Token(verified) => verified.claims().session().map(|session| session.made_at()),
        }
    }

    /// The session that was presented, if it was a session.
    #[must_use]
    pub fn session(&self) -> Option<&SessionRecord> {
        match &self.0 {
            Proof::Session(checked) => Some(&checked.session),
            Proof::Token(_) => None,
        }
    }

    /// The state of the subject that the check saw, if a session was presented.
    #[must_use]
    pub fn subject(&self) -> Option<&Arc<SubjectState>> {
        match &self.0 {
            Proof::Session(checked) => Some(&checked.subject),
            Proof::Token(_) => None,
        }
    }

    /// The access token as it was verified, if one was presented.
    #[must_use]
    pub fn token(&self) -> Option<&Verified> {
        match &self.0 {
            Proof::Session(_) => None,
            Proof::Token(verified) => Some(verified),
        }
    }

    /// What the access token says, if one was presented.
    #[must_use]
    pub fn claims(&self) -> Option<&Claims> {
        self.token().map(Verified::claims)
    }

    /// The client that acts: always known of a token, never of a session.
    #[must_use]
    pub fn client(&self) -> Option<&ClientId> {
        self.claims().map(|claims| &claims.client)
    }

    /// How the audit log names who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self.claims() {
            Some(Claims { holder: Holder::Client, client, .. }) => Actor::Client(client.clone()),
            _ => Actor::Subject(self.id()),
        }
    }

    /// What this principal is now, for the store to compare when it writes.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match &self.0 {
            Proof::Session(checked) => Standing::of_session(&checked.session, &checked.subject),
            Proof::Token(verified) => Standing::of_token(verified.claims(), verified.kid()),
        }
    }

    /// An event of a change that this principal makes. The store makes the change only if, at that moment, the principal still
    /// is what it is now: a change that was allowed before a ban, a demotion or a logout does not come after it.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: Timestamp) -> Event {
        let event = Event::new(kind, self.actor(), at).by_way_of(self.client(), self.session_id());
        event.standing(self.standing())
    }

    /// As [`SessionRecord::needs_rotation`].
    #[must_use]
    pub fn needs_rotation(&self) -> bool {
        match &self.0 {
            Proof::Session(checked) => checked.session.needs_rotation(&checked.subject),
            Proof::Token(_) => false,
        }
    }
}

/// What credentials are checked against. Either kind may be absent: then none of that kind is good.
#[derive(Clone, Copy)]
pub struct Doors<'a> {
    /// For sessions.
    pub sessions: Option<&'a dyn Sessions>,
    /// For access tokens.
    pub tokens: Option<&'a Arc<Verifier>>,
    /// How old the knowledge of ended sessions may be.
    pub session_staleness: Duration,
    /// How old the knowledge of revoked tokens may be.
    pub token_staleness: Duration,
}

/// Who presented a credential: somebody, nobody, or a token that is refused, with the reason.
pub type Identity = Result<Option<Principal>, Refusal>;

fn identify(verified: Result<Arc<Verified>, Unverified>) -> Result<Identity, StoreError> {
    match verified {
        Ok(verified) => Ok(Ok(Some(Principal(Proof::Token(verified))))),
        Err(Unverified::Refused(refusal)) => Ok(Err(refusal)),
        Err(stale @ Unverified::Stale(_)) => Err(StoreError::new(stale)),
    }
}

/// Who presented this, if it is somebody.
///
/// The pass is taken by value: one CSRF check serves one authentication. An unknown, expired or revoked session is
/// `None`, because a browser goes on sending it; a bad token is a [`Refusal`], because code sent it on purpose and should
/// hear of it; a store that cannot answer, or stale knowledge, is an error. None of them is another.
pub fn authenticate(
    presented: Option<&Presented>,
    pass: CsrfPass,
    doors: Doors<'_>,
    now: Timestamp,
) -> Reply<Identity> {
    let CsrfPass { .. } = pass;
    let somebody = |checked: Option<Checked>| Ok(checked.map(|checked| Principal(Proof::Session(checked))));
    match (presented, doors) {
        (Some(Presented::Session(token)), Doors { sessions: Some(sessions), session_staleness, .. }) => {
            let answer = match session_staleness {
                Duration::ZERO => sessions.check(&token.digest(), now),
                bound => sessions.check_within(&token.digest(), now, bound),
            };
            match answer {
                Reply::Ready(answer) => Reply::Ready(answer.map(somebody)),
                Reply::Pending(answer) => Reply::pending(async move { answer.await.map(somebody) }),
            }
        }
        (Some(Presented::Bearer(token)), Doors { tokens: Some(tokens), token_staleness, .. }) => {
            match tokens.check_renewed(token, now, token_staleness) {
                Reply::Ready(answer) => Reply::Ready(answer.and_then(identify)),
                Reply::Pending(answer) => Reply::pending(async move { answer.await.and_then(identify) }),
            }
        }
        (None | Some(Presented::Session(_) | Presented::Bearer(_)), _) => Reply::ready(Ok(Ok(None))),
    }
}
